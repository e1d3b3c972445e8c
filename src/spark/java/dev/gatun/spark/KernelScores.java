package dev.gatun.spark;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;

/**
 * How the scores of points are formed.
 *
 * @param scale        tau; NaN for {@code 1 / sqrt(d)}
 * @param beta         the inverse temperature
 * @param causal       whether there is a causal mask
 * @param zeroDiagonal whether no token sees itself
 * @param sequences    tokens of each packed sequence; empty for one sequence
 */
record KernelScores(double scale, double beta, boolean causal, boolean zeroDiagonal, List<Integer> sequences) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    static final KernelScores DEFAULT = new KernelScores(Double.NaN, 1, false, false, List.of());

    KernelScores withScale(double newScale) {
        return new KernelScores(newScale, beta, causal, zeroDiagonal, sequences);
    }

    KernelScores withBeta(double newBeta) {
        return new KernelScores(scale, newBeta, causal, zeroDiagonal, sequences);
    }

    KernelScores withCausalMask() {
        return new KernelScores(scale, beta, true, zeroDiagonal, sequences);
    }

    KernelScores withZeroDiagonal() {
        return new KernelScores(scale, beta, causal, true, sequences);
    }

    KernelScores withSequences(List<Integer> lengths) {
        return new KernelScores(scale, beta, causal, zeroDiagonal, lengths);
    }

    /**
     * The scores of points.
     *
     * @param within whether query i and key i are the same token
     */
    Scores of(Matrix q, Matrix k, boolean within) {
        Scores scores = (within ? Scores.of(q, k) : Scores.across(q, k)).withBeta(beta);
        scores = Double.isNaN(scale) ? scores : scores.withScale(scale);
        scores = sequences.isEmpty() ? scores : scores.withSequences(sequences.stream().mapToInt(Integer::intValue).toArray());
        scores = causal ? scores.withCausalMask() : scores;
        return zeroDiagonal ? scores.withZeroDiagonal() : scores;
    }
}
