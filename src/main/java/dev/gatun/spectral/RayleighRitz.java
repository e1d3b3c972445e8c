package dev.gatun.spectral;

import java.util.Arrays;
import java.util.Comparator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The eigenpairs of a matrix {@code V^T A V} projected on a {@link Basis} V, largest first.
 *
 * <p>For complex vectors the real matrix is {@code [X, -Y; Y, X]} in another order. It has each eigenvalue twice, with the eigenvectors v
 * and {@code i v}, and one of each two is taken. Where several such pairs are equal, the solver returns any vectors of their space, and
 * those that are taken are made orthogonal in the complex sense.
 *
 * @param values  the eigenvalues, descending
 * @param vectors the coefficients of the eigenvectors in the basis, of length 1
 */
record RayleighRitz(double[] values, double[][] vectors) {

    /** Eigenvalues closer than this count as equal: rounding separates a pair by less. */
    private static final double SAME = 1e-8;

    /** The eigenpairs of the leading {@code size x size} part of a symmetric matrix. */
    static RayleighRitz of(double[][] matrix, int size, boolean complex) {
        DMatrixRMaj copy = new DMatrixRMaj(size, size);
        for (int i = 0; i < size; i++) {
            System.arraycopy(matrix[i], 0, copy.data, i * size, size);
        }
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(size, true, true);
        if (!solver.decompose(copy)) {
            throw new IllegalStateException("the projected matrix of order %s has entries that are not finite".formatted(size));
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

    /** One eigenvector of each pair. */
    private static RayleighRitz one(double[] values, double[][] vectors) {
        int size = values.length;
        double[] kept = new double[size / 2];
        double[][] keptVectors = new double[size / 2][];
        int count = 0;
        for (int first = 0, end; first < size; first = end) {
            end = first + 1;
            // Rounding may have separated a pair: a run ends between pairs only.
            while (end < size && (values[end - 1] - values[end] < SAME || (end - first) % 2 == 1)) {
                end++;
            }
            double[][] space = Arrays.copyOfRange(vectors, first, end);
            for (int m = first; m < end; m += 2, count++) {
                kept[count] = (values[m] + values[m + 1]) / 2;
                keptVectors[count] = takeLongest(space);
            }
        }
        makeOrthogonal(keptVectors);
        return new RayleighRitz(kept, keptVectors);
    }

    /** Orthogonalises the vectors in the complex sense: near another eigenvalue the space of a pair is inexact. */
    private static void makeOrthogonal(double[][] vectors) {
        for (int m = 0; m < vectors.length; m++) {
            for (int earlier = 0; earlier < m; earlier++) {
                remove(vectors[earlier], vectors[m]);
                remove(turned(vectors[earlier]), vectors[m]);
            }
            scale(vectors[m], 1 / Math.sqrt(square(vectors[m])));
        }
    }

    /** The longest remaining vector v of a space, scaled to length 1. Removes v and {@code i v} from the others. */
    private static double[] takeLongest(double[][] space) {
        double[] longest = Arrays.stream(space).max(Comparator.comparingDouble(RayleighRitz::square)).orElseThrow().clone();
        scale(longest, 1 / Math.sqrt(square(longest)));
        double[] turned = turned(longest);
        for (double[] vector : space) {
            remove(longest, vector);
            remove(turned, vector);
        }
        return longest;
    }

    /** {@code i x}, of a vector x whose coefficients are those of v and {@code i v} in turn. */
    static double[] turned(double[] coefficients) {
        double[] turned = new double[coefficients.length];
        for (int i = 0; i < turned.length; i += 2) {
            turned[i] = -coefficients[i + 1];
            turned[i + 1] = coefficients[i];
        }
        return turned;
    }

    private static void scale(double[] vector, double factor) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= factor;
        }
    }

    private static void remove(double[] unit, double[] from) {
        double product = product(unit, from);
        for (int i = 0; i < unit.length; i++) {
            from[i] -= product * unit[i];
        }
    }

    private static double square(double[] v) {
        return product(v, v);
    }

    int size() {
        return values.length;
    }

    /** The projection of the matrix on the first {@code count} vectors, each followed by {@code i} times it if they are complex. */
    double[][] projected(double[][] matrix, int count, boolean complex) {
        int parts = complex ? 2 : 1;
        double[][] on = new double[count * parts][];
        for (int m = 0; m < count; m++) {
            on[m * parts] = vectors[m];
            if (complex) {
                on[m * parts + 1] = turned(vectors[m]);
            }
        }
        double[][] projected = new double[on.length][on.length];
        for (int b = 0; b < on.length; b++) {
            double[] image = new double[on[b].length];
            for (int i = 0; i < image.length; i++) {
                image[i] = product(matrix[i], on[b]);
            }
            for (int a = 0; a <= b; a++) {
                projected[a][b] = product(on[a], image);
                projected[b][a] = projected[a][b];
            }
        }
        return projected;
    }

    /** The inner product over the length of b. */
    private static double product(double[] a, double[] b) {
        double product = 0;
        for (int i = 0; i < b.length; i++) {
            product += a[i] * b[i];
        }
        return product;
    }
}
