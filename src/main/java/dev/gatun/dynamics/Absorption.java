package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import java.util.Arrays;

/**
 * Where a chain ends that has several closed classes: the probability of each when the chain begins at a token taken at random.
 * Transient tokens are eliminated one after the other, each handing on what mass it has, without a subtraction. On logarithms (base
 * 2), for rates may be small.
 */
final class Absorption {

    private final double[][] leads;
    private final double[] mass;
    private final int transients;
    private final double[] shares;

    Absorption(LogTransitions chain, CommunicatingClasses classes) {
        int size = chain.size();
        int[] place = new int[size];
        Arrays.fill(place, -1);
        this.shares = new double[classes.count()];
        for (int c = 0; c < shares.length; c++) {
            for (int token : classes.members().get(c)) {
                place[token] = c;
            }
            shares[c] = log(classes.members().get(c).length) - log(size);
        }
        int next = shares.length;
        for (int i = 0; i < size; i++) {
            place[i] = place[i] < 0 ? next++ : place[i];
        }
        this.transients = next - shares.length;
        this.leads = new double[transients][next];
        for (int i = 0; i < size; i++) {
            if (place[i] >= shares.length) {
                double[] lead = leads[place[i] - shares.length];
                double[] row = chain.row(i);
                Arrays.fill(lead, Double.NEGATIVE_INFINITY);
                for (int j = 0; j < size; j++) {
                    lead[place[j]] = LogElimination.sum(lead[place[j]], row[j]);
                }
            }
        }
        this.mass = new double[transients];
        Arrays.fill(mass, -log(size));
    }

    private static double log(double x) {
        return Math.log(x) / Math.log(2);
    }

    /** The probability of ending in each class. */
    double[] shares() {
        for (int k = transients - 1; k >= 0; k--) {
            eliminate(k);
        }
        return Arrays.stream(shares).map(share -> Math.pow(2, share)).toArray();
    }

    private void eliminate(int k) {
        int left = shares.length + k;
        double[] row = leads[k];
        double leaving = LogElimination.logSum(row, left);
        for (int j = 0; j < left; j++) {
            row[j] -= leaving;
            if (j < shares.length) {
                shares[j] = LogElimination.sum(shares[j], mass[k] + row[j]);
            } else {
                mass[j - shares.length] = LogElimination.sum(mass[j - shares.length], mass[k] + row[j]);
            }
        }
        for (int i = 0; i < k; i++) {
            double through = leads[i][left];
            for (int j = 0; j < left; j++) {
                leads[i][j] = LogElimination.sum(leads[i][j], through + row[j]);
            }
        }
    }
}
