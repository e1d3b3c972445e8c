package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;

/**
 * An orthonormal basis {@code v_0, v_1, ...} of real vectors. A complex vector v is stored as two real ones of twice the length, v and
 * {@code i v}: a vector orthogonal to both is orthogonal to v in the complex sense.
 */
final class Basis {

    private static final int QUAD = ColumnProducts.QUAD;

    private final int length;
    private final boolean complex;
    private double[][] vectors = new double[0][];
    private int size;

    Basis(int length, boolean complex) {
        this.length = length;
        this.complex = complex;
    }

    /** The number of real vectors. */
    int size() {
        return size;
    }

    /** The number of real vectors per added vector: 2 if vectors are complex, otherwise 1. */
    int parts() {
        return complex ? 2 : 1;
    }

    /** Real vector j. */
    double[] vector(int j) {
        return vectors[j];
    }

    /** Adds a vector of length 1 that is orthogonal to the basis. */
    void add(double[] vector) {
        reserve(size + parts());
        vectors[size++] = vector;
        if (complex) {
            vectors[size++] = turned(vector);
        }
    }

    private void reserve(int wanted) {
        if (vectors.length < wanted) {
            vectors = Arrays.copyOf(vectors, Math.max(wanted, 2 * vectors.length));
        }
    }

    /** {@code i v}. */
    private static double[] turned(double[] v) {
        double[] turned = new double[v.length];
        int half = v.length / 2;
        for (int i = 0; i < half; i++) {
            turned[i] = -v[half + i];
            turned[half + i] = v[i];
        }
        return turned;
    }

    /** Replaces each vector w by its part orthogonal to the basis, {@code w - sum_j c_j v_j}, and returns the coefficients c. */
    double[][] removeFrom(double[]... others) {
        return removeFrom(0, others);
    }

    /** As above, for the vectors from {@code first} on only; the other coefficients are 0. */
    double[][] removeFrom(int first, double[]... others) {
        double[][] coefficients = new double[others.length][size];
        int whole = others.length / QUAD * QUAD;
        for (int k = 0; k < whole; k += QUAD) {
            remove(first, Arrays.copyOfRange(others, k, k + QUAD), Arrays.copyOfRange(coefficients, k, k + QUAD));
        }
        for (int k = whole; k < others.length; k++) {
            remove(first, others[k], coefficients[k]);
        }
        return coefficients;
    }

    /** Four vectors at once, so that the basis is read once for all of them. */
    private void remove(int first, double[][] four, double[][] coefficients) {
        int end = first + (size - first) / QUAD * QUAD;
        for (int j = first; j < end; j += QUAD) {
            ColumnProducts.products(vectors, j, four, coefficients);
        }
        for (int j = first; j < end; j += QUAD) {
            ColumnProducts.subtract(coefficients, vectors, j, four);
        }
        for (int k = 0; k < QUAD; k++) {
            remove(end, four[k], coefficients[k]);
        }
    }

    /** As above, for one vector. */
    private void remove(int first, double[] w, double[] coefficients) {
        for (int j = first; j < size; j++) {
            coefficients[j] = ColumnProducts.product(w, vectors[j]);
            ColumnProducts.add(-coefficients[j], vectors[j], w);
        }
    }

    /** {@code sum_j c_j v_j}. */
    double[] combination(double[] coefficients) {
        double[] sum = new double[length];
        for (int j = 0; j < size; j++) {
            ColumnProducts.add(coefficients[j], vectors[j], sum);
        }
        return sum;
    }

    /** Removes all vectors. */
    void clear() {
        Arrays.fill(vectors, null);
        size = 0;
    }
}
