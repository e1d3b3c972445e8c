package dev.gatun.kernel;

import java.util.Arrays;

/** {@link Moments} without vectors of the Vector API, the same to the last bit. */
public final class PlainMoments {

    private static final int CHAINS = Moments.CHAINS;

    private PlainMoments() {
    }

    /** The mean vector. */
    public static void mean(float[] vectors, int count, int d, double[] mean) {
        Arrays.fill(mean, 0.0);
        for (int i = 0, from = 0; i < count; i++, from += d) {
            for (int k = 0; k < d; k++) {
                mean[k] += vectors[from + k];
            }
        }
        for (int k = 0; k < d; k++) {
            mean[k] /= count;
        }
    }

    /** The inner product of two vectors. */
    public static double product(double[] one, double[] other) {
        double sum = 0;
        for (int k = 0; k < one.length; k++) {
            sum += one[k] * other[k];
        }
        return sum;
    }

    /** {@code |v - mean|^2} of the vector that begins at {@code from}, as {@link Moments#add} sums it; {@code chains} is scratch. */
    public static double square(float[] vectors, int from, double[] mean, double[] chains) {
        Arrays.fill(chains, 0.0);
        for (int k = 0; k < mean.length; k++) {
            double centred = vectors[from + k] - mean[k];
            chains[k & (CHAINS - 1)] = Math.fma(centred, centred, chains[k & (CHAINS - 1)]);
        }
        return folded(chains);
    }

    /** {@code <v, other>} of the vector that begins at {@code from}, likewise. */
    public static double product(float[] vectors, int from, double[] other, double[] chains) {
        Arrays.fill(chains, 0.0);
        for (int k = 0; k < other.length; k++) {
            chains[k & (CHAINS - 1)] = Math.fma(vectors[from + k], other[k], chains[k & (CHAINS - 1)]);
        }
        return folded(chains);
    }

    /** The sum of the chains. */
    static double folded(double[] c) {
        return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
    }
}
