package dev.gatun.model;

import java.util.Arrays;

/**
 * What makes a head of a trained model easy or harsh, measured in float64.
 *
 * @param scoreRange    the largest score less the smallest
 * @param negativeShare the share of pairs of different tokens whose symmetric bidivergence is negative
 * @param iterations    the row-and-column iterations of plain Sinkhorn, at most {@link #MAX_ITERATIONS}
 * @param marginalError the largest |sum - 1| of a row that is left after them; the columns are exact
 */
record HeadFigures(int layer, int head, double scoreRange, double negativeShare, int iterations, double marginalError) {

    /** The marginal error at which plain Sinkhorn may stop. */
    static final double TOLERANCE = 1e-5;

    /** Where plain Sinkhorn gives up. */
    static final int MAX_ITERATIONS = 5000;

    static HeadFigures of(MiniLm.Heads heads, int layer, int head) {
        int tokens = heads.tokens();
        double[] scores = ScoreMatrix.of(heads.queries(layer, head), heads.keys(layer, head), tokens);
        PlainSinkhorn sinkhorn = new PlainSinkhorn(scores, tokens);
        sinkhorn.solve(TOLERANCE, MAX_ITERATIONS);
        return new HeadFigures(layer, head, range(scores), negativeShare(scores, tokens),
                sinkhorn.iterations(), sinkhorn.rowError());
    }

    private static double range(double[] scores) {
        return Arrays.stream(scores).max().orElseThrow() - Arrays.stream(scores).min().orElseThrow();
    }

    private static double negativeShare(double[] scores, int tokens) {
        int negative = 0;
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < i; j++) {
                double itself = scores[i * tokens + i] + scores[j * tokens + j];
                double across = scores[i * tokens + j] + scores[j * tokens + i];
                negative += itself < across ? 1 : 0;
            }
        }
        return negative / (0.5 * tokens * (tokens - 1));
    }
}
