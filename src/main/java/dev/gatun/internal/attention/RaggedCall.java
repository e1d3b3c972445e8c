package dev.gatun.internal.attention;

import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.Tile;

/**
 * The steps of a call of an {@code AttentionPlan} on a ragged batch. A piece of work is one head of one of the {@link RaggedParts}: a
 * worker packs the head, which its caches hold, unless it packed it for its last piece, and computes some blocks of it.
 *
 * <p>Small results are kept until all inputs have been read. Otherwise the inputs are checked first. Either way a call that is refused has
 * written nothing.
 */
final class RaggedCall {

    private final Sizes shape;
    private final CallTensors tensors;
    private final CallSequences sequences;
    private final SharedWork work;
    private final Staging[] staging;
    private final Tile[] tiles;
    private final PackedHead[] heads;
    private final HeadResult[] results;
    private final HeadResult kept;
    private final EntryCheck entries;
    private final RaggedParts parts;
    private final float[] largest;
    private final Piece checking = this::check;
    private final Piece computing = this::compute;
    private final Piece storing = this::store;

    private boolean shared;
    private boolean keeps;

    /**
     * @param work    shares pieces among the workers
     * @param staging scratch of each worker
     * @param tiles   likewise
     * @param heads   memory of some workers for a packed head; that of the others is allocated here
     */
    RaggedCall(Sizes shape, Settings options, CallTensors tensors, SharedWork work, Staging[] staging, Tile[] tiles,
               PackedHead[] heads) {
        this.shape = shape;
        this.tensors = tensors;
        this.sequences = tensors.sequences();
        this.work = work;
        this.staging = staging;
        this.tiles = tiles;
        this.heads = new PackedHead[tiles.length];
        this.results = new HeadResult[tiles.length];
        for (int worker = 0; worker < tiles.length; worker++) {
            this.heads[worker] = worker < heads.length ? heads[worker] : new PackedHead(shape, options);
            this.results[worker] = new HeadResult(shape.queries(), shape.valueDimension());
        }
        long rows = (long) shape.count() * shape.queries();
        long most = AttentionCall.MAX_RESULT_BYTES / Float.BYTES / shape.valueDimension();
        this.kept = new HeadResult((int) Math.min(rows, most), shape.valueDimension());
        this.entries = new EntryCheck(shape, tensors, this.heads[0], staging);
        this.parts = new RaggedParts(shape, options, sequences, tiles.length);
        this.largest = new float[shape.heads() + 2 * shape.keyHeads()];
    }

    /** Checks the tensors and computes {@code out}; {@link #release} must follow, whether it returns or throws. */
    void run(TensorView q, TensorView k, TensorView v, RowOffsets queryOffsets, RowOffsets keyOffsets, TensorView out,
             TensorView logSumExp) {
        tensors.takeRagged(q, k, v, queryOffsets, keyOffsets, out, logSumExp);
        run();
    }

    /** As above, with keys and values in pages. */
    void run(TensorView q, RowOffsets queryOffsets, CachedTokens cached, TensorView out, TensorView logSumExp) {
        tensors.takeCached(q, queryOffsets, cached, out, logSumExp);
        run();
    }

    private void run() {
        shared = tiles.length > 1 && tensors.openToAll();
        parts.cut(shared ? tiles.length : 1);
        keeps = (long) shape.heads() * sequences.queryRows() <= kept.rows();
        try {
            if (keeps) {
                run(parts.count() * shape.heads(), computing, shape.heads(), storing);
            } else {
                requireUsable();
                run(parts.count() * shape.heads(), computing, 0, storing);
            }
        } catch (IllegalArgumentException refused) {
            entries.requireFinite();
            throw refused;
        }
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        for (PackedHead head : heads) {
            head.release();
        }
    }

    /** Runs pieces of one kind and, when all of them have ended and none has failed, of another. */
    private void run(int before, Piece each, int after, Piece eachAfter) {
        if (shared) {
            work.run(before, each, after, eachAfter);
            return;
        }
        for (int index = 0; index < before; index++) {
            each.run(index, 0);
        }
        for (int index = 0; index < after; index++) {
            eachAfter.run(index, 0);
        }
    }

    private void requireUsable() {
        run(largest.length, checking, 0, checking);
        int keys = shape.heads();
        int values = keys + shape.keyHeads();
        entries.requireUsable(largest(0, keys), largest(keys, values), largest(values, largest.length));
    }

    private float largest(int from, int to) {
        float most = 0;
        for (int at = from; at < to; at++) {
            most = Math.max(most, largest[at]);
        }
        return most;
    }

    /** Finds the largest entry of a matrix of queries, of keys or of values. */
    private void check(int index, int worker) {
        int key = index - shape.heads();
        int value = key - shape.keyHeads();
        if (key < 0) {
            largest[index] = entries.largestQuery(index, worker);
        } else if (value < 0) {
            largest[index] = entries.largestKey(key, worker);
        } else {
            largest[index] = entries.largestValue(value, worker);
        }
    }

    /** Computes one part for one head. */
    private void compute(int index, int worker) {
        int rank = shared ? work.dealt(index, parts.count() * shape.heads()) : index;
        int part = rank / shape.heads();
        int s = parts.sequence(part);
        int head = s * shape.heads() + rank % shape.heads();
        int from = parts.firstBlock(part) * Lanes.BLOCK;
        int to = Math.min(parts.endBlock(part) * Lanes.BLOCK, sequences.queries(s));
        HeadResult result = keeps ? kept : results[worker];
        int at = keeps ? keptRow(head) : 0;
        if (sequences.keys(s) == 0) {
            result.clear(at + from, to - from, heads[worker].emptyLogSum(head));
        } else {
            heads[worker].pack(tensors, head, staging[worker]);
            for (int row = from; row < to; row += Lanes.BLOCK) {
                heads[worker].compute(row / Lanes.BLOCK, Math.min(Lanes.BLOCK, to - row), tiles[worker], result, at,
                        tensors.wantsLogSums());
            }
        }
        if (!keeps) {
            tensors.store(result, from, head, from, to - from);
        }
    }

    /** The row of {@link #kept} that receives the first row of a head: those of a matrix lie one after the other, as in the outputs. */
    private int keptRow(int head) {
        int s = sequences.sequence(head);
        return sequences.matrix(head) * sequences.queryRows() + sequences.firstQuery(s) - sequences.queriesFrom();
    }

    /** Writes the kept results of a matrix. */
    private void store(int matrix, int worker) {
        tensors.store(kept, matrix * sequences.queryRows(), matrix, 0, sequences.queryRows());
    }
}
