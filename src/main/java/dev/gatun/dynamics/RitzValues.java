package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.eig.watched.WatchedDoubleStepQREigenvalue_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The outer eigenvalues of a matrix A, approximated by those of its projection {@code V^T A V} on a Krylov space (Arnoldi 1951). A is
 * given by its products. A space of as many vectors as A has rows gives all eigenvalues.
 *
 * @param values    the eigenvalues of the projected matrix
 * @param projected the projected matrix
 * @param gap       the gap computed from the eigenvalues
 * @param settled   whether the last enlargement of the space moved the gap by less than 2e-7 of itself
 */
record RitzValues(Complex_F64[] values, double[][] projected, double gap, boolean settled) {

    private static final int MAX_VECTORS = 320;

    private static final int FIRST_CHECK = 12;
    private static final double TOLERANCE = 2e-7;

    /** The length, relative to the product, below which the part of a product outside the space is rounding. */
    private static final double NEGLIGIBLE = 1e-14;

    /** A perturbation ten times the rounding of products, relative to the matrix. */
    private static final double PERTURBATION = 1e-14;

    /** The part of itself by which the perturbation may move a gap. */
    private static final double MAX_MOVE = 1e-6;

    /** The product of a matrix with vectors. */
    @FunctionalInterface
    interface Product {
        /** {@code A x}. */
        double[] apply(double[] x);
    }

    /**
     * The outer eigenvalues other than a known one, which is removed by deflation, {@code A - right (left^T A)}.
     *
     * @param right the right eigenvector of the known eigenvalue; null if none is known
     * @param left  its left eigenvector, with {@code left^T right = 1}
     * @param gap   computes the gap from eigenvalues
     */
    static RitzValues of(int size, Product matrix, double[] right, double[] left, ToDoubleFunction<Complex_F64[]> gap) {
        return right == null ? of(size, matrix, gap) : of(size, x -> {
            double[] y = matrix.apply(x);
            ColumnProducts.add(-ColumnProducts.product(left, y), right, y);
            return y;
        }, gap);
    }

    private static RitzValues of(int size, Product matrix, ToDoubleFunction<Complex_F64[]> gap) {
        int max = Math.min(size, MAX_VECTORS);
        double[][] basis = new double[max + 1][];
        double[][] projected = new double[max + 1][max];
        // The same start at each call; one product removes its part along the known eigenvector.
        basis[0] = unit(matrix.apply(new SplittableRandom(1).doubles(size, -1, 1).toArray()), 0);
        double last = Double.NaN;
        int check = FIRST_CHECK;
        int order = 0;
        while (order < max && basis[order] != null) {
            basis[order + 1] = extend(basis, order, matrix.apply(basis[order]), projected);
            order++;
            boolean whole = order == size || basis[order] == null;
            if (order == check || order == max || whole) {
                RitzValues found = of(leading(projected, order), gap, whole, last);
                if (found.settled || order == max) {
                    return found;
                }
                last = found.gap;
                check += check / 2;
                check = check > max - max / 4 ? max : check;
            }
        }
        return new RitzValues(new Complex_F64[0], new double[0][0], gap.applyAsDouble(new Complex_F64[0]), true);
    }

    private static RitzValues of(double[][] projected, ToDoubleFunction<Complex_F64[]> gapOf, boolean whole, double last) {
        if (!Arrays.stream(projected).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return new RitzValues(new Complex_F64[0], projected, Double.NaN, false);
        }
        Complex_F64[] values = eigenvaluesOfHessenberg(projected);
        double gap = gapOf.applyAsDouble(values);
        return new RitzValues(values, projected, gap, whole || Math.abs(gap - last) <= TOLERANCE * gap);
    }

    /** The number of vectors of the space, which is that of the products. */
    int products() {
        return projected.length;
    }

    /**
     * Whether rounding of the products moves a gap by at most 1e-6 of itself, measured by a perturbation: a defective eigenvalue moves
     * by a root of the rounding.
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

    /** The vector {@code x / |x|}, in place of x; null if x is not longer than {@code negligible}. */
    private static double[] unit(double[] x, double negligible) {
        double length = Arnoldi.length(x);
        if (length <= negligible) {
            return null;
        }
        Arrays.setAll(x, i -> x[i] / length);
        return x;
    }

    /** The next vector of the space, from the product with vector m; null if the space is invariant. */
    private static double[] extend(double[][] basis, int m, double[] image, double[][] projected) {
        double negligible = NEGLIGIBLE * Math.max(1, Arnoldi.length(image));
        Arnoldi.orthogonalise(basis, m, image, projected);
        double length = Arnoldi.length(image);
        projected[m + 1][m] = length > negligible ? length : 0;
        return unit(image, negligible);
    }

    private static double[][] leading(double[][] projected, int order) {
        double[][] leading = new double[order][];
        Arrays.setAll(leading, i -> Arrays.copyOf(projected[i], order));
        return leading;
    }

    /** The eigenvalues of a projected matrix: Arnoldi's are upper Hessenberg, where the QR algorithm starts without a reduction. */
    private static Complex_F64[] eigenvaluesOfHessenberg(double[][] projected) {
        WatchedDoubleStepQREigenvalue_DDRM solver = new WatchedDoubleStepQREigenvalue_DDRM();
        requireConverged(solver.process(new DMatrixRMaj(projected)), projected.length);
        return Arrays.stream(solver.getEigenvalues()).limit(projected.length).toArray(Complex_F64[]::new);
    }

    private static Complex_F64[] eigenvalues(double[][] matrix) {
        int order = matrix.length;
        if (order == 0) {
            return new Complex_F64[0];
        }
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(order, false, false);
        requireConverged(solver.decompose(new DMatrixRMaj(matrix)), order);
        Complex_F64[] values = new Complex_F64[order];
        Arrays.setAll(values, solver::getEigenvalue);
        return values;
    }

    private static void requireConverged(boolean converged, int order) {
        if (!converged) {
            throw new IllegalStateException("the eigenvalues of a matrix of order %s did not converge".formatted(order));
        }
    }
}
