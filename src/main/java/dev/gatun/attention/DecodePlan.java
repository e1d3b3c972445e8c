package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.decode.DecodePass;
import dev.gatun.kernel.decode.PartialSums;
import dev.gatun.kernel.decode.QueryGroup;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.StoredRows;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Attention of a few queries over a long cache of keys and values, {@code out = softmax_j(beta s_ij) V}, as a server
 * asks for it token by token: made once for a shape, run on other memory and another length at each call.
 *
 * <p>Keys and values are read where they lie, as float32, bfloat16 or float16, once for all queries that share them:
 * a call on one query takes little longer than memory takes to give a float32 cache. Narrow entries are widened to
 * float32, a few rows at a time, and all else is as for float32.
 *
 * <p>The keys are cut into pieces of 256, which are merged by the logarithms of their sums. Results do not depend on
 * the number of workers, nor on alignment, offset and strides, nor on the width of the vectors. Inner products are
 * summed in double precision where single precision would not do.
 *
 * <p>The plan owns all scratch, of the order of {@code B H N (C M / 256 + 3 d)} floats. A call that uses only the
 * calling thread allocates nothing on the heap once its code is compiled; it takes no locks. Workers take part where keys and
 * values are in memory that any thread may read; where their arena is confined, the calling thread does all of it. One
 * plan is for one call at a time, and refuses a second one meanwhile: threads that call at once have a plan each.
 */
public final class DecodePlan {

    /** Further than any cache is long. */
    private static final long FAR = Long.MAX_VALUE / 4;

    private static final double LOG_TWO = Math.log(2);

    private final AttentionShape shape;
    private final SharedWork work;
    private final Piece computing = this::compute;
    private final IntPredicate seeing = i -> first(i) < end(i);
    private final double weight;
    private final double[] slopes;
    private final boolean symmetric;
    private final double steepest;
    private final long lower;
    private final long upper;
    private final int groups;
    private final int shared;
    private final QueryGroup[] queries;
    private final StoredRows[] keys;
    private final StoredRows[] values;
    private final PartialSums sums;
    private final DecodePass[] passes;
    private final float[] query;
    private final float[] product;
    private final float[] logarithms;
    private final CallGuard guard = new CallGuard();
    private int length;
    private int firstPiece;
    private int pieces;

