package dev.gatun;

import dev.gatun.kernel.BlockPass;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.LogKernelBuilder;
import dev.gatun.kernel.Normalised;
import dev.gatun.kernel.Tile;

/**
 * Attention, {@code A>+ V = softmax_j(beta s_ij) V}, for servers: made once for a shape, run on other memory at each call.
 *
 * <p>The plan owns all scratch: about twice what a call reads and writes, or {@value #MOST_MEGABYTES} megabytes where that
 * is less, but at least room for one head. A call by the calling thread alone allocates nothing on the heap once its code is
 * compiled; with more workers the executor allocates what it needs to take a task. It takes no locks. Results are those of
 * {@link Scores#attention()} to the last bit. One plan is for one call at a time: threads that call at once have a plan
 * each.
 */
public final class AttentionPlan {

    private static final double LOG_TWO = Math.log(2);
    private static final int MOST_MEGABYTES = 64;

    private final AttentionShape shape;
    private final Workers.Job packing;
    private final Workers.Job computing;
    private final Staging[] staging;
    private final Tile[] tiles;
    private final Head[] heads;
    private final int blocks;

    private Heads q;
    private Heads k;
    private Heads v;
    private Heads out;
    private Heads logSumExp;
    private int first;
    private boolean shared;

    private AttentionPlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.blocks = Lanes.blocks(shape.queries());
        Workers workers = options.workers();
        this.packing = workers.job(this::pack);
        this.computing = workers.job(this::compute);
        this.staging = new Staging[workers.threads()];
        this.tiles = new Tile[workers.threads()];
        for (int worker = 0; worker < tiles.length; worker++) {
            staging[worker] = new Staging(shape);
            tiles[worker] = new Tile();
        }
        long most = ((long) MOST_MEGABYTES << 20) / Head.bytes(shape);
        this.heads = new Head[(int) Math.clamp(most, 1, shape.count())];
        for (int h = 0; h < heads.length; h++) {
            heads[h] = new Head(shape, options);
        }
    }

    /**
     * Makes a plan.
     *
     * @throws IllegalStateException if the Vector API is not there
     */
    public static AttentionPlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        return new AttentionPlan(shape, options);
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
     * @throws IllegalArgumentException if a shape is not the plan's, an entry is not finite, scores are too large to be
     *                                  told apart, or out overlaps an input or is read-only
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
        check(q, k, v, out, logSumExp);
        this.q = q;
        this.k = k;
        this.v = v;
        this.out = out;
        this.logSumExp = logSumExp;
        shared = readableByAll(q, k, v, out, logSumExp);
        if (heads.length < shape.count()) {
            checkEntries();
        }
        for (first = 0; first < shape.count(); first += heads.length) {
            run(Math.min(heads.length, shape.count() - first));
        }
    }

    /** Heads {@code first} and on; nothing is written before all of them are packed. */
    private void run(int count) {
        try {
            packAll(count);
        } catch (IllegalArgumentException refused) {
            requireFinite();
            throw refused;
        }
        if (tiles.length == 1) {
            for (int index = 0; index < count * blocks; index++) {
                compute(index, 0);
            }
        } else {
            computing.run(count * blocks);
        }
        for (int h = 0; h < count && !shared; h++) {
            heads[h].store(out, logSumExp, 0, shape.queries());
        }
    }

    private void packAll(int count) {
        if (shared && tiles.length > 1) {
            packing.run(count);
            return;
        }
        for (int h = 0; h < count; h++) {
            pack(h, 0);
        }
    }

    private void pack(int index, int worker) {
        heads[index].pack(q, k, v, first + index, staging[worker]);
    }

    /** One block of rows; where any thread may write, to its place. */
    private void compute(int index, int worker) {
        Head head = heads[index / blocks];
        int block = index % blocks;
        head.compute(block, tiles[worker], logSumExp != null);
        if (shared) {
            int row = block * Lanes.BLOCK;
            head.store(out, logSumExp, row, Math.min(Lanes.BLOCK, shape.queries() - row));
        }
    }

    private void check(Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        shaped(q, "q", shape.heads(), shape.queries(), shape.dimension());
        shaped(k, "k", shape.keyHeads(), shape.keys(), shape.dimension());
        shaped(v, "v", shape.keyHeads(), shape.keys(), shape.valueDimension());
        Checks.accessible(q.segment(), "q");
        Checks.accessible(k.segment(), "k");
        Checks.accessible(v.segment(), "v");
        output(out, "out", shape.valueDimension(), q, k, v);
        if (logSumExp != null) {
            output(logSumExp, "logSumExp", 1, q, k, v);
            Checks.distinct(logSumExp, out, "out");
        }
    }

    /** Whether threads other than the calling one may use all of a call's memory. */
    private static boolean readableByAll(Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        return q.openToAll() && k.openToAll() && v.openToAll() && out.openToAll()
                && (logSumExp == null || logSumExp.openToAll());
    }

    /** What packing would find too late, where some heads are packed after others have been written. */
    private void checkEntries() {
        double largestQ = largest(q, staging[0].q, "q");
        double largestK = largest(k, staging[0].k, "k");
        largest(v, staging[0].v, "v");
        double most = Scores.MOST_SCORES * heads[0].weight * shape.dimension() * largestQ * largestK;
        if (!(most < LogKernel.GREATEST_RANGE)) {
            for (int index = 0; index < shape.count(); index++) {
                heads[0].pack(q, k, v, index, staging[0]);
            }
        }
    }

    private static float largest(Heads heads, float[] entries, String name) {
        float largest = 0;
        for (int index = 0; index < heads.count(); index++) {
            heads.copyTo(index, entries);
            largest = Math.max(largest, FiniteScan.largest(entries));
        }
        if (!Float.isFinite(largest)) {
            Checks.finite(heads, heads.rows(), name);
        }
        return largest;
    }

    private void requireFinite() {
        Checks.finite(q, q.rows(), "q");
        Checks.finite(k, k.rows(), "k");
        Checks.finite(v, v.rows(), "v");
    }

    private void output(Heads out, String name, int columns, Heads q, Heads k, Heads v) {
        shaped(out, name, shape.heads(), shape.queries(), columns);
        Checks.writable(out, name);
        Checks.separate(out);
        Checks.distinct(out, q, "q");
        Checks.distinct(out, k, "k");
        Checks.distinct(out, v, "v");
    }

    private void shaped(Heads heads, String name, int count, int rows, int columns) {
        if (heads.batch() != shape.batch() || heads.heads() != count || heads.rows() != rows
                || heads.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; the plan was made for (%d, %d, %d, %d)"
                    .formatted(name, heads, shape.batch(), count, rows, columns));
        }
    }

    /** A worker's copies of one head's inputs, row after row. */
    private static final class Staging {
        private final float[] q;
        private final float[] k;
        private final float[] v;

        Staging(AttentionShape shape) {
            q = new float[Math.multiplyExact(shape.queries(), shape.dimension())];
            k = new float[Math.multiplyExact(shape.keys(), shape.dimension())];
            v = new float[Math.multiplyExact(shape.keys(), shape.valueDimension())];
        }
    }

    /** One head, packed, and its result. */
    private static final class Head {
        private final AttentionShape shape;
        private final double weight;
        private final Values values;
        private final float[] product;
        private final double[] logSums;
        private final float[] natural;
        private final LogKernelBuilder builder;
        private final double[] slopes;
        private int index;
        private BlockPass pass;

        Head(AttentionShape shape, AttentionOptions options) {
            this.shape = shape;
            this.weight = options.weight(shape.dimension());
            this.values = new Values(shape.keys(), shape.valueDimension());
            this.product = new float[Math.multiplyExact(shape.queries(), shape.valueDimension())];
            this.logSums = new double[shape.queries()];
            this.natural = new float[shape.queries()];
            this.slopes = options.slopes(shape.heads());
            this.builder = new LogKernelBuilder(shape.queries(), shape.keys(), shape.dimension())
                    .band(options.band(shape.queries(), shape.keys()));
        }

        static long bytes(AttentionShape shape) {
            long rows = shape.queries() * (long) (shape.dimension() + shape.valueDimension());
            long columns = shape.keys() * (long) (shape.dimension() + shape.valueDimension());
            return Float.BYTES * (rows + columns);
        }

        void pack(Heads q, Heads k, Heads v, int newIndex, Staging staging) {
            index = newIndex;
            q.copyTo(index, staging.q);
            k.copyTo(shape.keyIndex(index), staging.k);
            float largest = values.load(v, shape.keyIndex(index), staging.v);
            if (!Float.isFinite(largest)) {
                throw new IllegalArgumentException("v holds " + largest);
            }
            builder.clear().addScores(staging.q, staging.k, shape.dimension(), weight);
            if (slopes != null) {
                builder.addDistances(slopes[index % shape.heads()]);
            }
            LogKernel kernel = builder.build(Normalised.ROWS);
            if (pass == null) {
                pass = new BlockPass(kernel, null);
            } else {
                pass.bind(kernel);
            }
        }

        void compute(int block, Tile tile, boolean withSums) {
            pass.softmax(block, tile, values.panel(), product, withSums ? logSums : null);
        }

        /** Writes {@code rows} rows from {@code row} on. */
        void store(Heads out, Heads sums, int row, int rows) {
            values.restore(product, row * shape.valueDimension(), rows * shape.valueDimension());
            out.set(index, product, row, rows);
            if (sums != null) {
                for (int i = row; i < row + rows; i++) {
                    natural[i] = (float) (logSums[i] * LOG_TWO);
                }
                sums.set(index, natural, row, rows);
            }
        }
    }
}
