package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;

/**
 * Orthonormal real vectors. A complex vector v is a real one of twice the length and has {@code i v} beside it: orthogonal to
 * both is orthogonal in the complex sense.
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

    /** Real vectors for each one that is added. */
    int parts() {
        return complex ? 2 : 1;
    }

    double[] vector(int j) {
        return vectors[j];
    }

    /** Adds a vector of length 1, orthogonal to all that are here. */
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

    /** Takes the part of each vector that lies in the space off it, and returns the coefficients. */
    double[][] removeFrom(double[]... vectorsOutside) {
        return removeFrom(0, vectorsOutside);
    }

    /** As above, of the space of vectors {@code first} and on alone; other coefficients are 0. */
    double[][] removeFrom(int first, double[]... vectorsOutside) {
        double[][] coefficients = new double[vectorsOutside.length][size];
        int whole = vectorsOutside.length / QUAD * QUAD;
        for (int k = 0; k < whole; k += QUAD) {
            remove(first, Arrays.copyOfRange(vectorsOutside, k, k + QUAD), Arrays.copyOfRange(coefficients, k, k + QUAD));
        }
        for (int k = whole; k < vectorsOutside.length; k++) {
            remove(first, vectorsOutside[k], coefficients[k]);
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

    /** Removes vectors from {@code first} on, one after the other. */
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

    /** Leaves no vector. */
    void clear() {
        Arrays.fill(vectors, null);
        size = 0;
    }
}
