package dev.gatun.reference;

/**
 * Three tokens small enough to work by hand. At tau = 1 their scores are
 * <pre>
 *   <q_1, k_j> = 1, 0, 2      q_1 = (1, 0)    k_1 = (1,  2)
 *   <q_2, k_j> = 4, 2, -6     q_2 = (0, 2)    k_2 = (0,  1)
 *   <q_3, k_j> = 3, 1, -1     q_3 = (1, 1)    k_3 = (2, -3)
 * </pre>
 * and at beta = ln 2 every exponential is a power of two.
 */
final class ThreeTokens {

    static final double[][] Q = {{1, 0}, {0, 2}, {1, 1}};
    static final double[][] K = {{1, 2}, {0, 1}, {2, -3}};
    static final double[][] SCORES = {{1, 0, 2}, {4, 2, -6}, {3, 1, -1}};
    static final double LN2 = Math.log(2);

    private ThreeTokens() {
    }

    /** The rows of integers over their own denominators. */
    static double[][] fractions(double[][] numerators, double... denominators) {
        double[][] a = ReferenceMatrix.copy(numerators);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                a[i][j] /= denominators[i];
            }
        }
        return a;
    }
}
