package dev.gatun;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;

/**
 * Tokens with the settings of their scores, and the log-kernels of the definitions in float64.
 *
 * @param back   the backward divergence's own pair, or null
 * @param scale  tau, NaN for {@code 1 / sqrt(d)}
 * @param zeroDiagonal whether no token sees itself
 */
record Problem(String name, Tokens tokens, Tokens back, double beta, double scale, boolean causal, boolean zeroDiagonal) {

    static Problem of(String name, Tokens tokens) {
        return new Problem(name, tokens, null, 1, Double.NaN, false, false);
    }

    Problem withBeta(double newBeta) {
        return new Problem(name + ", beta " + newBeta, tokens, back, newBeta, scale, causal, zeroDiagonal);
    }

    Problem withScale(double newScale) {
        return new Problem(name + ", scale " + newScale, tokens, back, beta, newScale, causal, zeroDiagonal);
    }

    Problem withMask() {
        return new Problem(name + ", causal", tokens, back, beta, scale, true, zeroDiagonal);
    }

    Problem withZeroDiagonal() {
        return new Problem(name + ", zero diagonal", tokens, back, beta, scale, causal, true);
    }

    Problem withBackward(Tokens own) {
        return new Problem(name + ", own backward pair of d " + own.d(), tokens, own, beta, scale, causal, zeroDiagonal);
    }

    boolean square() {
        return tokens.rows() == tokens.columns();
    }

    Scores scores(Arena arena) {
        Scores scores = tokens.scores(arena).withBeta(beta);
        if (back != null) {
            scores = scores.withBackward(Heads.of(back.queries(arena)), Heads.of(back.keys(arena)));
        }
        scores = Double.isNaN(scale) ? scores : scores.withScale(scale);
        scores = causal ? scores.withCausalMask() : scores;
        return zeroDiagonal ? scores.withZeroDiagonal() : scores;
    }

    /** {@code s_ij}. */
    double[][] s() {
        return scores64(tokens);
    }

    /** The scores of the backward divergence's own pair, or of the only one. */
    double[][] sBackward() {
        return scores64(back == null ? tokens : back);
    }

    /** Those computed last: one problem is asked for its scores many times, and so are those of the same tokens. */
    private static ScoresOf last;

    private record ScoresOf(Tokens pair, double tau, double[][] s) {
    }

    private double[][] scores64(Tokens pair) {
        double tau = Double.isNaN(scale) ? 1 / Math.sqrt(pair.d()) : scale;
        if (last == null || last.pair != pair || last.tau != tau) {
            last = new ScoresOf(pair, tau, ReferenceScores.scores(pair.queries64(), pair.keys64(), tau));
        }
        return last.s;
    }

    /** {@code beta s_ij}, masked. */
    double[][] logScores() {
        return masked(ReferenceMatrix.scale(beta, s()));
    }

    /** {@code -beta d>_ij}, masked; {@code beta s_ij} where there are no self-scores. */
    double[][] logForward() {
        return square() ? masked(ReferenceScores.logKernel(ReferenceScores.forward(s()), beta)) : logScores();
    }

    /** {@code -beta d<_ij}, masked. */
    double[][] logBackward() {
        return masked(ReferenceScores.logKernel(ReferenceScores.backward(sBackward()), beta));
    }

    /** {@code -beta d_ij}, masked. */
    double[][] logSymmetric() {
        return masked(ReferenceScores.logKernel(ReferenceScores.symmetric(s(), sBackward()), beta));
    }

    /** {@code w_ij}. */
    double[][] direction() {
        return ReferenceScores.antisymmetric(s(), sBackward());
    }

    /** {@code beta ((1+c)/2 s_ij + (1-c)/2 s_ji)}, masked. */
    double[][] logCirculation(double c) {
        return masked(ReferenceMatrix.scale(beta, ReferenceScores.circulation(s(), c)));
    }

    private double[][] masked(double[][] z) {
        double[][] masked = causal ? ReferenceScores.causal(z) : z;
        return zeroDiagonal ? ReferenceScores.zeroDiagonal(masked) : masked;
    }

    @Override
    public String toString() {
        return name;
    }
}
