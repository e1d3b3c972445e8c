package dev.gatun.internal.decode;

import dev.gatun.internal.attention.Settings;
import dev.gatun.internal.attention.Sizes;
import dev.gatun.internal.cache.SequencePages;
import dev.gatun.kernel.decode.DecodePass;
import dev.gatun.kernel.decode.PartialSums;
import dev.gatun.kernel.decode.PieceMerge;
import dev.gatun.kernel.decode.QueryGroup;
import dev.gatun.kernel.stored.StoredRows;

/** The scratch of one worker of a {@code DecodePlan}: passes a group of queries over a piece of the keys, and merges the results. */
final class DecodeWorker {

    private static final int NONE = -1;

    private final Sizes shape;
    private final DecodeInputs inputs;
    private final double[] sinks;
    private final QueryGroup group;
    private final DecodePass pass;
    private final PieceMerge merge;
    private final StoredRows keys = new StoredRows();
    private final StoredRows values = new StoredRows();
    private final float[] query;
    private int loaded = NONE;

    /**
     * @param capacity the largest number of queries that are passed over a piece together
     * @param pieces   the largest number of pieces of a query
     */
    DecodeWorker(Sizes shape, Settings options, DecodeInputs inputs, int capacity, int pieces) {
        this.shape = shape;
        this.inputs = inputs;
        this.sinks = options.sinks(shape.heads());
        this.group = new QueryGroup(capacity, shape.dimension());
        this.pass = new DecodePass(inputs.pairs(), capacity, shape.dimension(), shape.valueDimension());
        this.merge = new PieceMerge(pieces, shape.valueDimension());
        this.query = new float[shape.dimension()];
    }

    /** Begins a call. */
    void begin() {
        loaded = NONE;
        pass.begin();
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        keys.release();
        values.release();
        pass.release();
    }

    /** What the passes since {@link #begin} have found. */
    DecodePass pass() {
        return pass;
    }

    /** The keys last bound. */
    StoredRows keys() {
        return keys;
    }

    /** The values last bound. */
    StoredRows values() {
        return values;
    }

    /**
     * Passes the queries of a sequence that share a head of keys over a piece of its own keys.
     *
     * @param row the row of {@code sums} of the first query; those of the others follow
     */
    void run(int s, int keyHead, int piece, PartialSums sums, int row) {
        load(s, keyHead);
        bind(inputs.sequences(), s, keyHead);
        group.rows(row);
        int first = piece * DecodePass.PIECE;
        pass.run(group, keys, values, first, (int) Math.min((long) first + DecodePass.PIECE, inputs.length(s)), sums);
    }

    /** Loads the queries of a sequence that share a head of keys, to be passed over its own keys. */
    void load(int s, int keyHead) {
        int index = s * shape.keyHeads() + keyHead;
        if (index == loaded) {
            return;
        }
        group.clear();
        for (int h = 0; h < shape.headsPerKeyHead(); h++) {
            for (int i = 0; i < inputs.queries(s); i++) {
                inputs.addTo(group, s, keyHead * shape.headsPerKeyHead() + h, i, inputs.prefixLength(), inputs.length(s), query);
            }
        }
        loaded = index;
    }

    /** The loaded queries. */
    QueryGroup group() {
        return group;
    }

    void bind(SequencePages pages, int s, int keyHead) {
        pages.bindKeys(s, keyHead, keys);
        pages.bindValues(s, keyHead, values);
    }

    /** Begins a pass of queries of several sequences over the prefix. */
    void beginPrefix(int keyHead) {
        loaded = NONE;
        group.clear();
        bind(inputs.prefix(), 0, keyHead);
    }

    /** Adds the queries of a sequence, and passes those that there are over a piece of the prefix whenever there are enough. */
    void addToPrefix(int s, int keyHead, int piece, PartialSums sums, int row) {
        for (int h = 0, c = 0; h < shape.headsPerKeyHead(); h++) {
            for (int i = 0; i < inputs.queries(s); i++, c++) {
                if (group.count() == group.capacity()) {
                    runPrefix(piece, sums);
                }
                inputs.addTo(group, s, keyHead * shape.headsPerKeyHead() + h, i, 0, inputs.prefixLength(), query);
                group.row(group.count() - 1, row + c);
            }
        }
    }

    /** Passes the queries that have been added over a piece of the prefix. */
    void runPrefix(int piece, PartialSums sums) {
        int first = piece * DecodePass.PIECE;
        pass.run(group, keys, values, first, (int) Math.min((long) first + DecodePass.PIECE, inputs.prefixLength()), sums);
        group.clear();
    }

    /**
     * Merges the pieces of the queries of a sequence that share a head of keys.
     *
     * @param row    the row of the first query and piece; those of the other queries follow, then those of the next piece
     * @param pieces the number of pieces
     */
    void merge(int s, int keyHead, PartialSums sums, int row, int pieces, float[] results, double[] logSums) {
        int queries = inputs.queries(s);
        int together = shape.headsPerKeyHead() * queries;
        for (int h = 0, c = 0; h < shape.headsPerKeyHead(); h++) {
            int head = keyHead * shape.headsPerKeyHead() + h;
            double sink = sinks == null ? Double.NEGATIVE_INFINITY : sinks[head];
            int to = inputs.result(s, head);
            for (int i = 0; i < queries; i++, c++) {
                logSums[to + i] = merge.merge(sums, row + c, together, pieces, sink, results, (to + i) * shape.valueDimension());
            }
        }
    }
}
