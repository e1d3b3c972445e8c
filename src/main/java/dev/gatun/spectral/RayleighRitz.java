package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.dense.DenseEigenpairs;
import dev.gatun.kernel.dense.HermitianReduction;
import dev.gatun.kernel.dense.SymmetricReduction;
import java.util.Arrays;

/**
 * The largest eigenpairs of a matrix {@code V^T A V} projected on a {@link Basis} V.
 *
 * <p>For complex vectors the real matrix has rows and columns of v and {@code i v} in turn: those of a Hermitian matrix, whose eigenpairs
 * are computed.
 *
 * @param values  the eigenvalues, descending
 * @param vectors the coefficients of the eigenvectors in the basis, of length 1
 */
record RayleighRitz(double[] values, double[][] vectors) {

    /**
     * Eigenpairs of the leading {@code size x size} part of a symmetric matrix.
     *
     * @param count the number of eigenpairs, if there are as many
     */
    static RayleighRitz of(double[][] matrix, int size, boolean complex, int count) {
        int order = complex ? size / 2 : size;
        int found = Math.min(count, order);
        return complex ? hermitian(matrix, order, found) : symmetric(matrix, order, found);
    }

    private static RayleighRitz symmetric(double[][] matrix, int order, int count) {
        SymmetricReduction reduction = new SymmetricReduction(order);
        for (int i = 0; i < order; i++) {
            System.arraycopy(matrix[i], 0, reduction.entries(), i * reduction.stride(), order);
        }
        reduction.reduce(null);
        DenseEigenpairs pairs = DenseEigenpairs.of(reduction, order, false, count, count);
        return new RayleighRitz(pairs.values(), pairs.vectors());
    }

    private static RayleighRitz hermitian(double[][] matrix, int order, int count) {
        HermitianReduction reduction = new HermitianReduction(order);
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                reduction.real()[i * reduction.stride() + j] = matrix[2 * i][2 * j];
                reduction.imaginary()[i * reduction.stride() + j] = matrix[2 * i + 1][2 * j];
            }
        }
        reduction.reduce();
        DenseEigenpairs pairs = DenseEigenpairs.of(reduction, order, true, count, count);
        double[][] vectors = new double[count][2 * order];
        for (int m = 0; m < count; m++) {
            for (int i = 0; i < order; i++) {
                vectors[m][2 * i] = pairs.vectors()[m][i];
                vectors[m][2 * i + 1] = pairs.vectors()[m][order + i];
            }
        }
        return new RayleighRitz(pairs.values(), vectors);
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
            double[] vector = on[b];
            double[] image = new double[vector.length];
            Arrays.setAll(image, i -> ColumnProducts.product(vector, matrix[i]));
            for (int a = 0; a <= b; a++) {
                projected[a][b] = ColumnProducts.product(on[a], image);
                projected[b][a] = projected[a][b];
            }
        }
        return projected;
    }
}
