package dev.gatun.internal.encoder;

import dev.gatun.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs a {@link HeadOperation} on copies of the rows of one head, in memory of its own. It allocates. */
final class HeadMatrices {

    private HeadMatrices() {
    }

    /** As {@link HeadAttention#apply}, of heads of {@code d} components. */
    static void apply(HeadOperation operation, float[] heads, int at, int stride, int apart, int tokens, int d, float[] out, int to,
                      int outStride) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix product = Matrix.allocate(arena, tokens, d);
            operation.apply(matrix(arena, heads, at, stride, tokens, d), matrix(arena, heads, at + apart, stride, tokens, d),
                    matrix(arena, heads, at + 2 * apart, stride, tokens, d), product);
            for (int t = 0; t < tokens; t++) {
                MemorySegment.copy(product.segment(), ValueLayout.JAVA_FLOAT, (long) Float.BYTES * t * d, out, to + t * outStride, d);
            }
        }
    }

    private static Matrix matrix(Arena arena, float[] heads, int at, int stride, int tokens, int d) {
        Matrix matrix = Matrix.allocate(arena, tokens, d);
        for (int t = 0; t < tokens; t++) {
            MemorySegment.copy(heads, at + t * stride, matrix.segment(), ValueLayout.JAVA_FLOAT, (long) Float.BYTES * t * d, d);
        }
        return matrix;
    }
}
