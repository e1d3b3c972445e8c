package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums in the order that they are documented to have, whatever the vector width. */
class ColumnProductsTest {

    private static double[][] vectors(int count, int n, int seed) {
        Random random = new Random(seed);
        double[][] vectors = new double[count][];
        Arrays.setAll(vectors, k -> random.doubles(n, -1, 1).toArray());
        return vectors;
    }

    private static double inner(double[] v, double[] w, int chains) {
        double[] sums = new double[chains];
        int whole = v.length - v.length % chains;
        for (int i = 0; i < whole; i++) {
            sums[i % chains] = Math.fma(v[i], w[i], sums[i % chains]);
        }
        double sum = 0;
        for (int c = 0; c < 8; c++) {
            double chain = chains == 16 ? sums[c] + sums[c + 8] : sums[c];
            sum = c == 0 ? chain : sum + chain;
        }
        for (int i = whole; i < v.length; i++) {
            sum = Math.fma(v[i], w[i], sum);
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 16, 21, 40, 100, 333})
    void productsHaveAFixedOrder(int n) {
        double[][] v = vectors(5, n, 1);
        double[][] w = vectors(4, n, 2);
        double[][] out = new double[4][5];
        ColumnProducts.products(v, 1, w, out);
        for (int k = 0; k < 4; k++) {
            for (int j = 1; j < 5; j++) {
                assertEquals(inner(v[j], w[k], 8), out[k][j]);
            }
        }
        assertEquals(inner(v[0], w[0], 16), ColumnProducts.product(v[0], w[0]));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 21, 100})
    void combinationsHaveAFixedOrder(int n) {
        double[][] v = vectors(5, n, 1);
        double[][] w = vectors(4, n, 2);
        double[][] c = vectors(4, 5, 3);
        double[][] expected = new double[4][n];
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < n; i++) {
                expected[k][i] = Math.fma(v[1][i], -c[k][1], w[k][i]) + v[2][i] * -c[k][2]
                        + Math.fma(v[3][i], -c[k][3], v[4][i] * -c[k][4]);
            }
        }
        ColumnProducts.subtract(c, v, 1, w);
        for (int k = 0; k < 4; k++) {
            assertArrayEquals(expected[k], w[k], 0.0);
        }
    }
}
