package dev.gatun.internal.attention;

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

/** The queries, keys and values of one head, packed for the kernels of an {@code AttentionPlan}. */
final class PackedHead {

    private static final int NONE = -1;

    private final Sizes shape;
    private final Settings options;
    private final double weight;
    private final double[] slopes;
    private final double[] symmetricSlopes;
    private final double[] sinks;
    private final double cap;
    private final boolean capped;
    private final Band band;
    private final PairBias bias;
    private final Values<PackedValues> values;
    private final LogKernelBuilder builder;
    private BlockPass pass;
    private int packed = NONE;

    /** Memory for heads of up to a shape. */
    PackedHead(Sizes shape, Settings options) {
        this.shape = shape;
        this.options = options;
        this.weight = options.weight(shape.dimension());
        this.slopes = options.slopes(shape.heads());
        this.symmetricSlopes = options.symmetricSlopes(shape.heads());
        this.sinks = options.sinks(shape.heads());
        this.cap = options.softCap();
        this.capped = options.capsBias();
        this.band = options.band(shape.queries(), shape.keys());
        this.bias = options.pairs();
        this.values = new Values<>(PackedValues.ofShape(shape.keys(), shape.valueDimension()));
        this.builder = new LogKernelBuilder(shape.queries(), shape.keys(), shape.dimension()).mask(band).pairs(bias)
                .softCap(cap);
    }

    /** About the size of one head, packed and with its result. */
    static long bytes(Sizes shape) {
        return Float.BYTES * ((long) shape.queries() + shape.keys()) * (shape.dimension() + shape.valueDimension());
    }

    /** {@code beta scale / log 2}. */
    double weight() {
        return weight;
    }

    /** A bound of the magnitude of what a bias and distances add to scores, in units of log 2. */
    double largestAdded(PairInputs pairs) {
        double[] all = slopes == null ? symmetricSlopes : slopes;
        double steepest = 0;
        for (int head = 0; all != null && head < shape.heads(); head++) {
            steepest = Math.max(steepest, Math.abs(all[head]));
        }
        return steepest * Math.max(shape.queries(), shape.keys()) + pairs.range();
    }

    /**
     * Packs head {@code index}, unless it is packed already.
     *
     * @throws IllegalArgumentException as {@link #packScores} and {@link #packValues}
     */
    void pack(CallTensors tensors, int index, Staging staging) {
        if (packed != index) {
            packed = NONE;
            packScores(tensors, index, staging);
            packValues(tensors, index, staging);
            packed = index;
        }
    }

    /**
     * Packs the values of head {@code index}.
     *
     * @throws IllegalArgumentException if an entry that a query sees is not finite
     */
    void packValues(CallTensors tensors, int index, Staging staging) {
        CallSequences sequences = tensors.sequences();
        int s = sequences.sequence(index);
        int queries = sequences.queries(s);
        int keys = sequences.keys(s);
        tensors.bindValues(index, s, staging.v());
        float largest = values.load(staging.v(), keys, staging.chunk(), seen(tensors, index, queries, keys, staging));
        if (!Float.isFinite(largest)) {
            throw new IllegalArgumentException("v holds " + largest);
        }
    }

    /** The queries and keys of head {@code index} that belong to a visible pair, in the scratch of a worker. */
    VisibleVectors seen(CallTensors tensors, int index, Staging staging) {
        CallSequences sequences = tensors.sequences();
        int s = sequences.sequence(index);
        return seen(tensors, index, sequences.queries(s), sequences.keys(s), staging);
    }

    private VisibleVectors seen(CallTensors tensors, int index, int queries, int keys, Staging staging) {
        options.place(staging.band(), queries, keys);
        tensors.pairs().bind(staging.pairs(), index);
        return staging.seen().of(queries, keys, staging.band(), staging.pairs());
    }

    /**
     * Packs the queries and keys of head {@code index}.
     *
     * @throws IllegalArgumentException if an entry of a visible pair is not finite, or scores may exceed {@link LogKernel#MAX_RANGE}
     */
    void packScores(CallTensors tensors, int index, Staging staging) {
        CallSequences sequences = tensors.sequences();
        int s = sequences.sequence(index);
        int queries = sequences.queries(s);
        int keys = sequences.keys(s);
        options.place(band, queries, keys);
        tensors.bindQueries(index, s, staging.q());
        tensors.bindKeys(index, s, staging.k());
        builder.clear(queries, keys).addScores(staging.q(), staging.k(), shape.dimension(), weight);
        if (slopes != null) {
            builder.addDistances(slopes[index % shape.heads()]);
        }
        double reach = symmetricSlopes == null ? 0 : band.reach(queries, keys);
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

    /**
     * Computes one block of rows, and the logarithms of its sums if they are wanted.
     *
     * @param at   the row of {@code result} that receives the head's first row
     * @param rows the rows of the block
     */
    void compute(int block, int rows, Tile tile, HeadResult result, int at, boolean wantsLogSums) {
        pass.softmax(block, tile, values.panel(), result.product, wantsLogSums ? result.logSums : null, at);
        values.restore(result.product, (at + block * Lanes.BLOCK) * shape.valueDimension(), rows * shape.valueDimension());
    }

    /** The logarithm of the row sum of a query of head {@code index} without keys, in units of log 2. */
    double emptyLogSum(int index) {
        return sinks == null ? Double.NEGATIVE_INFINITY : sinks[index % shape.heads()];
    }

    /** Drops every reference to the memory of a call; what is packed stays, but counts as packed no longer. */
    void release() {
        packed = NONE;
        if (bias != null) {
            bias.release();
        }
    }
}
