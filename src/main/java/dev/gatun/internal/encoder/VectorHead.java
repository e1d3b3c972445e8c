package dev.gatun.internal.encoder;

import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;
import dev.gatun.kernel.stored.StoredRows;

/** Attention of one head by the kernels, as {@code AttentionPlan} computes it, to the same bits. */
final class VectorHead {

    private final int dimension;
    private final LogKernelBuilder builder;
    private final Values<PackedValues> values;
    private final Tile tile = new Tile();
    private final StoredRows rows = new StoredRows();
    private final float[] chunk;
    private BlockPass pass;

    /** Scratch for texts of up to {@code tokens} tokens and heads of {@code dimension} components. */
    VectorHead(int tokens, int dimension) {
        this.dimension = dimension;
        this.builder = new LogKernelBuilder(tokens, tokens, dimension);
        this.values = new Values<>(PackedValues.ofShape(tokens, dimension));
        this.chunk = StoredRows.chunk(dimension);
    }

    /**
     * Computes attention.
     *
     * @param q {@code tokens x dimension}, likewise k, v and out
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void apply(float[] q, float[] k, float[] v, int tokens, double weight, float[] out) {
        LogKernel kernel = builder.clear(tokens, tokens).addScores(q, k, dimension, weight).build(Normalised.ROWS);
        if (pass == null) {
            pass = new BlockPass(kernel, null);
        } else {
            pass.bind(kernel);
        }
        rows.bind(v, dimension);
        float largest = values.load(rows, tokens, chunk);
        if (!Float.isFinite(largest)) {
            throw new IllegalArgumentException("values hold " + largest);
        }
        for (int block = 0; block < Lanes.blocks(tokens); block++) {
            pass.softmax(block, tile, values.panel(), out, null, 0);
        }
        values.restore(out, 0, tokens * dimension);
    }
}