    private DecodePlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        if (options.beyondDecoding()) {
            throw new IllegalArgumentException(
                    "plans of decoding take no soft cap, sinks, bias or mask: use options without them");
        }
        Workers workers = options.workers();
        this.work = Crew.OF_WORKERS.look(workers).shared();
        this.weight = options.weight(shape.dimension());
        double[] toEitherSide = options.symmetricSlopes(shape.heads());
        this.symmetric = toEitherSide != null;
        this.slopes = symmetric ? toEitherSide : options.slopes(shape.heads());
        this.steepest = slopes == null ? 0 : Arrays.stream(slopes).map(Math::abs).max().orElse(0);
        Band band = options.band(shape.queries(), 0);
        this.lower = band.lower() == Band.ALL.lower() ? -FAR : band.lower();
        this.upper = band.upper() == Band.ALL.upper() ? FAR : band.upper();
        this.groups = ArrayLength.of(shape.batch(), shape.keyHeads());
        this.shared = shape.heads() / shape.keyHeads();
        this.queries = new QueryGroup[groups];
        this.keys = new StoredRows[groups];
        this.values = new StoredRows[groups];
        int count = ArrayLength.of(shared, shape.queries());
        for (int g = 0; g < groups; g++) {
            queries[g] = new QueryGroup(count, shape.dimension());
            keys[g] = new StoredRows();
            values[g] = new StoredRows();
        }
        this.sums = new PartialSums(ArrayLength.of(groups, pieces(shape.keys())), count, shape.valueDimension());
        this.passes = new DecodePass[workers.threads()];
        for (int worker = 0; worker < passes.length; worker++) {
            passes[worker] = new DecodePass(count, shape.dimension(), shape.valueDimension());
        }
        this.query = new float[ArrayLength.of(shape.queries(), shape.dimension())];
        this.product = new float[ArrayLength.of(shape.queries(), shape.valueDimension())];
        this.logarithms = new float[shape.queries()];
    }

    /** The number of pieces that {@code keys} keys fill, the last one perhaps in part. */
    private static int pieces(int keys) {
        return (keys - 1) / DecodePass.PIECE + 1;
    }

    /**
     * Makes a plan.
     *
     * @param shape   {@code queries} are the new tokens of a call, at best a few; {@code keys} is how many the cache
     *                has room for
     * @param options scale, inverse temperature, causal mask, sliding window, distance slopes of either kind and workers
     * @throws IllegalArgumentException if the options have more than these, there are not as many slopes as heads, or scratch is
     *                                  more than an array holds
     * @throws IllegalStateException    if the Vector API is not there
     * @throws OutOfMemoryError         if there is no room for the plan; the message says for which
     */
    public static DecodePlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        requirePackable(shape);
        return Allocation.of(() -> new DecodePlan(shape, options), "a plan of decoding, " + shape);
    }

    /** Keys and values are read where they lie: their number is what there is room for, whatever it is. */
    private static void requirePackable(AttentionShape shape) {
        Checks.packable(shape.batch(), shape.heads(), "the number of heads");
        long together = (long) shape.heads() / shape.keyHeads() * shape.queries();
        Checks.packable(together, Math.max(shape.dimension(), shape.valueDimension()), "what shares a head of keys");
        long slots = (long) shape.batch() * shape.keyHeads() * pieces(shape.keys());
        Checks.packable(slots, together, "the pieces of all heads");
        Checks.packable(slots * together, shape.valueDimension(), "what all pieces come to");
    }

    /** The shape that the plan was made for. */
    public AttentionShape shape() {
        return shape;
    }

    /**
     * {@code out = softmax_j(beta s_ij) v} over the first {@code length} keys; a query that sees no key gives zeros.
     * Query i stands for token {@code i + length - N}: under the causal mask it sees keys up to that one, and windows
     * and distances count from it.
     *
     * @param q      queries {@code (B, H, N, d)}, float32
     * @param k      keys {@code (B, G, M, d)} of any type, M the plan's number of keys
     * @param v      values {@code (B, G, M, C)} of any type
     * @param length how many of the keys and values there are, 1 to M; what lies beyond is not read
     * @param out    {@code (B, H, N, C)}, float32, written whole; shares no entry with an input
     * @throws IllegalArgumentException if a shape or type is not the plan's, an entry that a query sees is not finite,
     *                                  scores are too large to be told apart, or out overlaps an input or is read-only;
     *                                  then nothing is written
     * @throws IllegalStateException    if another call of this plan is under way, or memory is closed
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads out) {
        run(q, k, v, length, out, null);
    }

    /**
     * As above, with the logarithms of what each query's weights sum to, {@code log sum_j exp(beta s_ij)}: minus
     * infinity for a query that sees no key.
     *
     * @param logSumExp {@code (B, H, N, 1)}, float32, or null
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            runAlone(Views.of(q), Views.of(k), Views.of(v), length, Views.of(out), Views.of(logSumExp));
        } finally {
            guard.leave();
        }
    }

    private void runAlone(TensorView q, TensorView k, TensorView v, int length, TensorView out, TensorView logSumExp) {
        check(q, k, v, length, out, logSumExp);
        load(q, k, v, length);
        if (k.openToAll() && v.openToAll()) {
            work.run(groups * pieces, computing);
        } else {
            for (int index = 0; index < groups * pieces; index++) {
                compute(index, 0);
            }
        }
        verify(k, v);
        store(out, logSumExp);
    }

    private void load(TensorView q, TensorView k, TensorView v, int newLength) {
        length = newLength;
        int first = first(0);
        int end = end(shape.queries() - 1);
        firstPiece = first / DecodePass.PIECE;
        pieces = first < end ? pieces(end) - firstPiece : 0;
        for (int index = 0; index < shape.count(); index++) {
            q.copyTo(index, query);
            load(queries[shape.keyIndex(index)], index % shared * shape.queries(), index % shape.heads());
        }
        for (int g = 0; g < groups; g++) {
            k.bind(g, keys[g]);
            v.bind(g, values[g]);
        }
    }

    /** The queries of one head, as those from {@code at} on of its group. */
    private void load(QueryGroup group, int at, int head) {
        double slope = slopes == null ? 0 : slopes[head];
        for (int i = 0; i < shape.queries(); i++) {
            int from = i * shape.dimension();
            if (first(i) >= end(i)) {
                Arrays.fill(query, from, from + shape.dimension(), 0f);
            }
            group.query(at + i, query, from, weight);
            group.visible(at + i, first(i), end(i));
            group.bias(at + i, slope, symmetric ? -slope : slope, i + (double) length - shape.queries());
        }
    }

    /** The first key that query {@code i} may see. */
    private int first(int i) {
        return (int) Math.max(0, lower + length + i);
    }

    /** One past the last key that query {@code i} sees. */
    private int end(int i) {
        return (int) Math.clamp(upper + length + i + 1, 0, length);
    }

    private void compute(int index, int worker) {
        int g = index / pieces;
        int first = (firstPiece + index % pieces) * DecodePass.PIECE;
        int end = (int) Math.min((long) first + DecodePass.PIECE, length);
        passes[worker].run(queries[g], keys[g], values[g], first, end, sums, index);
    }

    /** Before anything is written: what does not show in the inputs one by one shows in what came of them. */
    private void verify(TensorView k, TensorView v) {
        double range = 0;
        for (int slot = 0; slot < groups * pieces; slot++) {
            if (!sums.finite(slot)) {
                Checks.finite(k, length, "k");
                Checks.finite(v, length, "v");
                throw new IllegalArgumentException("k or v changed while it was read");
            }
            range = Math.max(range, sums.range(slot));
        }
        LogKernel.requireMeasurable(range + steepest * length / 2);
    }

    private void store(TensorView out, TensorView logSumExp) {
        for (int index = 0; index < shape.count(); index++) {
            int first = shape.keyIndex(index) * pieces;
            for (int i = 0; i < shape.queries(); i++) {
                double logSum = sums.merge(first, pieces, index % shared * shape.queries() + i, product,
                        i * shape.valueDimension());
                logarithms[i] = (float) (logSum * LOG_TWO);
            }
            out.set(index, product, 0, shape.queries());
            if (logSumExp != null) {
                logSumExp.set(index, logarithms, 0, shape.queries());
            }
        }
    }

    private void check(TensorView q, TensorView k, TensorView v, int length, TensorView out, TensorView logSumExp) {
        if (length < 1 || length > shape.keys()) {
            throw new IllegalArgumentException(
                    "length must be 1 to %s, the plan's number of keys, not %s".formatted(shape.keys(), length));
        }
        shape.require(q, k, v, out, logSumExp);
        Checks.float32(q, "q");
        this.length = length;
        for (int index = 0; index < shape.count(); index++) {
            if (!Float.isFinite(Checks.largest(q, index))) {
                Checks.finite(q, index, seeing, "q");
            }
        }
    }
}
