package dev.gatun;

import dev.gatun.kernel.BlockPass;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.LogKernelBuilder;
import dev.gatun.kernel.Normalised;
import dev.gatun.kernel.Tile;

/**
 * Attention, {@code A>+ V = softmax_j(beta s_ij) V}, for servers: made once for a shape, run on other memory at each call.
 *
 * <p>The plan owns all scratch, some times the size of one head's inputs for each worker. A call by the calling thread alone
 * allocates nothing on the heap once its code is compiled; with more workers it allocates what handing out work takes, some
 * hundred bytes. It takes no locks. Results are those of {@link Scores#attention()} to the last bit. One plan is for one
 * call at a time: threads that call at once have a plan each.
 */
public final class AttentionPlan {

    private static final double LOG_TWO = Math.log(2);

    private final AttentionShape shape;
    private final Workers workers;
    private final Head[] heads;
    private final Tile[] tiles;
    private final Workers.Piece wholeHead = this::computeHead;
    private final Workers.Piece block = this::computeBlock;

    private AttentionPlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.workers = options.workers();
        boolean byHeads = workers.threads() > 1 && shape.count() >= workers.threads();
        this.heads = new Head[byHeads ? Math.min(shape.count(), 2 * workers.threads()) : 1];
        for (int h = 0; h < heads.length; h++) {
            heads[h] = new Head(shape, options);
        }
        this.tiles = new Tile[workers.threads()];
        for (int worker = 0; worker < tiles.length; worker++) {
            tiles[worker] = new Tile();
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
     * @param q   queries {@code (B, H, N, d)}
     * @param k   keys {@code (B, G, M, d)}
     * @param v   values {@code (B, G, M, C)}
     * @param out {@code (B, H, N, C)}, written whole; shares no entry with an input
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
        float largest = check(q, k, v, out, logSumExp);
        for (int first = 0; first < shape.count(); first += heads.length) {
            int count = Math.min(heads.length, shape.count() - first);
            for (int h = 0; h < count; h++) {
                heads[h].load(q, k, v, first + h, largest);
            }
            compute(count);
            for (int h = 0; h < count; h++) {
                heads[h].store(out, logSumExp);
            }
        }
    }

    private void compute(int count) {
        if (heads.length > 1) {
            workers.run(count, wholeHead);
            return;
        }
        heads[0].prepare();
        workers.run(heads[0].pass.blocks(), block);
    }

    private void computeHead(int index, int worker) {
        Head head = heads[index];
        head.prepare();
        for (int b = 0; b < head.pass.blocks(); b++) {
            head.compute(b, tiles[worker]);
        }
    }

    private void computeBlock(int index, int worker) {
        heads[0].compute(index, tiles[worker]);
    }

    private float check(Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        shaped(q, "q", shape.heads(), shape.queries(), shape.dimension());
        shaped(k, "k", shape.keyHeads(), shape.keys(), shape.dimension());
        shaped(v, "v", shape.keyHeads(), shape.keys(), shape.valueDimension());
        output(out, "out", shape.valueDimension(), q, k, v);
        if (logSumExp != null) {
            output(logSumExp, "logSumExp", 1, q, k, v);
            Checks.distinct(logSumExp, out, "out");
        }
        float largestQ = Checks.readable(q, "q");
        float largestK = Checks.readable(k, "k");
        float largestV = Checks.readable(v, "v");
        requireMeasurable((double) largestQ * largestK, q, k, v);
        return largestV;
    }

    /** Prepares every head where scores may be so large that one is refused: before anything is written. */
    private void requireMeasurable(double largest, Heads q, Heads k, Heads v) {
        double most = Scores.MOST_SCORES * heads[0].weight * shape.dimension() * largest;
        if (!(most < LogKernel.GREATEST_RANGE)) {
            for (int index = 0; index < shape.count(); index++) {
                heads[0].load(q, k, v, index, 0);
                heads[0].prepare();
            }
        }
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

    /** Room for one head. */
    private static final class Head {
        private final AttentionShape shape;
        private final double weight;
        private final float[] q;
        private final float[] k;
        private final Values values;
        private final float[] product;
        private final double[] logSums;
        private final float[] logSumExp;
        private final LogKernelBuilder builder;
        private final double[] slopes;
        private int index;
        private BlockPass pass;

        Head(AttentionShape shape, AttentionOptions options) {
            this.shape = shape;
            this.weight = options.weight(shape.dimension());
            this.q = new float[Math.multiplyExact(shape.queries(), shape.dimension())];
            this.k = new float[Math.multiplyExact(shape.keys(), shape.dimension())];
            this.values = new Values(new float[Math.multiplyExact(shape.keys(), shape.valueDimension())]);
            this.product = new float[Math.multiplyExact(shape.queries(), shape.valueDimension())];
            this.logSums = new double[shape.queries()];
            this.logSumExp = new float[shape.queries()];
            this.slopes = options.slopes(shape.heads());
            this.builder = new LogKernelBuilder(shape.queries(), shape.keys(), shape.dimension())
                    .band(options.band(shape.queries(), shape.keys()));
        }

        void load(Heads fromQ, Heads fromK, Heads fromV, int newIndex, float largest) {
            index = newIndex;
            fromQ.copyTo(index, q);
            fromK.copyTo(shape.keyIndex(index), k);
            values.load(fromV, shape.keyIndex(index), largest);
        }

        void prepare() {
            builder.clear().addScores(q, k, shape.dimension(), weight);
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

        void compute(int block, Tile tile) {
            pass.softmax(block, tile, values.entries(), shape.valueDimension(), product, logSums);
        }

        void store(Heads out, Heads sums) {
            values.restore(product);
            out.set(index, product);
            if (sums != null) {
                for (int i = 0; i < logSumExp.length; i++) {
                    logSumExp[i] = (float) (logSums[i] * LOG_TWO);
                }
                sums.set(index, logSumExp);
            }
        }
    }
}
