package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The outer eigenvalues of a matrix that is known by its products, by the method of Arnoldi (1951). A space as large as the matrix
 * has all of them.
 *
 * @param values    eigenvalues of the projected matrix
 * @param projected the projected matrix
 * @param gap       the gap that they give
 * @param settled   whether a larger space moved the gap by less than 2e-7 of itself
 */
record RitzValues(Complex_F64[] values, double[][] projected, double gap, boolean settled) {

    /** Vectors of a space, at most. */
    private static final int MAX_VECTORS = 320;

    private static final int FIRST_CHECK = 12;
    private static final double TOLERANCE = 2e-7;

    /** What is left of a vector of length 1 when it lies in the space. */
    private static final double NOTHING = 1e-14;

    /** A perturbation ten times the rounding of products, relative to the matrix, and how far it may move a gap, relative to itself. */
    private static final double PERTURBATION = 1e-14;
    private static final double MAX_MOVE = 1e-6;

    /** Products of a matrix. */
    @FunctionalInterface
    interface Product {
        double[] apply(double[] x);
    }

    /**
     * Those of a matrix without an eigenvalue that is known.
     *
     * @param right its right eigenvector, or null for none
     * @param left  its left eigenvector, whose product with the right one is 1
     * @param gap   the gap that some eigenvalues give
     */
    static RitzValues of(int size, Product matrix, double[] right, double[] left, ToDoubleFunction<Complex_F64[]> gap) {
        return right == null ? of(size, matrix, gap) : of(size, x -> {
            double[] y = matrix.apply(x);
            ColumnProducts.add(-ColumnProducts.product(left, y), right, y);
            return y;
        }, gap);
    }

    private static RitzValues of(int size, Product matrix, ToDoubleFunction<Complex_F64[]> gap) {
        int most = Math.min(size, MAX_VECTORS);
        double[][] basis = new double[most + 1][];
        double[][] projected = new double[most + 1][most];
        // The same at each call; one product takes its trivial part off.
        basis[0] = unit(matrix.apply(new SplittableRandom(1).doubles(size, -1, 1).toArray()), 0);
        double last = Double.NaN;
        int check = FIRST_CHECK;
        int order = 0;
        while (order < most && basis[order] != null) {
            basis[order + 1] = extend(basis, order, matrix.apply(basis[order]), projected);
            order++;
            boolean whole = order == size || basis[order] == null;
            if (order == check || order == most || whole) {
                RitzValues found = of(leading(projected, order), gap, whole, last);
                if (found.settled || order == most) {
                    return found;
                }
                last = found.gap;
                check += check / 2;
            }
        }
        return new RitzValues(new Complex_F64[0], new double[0][0], gap.applyAsDouble(new Complex_F64[0]), true);
    }

    private static RitzValues of(double[][] projected, ToDoubleFunction<Complex_F64[]> gapOf, boolean whole, double last) {
        if (!Arrays.stream(projected).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return new RitzValues(new Complex_F64[0], projected, Double.NaN, false);
        }
        Complex_F64[] values = eigenvalues(projected);
        double gap = gapOf.applyAsDouble(values);
        return new RitzValues(values, projected, gap, whole || Math.abs(gap - last) <= TOLERANCE * gap);
    }

    /** The number of vectors of the space, and of products. */
    int products() {
        return projected.length;
    }

    /**
     * Whether rounding of the products moves a gap by no more than 1e-6 of itself: a defective eigenvalue moves by a root of the
     * rounding. Measured by a perturbation.
     */
    boolean steady(ToDoubleFunction<Complex_F64[]> gapOf) {
        double gap = gapOf.applyAsDouble(values);
        double size = Arrays.stream(projected).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
        double noise = PERTURBATION * size / Math.sqrt(Math.max(1, projected.length));
        SplittableRandom random = new SplittableRandom(2);
        double[][] perturbed = new double[projected.length][];
        Arrays.setAll(perturbed, i -> Arrays.stream(projected[i]).map(entry -> entry + noise * random.nextDouble(-1, 1)).toArray());
        return Math.abs(gapOf.applyAsDouble(eigenvalues(perturbed)) - gap) <= MAX_MOVE * gap;
    }

    /** A vector of length 1 along x; null where x is no longer than rounding. */
    private static double[] unit(double[] x, double nothing) {
        double length = Math.sqrt(ColumnProducts.product(x, x));
        if (length <= nothing) {
            return null;
        }
        Arrays.setAll(x, i -> x[i] / length);
        return x;
    }

    /** Takes the space off the product, twice, and notes its parts. */
    private static double[] extend(double[][] basis, int m, double[] image, double[][] projected) {
        double nothing = NOTHING * Math.max(1, Math.sqrt(ColumnProducts.product(image, image)));
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k <= m; k++) {
                double part = ColumnProducts.product(basis[k], image);
                projected[k][m] += part;
                ColumnProducts.add(-part, basis[k], image);
            }
        }
        double length = Math.sqrt(ColumnProducts.product(image, image));
        projected[m + 1][m] = length > nothing ? length : 0;
        return unit(image, nothing);
    }

    private static double[][] leading(double[][] projected, int order) {
        double[][] leading = new double[order][];
        Arrays.setAll(leading, i -> Arrays.copyOf(projected[i], order));
        return leading;
    }

    private static Complex_F64[] eigenvalues(double[][] matrix) {
        int order = matrix.length;
        if (order == 0) {
            return new Complex_F64[0];
        }
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(order, false, false);
        if (!solver.decompose(new DMatrixRMaj(matrix))) {
            throw new IllegalStateException("the eigenvalues of a matrix of order %s were not found".formatted(order));
        }
        Complex_F64[] values = new Complex_F64[order];
        Arrays.setAll(values, m -> new Complex_F64(solver.getEigenvalue(m).real, solver.getEigenvalue(m).imaginary));
        return values;
    }
}
