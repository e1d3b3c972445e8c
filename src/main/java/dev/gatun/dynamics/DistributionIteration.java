package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The stationary distribution of a chain of many tokens by the iteration {@code rho <- rho P}, accelerated where it is slow by the vector
 * of a Krylov space that a step changes least (Golub and Greif 2006).
 *
 * <p>Lengths are relative to the current distribution, {@code sum_i x_i^2 / rho_i}, so that rare tokens count as much as common ones. Each
 * projection is followed by steps, which subtract nothing and restore the relative accuracy of every token.
 */
final class DistributionIteration {

    /** The part of any token's mass that a step may change at the end. */
    private static final double TOLERANCE = 1e-11;

    /** The same, relative to the slowest rate. */
    private static final double TOLERANCE_OF_RATE = 1e-7;

    /** The change of a step that is rounding. */
    private static final double ROUNDING = 1e-13;

    /** A step is slow if it leaves more than this part of the last change. */
    private static final double SLOW = 0.3;

    /** Steps before the first space, and after each. */
    private static final int STEPS = 4;

    /** Vectors of the first space. Each later one has half as many more, up to the maximum. */
    private static final int MIN_VECTORS = 20;
    private static final int MAX_VECTORS = 160;

    private static final int MAX_PASSES = 1500;

    /** The length below which the part of a vector of length 1 outside the space is rounding. */
    private static final double NEGLIGIBLE = 1e-14;

    /** The minimum part of its mass that a token keeps in a projection. */
    private static final double MIN_PART = 1e-3;

    private final LogTransitions chain;
    private final CommunicatingClasses classes;
    private final int size;
    private final int maxPasses;
    private double[] rho;
    private double residual = Double.POSITIVE_INFINITY;
    private double slowest = 1;
    private int passes;

    private DistributionIteration(LogTransitions chain, CommunicatingClasses classes, int maxPasses) {
        this.chain = chain;
        this.classes = classes;
        this.size = chain.size();
        this.maxPasses = maxPasses;
        this.rho = start();
    }

    /** Steps and projections until convergence, at most 1500 passes. */
    static DistributionIteration of(LogTransitions chain, CommunicatingClasses classes) {
        DistributionIteration iteration = new DistributionIteration(chain, classes, MAX_PASSES);
        int vectors = MIN_VECTORS;
        while (!iteration.steps(STEPS) && iteration.passes + vectors < MAX_PASSES) {
            iteration.project(vectors);
            vectors = Math.min(vectors + vectors / 2, MAX_VECTORS);
        }
        return iteration;
    }

    /** Steps alone, for chains that forget their start at once. */
    static DistributionIteration bySteps(LogTransitions chain, CommunicatingClasses classes, int maxPasses) {
        DistributionIteration iteration = new DistributionIteration(chain, classes, maxPasses);
        // The slowest rate is unknown, so a step may change no more than rounding.
        iteration.slowest = 0;
        iteration.steps(maxPasses);
        return iteration;
    }

    /** The distribution found. */
    double[] stationary() {
        return rho;
    }

    /** The number of passes over the transitions. */
    int passes() {
        return passes;
    }

    /** Whether the last step changed no token's mass by more than the tolerance. */
    boolean converged() {
        return residual <= Math.clamp(TOLERANCE_OF_RATE * slowest, ROUNDING, TOLERANCE);
    }

    /** The uniform distribution within each closed class, whose mass is the probability of ending there. */
    private double[] start() {
        double[] start = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            for (int token : classes.closed().get(c)) {
                start[token] = classes.shares()[c] / classes.closed().get(c).length;
            }
        }
        return start;
    }

    /** Takes at least {@code min} steps, and more while they are fast; true on convergence. */
    private boolean steps(int min) {
        boolean fast = true;
        for (int step = 0; (step < min || fast) && passes < maxPasses; step++) {
            double[] next = chain.later(rho);
            passes++;
            double last = residual;
            residual = StationaryDistribution.residual(rho, next);
            rho = next;
            fast = residual <= SLOW * last;
            if (converged()) {
                return true;
            }
        }
        return false;
    }

    /** Replaces the distribution by the vector of a Krylov space that a step changes least. */
    private void project(int vectors) {
        double[] unit = Arrays.stream(rho).map(Math::sqrt).toArray();
        double[][] basis = new double[vectors + 1][];
        double[][] projected = new double[vectors + 1][vectors];
        basis[0] = unit.clone();
        scale(basis[0], 1 / Arnoldi.length(basis[0]));
        int used = 0;
        while (used < vectors && basis[used] != null) {
            basis[used + 1] = extend(basis, used, unit, projected);
            used++;
        }
        double[] coefficients = leastChanged(projected, used);
        double[] x = new double[size];
        for (int k = 0; k < used; k++) {
            ColumnProducts.add(coefficients[k], basis[k], x);
        }
        double total = ColumnProducts.product(x, unit);
        for (int i = 0; i < size; i++) {
            x[i] = Math.max(x[i] * unit[i] / total, MIN_PART * rho[i]);
        }
        rho = withShares(x);
        residual = Double.POSITIVE_INFINITY;
    }

    /** The next vector of the space; null if the space is invariant. */
    private double[] extend(double[][] basis, int m, double[] unit, double[][] projected) {
        double[] mass = new double[size];
        Arrays.setAll(mass, i -> basis[m][i] * unit[i]);
        double[] image = chain.later(mass);
        passes++;
        for (int i = 0; i < size; i++) {
            image[i] = unit[i] > 0 ? image[i] / unit[i] : 0;
        }
        Arnoldi.orthogonalise(basis, m, image, projected);
        double length = Arnoldi.length(image);
        projected[m + 1][m] = length;
        if (length <= NEGLIGIBLE) {
            return null;
        }
        scale(image, 1 / length);
        return image;
    }

    /** The y of length 1 that minimises {@code |(H - I) y|}. The next singular value approximates the slowest rate. */
    private double[] leastChanged(double[][] projected, int order) {
        DMatrixRMaj matrix = new DMatrixRMaj(order + 1, order);
        for (int i = 0; i <= order; i++) {
            for (int j = 0; j < order; j++) {
                matrix.set(i, j, projected[i][j] - (i == j ? 1 : 0));
            }
        }
        SingularValueDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.svd(order + 1, order, false, true, true);
        if (!solver.decompose(matrix)) {
            throw new IllegalStateException("the singular vectors of a matrix of order %s did not converge".formatted(order));
        }
        DMatrixRMaj right = solver.getV(null, true);
        DMatrixRMaj values = solver.getW(null);
        SingularOps_DDRM.descendingOrder(null, false, values, right, true);
        slowest = order > 1 ? values.get(order - 2, order - 2) : 1;
        return Arrays.copyOfRange(right.data, (order - 1) * order, order * order);
    }

    /** Scales each closed class to the probability of ending there. */
    private double[] withShares(double[] masses) {
        double[] result = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.closed().get(c);
            double factor = classes.shares()[c] / Arrays.stream(tokens).mapToDouble(i -> masses[i]).sum();
            for (int i : tokens) {
                result[i] = masses[i] * factor;
            }
        }
        return result;
    }

    private static void scale(double[] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }
}
