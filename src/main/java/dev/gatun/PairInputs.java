package dev.gatun;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.PairBias;

/** The bias and the mask of a plan's call: one or both, broadcast over batch entries and heads where those are 1. */
final class PairInputs {

    private final AttentionShape shape;
    private final boolean biased;
    private final boolean masked;
    private final double weight;
    private final float[] largest;
    private final float[] row;
    private Heads bias;
    private AttentionMask mask;

    PairInputs(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.biased = options.biased();
        this.masked = options.masked();
        this.weight = options.biasWeight();
        this.largest = new float[shape.count()];
        this.row = new float[shape.keys()];
    }

    /**
     * Takes those of a call, after a look at all entries of the bias.
     *
     * @throws IllegalArgumentException if one is missing, was not asked for or has the wrong shape, shares memory with
     *                                  an output, or an entry of the bias is NaN or plus infinity
     */
    void take(Heads newBias, AttentionMask newMask, Heads out, Heads logSumExp) {
        given(newBias, biased, "bias");
        given(newMask, masked, "mask");
        if (biased) {
            broadcast(newBias, newBias.batch(), newBias.heads(), newBias.rows(), newBias.columns(), "bias");
            Checks.accessible(newBias.segment(), "bias");
            distinct(newBias, out, logSumExp);
            scan(newBias);
        }
        if (masked) {
            broadcast(newMask, newMask.batch(), newMask.heads(), newMask.rows(), newMask.columns(), "mask");
            Checks.accessible(newMask.segment(), "mask");
            Checks.distinct(out, "out", newMask);
            if (logSumExp != null) {
                Checks.distinct(logSumExp, "logSumExp", newMask);
            }
        }
        bias = newBias;
        mask = newMask;
    }

    /** That a plan gets what it was made for, and no more. */
    static void given(Object input, boolean expected, String name) {
        if ((input != null) != expected) {
            throw new IllegalArgumentException(expected ? "%s is missing: the plan was made with one".formatted(name)
                    : "%s is given, but the plan was made without one".formatted(name));
        }
    }

    private static void distinct(Heads bias, Heads out, Heads logSumExp) {
        Checks.distinct(out, bias, "bias");
        if (logSumExp != null) {
            Checks.distinct(logSumExp, "logSumExp", bias, "bias");
        }
    }

    private void broadcast(Object input, int batch, int heads, int rows, int columns, String name) {
        if (batch != 1 && batch != shape.batch() || heads != 1 && heads != shape.heads() || rows != shape.queries()
                || columns != shape.keys()) {
            throw new IllegalArgumentException("%s is %s; the plan was made for (1 or %s, 1 or %s, %s, %s)"
                    .formatted(name, input, shape.batch(), shape.heads(), shape.queries(), shape.keys()));
        }
    }

    private void scan(Heads entries) {
        float least = PairBias.least(weight);
        for (int index = 0; index < entries.count(); index++) {
            float ofHead = 0;
            for (int i = 0; i < entries.rows(); i++) {
                entries.copyRowTo(index, i, row);
                float ofRow = FiniteScan.largestFrom(row, least);
                if (!Float.isFinite(ofRow)) {
                    throw refused(index, i);
                }
                ofHead = Math.max(ofHead, ofRow);
            }
            largest[index] = ofHead;
        }
    }

    private IllegalArgumentException refused(int index, int i) {
        int j = 0;
        while (row[j] < Float.POSITIVE_INFINITY) {
            j++;
        }
        return new IllegalArgumentException(
                "bias holds %s at row %s, column %s of head %s; every entry must be finite or minus infinity"
                        .formatted(row[j], i, j, index));
    }

    private int biasIndex(int index) {
        int entry = bias.batch() == 1 ? 0 : index / shape.heads();
        return entry * bias.heads() + (bias.heads() == 1 ? 0 : index % shape.heads());
    }

    /** The largest bias of head {@code index} that does not mask, in units of log 2. */
    double range(int index) {
        return biased ? weight * largest[biasIndex(index)] : 0;
    }

    /** The largest of all heads. */
    double range() {
        double range = 0;
        for (int index = 0; index < shape.count(); index++) {
            range = Math.max(range, range(index));
        }
        return range;
    }

    /** Lets {@code pairs} read those of head {@code index}. */
    void bind(PairBias pairs, int index) {
        if (biased) {
            long rowBytes = bias.rowStride() * bias.type().bytes();
            pairs.bias(bias.type(), bias.segment(), bias.start(biasIndex(index)), rowBytes);
        }
        if (masked) {
            pairs.mask(mask.segment(), mask.start(index / shape.heads(), index % shape.heads()), mask.rowStride());
        }
    }

    /** Whether threads other than the calling one may read them. */
    boolean openToAll() {
        return (!biased || bias.openToAll()) && (!masked || mask.openToAll());
    }
}
