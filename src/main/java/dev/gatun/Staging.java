package dev.gatun;

import dev.gatun.kernel.StoredRows;

/**
 * What a worker takes one head's inputs through.
 *
 * @param q     queries, {@code N x d}
 * @param k     keys, {@code M x d}
 * @param v     values, {@code M x C}
 * @param chunk room for a chunk of either
 */
record Staging(StoredRows q, StoredRows k, StoredRows v, float[] chunk) {

    /** For heads of a shape. */
    static Staging of(AttentionShape shape) {
        return new Staging(new StoredRows(), new StoredRows(), new StoredRows(),
                StoredRows.chunk(Math.max(shape.dimension(), shape.valueDimension())));
    }
}
