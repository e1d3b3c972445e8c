package dev.gatun.internal.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PairBias;
import java.util.Arrays;

/**
 * The bias and the mask of a call: both, one or neither, as the plan was created. A dimension of 1 serves all batch entries, all heads
 * or all queries.
 */
final class PairInputs {

    private final Sizes shape;
    private final Settings options;
    private final boolean biased;
    private final boolean masked;
    private final boolean capped;
    private final double weight;
    private final Band band;
    private final PairBias scanned;
    private final float[] largest;
    private final float[] levels;
    private final float[] row;
    private final byte[] bytes = new byte[Lanes.DEPTH];
    private TensorView bias;
    private View mask;
    private int batches;
    private int heads;
    private int count;
    private int queries;
    private int keys;

    /** Memory for calls of up to a shape. */
    PairInputs(Sizes shape, Settings options) {
        this.shape = shape;
        this.options = options;
        this.biased = options.biased();
        this.masked = options.masked();
        this.capped = options.capsBias();
        this.weight = options.biasWeight();
        this.band = options.band(shape.queries(), shape.keys());
        this.scanned = options.pairs();
        this.largest = new float[biased ? shape.count() : 0];
        this.levels = new float[ArrayLength.of(largest.length, shape.queries())];
        this.row = new float[biased ? PairBias.lineLength(shape.keys()) : 0];
    }

    /**
     * Takes the bias and the mask of a call on a batch, and scans the visible entries of the bias.
     *
     * @param sequences the sizes of the call
     * @throws IllegalArgumentException if one is missing, was not planned for or has the wrong shape, shares memory with an output,
     *                                  or a visible entry of the bias is NaN or plus infinity
     */
    void take(TensorView newBias, View newMask, TensorView out, TensorView logSumExp, CallSequences sequences) {
        Checks.planned(newBias, biased, "bias");
        Checks.planned(newMask, masked, "mask");
        count = sequences.heads();
        queries = sequences.queries(0);
        keys = sequences.keys(0);
        if (biased) {
            requireBroadcast(newBias, newBias, "bias");
            Checks.accessible(newBias.segment(), "bias");
            requireDistinct(newBias, "bias", out, logSumExp);
        }
        if (masked) {
            requireBroadcast(newMask, newMask, "mask");
            Checks.accessible(newMask.segment(), "mask");
            requireDistinct(newMask, "mask", out, logSumExp);
        }
        bias = newBias;
        mask = newMask == null ? null : newMask;
        if (biased) {
            scan();
        }
    }

    /** Refuses a call on a ragged batch where a bias or a mask is planned. */
    void requireNone() {
        if (biased || masked) {
            throw new IllegalArgumentException("the plan was made with a bias or a mask, which a ragged batch cannot have");
        }
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        bias = null;
        mask = null;
        if (scanned != null) {
            scanned.release();
        }
    }

    private static void requireDistinct(View input, String name, TensorView out, TensorView logSumExp) {
        Checks.distinct(out, input, name);
        if (logSumExp != null) {
            Checks.distinct(logSumExp, "logSumExp", input, name);
        }
    }

    private void requireBroadcast(Object input, View view, String name) {
        int batch = count / shape.heads();
        if (view.batch() != 1 && view.batch() != batch || view.heads() != 1 && view.heads() != shape.heads()
                || view.rows() != 1 && view.rows() != queries || view.columns() != keys) {
            throw new IllegalArgumentException("%s is %s; expected (1 or %s, 1 or %s, 1 or %s, %s)"
                    .formatted(name, input, batch, shape.heads(), queries, keys));
        }
    }

    /** Scans each pair of a bias and a mask once, however many heads share it. */
    private void scan() {
        options.place(band, queries, keys);
        batches = masked ? Math.max(bias.batch(), mask.batch()) : bias.batch();
        heads = masked ? Math.max(bias.heads(), mask.heads()) : bias.heads();
        for (int entry = 0; entry < batches; entry++) {
            for (int head = 0; head < heads; head++) {
                int index = entry * shape.heads() + head;
                bind(scanned, index);
                scan(index, place(index));
            }
        }
    }

    /** The place of head {@code index} among the scanned pairs of a bias and a mask. */
    private int place(int index) {
        return View.broadcast(index, shape.heads(), batches, heads);
    }

    private void scan(int index, int place) {
        float ofHead = 0;
        boolean oneRow = scanned.oneRow();
        int rows = oneRow && band == Band.ALL ? 1 : queries;
        if (oneRow) {
            scanned.readRow(0, band.firstColumn(0), band.endColumn(queries - 1, keys), row, bytes);
        }
        for (int i = 0; i < rows; i++) {
            int from = band.firstColumn(i);
            int to = band.endColumn(i, keys);
            levels[place * queries + i] = 0;
            if (from < to) {
                if (!oneRow) {
                    scanned.readRow(i, from, to, row, bytes);
                }
                float ofRow = FiniteScan.furthest(row, from, to, 0, PairBias.least(weight));
                if (!Float.isFinite(ofRow)) {
                    throw refused(index, i, from);
                }
                boolean unlevelled = capped || weight * ofRow <= PairBias.MAX_UNLEVELLED;
                ofHead = Math.max(ofHead, unlevelled ? ofRow : level(place, i, from, to));
            }
        }
        Arrays.fill(levels, place * queries + rows, (place + 1) * queries, levels[place * queries]);
        largest[place] = ofHead;
    }

    /** Sets the level of a row, and returns the largest distance from it of an entry that is not negligible. */
    private float level(int place, int i, int from, int to) {
        float greatest = FiniteScan.greatest(row, from, to);
        float level = weight * Math.abs(greatest) <= PairBias.MAX_UNLEVELLED ? 0 : greatest;
        levels[place * queries + i] = level;
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

    /**
     * The largest distance of a bias of head {@code index} from the level of its row, in units of log 2, without entries that hide
     * their pair or are negligible; 0 for a plan without a bias.
     */
    double range(int index) {
        return biased ? weight * largest[place(index)] : 0;
    }

    /** The largest {@link #range(int)} of all heads. */
    double range() {
        double range = 0;
        for (int index = 0; biased && index < count; index++) {
            range = Math.max(range, range(index));
        }
        return range;
    }

    /** Binds {@code pairs} to the bias and the mask of head {@code index}; does nothing for a plan without either. */
    void bind(PairBias pairs, int index) {
        if (biased) {
            pairs.bias(bias.type(), bias.segment(), bias.start(biasIndex(index)), bias.rows() == 1 ? 0 : bias.rowBytes());
            pairs.levels(capped ? null : levels, place(index) * queries);
        }
        if (masked) {
            pairs.mask(mask.segment(), mask.start(mask.broadcast(index, shape.heads())), mask.rows() == 1 ? 0 : mask.rowStride());
        }
    }

    /** Whether every thread may use their memory. */
    boolean openToAll() {
        return (!biased || bias.openToAll()) && (!masked || mask.openToAll());
    }
}
