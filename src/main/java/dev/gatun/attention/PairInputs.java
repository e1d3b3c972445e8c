package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PairBias;

/** The bias and the mask of a plan's call: one or both, broadcast over batch entries and heads where those are 1. */
final class PairInputs {

    private final AttentionShape shape;
    private final boolean biased;
    private final boolean masked;
    private final boolean capped;
    private final double weight;
    private final Band band;
    private final PairBias reading;
    private final float[] largest;
    private final float[] levels;
    private final float[] row;
    private final byte[] bytes = new byte[Lanes.DEPTH];
    private TensorView bias;
    private AttentionMask mask;
    private int batches;
    private int heads;

    PairInputs(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.biased = options.biased();
        this.masked = options.masked();
        this.capped = options.capsBias();
        this.weight = options.biasWeight();
        this.band = options.band(shape.queries(), shape.keys());
        this.reading = options.pairs();
        this.largest = new float[biased ? shape.count() : 0];
        this.levels = new float[ArrayLength.of(largest.length, shape.queries())];
        this.row = new float[PairBias.lineLength(shape.keys())];
    }

    /**
     * Takes those of a call, after a look at all entries of the bias that are visible.
     *
     * @throws IllegalArgumentException if one is missing, was not asked for or has the wrong shape, shares memory with
     *                                  an output, or a visible entry of the bias is NaN or plus infinity
     */
    void take(TensorView newBias, AttentionMask newMask, TensorView out, TensorView logSumExp) {
        given(newBias, biased, "bias");
        given(newMask, masked, "mask");
        if (biased) {
            broadcast(newBias, newBias.batch(), newBias.heads(), newBias.rows(), newBias.columns(), "bias");
            Checks.accessible(newBias.segment(), "bias");
            distinct(newBias, out, logSumExp);
        }
        if (masked) {
            broadcast(newMask, newMask.batch(), newMask.heads(), newMask.rows(), newMask.columns(), "mask");
            Checks.accessible(newMask.segment(), "mask");
            Checks.distinct(out, newMask.view(), "mask");
            if (logSumExp != null) {
                Checks.distinct(logSumExp, "logSumExp", newMask.view(), "mask");
            }
        }
        bias = newBias;
        mask = newMask;
        if (biased) {
            scan();
        }
    }

    /** That a plan gets what it was made for, and no more. */
    static void given(Object input, boolean expected, String name) {
        if ((input != null) != expected) {
            throw new IllegalArgumentException(expected ? "%s is missing: the plan was made with one".formatted(name)
                    : "%s is given, but the plan was made without one".formatted(name));
        }
    }

    private static void distinct(TensorView bias, TensorView out, TensorView logSumExp) {
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

    /** Heads that have the same bias and the same mask are looked at once. */
    private void scan() {
        batches = masked ? Math.max(bias.batch(), mask.batch()) : bias.batch();
        heads = masked ? Math.max(bias.heads(), mask.heads()) : bias.heads();
        for (int entry = 0; entry < batches; entry++) {
            for (int head = 0; head < heads; head++) {
                int index = entry * shape.heads() + head;
                bind(reading, index);
                scan(index, place(index));
            }
        }
    }

    /** Where what was found for head {@code index} lies. */
    private int place(int index) {
        return (batches == 1 ? 0 : index / shape.heads() * heads) + (heads == 1 ? 0 : index % shape.heads());
    }

    private void scan(int index, int place) {
        float ofHead = 0;
        for (int i = 0; i < shape.queries(); i++) {
            int from = band.firstColumn(i);
            int to = band.endColumn(i, shape.keys());
            levels[place * shape.queries() + i] = 0;
            if (from < to) {
                reading.readRow(i, from, to, row, bytes);
                float ofRow = FiniteScan.furthest(row, from, to, 0, PairBias.least(weight));
                if (!Float.isFinite(ofRow)) {
                    throw refused(index, i, from);
                }
                boolean unlevelled = capped || weight * ofRow <= PairBias.MAX_UNLEVELLED;
                ofHead = Math.max(ofHead, unlevelled ? ofRow : level(place, i, from, to));
            }
        }
        largest[place] = ofHead;
    }

    /** Gives a row its level, and returns what is furthest from it without being negligible. */
    private float level(int place, int i, int from, int to) {
        float greatest = FiniteScan.greatest(row, from, to);
        float level = weight * Math.abs(greatest) <= PairBias.MAX_UNLEVELLED ? 0 : greatest;
        levels[place * shape.queries() + i] = level;
        return FiniteScan.furthest(row, from, to, level, PairBias.negligible(weight));
    }

    private IllegalArgumentException refused(int index, int i, int from) {
        int j = from;
        while (row[j] < Float.POSITIVE_INFINITY) {
            j++;
        }
        return new IllegalArgumentException(
                "bias holds %s at row %s, column %s of head %s; every entry must be finite or minus infinity"
                        .formatted(row[j], i, j, biasIndex(index)));
    }

    private int biasIndex(int index) {
        return bias.broadcast(index, shape.heads());
    }

    /** The largest bias of head {@code index} beside its row's level, but for what masks or is negligible, in units of log 2. */
    double range(int index) {
        return biased ? weight * largest[place(index)] : 0;
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
            pairs.bias(bias.type(), bias.segment(), bias.start(biasIndex(index)), bias.rowBytes());
            pairs.levels(capped ? null : levels, place(index) * shape.queries());
        }
        if (masked) {
            pairs.mask(mask.segment(), mask.view().start(mask.view().broadcast(index, shape.heads())), mask.view().rowStride());
        }
    }

    /** Whether threads other than the calling one may read them. */
    boolean openToAll() {
        return (!biased || bias.openToAll()) && (!masked || mask.view().openToAll());
    }
}
