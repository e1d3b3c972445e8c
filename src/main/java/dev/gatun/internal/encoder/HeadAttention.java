package dev.gatun.internal.encoder;

import dev.gatun.kernel.ArrayLength;

/**
 * One worker's scratch for the attention of one head of one text, whose queries, keys and values lie side by side in the rows of the
 * tokens: computed by the kernels, or by plain loops to the same bits.
 */
final class HeadAttention {

    private final int tokens;
    private final int dimension;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] product;
    private final PlainHead plainHead;
    private VectorHead vectorHead;

    /**
     * Scratch for texts of up to {@code tokens} tokens and heads of {@code dimension} components.
     *
     * @param plain whether the first calls may do without vectors: those of the kernels are then made when one needs them, because the
     *              classes of vectors take as long to load as such a call
     */
    HeadAttention(int tokens, int dimension, boolean plain) {
        int length = ArrayLength.of(tokens, dimension);
        this.tokens = tokens;
        this.dimension = dimension;
        this.q = new float[length];
        this.k = new float[length];
        this.v = new float[length];
        this.product = new float[length];
        this.plainHead = new PlainHead(dimension);
        this.vectorHead = plain ? null : new VectorHead(tokens, dimension);
    }

    /**
     * Computes {@code out_i = sum_j softmax_j(weight <q_i, k_j> log 2) v_j}.
     *
     * @param heads  rows of tokens; component c of q, k and v of token t at {@code at + t * stride + c}, plus 0, apart and 2 apart
     * @param count  the tokens of the text
     * @param weight the factor of inner products, in units of log 2
     * @param plain  whether to do without vectors where that is possible
     * @param out    receives component c of token t at {@code to + t * outStride + c}
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void apply(float[] heads, int at, int stride, int apart, int count, double weight, boolean plain, float[] out, int to,
               int outStride) {
        gather(heads, at, stride, count, q);
        gather(heads, at + apart, stride, count, k);
        gather(heads, at + 2 * apart, stride, count, v);
        if (!plain || !plainHead.apply(q, k, v, count, weight, product)) {
            if (vectorHead == null) {
                vectorHead = new VectorHead(tokens, dimension);
            }
            vectorHead.apply(q, k, v, count, weight, product);
        }
        for (int t = 0, from = 0, row = to; t < count; t++, from += dimension, row += outStride) {
            System.arraycopy(product, from, out, row, dimension);
        }
    }

    private void gather(float[] heads, int at, int stride, int count, float[] vectors) {
        for (int t = 0, row = at, target = 0; t < count; t++, row += stride, target += dimension) {
            System.arraycopy(heads, row, vectors, target, dimension);
        }
    }
}
