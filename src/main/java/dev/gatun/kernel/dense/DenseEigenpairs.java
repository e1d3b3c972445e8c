package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import java.util.Arrays;

/**
 * The largest eigenvalues of a symmetric or Hermitian matrix, and eigenvectors, from its tridiagonal form.
 *
 * @param values  eigenvalues, descending
 * @param vectors eigenvectors of the first ones, of length 1, orthogonal: n entries, or n real parts and then n imaginary parts
 */
public record DenseEigenpairs(double[] values, double[][] vectors) {

    /**
     * Computes eigenpairs.
     *
     * @param reduction   the tridiagonal form
     * @param size        n, the number of rows of the matrix
     * @param complex     whether the matrix is Hermitian
     * @param valueCount  the number of eigenvalues, at most the order of the form
     * @param vectorCount the number of eigenvectors, at most that of eigenvalues
     * @throws IllegalStateException if the form has entries that are not finite
     */
    public static DenseEigenpairs of(Reduction reduction, int size, boolean complex, int valueCount, int vectorCount) {
        int order = reduction.order();
        double[] values = Bisection.largest(reduction.diagonal(), reduction.offDiagonal(), order, valueCount);
        double[] first = Arrays.copyOf(values, vectorCount);
        double[][] vectors = new InverseIteration(reduction.diagonal(), reduction.offDiagonal(), order).vectors(first);
        double[] real = new double[ArrayLength.of(size, Reduction.WIDTH)];
        double[] imaginary = complex ? new double[real.length] : null;
        double[][] transformed = new double[vectorCount][complex ? 2 * size : size];
        for (int panel = 0; panel < vectorCount; panel += Reduction.WIDTH) {
            int count = Math.min(Reduction.WIDTH, vectorCount - panel);
            for (int i = 0; i < size; i++) {
                for (int k = 0; k < Reduction.WIDTH; k++) {
                    real[i * Reduction.WIDTH + k] = i < order && k < count ? vectors[panel + k][i] : 0;
                }
            }
            reduction.transform(real, imaginary);
            for (int k = 0; k < count; k++) {
                take(transformed[panel + k], k, size, real, imaginary);
            }
        }
        return new DenseEigenpairs(values, transformed);
    }

    private static void take(double[] vector, int k, int size, double[] real, double[] imaginary) {
        for (int i = 0; i < size; i++) {
            vector[i] = real[i * Reduction.WIDTH + k];
        }
        for (int i = size; i < vector.length; i++) {
            vector[i] = imaginary[(i - size) * Reduction.WIDTH + k];
        }
    }
}
