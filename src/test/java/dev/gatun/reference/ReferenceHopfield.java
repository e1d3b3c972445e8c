package dev.gatun.reference;

import java.util.Arrays;

/**
 * The symmetric and the skew part of {@code M = Q K^T} and what states have to do with them, by definition: M is formed, and so
 * are its parts.
 */
public final class ReferenceHopfield {

    private ReferenceHopfield() {
    }

    /**
     * One channel of what was retrieved, over the tokens.
     *
     * @param s     the state: the channel centred, of length 1; zeros of a constant channel
     * @param field {@code h = M_sym s} of centred queries and keys
     */
    public record Channel(double[] s, double[] field) {

        /** {@code E = -1/2 s^T M_sym s}. */
        public double energy() {
            return -0.5 * ReferenceScores.dot(s, field);
        }

        /** The share of tokens with {@code s_t h_t < 0}. */
        public double instability() {
            double count = 0;
            for (int t = 0; t < s.length; t++) {
                count += s[t] * field[t] < 0 ? 1 : 0;
            }
            return count / s.length;
        }

        /** {@code cos(s, h)}. */
        public double alignment() {
            return ReferenceScores.dot(s, field)
                    / Math.sqrt(ReferenceScores.dot(s, s) * ReferenceScores.dot(field, field));
        }
    }

    /** {@code M = scale Q K^T}. */
    public static double[][] m(double[][] q, double[][] k, double scale) {
        return ReferenceScores.scores(q, k, scale);
    }

    /** {@code (M + M^T) / 2}. */
    public static double[][] symmetric(double[][] m) {
        return ReferenceMatrix.scale(0.5, ReferenceMatrix.add(m, ReferenceMatrix.transpose(m)));
    }

    /** {@code (M - M^T) / 2}. */
    public static double[][] skew(double[][] m) {
        return ReferenceMatrix.scale(0.5, ReferenceMatrix.add(m, ReferenceMatrix.scale(-1, ReferenceMatrix.transpose(m))));
    }

    /** {@code (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)}. */
    public static double eta(double[][] m) {
        double symmetric = square(symmetric(m));
        double skew = square(skew(m));
        return (symmetric - skew) / (symmetric + skew);
    }

    /** Each column less its mean. */
    public static double[][] centred(double[][] a) {
        double[] sums = ReferenceMatrix.columnSums(a);
        double[][] centred = ReferenceMatrix.copy(a);
        for (double[] row : centred) {
            for (int j = 0; j < row.length; j++) {
                row[j] -= sums[j] / a.length;
            }
        }
        return centred;
    }

    /** Channel {@code c} of what was retrieved; queries, keys and channel are centred here. */
    public static Channel channel(double[][] q, double[][] k, double[][] h, int c, double scale) {
        double[] s = ReferenceMatrix.transpose(centred(h))[c];
        double length = constant(ReferenceMatrix.transpose(h)[c]) ? 0 : Math.sqrt(ReferenceScores.dot(s, s));
        if (length == 0) {
            Arrays.fill(s, 0);
        }
        for (int t = 0; t < s.length && length > 0; t++) {
            s[t] /= length;
        }
        return new Channel(s, ReferenceMatrix.multiply(symmetric(m(centred(q), centred(k), scale)), s));
    }

    /** Whether a channel of float32 entries spreads over at most 64 ULP of its largest. */
    public static boolean constant(double[] channel) {
        double least = Arrays.stream(channel).min().orElseThrow();
        double greatest = Arrays.stream(channel).max().orElseThrow();
        return greatest - least <= 64.0 * Math.ulp((float) Math.max(Math.abs(least), Math.abs(greatest)));
    }

    /**
     * {@code H' = H_1 + b (H_c - H_1)}, entries that are not finite in float32 as 0, each row then times {@code |H_c| / |H'|} but
     * no less than 1/4 and no more than 4; a row of zeros stays one.
     */
    public static double[][] blend(double[][] attended, double[][] turned, double b) {
        double[][] blended = ReferenceMatrix.copy(attended);
        for (int i = 0; i < blended.length; i++) {
            for (int c = 0; c < blended[i].length; c++) {
                double entry = attended[i][c] + b * (turned[i][c] - attended[i][c]);
                blended[i][c] = Float.isFinite((float) entry) ? entry : 0;
            }
            double length = Math.sqrt(ReferenceScores.dot(blended[i], blended[i]));
            double factor = length == 0 ? 1
                    : Math.clamp(Math.sqrt(ReferenceScores.dot(turned[i], turned[i])) / length, 0.25, 4);
            for (int c = 0; c < blended[i].length; c++) {
                blended[i][c] *= factor;
            }
        }
        return blended;
    }

    private static double square(double[][] a) {
        double sum = 0;
        for (double[] row : a) {
            sum += ReferenceScores.dot(row, row);
        }
        return sum;
    }
}
