package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pack.StoredRows;
import dev.gatun.kernel.pack.StoredType;
import dev.gatun.kernel.pass.Tile;

/**
 * Attention, {@code A>+ V = softmax_j(beta s_ij) V}, for servers: made once for a shape, run on other memory at each call.
 *
 * <p>What keys and values hold that no query sees, by the causal mask, a window, a mask or a bias of minus infinity, changes no
 * bit of a result, not even where it is NaN; nor does a query that sees no key.
 *
 * <p>The plan owns all scratch: about what one head reads and writes, a few times that once a head was computed in
 * double precision; where threads share the work, what all heads do, up to 64 megabytes. A call that uses only the
 * calling thread allocates nothing on the heap once its code is compiled; with more workers the executor allocates what it
 * needs to take a task. It takes no locks. Results are those of {@link Scores#attention()} to the last bit. One plan is for one
 * call at a time, and refuses a second one meanwhile: threads that call at once have a plan each.
 */
public final class AttentionPlan {

    /** What is packed at once where threads share the work. One thread packs a head at a time, for its caches to hold it. */
    private static final long MAX_BYTES = 64L << 20;

    /** Up to here the results of all heads are kept until the last is done, which saves a look through all entries first. */
    private static final long CACHED_BYTES = 1L << 20;

    private final AttentionShape shape;
    private final SharedWork work;
    private final Staging[] staging;
    private final Tile[] tiles;
    private final PackedHead[] heads;
    private final HeadResult[] results;
    private final PairInputs pairs;
    private final int blocks;
    private final Piece packing = this::pack;
    private final Piece computing = this::compute;

    private final CallGuard guard = new CallGuard();
    private TensorView q;
    private TensorView k;
    private TensorView v;
    private TensorView out;
    private TensorView logSumExp;
    private int first;
    private int apart;
    private boolean atOnce;

