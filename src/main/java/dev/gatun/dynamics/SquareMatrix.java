package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/** Products and powers of square matrices {@code double[n][n]} without negative entries. */
final class SquareMatrix {

    private SquareMatrix() {
    }

    /** {@code P x}. */
    static double[] product(double[][] p, double[] x) {
        double[] y = new double[p.length];
        Arrays.setAll(y, i -> ColumnProducts.product(p[i], x));
        return y;
    }

    /** {@code P^m} for m of at least 1, by repeated squaring. */
    static double[][] power(double[][] p, int m) {
        double[][] product = p;
        for (int bit = Integer.highestOneBit(m) / 2; bit > 0; bit /= 2) {
            product = product(product, product);
            product = (m & bit) == 0 ? product : product(product, p);
        }
        return product;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] product = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < a.length; k++) {
                if (a[i][k] > 0) {
                    ColumnProducts.add(a[i][k], b[k], product[i]);
                }
            }
        }
        return product;
    }

    /**
     * {@code 2^(a_ij + w_i - w_j)}: transitions from their logarithms to base 2, conjugated by the diagonal {@code 2^w}.
     *
     * @param w   null for zeros
     * @param out where the powers go; may be {@code a} itself
     * @return {@code out}
     */
    static double[][] powers(double[][] a, double[] w, double[][] out) {
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                out[i][j] = LogTwo.exp2(a[i][j] + (w == null ? 0 : w[i] - w[j]));
            }
        }
        return out;
    }
}
