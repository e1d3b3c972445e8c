package dev.gatun.kernel.dense;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two vectors with four, and one with one, against loops. */
class ComplexProductsTest {

    private static double[][] vectors(int count, int n) {
        Random random = new Random(n);
        double[][] vectors = new double[count][];
        Arrays.setAll(vectors, k -> random.doubles(2 * n, -1, 1).toArray());
        return vectors;
    }

    /** {@code <v, w>} in eight chains a chunk. */
    private static double[] inner(double[] v, double[] w) {
        int n = v.length / 2;
        int whole = n - n % 8;
        double[] inner = new double[2];
        for (int from = 0; from < n; from += ComplexProducts.CHUNK) {
            double[][] chains = new double[2][8];
            for (int i = from; i < Math.min(whole, from + ComplexProducts.CHUNK); i++) {
                int c = i % 8;
                chains[0][c] = Math.fma(v[n + i], w[n + i], Math.fma(v[i], w[i], chains[0][c]));
                chains[1][c] = Math.fma(-v[n + i], w[i], Math.fma(v[i], w[n + i], chains[1][c]));
            }
            for (int part = 0; part < 2; part++) {
                inner[part] += LaneSums.sum(chains[part], 0);
            }
        }
        for (int i = whole; i < n; i++) {
            inner[0] = Math.fma(v[n + i], w[n + i], Math.fma(v[i], w[i], inner[0]));
            inner[1] = Math.fma(-v[n + i], w[i], Math.fma(v[i], w[n + i], inner[1]));
        }
        return inner;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 19, 256, 259, 264, 700})
    void productsAreSumsInAFixedOrder(int n) {
        double[][] v = vectors(3, n);
        double[][] w = vectors(5, n);
        double[][] out = new double[5][6];
        for (int from = 0; from < n; from += ComplexProducts.CHUNK) {
            ComplexProducts.addProducts(v, 1, w, 1, from, out);
        }
        for (int k = 1; k < 5; k++) {
            for (int j = 1; j < 3; j++) {
                assertArrayEquals(inner(v[j], w[k]), Arrays.copyOfRange(out[k], 2 * j, 2 * j + 2), 0.0);
            }
        }
        assertArrayEquals(new double[6], out[0], 0.0);
        double[] one = new double[4];
        ComplexProducts.addProduct(v[0], w[0], one, 1);
        assertArrayEquals(inner(v[0], w[0]), Arrays.copyOfRange(one, 1, 3), 0.0);
        assertEquals(0, one[0] + one[3]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 19, 256, 259, 264, 700})
    void combinationsAreSubtracted(int n) {
        double[][] v = vectors(3, n);
        double[][] w = vectors(5, n);
        double[][] c = vectors(5, 3);
        double[][] expected = new double[5][];
        for (int k = 0; k < 5; k++) {
            expected[k] = w[k].clone();
            for (int j = 1; k > 0 && j < 3; j++) {
                subtract(c[k][2 * j], c[k][2 * j + 1], v[j], expected[k]);
            }
        }
        for (int from = 0; from < n; from += ComplexProducts.CHUNK) {
            ComplexProducts.subtract(c, v, 1, w, 1, from);
        }
        for (int k = 0; k < 5; k++) {
            assertArrayEquals(expected[k], w[k], 0.0);
        }
        subtract(0.25, -3, v[2], expected[0]);
        ComplexProducts.add(-0.25, 3, v[2], w[0]);
        assertArrayEquals(expected[0], w[0], 0.0);
    }

    private static void subtract(double re, double im, double[] v, double[] w) {
        int n = v.length / 2;
        for (int i = 0; i < n; i++) {
            w[i] = Math.fma(v[n + i], im, Math.fma(v[i], -re, w[i]));
            w[n + i] = Math.fma(v[i], -im, Math.fma(v[n + i], -re, w[n + i]));
        }
    }
}
