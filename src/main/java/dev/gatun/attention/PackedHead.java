package dev.gatun.attention;

import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;

/** One head of a plan of attention: its queries, keys and values, packed for the kernels. */
final class PackedHead {

    private final AttentionShape shape;
    private final double weight;
    private final double[] slopes;
    private final double[] symmetricSlopes;
    private final double reach;
    private final double[] sinks;
    private final double cap;
    private final boolean capped;
    private final Band band;
    private final PairBias bias;
    private final Values values;
    private final LogKernelBuilder builder;
    private BlockPass pass;

    PackedHead(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.weight = options.weight(shape.dimension());
        this.slopes = options.slopes(shape.heads());
        this.symmetricSlopes = options.symmetricSlopes(shape.heads());
        this.sinks = options.sinks(shape.heads());
        this.cap = options.softCap();
        this.capped = options.capsBias();
        this.band = options.band(shape.queries(), shape.keys());
        this.reach = symmetricSlopes == null ? 0 : band.reach(shape.queries(), shape.keys());
        this.bias = options.pairs();
        this.values = new Values(shape.keys(), shape.valueDimension());
        this.builder = new LogKernelBuilder(shape.queries(), shape.keys(), shape.dimension()).mask(band).pairs(bias)
                .softCap(cap);
    }

    /** About what one head takes, packed and with its result. */
    static long bytes(AttentionShape shape) {
        return Float.BYTES * ((long) shape.queries() + shape.keys()) * (shape.dimension() + shape.valueDimension());
    }

    /** {@code beta tau / log 2}. */
    double weight() {
        return weight;
    }

    /** The largest magnitude of what is added to scores: by a bias, and by distance to either side. */
    double largestAdded(PairInputs pairs) {
        double steepest = 0;
        for (int head = 0; reach > 0 && head < shape.heads(); head++) {
            steepest = Math.max(steepest, Math.abs(symmetricSlopes[head]));
        }
        return reach * steepest + (pairs == null ? 0 : pairs.range());
    }

    /**
     * Takes the values of head {@code index}.
     *
     * @param pairs bias and mask, or null for a plan without
     * @throws IllegalArgumentException if an entry that a query sees is not finite
     */
    void packValues(TensorView v, PairInputs pairs, int index, Staging staging) {
        v.bind(shape.keyIndex(index), staging.v());
        float largest = values.load(staging.v(), staging.chunk(), seen(pairs, index, staging));
        if (!Float.isFinite(largest)) {
            throw new IllegalArgumentException("v holds " + largest);
        }
    }

    /** Which queries and keys of head {@code index} have a visible pair, in the memory of a worker. */
    VisibleVectors seen(PairInputs pairs, int index, Staging staging) {
        if (pairs != null) {
            pairs.bind(staging.pairs(), index);
        }
        return staging.seen().of(band, staging.pairs());
    }

    /**
     * Takes the queries and keys of head {@code index}.
     *
     * @param pairs bias and mask, or null for a plan without
     * @throws IllegalArgumentException if an entry of a visible pair is not finite, or scores are too large to be told apart
     */
    void packScores(TensorView q, TensorView k, PairInputs pairs, int index, Staging staging) {
        q.bind(index, staging.q());
        k.bind(shape.keyIndex(index), staging.k());
        builder.clear().addScores(staging.q(), staging.k(), shape.dimension(), weight);
        if (slopes != null) {
            builder.addDistances(slopes[index % shape.heads()]);
        }
        double slope = reach == 0 ? 0 : -symmetricSlopes[index % shape.heads()];
        builder.widen(reach * Math.abs(slope));
        if (bias != null) {
            pairs.bind(bias, index);
            if (capped) {
                builder.widenUncapped(pairs.range(index));
            } else {
                builder.widen(pairs.range(index));
            }
        }
        LogKernel kernel = builder.build(Normalised.ROWS);
        if (pass == null) {
            pass = pass(kernel);
        } else {
            pass.bind(kernel);
        }
        pass.distances(slope);
        if (sinks != null) {
            pass.sink(sinks[index % shape.heads()]);
        }
    }

    private BlockPass pass(LogKernel kernel) {
        BlockPass first = new BlockPass(kernel, null);
        first.pairs(bias);
        if (cap < Double.POSITIVE_INFINITY) {
            first.softCap(cap);
        }
        if (capped) {
            first.capPairs();
        }
        return first;
    }

    /** One block of rows. */
    void compute(int block, Tile tile, HeadResult result, boolean withSums) {
        pass.softmax(block, tile, values.panel(), result.product, withSums ? result.logSums : null);
        int from = block * Lanes.BLOCK * shape.valueDimension();
        int to = Math.min(from + Lanes.BLOCK * shape.valueDimension(), result.product.length);
        values.restore(result.product, from, to - from);
    }
}
