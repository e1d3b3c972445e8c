package dev.gatun.spectral;

import java.util.Arrays;
import java.util.Comparator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The eigenpairs of a matrix projected on a {@link Basis}, largest first.
 *
 * <p>On a basis of complex vectors the real matrix is {@code [X, -Y; Y, X]} in another order and has each eigenvalue twice, with v
 * and {@code i v}: of each two one is taken. In a space of several such pairs the solver's vectors are any; those that are taken
 * are made orthogonal in the complex sense.
 *
 * @param values  eigenvalues, descending
 * @param vectors their coefficients, of length 1
 */
record RayleighRitz(double[] values, double[][] vectors) {

    /** Eigenvalues nearer than this are one, for what rounding leaves of a pair. */
    private static final double SAME = 1e-9;

    /** Of the leading {@code size x size} part of a symmetric matrix. */
    static RayleighRitz of(double[][] matrix, int size, boolean complex) {
        DMatrixRMaj copy = new DMatrixRMaj(size, size);
        for (int i = 0; i < size; i++) {
            System.arraycopy(matrix[i], 0, copy.data, i * size, size);
        }
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(size, true, true);
        if (!solver.decompose(copy)) {
            throw new IllegalStateException("the projected matrix of order %d has entries that are not finite".formatted(size));
        }
        Integer[] order = new Integer[size];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -solver.getEigenvalue(i).real));
        double[] values = new double[size];
        double[][] vectors = new double[size][];
        for (int m = 0; m < size; m++) {
            values[m] = solver.getEigenvalue(order[m]).real;
            vectors[m] = solver.getEigenVector(order[m]).data;
        }
        return complex ? one(values, vectors) : new RayleighRitz(values, vectors);
    }

    /** One of each pair. */
    private static RayleighRitz one(double[] values, double[][] vectors) {
        int size = values.length;
        double[] kept = new double[size / 2];
        double[][] keptVectors = new double[size / 2][];
        int count = 0;
        for (int first = 0, end; first < size; first = end) {
            end = first + 1;
            // A pair may have been told apart by rounding: a run ends between pairs only.
            while (end < size && (values[end - 1] - values[end] < SAME || (end - first) % 2 == 1)) {
                end++;
            }
            double[][] space = Arrays.copyOfRange(vectors, first, end);
            for (int m = first; m < end; m += 2, count++) {
                kept[count] = (values[m] + values[m + 1]) / 2;
                keptVectors[count] = takeLongest(space);
            }
        }
        return new RayleighRitz(kept, keptVectors);
    }

    /** Takes the longest of what is left of a space's vectors, made of length 1, and it and i times it off the others. */
    private static double[] takeLongest(double[][] space) {
        double[] longest = Arrays.stream(space).max(Comparator.comparingDouble(RayleighRitz::square)).orElseThrow().clone();
        double length = Math.sqrt(square(longest));
        Arrays.setAll(longest, i -> longest[i] / length);
        double[] turned = new double[longest.length];
        for (int i = 0; i < longest.length; i += 2) {
            turned[i] = -longest[i + 1];
            turned[i + 1] = longest[i];
        }
        for (double[] vector : space) {
            remove(longest, vector);
            remove(turned, vector);
        }
        return longest;
    }

    private static void remove(double[] unit, double[] from) {
        double product = 0;
        for (int i = 0; i < unit.length; i++) {
            product += unit[i] * from[i];
        }
        for (int i = 0; i < unit.length; i++) {
            from[i] -= product * unit[i];
        }
    }

    private static double square(double[] v) {
        double sum = 0;
        for (double entry : v) {
            sum += entry * entry;
        }
        return sum;
    }

    int size() {
        return values.length;
    }
}
