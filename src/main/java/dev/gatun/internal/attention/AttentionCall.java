package dev.gatun.internal.attention;

import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.Tile;

/**
 * The steps of a call of an {@code AttentionPlan}, and the scratch memory of the plan: packs a group of heads, computes blocks of their
 * rows, and writes the results. An object is created with the plan and serves one call after the other.
 *
 * <p>Where all heads fit, they are one group, and no output is written before all inputs have been read. Otherwise the inputs are
 * checked before the first group. Either way a call that is refused has written nothing.
 */
public final class AttentionCall {

    /** The largest group of heads that several threads share. One thread packs one head at a time, which its caches hold. */
    private static final long MAX_GROUP_BYTES = 64L << 20;

    /** Up to this size the results of all heads are kept until the last is computed, which saves a pass over the inputs. */
    static final long MAX_RESULT_BYTES = 1L << 20;

    private final Sizes shape;
    private final Settings options;
    private final SharedWork work;
    private final CallTensors tensors;
    private final Staging[] staging;
    private final Tile[] tiles;
    private final PackedHead[] heads;
    private final HeadResult[] results;
    private final CallSequences sequences;
    private final EntryCheck entries;
    private final Piece packing = this::pack;
    private final Piece computing = this::compute;

    private RaggedCall ragged;
    private int blocks;
    private int firstHead;
    private int partsOfHead;
    private boolean storesBlocks;

    public AttentionCall(Sizes shape, Settings options) {
        this.shape = shape;
        this.options = options;
        this.tensors = new CallTensors(shape, options);
        this.sequences = tensors.sequences();
        Crew crew = options.crew();
        this.work = crew.shared();
        this.staging = new Staging[crew.threads()];
        this.tiles = new Tile[crew.threads()];
        for (int worker = 0; worker < tiles.length; worker++) {
            staging[worker] = Staging.of(shape, options);
            tiles[worker] = new Tile();
        }
        this.heads = new PackedHead[crew.threads() == 1 ? 1 : headsWithin(shape, MAX_GROUP_BYTES)];
        for (int h = 0; h < heads.length; h++) {
            heads[h] = new PackedHead(shape, options);
        }
        boolean all = headsWithin(shape, MAX_RESULT_BYTES) == shape.count();
        this.results = new HeadResult[all ? shape.count() : heads.length];
        for (int h = 0; h < results.length; h++) {
            results[h] = new HeadResult(shape.queries(), shape.valueDimension());
        }
        this.entries = new EntryCheck(shape, tensors, heads[0], staging);
    }

    /** How many heads {@code bytes} bytes hold, at least one. */
    private static int headsWithin(Sizes shape, long bytes) {
        return Math.clamp(bytes / PackedHead.bytes(shape), 1, shape.count());
    }

    /** Checks the tensors and computes {@code out}; {@link #release} must follow, whether it returns or throws. */
    public void run(TensorView q, TensorView k, TensorView v, TensorView bias, View mask, TensorView out, TensorView logSumExp) {
        tensors.take(q, k, v, bias, mask, out, logSumExp);
        boolean shared = tiles.length > 1 && tensors.openToAll();
        blocks = Lanes.blocks(sequences.queries(0));
        storesBlocks = heads.length == results.length && (tiles.length == 1 || shared);
        try {
            if (results.length < sequences.heads()) {
                entries.requireUsable();
            }
            for (firstHead = 0; firstHead < sequences.heads(); firstHead += heads.length) {
                runGroup(Math.min(heads.length, sequences.heads() - firstHead), shared);
            }
        } catch (IllegalArgumentException refused) {
            entries.requireFinite();
            throw refused;
        }
        if (heads.length < results.length) {
            store(0, sequences.heads());
        }
    }

    /** Checks the tensors of a ragged batch and computes {@code out}, likewise. */
    public void runRagged(TensorView q, TensorView k, TensorView v, RowOffsets queryOffsets, RowOffsets keyOffsets, TensorView out,
                   TensorView logSumExp) {
        ragged().run(q, k, v, queryOffsets, keyOffsets, out, logSumExp);
    }

    /** Checks the tensors of a ragged batch over cached keys and values and computes {@code out}, likewise. */
    public void runRagged(TensorView q, RowOffsets queryOffsets, CachedTokens cached, TensorView out, TensorView logSumExp) {
        ragged().run(q, queryOffsets, cached, out, logSumExp);
    }

    private RaggedCall ragged() {
        if (ragged == null) {
            ragged = Allocation.of(() -> new RaggedCall(shape, options, tensors, work, staging, tiles, heads),
                    "ragged batches of a plan of attention, " + shape);
        }
        return ragged;
    }

    /** Drops every reference to the memory of the call. */
    public void release() {
        tensors.release();
        if (ragged != null) {
            ragged.release();
        }
        for (Staging ofWorker : staging) {
            ofWorker.release();
        }
        for (PackedHead head : heads) {
            head.release();
        }
    }

    /** Packs {@code count} heads from {@code firstHead} on, computes them when all are packed, and writes what is not written yet. */
    private void runGroup(int count, boolean shared) {
        partsOfHead = count < tiles.length ? 2 : 1;
        if (shared) {
            work.run(count * partsOfHead, packing, count * blocks, computing);
        } else {
            runAlone(count * partsOfHead, packing);
            if (tiles.length > 1 && tensors.pairs().openToAll()) {
                work.run(count * blocks, computing);
            } else {
                runAlone(count * blocks, computing);
            }
        }
        if (heads.length == results.length && !storesBlocks) {
            store(firstHead, count);
        }
    }

    private static void runAlone(int count, Piece piece) {
        for (int index = 0; index < count; index++) {
            piece.run(index, 0);
        }
    }

    /** Packs one head; or, where heads have two parts, its queries and keys or its values. */
    private void pack(int index, int worker) {
        int h = index / partsOfHead;
        if (index % partsOfHead == 0) {
            heads[h].packScores(tensors, firstHead + h, staging[worker]);
        }
        if (index % partsOfHead == partsOfHead - 1) {
            heads[h].packValues(tensors, firstHead + h, staging[worker]);
        }
    }

    /** Computes one block of rows of one head, and writes it where blocks are written one by one. */
    private void compute(int index, int worker) {
        int block = index % blocks;
        int head = firstHead + index / blocks;
        int row = block * Lanes.BLOCK;
        int rows = Math.min(Lanes.BLOCK, sequences.queries(0) - row);
        HeadResult result = result(head);
        heads[index / blocks].compute(block, rows, tiles[worker], result, 0, tensors.wantsLogSums());
        if (storesBlocks) {
            tensors.store(result, row, head, row, rows);
        }
    }

    private HeadResult result(int head) {
        return results[head % results.length];
    }

    private void store(int from, int count) {
        for (int head = from; head < from + count; head++) {
            tensors.store(result(head), 0, head, 0, sequences.queries(0));
        }
    }
}
