package dev.gatun.internal.attention;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Band;
import java.util.Arrays;

/**
 * The parts of a ragged batch that workers take: each is some blocks of queries of one sequence, and serves all heads alike. A sequence
 * is one part, unless it is a large share of the work of several workers. Parts come in the order of their cost, by powers of two, the
 * largest first, so that the workers finish together.
 */
final class RaggedParts {

    /** A part of one head costs at most the share of a worker, divided by this, if it has more than one block. */
    private static final int PARTS_OF_SHARE = 8;

    /** The cost of packing a query, a key or a value, and of a part as such, in pairs of a query and a key. */
    private static final int PACKING = 8;
    private static final int OVERHEAD = 128;

    private final Sizes most;
    private final Settings options;
    private final CallSequences sequences;
    private final Band band;
    private final int[] sequence;
    private final int[] firstBlock;
    private final int[] endBlock;
    private final long[] cost;
    private final int[] order;
    private final int[] starts = new int[Long.SIZE + 1];
    private int count;

    /** Memory for calls of up to a shape. */
    RaggedParts(Sizes most, Settings options, CallSequences sequences, int threads) {
        this.most = most;
        this.options = options;
        this.sequences = sequences;
        this.band = options.band(most.queries(), most.keys());
        int length = Math.addExact(most.batch(), Math.multiplyExact(threads, 2 * PARTS_OF_SHARE));
        this.sequence = new int[length];
        this.firstBlock = new int[length];
        this.endBlock = new int[length];
        this.cost = new long[length];
        this.order = new int[length];
    }

    /** Cuts the sequences of a call into parts for {@code threads} workers. */
    void cut(int threads) {
        count = 0;
        long limit = threads == 1 ? Long.MAX_VALUE : limit(threads);
        for (int s = 0; s < sequences.count(); s++) {
            if (sequences.queries(s) > 0) {
                cut(s, limit);
            }
        }
        sort();
    }

    /** The largest cost of a part that has more than one block. */
    private long limit(int threads) {
        double total = 0;
        for (int s = 0; s < sequences.count(); s++) {
            options.place(band, sequences.queries(s), sequences.keys(s));
            for (int block = 0; block < blocks(s); block++) {
                total += cost(s, block);
            }
        }
        return (long) Math.ceil(total * most.heads() / ((double) threads * PARTS_OF_SHARE));
    }

    private int blocks(int s) {
        return Lanes.blocks(sequences.queries(s));
    }

    /**
     * Begins another part wherever the limit would be exceeded: two parts of a sequence that follow each other cost more than the limit
     * together, so that there are at most {@code 2 * PARTS_OF_SHARE} parts for each worker more than sequences.
     */
    private void cut(int s, long limit) {
        options.place(band, sequences.queries(s), sequences.keys(s));
        begin(s, 0);
        long packing = PACKING * ((long) sequences.queries(s) + sequences.keys(s));
        for (int block = 0; block < blocks(s); block++) {
            long ofBlock = cost(s, block);
            int part = count - 1;
            if (block > firstBlock[part] && cost[part] + ofBlock > limit) {
                begin(s, block);
                part++;
            }
            cost[part] += ofBlock;
            endBlock[part] = block + 1;
        }
        for (int part = count - 1; part >= 0 && sequence[part] == s; part--) {
            cost[part] += OVERHEAD + packing;
        }
    }

    private void begin(int s, int block) {
        sequence[count] = s;
        firstBlock[count] = block;
        cost[count] = 0;
        count++;
    }

    /** The visible pairs of a block, about. */
    private long cost(int s, int block) {
        int row = block * Lanes.BLOCK;
        int rows = Math.min(Lanes.BLOCK, sequences.queries(s) - row);
        int first = band.firstColumn(row);
        int end = band.endColumn(row + rows - 1, sequences.keys(s));
        return (long) Lanes.slices(rows) * Math.max(end - first, 0);
    }

    /** Sorts the parts by the number of bits of their cost, in the order of the sequences within a number. */
    private void sort() {
        Arrays.fill(starts, 0);
        for (int part = 0; part < count; part++) {
            starts[Long.numberOfLeadingZeros(cost[part]) + 1]++;
        }
        for (int zeros = 0; zeros < Long.SIZE; zeros++) {
            starts[zeros + 1] += starts[zeros];
        }
        for (int part = 0; part < count; part++) {
            order[starts[Long.numberOfLeadingZeros(cost[part])]++] = part;
        }
    }

    /** The number of parts. */
    int count() {
        return count;
    }

    /** The sequence of the part of this rank. */
    int sequence(int rank) {
        return sequence[order[rank]];
    }

    /** Its first block of queries. */
    int firstBlock(int rank) {
        return firstBlock[order[rank]];
    }

    /** One past its last block. */
    int endBlock(int rank) {
        return endBlock[order[rank]];
    }
}
