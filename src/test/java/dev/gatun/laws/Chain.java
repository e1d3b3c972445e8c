package dev.gatun.laws;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A Markov chain given by transition rates: {@code P_ij = rate_ij / sum_k rate_ik}. */
public final class Chain {

    private final double[][] rates;

    /**
     * The chain of some rates.
     *
     * @param rates {@code rates[i][j]} of at least 0 from state i to state j, with a positive sum in each row
     */
    public Chain(double[][] rates) {
        this.rates = rates;
    }

    /**
     * The number of states.
     *
     * @return N
     */
    public int states() {
        return rates.length;
    }

    double[][] rates() {
        return rates;
    }

    /**
     * The transition probabilities.
     *
     * @return {@code N x N} probabilities, whose rows sum to 1
     */
    public double[][] transitions() {
        double[][] p = new double[rates.length][];
        for (int i = 0; i < p.length; i++) {
            double sum = Arrays.stream(rates[i]).sum();
            p[i] = Arrays.stream(rates[i]).map(rate -> rate / sum).toArray();
        }
        return p;
    }

    /** Whether every state reaches every other. */
    boolean isIrreducible() {
        return reached(true) == rates.length && reached(false) == rates.length;
    }

    /** The number of states that the first state reaches, or that reach it. */
    private int reached(boolean forward) {
        boolean[] reached = new boolean[rates.length];
        int[] queue = new int[rates.length];
        int known = 1;
        reached[0] = true;
        for (int at = 0; at < known; at++) {
            for (int j = 0; j < reached.length; j++) {
                if (!reached[j] && (forward ? rates[queue[at]][j] : rates[j][queue[at]]) > 0) {
                    reached[j] = true;
                    queue[known++] = j;
                }
            }
        }
        return known;
    }

    /** The chain on some of the states. */
    Chain of(int[] states) {
        double[][] chosen = new double[states.length][states.length];
        for (int i = 0; i < states.length; i++) {
            for (int j = 0; j < states.length; j++) {
                chosen[i][j] = rates[states[i]][states[j]];
            }
        }
        return new Chain(chosen);
    }

    /** The chain with another rate from i to j. */
    Chain with(int i, int j, double rate) {
        double[][] changed = Arrays.stream(rates).map(double[]::clone).toArray(double[][]::new);
        changed[i][j] = rate;
        return new Chain(changed);
    }

    /** Whether the chain is irreducible and every row has a positive rate. */
    boolean isSound() {
        return IntStream.range(0, rates.length).allMatch(i -> Arrays.stream(rates[i]).sum() > 0) && isIrreducible();
    }

    @Override
    public String toString() {
        if (rates.length > 8) {
            return "a chain of %d states".formatted(rates.length);
        }
        StringBuilder text = new StringBuilder("a chain of %d states with the rates".formatted(rates.length));
        for (double[] row : rates) {
            text.append("\n    ").append(Arrays.toString(row));
        }
        return text.toString();
    }
}
