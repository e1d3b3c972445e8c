package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.LogKernelBuilder;
import dev.gatun.kernel.Normalised;

/**
 * The queries and keys of one head, copied from their segments, and the log-kernels they make (all in units of log 2).
 *
 * @param q      queries, {@code rows x d}
 * @param k      keys, {@code columns x d}
 * @param qBack  queries of the backward divergence, the same array as {@code q} unless it has its own
 * @param kBack  keys of the backward divergence, the same array as {@code k} unless it has its own
 * @param weight {@code beta tau / log 2}
 */
record HeadScores(int rows, int columns, int d, float[] q, float[] k, int dBack, float[] qBack, float[] kBack,
                  double weight, double weightBack, Band band) {

    /** {@code beta s_ij}. */
    LogKernel scores(Normalised normalised) {
        return scores().build(normalised);
    }

    private LogKernelBuilder scores() {
        return new LogKernelBuilder(rows, columns, d).addScores(q, k, d, weight).band(band);
    }

    /** {@code -beta d>_ij = beta (s_ij - s_ii)}. */
    LogKernel forward(Normalised normalised) {
        return forward().build(normalised);
    }

    private LogKernelBuilder forward() {
        return scores().addRowSelfScores(q, k, d, -weight);
    }

    /** {@code -beta d<_ij = beta (s_ji - s_jj)}. */
    LogKernel backward(Normalised normalised) {
        return backward().build(normalised);
    }

    private LogKernelBuilder backward() {
        return new LogKernelBuilder(rows, columns, dBack)
                .addScores(kBack, qBack, dBack, weightBack).addColumnSelfScores(qBack, kBack, dBack, -weightBack)
                .band(band);
    }

    /** {@code -beta d_ij}: forward and backward together. */
    LogKernel symmetric(Normalised normalised) {
        return symmetric().build(normalised);
    }

    /** {@code -beta d_ij} for rows normalised at alpha: potentials alpha times its size multiply its errors as well. */
    LogKernel diffusion(double alpha) {
        return symmetric().build(Normalised.ROWS, Math.max(1, Math.abs(alpha)));
    }

    private LogKernelBuilder symmetric() {
        return new LogKernelBuilder(rows, columns, d + dBack)
                .addScores(q, k, d, weight).addRowSelfScores(q, k, d, -weight)
                .addScores(kBack, qBack, dBack, weightBack).addColumnSelfScores(qBack, kBack, dBack, -weightBack)
                .band(band);
    }

    /** Whether the backward divergence is the transpose of the forward one. */
    boolean sharedBackward() {
        return qBack == q && kBack == k;
    }

    /** How far apart the log-kernels of magnetic diffusion and their offsets can be. */
    double magneticRange() {
        return forward().range(Normalised.BOTH) + backward().range(Normalised.BOTH);
    }

    /** {@code beta ((1+c)/2 s_ij + (1-c)/2 s_ji)}; at c = 1 the scores themselves. */
    LogKernel circulation(double c, Normalised normalised) {
        if (c == 1) {
            return scores(normalised);
        }
        return new LogKernelBuilder(rows, columns, 2 * d)
                .addScores(q, k, d, weight * (1 + c) / 2)
                .addScores(k, q, d, weight * (1 - c) / 2)
                .band(band).build(normalised);
    }

    /** The least tolerance of marginals that log-kernels in single precision are good for. */
    private static final double SINGLE_PRECISION_TOLERANCE = 1e-6;

    /** The log-kernel of a divergence for potentials yet to be found to {@code tolerance}. */
    LogKernel scaled(Divergence divergence, double tolerance) {
        return of(divergence, tolerance < SINGLE_PRECISION_TOLERANCE ? Normalised.BOTH : Normalised.SCALED);
    }

    /** The log-kernel of a divergence; without self-scores, where rows and columns differ, the scores stand for it. */
    LogKernel of(Divergence divergence, Normalised normalised) {
        return builder(divergence).build(normalised);
    }

    private LogKernelBuilder builder(Divergence divergence) {
        return switch (divergence) {
            case FORWARD -> rows == columns ? forward() : scores();
            case BACKWARD -> backward();
            case SYMMETRIC -> symmetric();
        };
    }

    /** A bound of the log-kernel, but for what rows and columns add, in units of log 2. */
    double range(Divergence divergence) {
        return builder(divergence).range(Normalised.SCALED);
    }

    /** At {@code part} of the inverse temperature. */
    HeadScores tempered(double part) {
        return new HeadScores(rows, columns, d, q, k, dBack, qBack, kBack, part * weight, part * weightBack, band);
    }
}
