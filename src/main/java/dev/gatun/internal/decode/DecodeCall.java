package dev.gatun.internal.decode;

import dev.gatun.internal.attention.LogSumRows;
import dev.gatun.internal.attention.Settings;
import dev.gatun.internal.attention.Sizes;
import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.decode.DecodePass;
import dev.gatun.kernel.decode.PartialSums;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * The steps of a call of a {@code DecodePlan}, and the scratch memory of the plan: passes over the pieces of the keys and values, merges
 * their results, and writes them when all inputs have been read. An object is created with the plan and serves one call after the other.
 *
 * <p>A group is the queries of one sequence that share a head of keys. Groups are numbered head by head, so that those that share a
 * prefix and a head follow one another. Groups whose results of pieces fit in the scratch memory are a round: the workers share the pieces
 * of the prefix, then those of each sequence, then the groups to be merged.
 */
public final class DecodeCall {

    /** Bytes of the results of pieces that are kept at a time, unless one group needs more. */
    private static final long MAX_SUM_BYTES = 32L << 20;

    /** Queries that are passed over a piece of a prefix together, if there are as many. */
    private static final int PREFIX_QUERIES = 32;

    private final Sizes shape;
    private final SharedWork work;
    private final DecodeInputs inputs;
    private final DecodeWorker[] workers;
    private final double steepest;
    private final PartialSums sums;
    private final int rows;
    private final float[] results;
    private final double[] logSums;
    private final LogSumRows logarithms;
    private final int[] firstPieces;
    private final int[] endPieces;
    private final int[] firstPrefixPieces;
    private final int[] endPrefixPieces;
    private final int[] groupRows;
    private final int[] groupItems;
    private final int[] prefixItems;
    private final int[] prefixStarts;
    private final Piece computing = this::compute;
    private final Piece merging = this::merge;
    private int firstGroup;
    private int endGroup;
    private int firstHead;
    private int endHead;

    public DecodeCall(Sizes shape, Settings options) {
        this.shape = shape;
        this.inputs = new DecodeInputs(shape, options);
        Crew crew = options.crew();
        this.work = crew.shared();
        double[] slopes = options.distanceSlopes(shape.heads());
        this.steepest = slopes == null ? 0 : Arrays.stream(slopes).map(Math::abs).max().orElse(0);
        int together = ArrayLength.of(shape.headsPerKeyHead(), shape.queries());
        int groups = ArrayLength.of(shape.batch(), shape.keyHeads());
        int pieces = maxPieces(shape);
        this.rows = (int) maxRows(shape);
        this.sums = new PartialSums(rows, shape.valueDimension());
        int capacity = (int) Math.max(together, Math.min(PREFIX_QUERIES, (long) together * shape.batch()));
        this.workers = new DecodeWorker[crew.threads()];
        for (int worker = 0; worker < workers.length; worker++) {
            workers[worker] = new DecodeWorker(shape, options, inputs, capacity, pieces);
        }
        int queries = ArrayLength.of(shape.count(), shape.queries());
        this.results = new float[ArrayLength.of(queries, shape.valueDimension())];
        this.logSums = new double[queries];
        this.logarithms = new LogSumRows(queries);
        this.firstPieces = new int[shape.batch()];
        this.endPieces = new int[shape.batch()];
        this.firstPrefixPieces = new int[shape.batch()];
        this.endPrefixPieces = new int[shape.batch()];
        this.groupRows = new int[groups];
        this.groupItems = new int[groups + 1];
        this.prefixItems = new int[shape.keyHeads() + 1];
        this.prefixStarts = new int[shape.keyHeads()];
    }

    /** The number of pieces that {@code keys} keys make, the last of which may be shorter. */
    private static int pieces(int keys) {
        return keys == 0 ? 0 : (keys - 1) / DecodePass.PIECE + 1;
    }

