package dev.gatun.laws;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A Markov chain by the weights of its steps: {@code P_ij} is the weight from i to j as part of all from i. */
public final class Chain {

    private final double[][] weights;

    /** @param weights none negative, some positive in each row */
    public Chain(double[][] weights) {
        this.weights = weights;
    }

    public int states() {
        return weights.length;
    }

    double[][] weights() {
        return weights;
    }

    /** The probabilities of steps. */
    public double[][] transitions() {
        double[][] p = new double[weights.length][];
        for (int i = 0; i < p.length; i++) {
            double sum = Arrays.stream(weights[i]).sum();
            p[i] = Arrays.stream(weights[i]).map(weight -> weight / sum).toArray();
        }
        return p;
    }

    /** Whether each state leads to each other. */
    boolean isIrreducible() {
        return reached(true) == weights.length && reached(false) == weights.length;
    }

    /** How many states are reached from the first, or reach it. */
    private int reached(boolean forth) {
        boolean[] reached = new boolean[weights.length];
        int[] queue = new int[weights.length];
        int known = 1;
        reached[0] = true;
        for (int at = 0; at < known; at++) {
            for (int j = 0; j < reached.length; j++) {
                if (!reached[j] && (forth ? weights[queue[at]][j] : weights[j][queue[at]]) > 0) {
                    reached[j] = true;
                    queue[known++] = j;
                }
            }
        }
        return known;
    }

    /** Only the states of these numbers. */
    Chain of(int[] states) {
        double[][] chosen = new double[states.length][states.length];
        for (int i = 0; i < states.length; i++) {
            for (int j = 0; j < states.length; j++) {
                chosen[i][j] = weights[states[i]][states[j]];
            }
        }
        return new Chain(chosen);
    }

    /** With another weight from i to j. */
    Chain with(int i, int j, double weight) {
        double[][] changed = Arrays.stream(weights).map(double[]::clone).toArray(double[][]::new);
        changed[i][j] = weight;
        return new Chain(changed);
    }

    /** Whether each row has a positive weight. */
    boolean isSound() {
        return IntStream.range(0, weights.length).allMatch(i -> Arrays.stream(weights[i]).sum() > 0) && isIrreducible();
    }

    @Override
    public String toString() {
        if (weights.length > 8) {
            return "a chain of %d states".formatted(weights.length);
        }
        StringBuilder text = new StringBuilder("a chain of %d states whose steps have the weights".formatted(weights.length));
        for (double[] row : weights) {
            text.append("\n    ").append(Arrays.toString(row));
        }
        return text.toString();
    }
}
