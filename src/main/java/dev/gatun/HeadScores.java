package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.LogKernelBuilder;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Normalised;

/**
 * The queries and keys of one head, copied from their segments, and the log-kernels they make (all in units of log 2).
 *
 * @param q      queries, {@code rows x d}
 * @param k      keys, {@code columns x d}
 * @param qBack  queries of the backward divergence, the same array as {@code q} unless it has its own
 * @param kBack  keys of the backward divergence, the same array as {@code k} unless it has its own
 * @param weight {@code beta tau / log 2}
 * @param selfScores whether query i and key i are the same token
 * @param points whether keys are the queries, and the backward pair is the same
 */
record HeadScores(int rows, int columns, int d, float[] q, float[] k, int dBack, float[] qBack, float[] kBack,
                  double weight, double weightBack, boolean selfScores, Mask mask, boolean points) {

    /** The least tolerance of marginals that log-kernels in single precision are good for. */
    private static final double SINGLE_PRECISION_TOLERANCE = 1e-6;

    /** {@code beta s_ij}. */
    LogKernel scores(Normalised normalised) {
        return addScores(empty(d), 1).build(normalised);
    }

    /** {@code -beta d>_ij = beta (s_ij - s_ii)}. */
    LogKernel forward(Normalised normalised) {
        return addForward(empty(d), 1).build(normalised);
    }

    /** {@code -beta d<_ij = beta (s_ji - s_jj)}. */
    LogKernel backward(Normalised normalised) {
        return addBackward(empty(dBack), 1).build(normalised);
    }

    /** {@code -beta d_ij}: forward and backward together. */
    LogKernel symmetric(Normalised normalised) {
        return symmetric().build(normalised);
    }

    /** {@code -beta d_ij} for rows normalised at alpha: potentials alpha times its size multiply its errors as well. */
    LogKernel diffusion(double alpha) {
        return symmetric().build(Normalised.ROWS, Math.max(1, Math.abs(alpha)));
    }

    /** {@code beta ((1+c)/2 s_ij + (1-c)/2 s_ji)}; at c = 1 the scores themselves. */
    LogKernel circulation(double c, Normalised normalised) {
        if (c == 1) {
            return scores(normalised);
        }
        return empty(2 * d).addScores(q, k, d, weight * (1 + c) / 2).addScores(k, q, d, weight * (1 - c) / 2)
                .build(normalised);
    }

    /** The tokens of the head as if they were new ones. */
    CrossScores crossing() {
        return new CrossScores(rows, q, k, this, mask);
    }

    private LogKernelBuilder empty(int inner) {
        return new LogKernelBuilder(rows, columns, inner).mask(mask);
    }

    private LogKernelBuilder addScores(LogKernelBuilder to, double part) {
        return to.addScores(q, k, d, part * weight);
    }

    private LogKernelBuilder addForward(LogKernelBuilder to, double part) {
        return addScores(to, part).addRowSelfScores(q, k, d, -part * weight);
    }

    private LogKernelBuilder addBackward(LogKernelBuilder to, double part) {
        return to.addScores(kBack, qBack, dBack, part * weightBack)
                .addColumnSelfScores(qBack, kBack, dBack, -part * weightBack);
    }

    private LogKernelBuilder addSymmetric(LogKernelBuilder to, double part) {
        return addBackward(addForward(to, part), part);
    }

    /** The symmetric log-kernel. Of points, whose keys are their queries, {@code s_ij + s_ji} is twice one inner product. */
    private LogKernelBuilder symmetric() {
        return points ? empty(d).addScores(q, k, d, 2 * weight).addRowSelfScores(q, k, d, -weight)
                .addColumnSelfScores(q, k, d, -weight) : addSymmetric(empty(d + dBack), 1);
    }

    /** Whether the backward divergence is the transpose of the forward one. */
    boolean sharedBackward() {
        return qBack == q && kBack == k;
    }

    /** A bound of {@code |beta s_ij|}, by Cauchy and Schwarz, in natural units. */
    double greatestScore() {
        return Math.log(2) * Math.max(weight * greatestNorm(q, rows, d) * greatestNorm(k, columns, d),
                weightBack * greatestNorm(qBack, rows, dBack) * greatestNorm(kBack, columns, dBack));
    }

    private static double greatestNorm(float[] vectors, int count, int d) {
        double greatest = 0;
        for (int i = 0; i < count; i++) {
            double square = 0;
            for (int c = i * d; c < (i + 1) * d; c++) {
                square += (double) vectors[c] * vectors[c];
            }
            greatest = Math.max(greatest, square);
        }
        return Math.sqrt(greatest);
    }

    /** How far apart the log-kernels of magnetic diffusion and their offsets can be. */
    double magneticRange() {
        return addForward(empty(d), 1).range(Normalised.BOTH) + addBackward(empty(dBack), 1).range(Normalised.BOTH);
    }

    /** The log-kernel of a divergence for potentials yet to be found to {@code tolerance}. */
    LogKernel scaled(Divergence divergence, double tolerance) {
        return of(divergence, scaled(tolerance));
    }

    /** What is normalised where potentials are found to {@code tolerance}. */
    static Normalised scaled(double tolerance) {
        return tolerance < SINGLE_PRECISION_TOLERANCE ? Normalised.BOTH : Normalised.SCALED;
    }

    /** The log-kernel of a divergence; across two sequences, without self-scores, the scores stand for it. */
    LogKernel of(Divergence divergence, Normalised normalised) {
        return fill(builder(divergence), divergence, 1).build(normalised);
    }

    /** A builder of log-kernels of a divergence. */
    LogKernelBuilder builder(Divergence divergence) {
        return empty(switch (divergence) {
            case FORWARD -> d;
            case BACKWARD -> dBack;
            case SYMMETRIC -> d + dBack;
        });
    }

    /** Has a builder make the log-kernel of a divergence at {@code part} of the inverse temperature. */
    LogKernelBuilder fill(LogKernelBuilder builder, Divergence divergence, double part) {
        builder.clear();
        return switch (divergence) {
            case FORWARD -> selfScores ? addForward(builder, part) : addScores(builder, part);
            case BACKWARD -> addBackward(builder, part);
            case SYMMETRIC -> addSymmetric(builder, part);
        };
    }
}