    /** The largest number of pieces of a query: the last piece of a prefix and that of its sequence may both be short. */
    private static int maxPieces(Sizes shape) {
        return pieces(shape.keys()) + 1;
    }

    /** The rows of results of pieces that a plan keeps. */
    public static long maxRows(Sizes shape) {
        long ofGroup = (long) shape.headsPerKeyHead() * shape.queries() * maxPieces(shape);
        long within = MAX_SUM_BYTES / Float.BYTES / PartialSums.width(shape.valueDimension());
        return Math.min(ofGroup * shape.batch() * shape.keyHeads(), Math.max(ofGroup, within));
    }

    /** Checks the tensors and computes {@code out}; {@link #release} must follow, whether it returns or throws. */
    public void run(TensorView q, TensorView k, TensorView v, int length, TensorView bias, View mask, TensorView out,
             TensorView logSumExp) {
        inputs.take(q, k, v, length, bias, mask, out, logSumExp);
        run();
    }

    /** As above, of sequences in caches. */
    public void run(TensorView q, RowOffsets offsets, CachedTokens prefix, CachedTokens sequences, TensorView bias,
             View mask, TensorView out, TensorView logSumExp) {
        inputs.take(q, offsets, prefix, sequences, bias, mask, out, logSumExp);
        run();
    }

    /** Drops every reference to the memory of the call. */
    public void release() {
        inputs.release();
        for (DecodeWorker worker : workers) {
            worker.release();
        }
    }

    private void run() {
        for (DecodeWorker worker : workers) {
            worker.begin();
        }
        for (int s = 0; s < inputs.count(); s++) {
            findPieces(s);
        }
        boolean shared = inputs.openToAll();
        int groups = shape.keyHeads() * inputs.count();
        for (int group = 0; group < groups; group = endGroup) {
            beginRound(group, groups);
            int items = groupItems[endGroup - firstGroup];
            if (shared) {
                work.run(items, computing, endGroup - firstGroup, merging);
            } else {
                runAlone(items);
            }
            verify();
        }
        inputs.store(results, logSums, logarithms);
    }

    private void runAlone(int items) {
        for (int index = 0; index < items; index++) {
            compute(index, 0);
        }
        for (int index = 0; index < endGroup - firstGroup; index++) {
            merge(index, 0);
        }
    }

    // ---- pieces ----

    /** Finds the pieces of a sequence, and of the prefix, that its queries may see. */
    private void findPieces(int s) {
        int queries = inputs.queries(s);
        int prefix = inputs.prefixLength();
        int first = queries == 0 ? 0 : inputs.first(s, 0);
        int end = queries == 0 ? 0 : inputs.end(s, queries - 1);
        firstPrefixPieces[s] = Math.min(first, prefix) / DecodePass.PIECE;
        endPrefixPieces[s] = Math.max(firstPrefixPieces[s], first < end ? pieces(Math.min(end, prefix)) : 0);
        firstPieces[s] = Math.max(first - prefix, 0) / DecodePass.PIECE;
        endPieces[s] = Math.max(firstPieces[s], first < end ? pieces(Math.max(end - prefix, 0)) : 0);
    }

    private int prefixPieces(int s) {
        return endPrefixPieces[s] - firstPrefixPieces[s];
    }

    private int ownPieces(int s) {
        return endPieces[s] - firstPieces[s];
    }

    /** The queries of a group. */
    private int together(int s) {
        return shape.headsPerKeyHead() * inputs.queries(s);
    }

    /** Begins a round of groups from {@code first} on: as many as there are rows for. */
    private void beginRound(int first, int groups) {
        int count = inputs.count();
        firstGroup = first;
        int row = 0;
        int end = first;
        while (end < groups) {
            int s = end % count;
            int needed = together(s) * (prefixPieces(s) + ownPieces(s));
            if (end > first && needed > rows - row) {
                break;
            }
            groupRows[end - first] = row;
            row += needed;
            end++;
        }
        endGroup = end;
        firstHead = first / count;
        endHead = (end - 1) / count + 1;
        int items = 0;
        for (int head = firstHead; head < endHead; head++) {
            prefixItems[head - firstHead] = items;
            items += findPrefixPieces(head);
        }
        prefixItems[endHead - firstHead] = items;
        for (int group = first; group < end; group++) {
            groupItems[group - first] = items;
            items += ownPieces(group % count);
        }
        groupItems[end - first] = items;
    }

