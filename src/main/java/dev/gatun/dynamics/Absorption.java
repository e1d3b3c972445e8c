package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/**
 * The probability that a chain started at a uniformly random token ends in each of its closed classes,
 * {@code a_c = 1/N sum_i Pr(i -> c)}.
 *
 * <p>Transient tokens are eliminated one after the other: each passes its mass to the tokens that follow it. Nothing is subtracted, and
 * everything is a logarithm to base 2, because rates may be too small for float64.
 */
final class Absorption {

    /** Transitions of each transient token: to the closed classes, then to the transient tokens. */
    private final double[][] rates;
    private final double[] mass;
    private final int transients;
    private final double[] shares;

    Absorption(LogTransitions chain, CommunicatingClasses classes) {
        int size = chain.size();
        int[] place = new int[size];
        Arrays.fill(place, -1);
        this.shares = new double[classes.count()];
        for (int c = 0; c < shares.length; c++) {
            for (int token : classes.closed().get(c)) {
                place[token] = c;
            }
            shares[c] = LogTwo.log2(classes.closed().get(c).length) - LogTwo.log2(size);
        }
        int next = shares.length;
        for (int i = 0; i < size; i++) {
            place[i] = place[i] < 0 ? next++ : place[i];
        }
        this.transients = next - shares.length;
        this.rates = new double[transients][next];
        for (int i = 0; i < size; i++) {
            if (place[i] >= shares.length) {
                double[] rate = rates[place[i] - shares.length];
                double[] row = chain.row(i);
                Arrays.fill(rate, Double.NEGATIVE_INFINITY);
                for (int j = 0; j < size; j++) {
                    rate[place[j]] = LogMasses.sum(rate[place[j]], row[j]);
                }
            }
        }
        this.mass = new double[transients];
        Arrays.fill(mass, -LogTwo.log2(size));
    }

    /** The probability of ending in each closed class. */
    double[] shares() {
        for (int k = transients - 1; k >= 0; k--) {
            eliminate(k);
        }
        return LogMasses.powers(shares);
    }

    private void eliminate(int k) {
        int left = shares.length + k;
        double[] row = rates[k];
        double leaving = LogMasses.sum(row, left);
        for (int j = 0; j < left; j++) {
            row[j] -= leaving;
            if (j < shares.length) {
                shares[j] = LogMasses.sum(shares[j], mass[k] + row[j]);
            } else {
                mass[j - shares.length] = LogMasses.sum(mass[j - shares.length], mass[k] + row[j]);
            }
        }
        for (int i = 0; i < k; i++) {
            double through = rates[i][left];
            for (int j = 0; j < left; j++) {
                rates[i][j] = LogMasses.sum(rates[i][j], through + row[j]);
            }
        }
    }
}
