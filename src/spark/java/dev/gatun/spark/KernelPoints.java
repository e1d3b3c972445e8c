package dev.gatun.spark;

import dev.gatun.Matrix;
import java.io.Serial;
import java.io.Serializable;
import java.lang.foreign.Arena;

/**
 * The queries and keys of a kernel as every executor gets them, and what makes scores of them.
 *
 * @param q       queries, row after row
 * @param rows    their number
 * @param k       keys likewise
 * @param columns their number
 * @param within  whether query i and key i are the same token
 */
record KernelPoints(float[] q, int rows, float[] k, int columns, boolean within) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    static KernelPoints of(Matrix q, Matrix k, boolean within) {
        return new KernelPoints(q.toArray(), q.rows(), k.toArray(), k.rows(), within);
    }

    Matrix q(Arena arena) {
        return Matrix.copyOf(arena, q, rows, q.length / rows);
    }

    Matrix k(Arena arena) {
        return Matrix.copyOf(arena, k, columns, k.length / columns);
    }
}
