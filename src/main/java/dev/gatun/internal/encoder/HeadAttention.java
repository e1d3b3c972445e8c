package dev.gatun.internal.encoder;

import dev.gatun.internal.work.Values;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;
import dev.gatun.kernel.stored.StoredRows;

/**
 * One worker's scratch for the attention of one head of one text: packs the queries, keys and values, which lie side by side in the rows of
 * the tokens, and computes the rows of the result as {@code AttentionPlan} does, to the same bits.
 */
final class HeadAttention {

    private final int dimension;
    private final LogKernelBuilder builder;
    private final Values<PackedValues> values;
    private final Tile tile = new Tile();
    private final StoredRows rows = new StoredRows();
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] product;
    private final float[] chunk;
    private final PlainHead plainHead;
    private BlockPass pass;

    /** Scratch for texts of up to {@code tokens} tokens and heads of {@code dimension} components. */
    HeadAttention(int tokens, int dimension) {
        int length = ArrayLength.of(tokens, dimension);
        this.dimension = dimension;
        this.builder = new LogKernelBuilder(tokens, tokens, dimension);
        this.values = new Values<>(PackedValues.ofShape(tokens, dimension));
        this.q = new float[length];
        this.k = new float[length];
        this.v = new float[length];
        this.product = new float[length];
        this.chunk = StoredRows.chunk(dimension);
        this.plainHead = new PlainHead(dimension);
    }

    /**
     * Computes {@code out_i = sum_j softmax_j(weight <q_i, k_j> log 2) v_j}.
     *
     * @param heads  rows of tokens; component c of q, k and v of token t at {@code at + t * stride + c}, plus 0, apart and 2 apart
     * @param tokens the tokens of the text
     * @param weight the factor of inner products, in units of log 2
     * @param plain  whether to do without vectors where that is possible
     * @param out    receives component c of token t at {@code to + t * outStride + c}
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void apply(float[] heads, int at, int stride, int apart, int tokens, double weight, boolean plain, float[] out, int to,
               int outStride) {
        gather(heads, at, stride, tokens, q);
        gather(heads, at + apart, stride, tokens, k);
        gather(heads, at + 2 * apart, stride, tokens, v);
        if (!plain || !plainHead.apply(q, k, v, tokens, weight, product)) {
            attend(tokens, weight);
        }
        for (int t = 0, from = 0, row = to; t < tokens; t++, from += dimension, row += outStride) {
            System.arraycopy(product, from, out, row, dimension);
        }
    }

    private void attend(int tokens, double weight) {
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
            pass.softmax(block, tile, values.panel(), product, null, 0);
        }
        values.restore(product, 0, tokens * dimension);
    }

    private void gather(float[] heads, int at, int stride, int tokens, float[] vectors) {
        for (int t = 0, row = at, target = 0; t < tokens; t++, row += stride, target += dimension) {
            System.arraycopy(heads, row, vectors, target, dimension);
        }
    }
}
