package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * The stationary distribution of a closed class by the elimination of states on logarithms to base 2 (Grassmann, Taksar and Heyman
 * 1985): as {@link dev.gatun.kernel.dense.StateElimination}, for chains whose rates, or products of rates, float64 cannot hold.
 */
final class LogElimination {

    private LogElimination() {
    }

    /**
     * {@code log2 pi_i}, the stationary distribution of a closed class.
     *
     * @param tokens the class
     */
    static double[] logStationary(LogTransitions chain, int[] tokens) {
        double[][] rates = among(chain, tokens);
        int n = tokens.length;
        for (int k = n - 1; k > 0; k--) {
            double leaving = LogMasses.sum(rates[k], k);
            for (int i = 0; i < k; i++) {
                double through = rates[i][k] - leaving;
                rates[i][k] = through;
                if (through > Double.NEGATIVE_INFINITY) {
                    addMultiple(through, rates[k], rates[i], k);
                }
            }
        }
        double[] logPi = new double[n];
        for (int k = 1; k < n; k++) {
            double[] terms = new double[k];
            for (int i = 0; i < k; i++) {
                terms[i] = logPi[i] + rates[i][k];
            }
            logPi[k] = LogMasses.sum(terms, k);
        }
        return LogMasses.normalised(logPi);
    }

    private static void addMultiple(double through, double[] from, double[] to, int count) {
        for (int j = 0; j < count; j++) {
            to[j] = LogMasses.sum(to[j], through + from[j]);
        }
    }

    /** {@code log2 P_ij} for the tokens i and j of a class, in the order given. */
    static double[][] among(LogTransitions chain, int[] tokens) {
        int[] place = new int[chain.size()];
        Arrays.fill(place, -1);
        for (int t = 0; t < tokens.length; t++) {
            place[tokens[t]] = t;
        }
        double[][] rates = new double[tokens.length][tokens.length];
        chain.leaving((block, strip, from, scratch) -> {
            for (int i = block * Lanes.BLOCK, r = 0; r < Lanes.BLOCK && i < place.length; i++, r++) {
                for (int t = 0; t < tokens.length && place[i] >= 0; t++) {
                    rates[place[i]][t] = strip[from + tokens[t] * Lanes.BLOCK + r];
                }
            }
        });
        return rates;
    }
}
