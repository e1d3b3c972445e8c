package dev.gatun.attention;

import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;

/** The queries, keys and values of one head, packed for the kernels of an {@link AttentionPlan}. */
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
    private final Values<PackedValues> values;
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
        this.values = new Values<>(PackedValues.ofShape(shape.keys(), shape.valueDimension()));
        this.builder = new LogKernelBuilder(shape.queries(), shape.keys(), shape.dimension()).mask(band).pairs(bias)
                .softCap(cap);
    }

    /** About the size of one head, packed and with its result. */
    static long bytes(AttentionShape shape) {
        return Float.BYTES * ((long) shape.queries() + shape.keys()) * (shape.dimension() + shape.valueDimension());
    }

    /** {@code beta scale / log 2}. */
    double weight() {
        return weight;
    }

    /** The largest magnitude of what a bias, and the distance to either side, add to scores, in units of log 2. */
    double largestAdded(PairInputs pairs) {
        double steepest = 0;
        for (int head = 0; reach > 0 && head < shape.heads(); head++) {
            steepest = Math.max(steepest, Math.abs(symmetricSlopes[head]));
        }
        return reach * steepest + pairs.range();
    }

    /**
     * Packs the values of head {@code index}.
     *
     * @throws IllegalArgumentException if an entry that a query sees is not finite
     */
    void packValues(CallTensors tensors, int index, Staging staging) {
        tensors.v().bind(shape.keyIndex(index), staging.v());
        float largest = values.load(staging.v(), staging.chunk(), seen(tensors.pairs(), index, staging));
        if (!Float.isFinite(largest)) {
            throw new IllegalArgumentException("v holds " + largest);
        }
    }

    /** The queries and keys of head {@code index} that belong to a visible pair, in the scratch of a worker. */
    VisibleVectors seen(PairInputs pairs, int index, Staging staging) {
        pairs.bind(staging.pairs(), index);
        return staging.seen().of(band, staging.pairs());
    }

    /**
     * Packs the queries and keys of head {@code index}.
     *
     * @throws IllegalArgumentException if an entry of a visible pair is not finite, or scores may exceed {@link LogKernel#MAX_RANGE}
     */
    void packScores(CallTensors tensors, int index, Staging staging) {
        tensors.q().bind(index, staging.q());
        tensors.k().bind(shape.keyIndex(index), staging.k());
        builder.clear().addScores(staging.q(), staging.k(), shape.dimension(), weight);
        if (slopes != null) {
            builder.addDistances(slopes[index % shape.heads()]);
        }
        double slope = reach == 0 ? 0 : -symmetricSlopes[index % shape.heads()];
        builder.widen(reach * Math.abs(slope));
        tensors.pairs().bind(bias, index);
        if (capped) {
            builder.widenUncapped(tensors.pairs().range(index));
        } else {
            builder.widen(tensors.pairs().range(index));
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

    /** Computes one block of rows, and the logarithms of its sums if they are wanted. */
    void compute(int block, Tile tile, HeadResult result, boolean wantsLogSums) {
        pass.softmax(block, tile, values.panel(), result.product, wantsLogSums ? result.logSums : null);
        int from = block * Lanes.BLOCK * shape.valueDimension();
        int to = Math.min(from + Lanes.BLOCK * shape.valueDimension(), result.product.length);
        values.restore(result.product, from, to - from);
    }

    /** Drops every reference to the memory of a call; what is packed stays. */
    void release() {
        if (bias != null) {
            bias.release();
        }
    }
}
