package dev.gatun.laws;

/** The log-kernel {@code z_ij} whose exponentials an operator normalises, with {@code s_ij = beta <q_i, k_j> / sqrt(d)}. */
public enum LogKernel {

    /** {@code z_ij = s_ij}. Along rows this is attention; queries and keys may differ in number. */
    SCORES,

    /** {@code z_ij = -d>_ij = s_ij - s_ii}, the forward divergence. */
    FORWARD,

    /** {@code z_ij = -d<_ij = s_ji - s_jj}, the backward divergence. */
    BACKWARD,

    /** {@code z_ij = -d_ij = -(d>_ij + d<_ij)}, the geometry. */
    SYMMETRIC;

    /** Roundings of a score in addition to those of its d products and sums: of the scale, of the scaled query, of the result. */
    private static final int MORE_ROUNDINGS = 4;

    /** A product of entries below this may be flushed to zero. */
    private static final double SMALLEST = 0x1p-126;

    /** The log-kernel of a head, minus infinity where a key is hidden, with the error bounds of an arithmetic. */
    Bounded of(Head head, double roundoff) {
        double[][] s = new double[head.rows()][head.columns()];
        double[][] off = new double[head.rows()][head.columns()];
        scores(head, roundoff, s, off);
        double[][] z = new double[head.rows()][head.columns()];
        double[][] bounds = new double[head.rows()][head.columns()];
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z[i].length; j++) {
                boolean visible = head.visible(i, j);
                z[i][j] = visible ? entry(s, i, j) : Double.NEGATIVE_INFINITY;
                bounds[i][j] = visible ? error(s, off, i, j, roundoff) : 0;
            }
        }
        return new Bounded(z, bounds, roundoff);
    }

    /** The log-kernel that the operator of a suite normalises. */
    static Bounded of(LawSuite suite, Head head) {
        return suite.logKernel().of(head, suite.operator().unitRoundoff()).normalisedByDensity(suite.alpha());
    }

    /** {@code w_ij = d>_ij - d<_ij = (s_ii - s_jj) - (s_ij - s_ji)}, the direction, independent of mask and temperature. */
    static Bounded direction(Head head, double roundoff) {
        int n = head.rows();
        double[][] s = new double[n][n];
        double[][] off = new double[n][n];
        scores(head.withBeta(1), roundoff, s, off);
        double[][] w = new double[n][n];
        double[][] bounds = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                w[i][j] = (s[i][i] - s[j][j]) - (s[i][j] - s[j][i]);
                bounds[i][j] = fourErrors(s, off, i, j, roundoff);
            }
        }
        return new Bounded(w, bounds, roundoff);
    }

    /** Scores and their errors: in any order, a sum of d products is off by at most d units of the sum of their sizes. */
    private static void scores(Head head, double roundoff, double[][] s, double[][] off) {
        int d = head.d();
        for (int i = 0; i < s.length; i++) {
            for (int j = 0; j < s[i].length; j++) {
                double product = 0;
                double size = 0;
                for (int c = 0; c < d; c++) {
                    double term = (double) head.queries()[i * d + c] * head.keys()[j * d + c];
                    product += term;
                    size += Math.abs(term);
                }
                s[i][j] = head.scale() * product;
                off[i][j] = head.scale() * ((d + MORE_ROUNDINGS) * roundoff * size + d * SMALLEST) + SMALLEST;
            }
        }
    }

    private double entry(double[][] s, int i, int j) {
        return switch (this) {
            case SCORES -> s[i][j];
            case FORWARD -> s[i][j] - s[i][i];
            case BACKWARD -> s[j][i] - s[j][j];
            case SYMMETRIC -> (s[i][j] - s[i][i]) + (s[j][i] - s[j][j]);
        };
    }

    private double error(double[][] s, double[][] off, int i, int j, double roundoff) {
        return switch (this) {
            case SCORES -> off[i][j];
            case FORWARD -> off[i][j] + off[i][i] + roundoff * (Math.abs(s[i][j]) + Math.abs(s[i][i]));
            case BACKWARD -> off[j][i] + off[j][j] + roundoff * (Math.abs(s[j][i]) + Math.abs(s[j][j]));
            case SYMMETRIC -> fourErrors(s, off, i, j, roundoff);
        };
    }

    /** Of a sum of four scores: the errors of each, and three roundings of at most the sum of their sizes. */
    private static double fourErrors(double[][] s, double[][] off, int i, int j, double roundoff) {
        double sizes = Math.abs(s[i][j]) + Math.abs(s[i][i]) + Math.abs(s[j][i]) + Math.abs(s[j][j]);
        return off[i][j] + off[i][i] + off[j][i] + off[j][j] + 3 * roundoff * sizes;
    }
}
