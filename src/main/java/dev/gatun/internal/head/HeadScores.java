package dev.gatun.internal.head;

import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.Arrays;

/**
 * The queries and keys of one head, copied from their segments, and the log-kernels they make (all in units of log 2).
 *
 * @param q      queries, {@code rows x d}
 * @param k      keys, {@code columns x d}
 * @param qBack  queries of the backward divergence, the same array as {@code q} unless it has its own
 * @param kBack  keys of the backward divergence, the same array as {@code k} unless it has its own
 * @param weight {@code beta tau / log 2}
 * @param biasWeight {@code beta / log 2}
 * @param bias   added to single scores; null for none
 * @param selfScores whether query i and key i are the same token
 * @param whole  the visible pairs, but for those that the bias forbids
 * @param points whether keys are the queries, and the backward pair is the same
 */
public record HeadScores(int rows, int columns, int d, float[] q, float[] k, int dBack, float[] qBack, float[] kBack,
                  double weight, double weightBack, double biasWeight, HeadBias bias, boolean selfScores, Mask whole,
                  boolean points) {

    /** The smallest tolerance of marginals that log-kernels in single precision meet. */
    private static final double SINGLE_PRECISION_TOLERANCE = 1e-6;

    /** The visible pairs (i, j) of the scores: those that the bias does not forbid. */
    public Mask mask() {
        return bias == null ? whole : bias.forward(whole);
    }

    /** The visible pairs of the log-kernel of a divergence; the backward one is made of s_ji. */
    public Mask mask(Direction divergence) {
        if (bias == null) {
            return whole;
        }
        return switch (divergence) {
            case FORWARD -> bias.forward(whole);
            case BACKWARD -> bias.backward(whole);
            case SYMMETRIC -> bias.both(whole);
        };
    }

    /** {@code beta s_ij}. */
    public LogKernel scores(Normalised normalised) {
        return addScores(empty(d, mask()), 1).build(normalised);
    }

    /** {@code -beta d>_ij = beta (s_ij - s_ii)} where {@code -beta d_ij} is visible. */
    public LogKernel forward(Normalised normalised) {
        requireVisibleSelf();
        return addForward(empty(d, mask(Direction.SYMMETRIC)), 1).build(normalised);
    }

    /** {@code -beta d<_ij = beta (s_ji - s_jj)} where {@code -beta d_ij} is visible. */
    public LogKernel backward(Normalised normalised) {
        return addBackward(empty(dBack, mask(Direction.SYMMETRIC)), 1).build(normalised);
    }

    /** {@code -beta d_ij}: forward and backward together. */
    public LogKernel symmetric(Normalised normalised) {
        return symmetric().build(normalised);
    }

    /** {@code -beta d_ij} for rows normalised at alpha: potentials alpha times its size multiply its errors as well. */
    public LogKernel diffusion(double alpha) {
        return symmetric().build(Normalised.ROWS, Math.max(1, Math.abs(alpha)));
    }

    /** {@code beta ((1+c)/2 s_ij + (1-c)/2 s_ji)}; at c = 1 the scores themselves. */
    public LogKernel circulation(double c, Normalised normalised) {
        if (c == 1) {
            return scores(normalised);
        }
        LogKernelBuilder turned = empty(2 * d, circulationMask(c));
        if (d > 0) {
            turned.addScores(q, k, d, weight * (1 + c) / 2).addScores(k, q, d, weight * (1 - c) / 2);
        }
        if (bias != null) {
            bias.addTo(turned, biasWeight * (1 + c) / 2, biasWeight * (1 - c) / 2);
        }
        return turned.build(normalised);
    }

    /** Each of s_ij and s_ji that counts must be there. */
    public Mask circulationMask(double c) {
        return mask(c == 1 ? Direction.FORWARD : c == -1 ? Direction.BACKWARD : Direction.SYMMETRIC);
    }

    /** The tokens of the head as if they were new ones. */
    public CrossScores crossing() {
        return new CrossScores(rows, q, k, this, mask(Direction.SYMMETRIC));
    }

    private LogKernelBuilder empty(int inner, Mask visible) {
        return new LogKernelBuilder(rows, columns, inner).mask(visible);
    }

    private LogKernelBuilder addScores(LogKernelBuilder to, double part) {
        if (d > 0) {
            to.addScores(q, k, d, part * weight);
        }
        if (bias != null) {
            bias.addTo(to, part * biasWeight, 0);
        }
        return to;
    }

    private LogKernelBuilder addForward(LogKernelBuilder to, double part) {
        addScores(to, part).addRowSelfScores(q, k, d, -part * weight);
        return bias == null ? to : to.addRowTerms(bias.diagonal(), -part * biasWeight);
    }

    private LogKernelBuilder addBackward(LogKernelBuilder to, double part) {
        if (dBack > 0) {
            to.addScores(kBack, qBack, dBack, part * weightBack);
        }
        to.addColumnSelfScores(qBack, kBack, dBack, -part * weightBack);
        if (bias != null) {
            bias.addTo(to, 0, part * biasWeight);
            to.addColumnTerms(bias.diagonal(), -part * biasWeight);
        }
        return to;
    }

    private LogKernelBuilder addSymmetric(LogKernelBuilder to, double part) {
        return addBackward(addForward(to, part), part);
    }

    /** The symmetric log-kernel. Of points, whose keys are their queries, {@code s_ij + s_ji} is twice one inner product. */
    private LogKernelBuilder symmetric() {
        requireVisibleSelf();
        Mask visible = mask(Direction.SYMMETRIC);
        return points && bias == null ? empty(d, visible).addScores(q, k, d, 2 * weight).addRowSelfScores(q, k, d, -weight)
                .addColumnSelfScores(q, k, d, -weight) : addSymmetric(empty(d + dBack, visible), 1);
    }

    /** Whether the backward divergence is the transpose of the forward one. */
    public boolean sharedBackward() {
        return qBack == q && kBack == k;
    }

    /** A bound of {@code |beta s_ij|}, by Cauchy and Schwarz, in natural units. */
    public double maxScore() {
        double products = Math.max(weight * maxNorm(q, rows, d) * maxNorm(k, columns, d),
                weightBack * maxNorm(qBack, rows, dBack) * maxNorm(kBack, columns, dBack));
        return LogTwo.VALUE * (products + (bias == null ? 0 : biasWeight * bias.largest()));
    }

    /** The lengths of the queries. */
    double[] queryNorms() {
        return norms(q, rows, d);
    }

    /** The lengths of the keys. */
    double[] keyNorms() {
        return norms(k, columns, d);
    }

    private static double maxNorm(float[] vectors, int count, int d) {
        return Arrays.stream(norms(vectors, count, d)).max().orElse(0);
    }

    private static double[] norms(float[] vectors, int count, int d) {
        double[] norms = new double[count];
        for (int i = 0; i < count; i++) {
            double square = 0;
            for (int c = i * d; c < (i + 1) * d; c++) {
                square += (double) vectors[c] * vectors[c];
            }
            norms[i] = Math.sqrt(square);
        }
        return norms;
    }

    /** The same with every pair visible that the bias does not forbid. */
    HeadScores unmasked() {
        return new HeadScores(rows, columns, d, q, k, dBack, qBack, kBack, weight, weightBack, biasWeight, bias, selfScores, Band.ALL,
                points);
    }

    /** How far apart the log-kernels of magnetic diffusion and their offsets can be. */
    public double magneticRange() {
        return addForward(empty(d, whole), 1).range(Normalised.BOTH) + addBackward(empty(dBack, whole), 1).range(Normalised.BOTH);
    }

    /** The log-kernel of a divergence for potentials yet to be found to {@code tolerance}. */
    public LogKernel scaled(Direction divergence, double tolerance) {
        return of(divergence, scaled(tolerance));
    }

    /** The normalisation that gives log-kernels the precision for potentials found to {@code tolerance}. */
    public static Normalised scaled(double tolerance) {
        return tolerance < SINGLE_PRECISION_TOLERANCE ? Normalised.BOTH : Normalised.SCALED;
    }

    /** The log-kernel of a divergence; across two sequences, without self-scores, the scores stand for it. */
    public LogKernel of(Direction divergence, Normalised normalised) {
        boolean cancels = normalised == (divergence == Direction.FORWARD ? Normalised.ROWS : Normalised.COLUMNS);
        if (divergence == Direction.SYMMETRIC || single(normalised) && !cancels) {
            requireVisibleSelf();
        }
        return fill(builder(divergence), divergence, 1).build(normalised);
    }

    private static boolean single(Normalised normalised) {
        return normalised == Normalised.ROWS || normalised == Normalised.COLUMNS;
    }

    private void requireVisibleSelf() {
        if (bias != null && selfScores) {
            bias.requireVisibleSelf();
        }
    }

    /** A builder of log-kernels of a divergence. */
    public LogKernelBuilder builder(Direction divergence) {
        return empty(switch (divergence) {
            case FORWARD -> d;
            case BACKWARD -> dBack;
            case SYMMETRIC -> d + dBack;
        }, mask(divergence));
    }

    /** Has a builder make the log-kernel of a divergence at {@code part} of the inverse temperature. */
    public LogKernelBuilder fill(LogKernelBuilder builder, Direction divergence, double part) {
        builder.clear().mask(mask(divergence));
        return switch (divergence) {
            case FORWARD -> selfScores ? addForward(builder, part) : addScores(builder, part);
            case BACKWARD -> addBackward(builder, part);
            case SYMMETRIC -> addSymmetric(builder, part);
        };
    }
}