    private AttentionPlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.pairs = options.biased() || options.masked() ? new PairInputs(shape, options) : null;
        this.blocks = Lanes.blocks(shape.queries());
        Workers workers = options.workers();
        this.work = Crew.OF_WORKERS.look(workers).shared();
        this.staging = new Staging[workers.threads()];
        this.tiles = new Tile[workers.threads()];
        for (int worker = 0; worker < tiles.length; worker++) {
            staging[worker] = Staging.of(shape, options);
            tiles[worker] = new Tile();
        }
        this.heads = new PackedHead[workers.threads() == 1 ? 1 : together(shape, MAX_BYTES)];
        for (int h = 0; h < heads.length; h++) {
            heads[h] = new PackedHead(shape, options);
        }
        boolean all = together(shape, CACHED_BYTES) == shape.count();
        this.results = new HeadResult[all ? shape.count() : heads.length];
        for (int h = 0; h < results.length; h++) {
            results[h] = new HeadResult(shape);
        }
    }

    private static int together(AttentionShape shape, long bytes) {
        return (int) Math.clamp(bytes / PackedHead.bytes(shape), 1, shape.count());
    }

    /**
     * Makes a plan.
     *
     * @throws IllegalArgumentException if a head of the shape is more than an array holds, or there are not as many slopes or
     *                                  sinks as heads
     * @throws IllegalStateException    if the Vector API is not there
     * @throws OutOfMemoryError         if there is no room for the plan; the message says for which
     */
    public static AttentionPlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        shape.requirePackable();
        return Allocation.of(() -> new AttentionPlan(shape, options), "a plan of attention, " + shape);
    }

    /** The shape that the plan was made for. */
    public AttentionShape shape() {
        return shape;
    }

    /**
     * {@code out = A>+ v}; a query that sees no key gives zeros.
     *
     * @param q   queries {@code (B, H, N, d)} of any type
     * @param k   keys {@code (B, G, M, d)} of any type
     * @param v   values {@code (B, G, M, C)} of any type
     * @param out {@code (B, H, N, C)}, float32, written whole; shares no entry with an input
     * @throws IllegalArgumentException if a shape is not the plan's, an entry of a query, key or value of a visible pair is not
     *                                  finite, scores of such are too large to be told apart, or out overlaps an input or is
     *                                  read-only
     * @throws IllegalStateException    if another call of this plan is under way, or memory is closed
     */
    public void run(Heads q, Heads k, Heads v, Heads out) {
        run(q, k, v, out, null);
    }

    /**
     * As above, with the logarithms of what each query's weights sum to, {@code log sum_j exp(beta s_ij)}: minus infinity
     * for a query that sees no key. Two results over different keys can be merged by them: see {@link PartialAttention}.
     *
     * @param logSumExp {@code (B, H, N, 1)}, or null
     */
    public void run(Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        run(q, k, v, null, null, out, logSumExp);
    }

    /**
     * As above, with a bias, a mask or both, for a plan that was made with them. A query all of whose keys are masked
     * gives zeros and a logarithm of minus infinity. Where a bias or a mask is in memory that belongs to the calling
     * thread alone, that thread does all of the work.
     *
     * @param bias {@code (B, H, N, M)} of any type, B and H perhaps 1 for all: {@code beta (s_ij + bias_ij)} takes the
     *             place of {@code beta s_ij}. Minus infinity masks, and so does what is below {@code -1e12 / beta}. Every
     *             other entry is a number: of a row's keys those count whose exponentials beside the row's largest
     *             float32 holds, so that -1e4 for padding costs no more than minus infinity. Null for a plan without
     * @param mask {@code (B, H, N, M)}, B and H perhaps 1 for all; null for a plan without
     * @throws IllegalArgumentException as above; if bias or mask are not what the plan was made for, or an entry of the
     *                                  bias that neither mask nor window hides is NaN or plus infinity
     */
    public void run(Heads q, Heads k, Heads v, Heads bias, AttentionMask mask, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            runAlone(Views.of(q), Views.of(k), Views.of(v), Views.of(bias), mask, Views.of(out), Views.of(logSumExp));
        } finally {
            guard.leave();
        }
    }

    private void runAlone(TensorView q, TensorView k, TensorView v, TensorView bias, AttentionMask mask,
                          TensorView out, TensorView logSumExp) {
        shape.require(q, k, v, out, logSumExp);
        takePairs(bias, mask, out, logSumExp);
        this.q = q;
        this.k = k;
        this.v = v;
        this.out = out;
        this.logSumExp = logSumExp;
        boolean shared = readableByAll(q, k, v, out, logSumExp) && (pairs == null || pairs.openToAll());
        atOnce = heads.length == results.length && (tiles.length == 1 || shared);
        try {
            if (results.length < shape.count()) {
                checkEntries();
            }
            for (first = 0; first < shape.count(); first += heads.length) {
                run(Math.min(heads.length, shape.count() - first), shared);
            }
        } catch (IllegalArgumentException refused) {
            requireFinite();
            throw refused;
        }
        if (heads.length < results.length) {
            store(0, shape.count());
        }
    }

    private void takePairs(TensorView bias, AttentionMask mask, TensorView out, TensorView logSumExp) {
        if (pairs == null) {
            PairInputs.given(bias, false, "bias");
            PairInputs.given(mask, false, "mask");
        } else {
            pairs.take(bias, mask, out, logSumExp);
        }
    }

    /** Heads {@code first} and on; nothing is written before all of them are packed. */
    private void run(int count, boolean shared) {
        apart = count < tiles.length ? 2 : 1;
        if (tiles.length > 1 && shared) {
            work.run(count * apart, packing, count * blocks, computing);
        } else {
            alone(count * apart, packing);
            if (tiles.length > 1 && (pairs == null || pairs.openToAll())) {
                work.run(count * blocks, computing);
            } else {
                alone(count * blocks, computing);
            }
        }
        if (heads.length == results.length && !atOnce) {
            store(first, count);
        }
    }

    private static void alone(int count, Piece piece) {
        for (int index = 0; index < count; index++) {
            piece.run(index, 0);
        }
    }

    /** A head; or, of a head that several workers share, its scores or its values. */
    private void pack(int index, int worker) {
        int h = index / apart;
        if (index % apart == 0) {
            heads[h].packScores(q, k, pairs, first + h, staging[worker]);
        }
        if (index % apart == apart - 1) {
            heads[h].packValues(v, pairs, first + h, staging[worker]);
        }
    }

    /** One block of rows, and to its place where nothing speaks against it. */
    private void compute(int index, int worker) {
        int block = index % blocks;
        HeadResult result = result(first + index / blocks);
        heads[index / blocks].compute(block, tiles[worker], result, logSumExp != null);
        if (atOnce) {
            int row = block * Lanes.BLOCK;
            result.store(first + index / blocks, out, logSumExp, row, Math.min(Lanes.BLOCK, shape.queries() - row));
        }
    }

    private HeadResult result(int head) {
        return results[head % results.length];
    }

    private void store(int from, int count) {
        for (int head = from; head < from + count; head++) {
            result(head).store(head, out, logSumExp, 0, shape.queries());
        }
    }

    /** Whether threads other than the calling one may use all of a call's memory. */
    private static boolean readableByAll(TensorView q, TensorView k, TensorView v, TensorView out, TensorView logSumExp) {
        return q.openToAll() && k.openToAll() && v.openToAll() && out.openToAll()
                && (logSumExp == null || logSumExp.openToAll());
    }

    /** What packing would find too late, where some heads are packed after others have been written. */
    private void checkEntries() {
        float largestQ = largest(q, staging[0].q());
        float largestK = largest(k, staging[0].k());
        boolean finite = Float.isFinite(largest(v, staging[0].v()));
        double most = LogKernel.MAX_SCORES * heads[0].weight() * shape.dimension() * largestQ * largestK;
        boolean measurable = most + heads[0].largestAdded(pairs) < LogKernel.MAX_RANGE;
        for (int index = 0; !(measurable && finite) && index < shape.count(); index++) {
            if (!measurable) {
                heads[0].packScores(q, k, pairs, index, staging[0]);
            }
            if (!finite) {
                heads[0].packValues(v, pairs, index, staging[0]);
            }
        }
    }

    /** The largest magnitude of an entry; infinite or NaN if and only if not all are finite. */
    private float largest(TensorView heads, StoredRows rows) {
        float largest = 0;
        for (int index = 0; index < heads.count(); index++) {
            float ofHead;
            if (heads.type() == StoredType.FLOAT32) {
                ofHead = Checks.largest(heads, index);
            } else {
                heads.bind(index, rows);
                ofHead = rows.largest(heads.rows(), heads.columns(), staging[0].chunk());
            }
            largest = Math.max(largest, ofHead);
        }
        return largest;
    }

    /** Names what is not finite, among that which some query sees. */
    private void requireFinite() {
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(q, index, seen(index)::row, "q");
        }
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(k, shape.keyIndex(index), seen(index)::column, "k");
        }
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(v, shape.keyIndex(index), seen(index)::column, "v");
        }
    }

    private VisibleVectors seen(int index) {
        return heads[0].seen(pairs, index, staging[0]);
    }
}
