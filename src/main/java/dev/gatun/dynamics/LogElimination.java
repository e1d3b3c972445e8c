package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * {@link dev.gatun.kernel.dense.StateElimination} on logarithms (base 2), for chains whose rates, or products of them, are too small for a
 * double. Terms that do not move a sum are passed by, which in such chains are most.
 */
final class LogElimination {

    /** What is smaller by this power of two does not count. */
    private static final double NEGLIGIBLE = 60;

    private static final double LOG_TWO = Math.log(2);

    private LogElimination() {
    }

    /**
     * log2 of the stationary distribution of some tokens that lead to each other and to no others.
     *
     * @param tokens a closed class
     */
    static double[] logLaw(LogTransitions chain, int[] tokens) {
        double[][] rates = among(chain, tokens);
        int n = tokens.length;
        for (int k = n - 1; k > 0; k--) {
            double leaving = logSum(rates[k], k);
            for (int i = 0; i < k; i++) {
                double through = rates[i][k] - leaving;
                rates[i][k] = through;
                if (through > Double.NEGATIVE_INFINITY) {
                    addMultiple(through, rates[k], rates[i], k);
                }
            }
        }
        double[] law = new double[n];
        for (int k = 1; k < n; k++) {
            double[] terms = new double[k];
            for (int i = 0; i < k; i++) {
                terms[i] = law[i] + rates[i][k];
            }
            law[k] = logSum(terms, k);
        }
        double total = logSum(law, n);
        Arrays.setAll(law, i -> law[i] - total);
        return law;
    }

    private static void addMultiple(double through, double[] from, double[] to, int count) {
        for (int j = 0; j < count; j++) {
            to[j] = sum(to[j], through + from[j]);
        }
    }

    /** {@code log2(2^a + 2^b)}. */
    static double sum(double a, double b) {
        double greater = Math.max(a, b);
        double less = Math.min(a, b);
        return less < greater - NEGLIGIBLE || greater == Double.NEGATIVE_INFINITY ? greater
                : greater + Math.log1p(Math.exp((less - greater) * LOG_TWO)) / LOG_TWO;
    }

    /** {@code log2 sum_j 2^(a_j)} over the first {@code count}. */
    static double logSum(double[] a, int count) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < count; j++) {
            greatest = Math.max(greatest, a[j]);
        }
        if (greatest == Double.NEGATIVE_INFINITY) {
            return greatest;
        }
        double sum = 0;
        for (int j = 0; j < count; j++) {
            sum += a[j] < greatest - NEGLIGIBLE ? 0 : Math.pow(2, a[j] - greatest);
        }
        return greatest + Math.log(sum) / LOG_TWO;
    }

    /** log2 of the transitions of some tokens to each other. */
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