    /** Finds the first piece of the prefix that any group of the round with a head of keys may see, and returns their number. */
    private int findPrefixPieces(int head) {
        int from = Integer.MAX_VALUE;
        int to = 0;
        for (int s = firstSequence(head); s < endSequence(head); s++) {
            if (prefixPieces(s) > 0) {
                from = Math.min(from, firstPrefixPieces[s]);
                to = Math.max(to, endPrefixPieces[s]);
            }
        }
        prefixStarts[head - firstHead] = from;
        return Math.max(0, to - from);
    }

    /** The first sequence whose group with a head of keys is in the round. */
    private int firstSequence(int head) {
        return Math.max(0, firstGroup - head * inputs.count());
    }

    private int endSequence(int head) {
        return Math.min(inputs.count(), endGroup - head * inputs.count());
    }

    // ---- work ----

    /** Passes over one piece of the prefix or of a sequence. */
    private void compute(int index, int worker) {
        int ofPrefix = prefixItems[endHead - firstHead];
        if (index < ofPrefix) {
            int head = last(prefixItems, endHead - firstHead, index);
            computePrefix(firstHead + head, prefixStarts[head] + index - prefixItems[head], workers[worker]);
            return;
        }
        int group = last(groupItems, endGroup - firstGroup, index);
        int s = (firstGroup + group) % inputs.count();
        int piece = index - groupItems[group];
        int row = groupRows[group] + (prefixPieces(s) + piece) * together(s);
        workers[worker].run(s, (firstGroup + group) / inputs.count(), firstPieces[s] + piece, sums, row);
    }

    /** The last of {@code count} ascending starts that is at most {@code index}. */
    private static int last(int[] starts, int count, int index) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (starts[middle] <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Passes the queries of all sequences of the round over a piece of the prefix. */
    private void computePrefix(int head, int piece, DecodeWorker worker) {
        worker.beginPrefix(head);
        for (int s = firstSequence(head); s < endSequence(head); s++) {
            if (piece >= firstPrefixPieces[s] && piece < endPrefixPieces[s]) {
                int row = groupRows[head * inputs.count() + s - firstGroup] + (piece - firstPrefixPieces[s]) * together(s);
                worker.addToPrefix(s, head, piece, sums, row);
            }
        }
        worker.runPrefix(piece, sums);
    }

    private void merge(int index, int worker) {
        int s = (firstGroup + index) % inputs.count();
        workers[worker].merge(s, (firstGroup + index) / inputs.count(), sums, groupRows[index], prefixPieces(s) + ownPieces(s), results,
                logSums);
    }

    /** Refuses the call if a pass has met an entry that is not finite, or log-kernels that float64 does not resolve. */
    private void verify() {
        boolean finite = true;
        double range = 0;
        double biasRange = 0;
        for (DecodeWorker worker : workers) {
            DecodePass pass = worker.pass();
            finite &= pass.finite();
            range = Math.max(range, pass.range());
            biasRange = Math.max(biasRange, pass.biasRange());
        }
        if (!finite) {
            throw new DecodeFault(shape, inputs, workers[0]).found();
        }
        long longest = 0;
        for (int s = 0; s < inputs.count(); s++) {
            longest = Math.max(longest, inputs.tokens(s));
        }
        LogKernel.requireMeasurable(range + steepest * longest / 2);
        // A bias that hides nothing may lie as far below zero as scores may.
        LogKernel.requireMeasurable(biasRange * (1 - 0x1p-20));
    }
}
