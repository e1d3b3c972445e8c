package dev.gatun.internal.attention;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.stored.StoredRows;

/**
 * Scratch with which a worker reads the inputs of one head.
 *
 * @param q     the rows of the queries, {@code N x d}
 * @param k     the rows of the keys, {@code M x d}
 * @param v     the rows of the values, {@code M x C}
 * @param chunk memory for a chunk of any of these
 * @param pairs the bias and the mask; null for a plan without either
 * @param band  the pairs that the causal mask and the window show
 * @param seen  which queries and keys belong to a visible pair
 */
record Staging(StoredRows q, StoredRows k, StoredRows v, float[] chunk, PairBias pairs, Band band, VisibleVectors seen) {

    /** Scratch for heads of up to a shape. */
    static Staging of(Sizes shape, Settings options) {
        return new Staging(new StoredRows(), new StoredRows(), new StoredRows(),
                StoredRows.chunk(Math.max(shape.dimension(), shape.valueDimension())), options.pairs(),
                options.band(shape.queries(), shape.keys()), new VisibleVectors(shape.queries(), shape.keys()));
    }

    /** Drops every reference to the memory of a call. */
    void release() {
        q.release();
        k.release();
        v.release();
        if (pairs != null) {
            pairs.release();
        }
    }
}
