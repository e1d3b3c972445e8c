package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.dense.ComplexProducts;
import java.util.Arrays;

/**
 * An orthonormal basis {@code v_0, v_1, ...} of real vectors, or of complex ones, which count twice: v has a real coefficient and
 * {@code i v} has another, the imaginary part of a complex one.
 */
final class Basis {

    private static final int QUAD = ColumnProducts.QUAD;

    private final int length;
    private final boolean complex;
    /** Vectors whose coefficients are computed together. */
    private final int group;
    private double[][] vectors = new double[0][];
    private int count;

    Basis(int length, boolean complex) {
        this.length = length;
        this.complex = complex;
        this.group = complex ? ComplexProducts.PAIR : QUAD;
    }

    /** The number of real coefficients of a combination. */
    int size() {
        return count * parts();
    }

    /** The number of real coefficients of a vector: 2 if vectors are complex, otherwise 1. */
    int parts() {
        return complex ? 2 : 1;
    }

    /** Vector j. */
    double[] vector(int j) {
        return vectors[j];
    }

    /** Adds a vector of length 1 that is orthogonal to the basis. */
    void add(double[] vector) {
        if (count == vectors.length) {
            vectors = Arrays.copyOf(vectors, Math.max(8, 2 * count));
        }
        vectors[count++] = vector;
    }

    /** Replaces each vector w by its part orthogonal to the basis, {@code w - sum_j c_j v_j}, and returns the coefficients c. */
    double[][] removeFrom(double[]... others) {
        return removeFrom(0, others);
    }

    /** As above, for the vectors from {@code first} on only; the other coefficients are 0. */
    double[][] removeFrom(int first, double[]... others) {
        double[][] coefficients = new double[others.length][size()];
        int whole = others.length / QUAD * QUAD;
        int end = first + (count - first) / group * group;
        multiply(first, end, others, whole, coefficients);
        subtract(first, end, others, whole, coefficients);
        for (int k = 0; k < others.length; k++) {
            remove(k < whole ? end : first, others[k], coefficients[k]);
        }
        return coefficients;
    }

    /** {@code c_kj = <v_j, w_k>} for vectors v in whole groups and vectors w in whole fours, so that the basis is read once for four. */
    private void multiply(int first, int end, double[][] others, int whole, double[][] coefficients) {
        for (int from = 0; complex && from < length / 2; from += ComplexProducts.CHUNK) {
            for (int j = first; j < end; j += group) {
                for (int k = 0; k < whole; k += QUAD) {
                    ComplexProducts.addProducts(vectors, j, others, k, from, coefficients);
                }
            }
        }
        for (int k = 0; !complex && k < whole; k += QUAD) {
            double[][] four = Arrays.copyOfRange(others, k, k + QUAD);
            double[][] own = Arrays.copyOfRange(coefficients, k, k + QUAD);
            for (int j = first; j < end; j += group) {
                ColumnProducts.products(vectors, j, four, own);
            }
        }
    }

    /** {@code w_k -= sum_j c_kj v_j} over vectors v in whole groups, for vectors w in whole fours. */
    private void subtract(int first, int end, double[][] others, int whole, double[][] coefficients) {
        for (int from = 0; complex && from < length / 2; from += ComplexProducts.CHUNK) {
            for (int j = first; j < end; j += group) {
                for (int k = 0; k < whole; k += QUAD) {
                    ComplexProducts.subtract(coefficients, vectors, j, others, k, from);
                }
            }
        }
        for (int k = 0; !complex && k < whole; k += QUAD) {
            double[][] four = Arrays.copyOfRange(others, k, k + QUAD);
            double[][] own = Arrays.copyOfRange(coefficients, k, k + QUAD);
            for (int j = first; j < end; j += group) {
                ColumnProducts.subtract(own, vectors, j, four);
            }
        }
    }

    /** As above, for one vector. */
    private void remove(int first, double[] w, double[] coefficients) {
        for (int j = first; j < count; j++) {
            if (complex) {
                ComplexProducts.addProduct(vectors[j], w, coefficients, 2 * j);
            } else {
                coefficients[j] = ColumnProducts.product(w, vectors[j]);
            }
            add(-1, coefficients, j, w);
        }
    }

    /** {@code w += sign c_j v_j}. */
    private void add(double sign, double[] coefficients, int j, double[] w) {
        if (complex) {
            ComplexProducts.add(sign * coefficients[2 * j], sign * coefficients[2 * j + 1], vectors[j], w);
        } else {
            ColumnProducts.add(sign * coefficients[j], vectors[j], w);
        }
    }

    /** {@code sum_j c_kj v_j} for each k. */
    double[][] combinations(double[][] coefficients) {
        double[][] sums = new double[coefficients.length][length];
        double[][] negative = new double[coefficients.length][size()];
        for (int k = 0; k < sums.length; k++) {
            double[] own = coefficients[k];
            Arrays.setAll(negative[k], j -> -own[j]);
        }
        int whole = sums.length / QUAD * QUAD;
        int end = count / group * group;
        subtract(0, end, sums, whole, negative);
        for (int k = 0; k < sums.length; k++) {
            for (int j = k < whole ? end : 0; j < count; j++) {
                add(1, coefficients[k], j, sums[k]);
            }
        }
        return sums;
    }

    /** Removes all vectors. */
    void clear() {
        Arrays.fill(vectors, null);
        count = 0;
    }
}
