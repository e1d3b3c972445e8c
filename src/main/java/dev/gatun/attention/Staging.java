package dev.gatun.attention;

import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pack.StoredRows;

/**
 * What a worker takes one head's inputs through.
 *
 * @param q     queries, {@code N x d}
 * @param k     keys, {@code M x d}
 * @param v     values, {@code M x C}
 * @param chunk room for a chunk of either
 * @param pairs its bias and mask, or null for a plan without
 * @param seen  which queries and keys have a visible pair
 */
record Staging(StoredRows q, StoredRows k, StoredRows v, float[] chunk, PairBias pairs, VisibleVectors seen) {

    /** For heads of a shape. */
    static Staging of(AttentionShape shape, AttentionOptions options) {
        return new Staging(new StoredRows(), new StoredRows(), new StoredRows(),
                StoredRows.chunk(Math.max(shape.dimension(), shape.valueDimension())), options.pairs(),
                new VisibleVectors(shape.queries(), shape.keys()));
    }
}
