package dev.gatun;

/**
 * A worker's copies of one head's inputs, row after row.
 *
 * @param q {@code N x d}
 * @param k {@code M x d}
 * @param v {@code M x C}
 */
record Staging(float[] q, float[] k, float[] v) {

    /** Room for heads of a shape. */
    static Staging of(AttentionShape shape) {
        return new Staging(new float[Math.multiplyExact(shape.queries(), shape.dimension())],
                new float[Math.multiplyExact(shape.keys(), shape.dimension())],
                new float[Math.multiplyExact(shape.keys(), shape.valueDimension())]);
    }
}
