package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The stationary distribution of a chain of many tokens: {@code rho <- rho P}, and where that is slow the vector of a Krylov space
 * that a step
 * changes least (Golub and Greif 2006). Lengths are measured relative to the law so far, {@code sum_i x_i^2 / rho_i}, so that rare
 * tokens count as much as others; and steps follow, which subtract nothing and give each token what comes to it.
 */
final class DistributionIteration {

    /** What a step may still change of any token's mass, at most, beside the slowest rate, and where rounding is all that is left. */
    private static final double TOLERANCE = 1e-11;
    private static final double OF_SLOWEST = 1e-7;
    private static final double ROUNDING = 1e-13;

    /** A step that leaves more than this part of the change is slow. */
    private static final double SLOW = 0.3;

    /** Steps before the first space, and after each. */
    private static final int STEPS = 4;

    /** Vectors of the first space; each later one has half as many more, up to the most. */
    private static final int MIN_VECTORS = 20;
    private static final int MAX_VECTORS = 160;

    private static final int MAX_PASSES = 1500;

    /** What is left of a vector of length 1 when it lies in the space. */
    private static final double NOTHING = 1e-14;

    /** The part of its mass that a space leaves a token at least. */
    private static final double MIN_PART = 1e-3;

    private final LogTransitions chain;
    private final CommunicatingClasses classes;
    private final int size;
    private final int most;
    private double[] rho;
    private double residual = Double.POSITIVE_INFINITY;
    private double slowest = 1;
    private int passes;

    private DistributionIteration(LogTransitions chain, CommunicatingClasses classes, int most) {
        this.chain = chain;
        this.classes = classes;
        this.size = chain.size();
        this.most = most;
        this.rho = start();
    }

    /** As many passes as it takes, or as there may be. */
    static DistributionIteration of(LogTransitions chain, CommunicatingClasses classes) {
        DistributionIteration iteration = new DistributionIteration(chain, classes, MAX_PASSES);
        int vectors = MIN_VECTORS;
        while (!iteration.steps(STEPS) && iteration.passes + vectors < MAX_PASSES) {
            iteration.project(vectors);
            vectors = Math.min(vectors + vectors / 2, MAX_VECTORS);
        }
        return iteration;
    }

    /** Steps alone: for chains that forget at once. */
    static DistributionIteration bySteps(LogTransitions chain, CommunicatingClasses classes, int most) {
        DistributionIteration iteration = new DistributionIteration(chain, classes, most);
        // Nothing is known of slow rates, so that nothing but rounding may be left.
        iteration.slowest = 0;
        iteration.steps(most);
        return iteration;
    }

    double[] stationary() {
        return rho;
    }

    int passes() {
        return passes;
    }

    boolean converged() {
        return residual <= Math.clamp(OF_SLOWEST * slowest, ROUNDING, TOLERANCE);
    }

    /** Each class has the mass that comes to it, and keeps it. */
    private double[] start() {
        double[] law = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            for (int token : classes.members().get(c)) {
                law[token] = classes.share()[c] / classes.members().get(c).length;
            }
        }
        return law;
    }

    /** Steps while they are fast, and some in any case; whether they have converged. */
    private boolean steps(int least) {
        boolean fast = true;
        for (int step = 0; (step < least || fast) && passes < most; step++) {
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

    /** Takes the vector of a Krylov space that a step changes least. */
    private void project(int vectors) {
        double[] unit = Arrays.stream(rho).map(Math::sqrt).toArray();
        double[][] basis = new double[vectors + 1][];
        double[][] projected = new double[vectors + 1][vectors];
        basis[0] = unit.clone();
        scale(basis[0], 1 / length(basis[0]));
        int used = 0;
        while (used < vectors && basis[used] != null) {
            basis[used + 1] = extend(basis, used, unit, projected);
            used++;
        }
        double[] least = leastChanged(projected, used);
        double[] x = new double[size];
        for (int k = 0; k < used; k++) {
            ColumnProducts.add(least[k], basis[k], x);
        }
        double total = ColumnProducts.product(x, unit);
        for (int i = 0; i < size; i++) {
            x[i] = Math.max(x[i] * unit[i] / total, MIN_PART * rho[i]);
        }
        rho = withShares(x);
        residual = Double.POSITIVE_INFINITY;
    }

    /** The next vector of the space; null where it is complete. */
    private double[] extend(double[][] basis, int m, double[] unit, double[][] projected) {
        double[] mass = new double[size];
        Arrays.setAll(mass, i -> basis[m][i] * unit[i]);
        double[] image = chain.later(mass);
        passes++;
        for (int i = 0; i < size; i++) {
            image[i] = unit[i] > 0 ? image[i] / unit[i] : 0;
        }
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k <= m; k++) {
                double part = ColumnProducts.product(basis[k], image);
                projected[k][m] += part;
                ColumnProducts.add(-part, basis[k], image);
            }
        }
        double length = length(image);
        projected[m + 1][m] = length;
        if (length <= NOTHING) {
            return null;
        }
        scale(image, 1 / length);
        return image;
    }

    /** The coefficients y of length 1 that make {@code |(H - I) y|} least; what comes next is the slowest rate, about. */
    private double[] leastChanged(double[][] projected, int order) {
        DMatrixRMaj matrix = new DMatrixRMaj(order + 1, order);
        for (int i = 0; i <= order; i++) {
            for (int j = 0; j < order; j++) {
                matrix.set(i, j, projected[i][j] - (i == j ? 1 : 0));
            }
        }
        SingularValueDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.svd(order + 1, order, false, true, true);
        if (!solver.decompose(matrix)) {
            throw new IllegalStateException("the singular vectors of a matrix of order %s were not found".formatted(order));
        }
        DMatrixRMaj right = solver.getV(null, true);
        DMatrixRMaj values = solver.getW(null);
        SingularOps_DDRM.descendingOrder(null, false, values, right, true);
        slowest = order > 1 ? values.get(order - 2, order - 2) : 1;
        return Arrays.copyOfRange(right.data, (order - 1) * order, order * order);
    }

    /** Has each class have its share again. */
    private double[] withShares(double[] law) {
        double[] result = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.members().get(c);
            double factor = classes.share()[c] / Arrays.stream(tokens).mapToDouble(i -> law[i]).sum();
            for (int i : tokens) {
                result[i] = law[i] * factor;
            }
        }
        return result;
    }

    private static double length(double[] x) {
        return Math.sqrt(ColumnProducts.product(x, x));
    }

    private static void scale(double[] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }
}
