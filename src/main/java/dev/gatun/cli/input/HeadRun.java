package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Matrix;

/**
 * Some of the heads of the inputs, one after the other, as tensors of their own.
 *
 * @param first  the first query head
 * @param q      queries, or scores that are given outright
 * @param k      null where there are scores
 * @param v      null where there are no values
 * @param bias   null where there is none
 * @param across whether queries and keys are of different tokens
 */
public record HeadRun(int first, Heads q, Heads k, Heads v, Heads bias, boolean across) {

    /** The number of query heads. */
    public int count() {
        return q.count();
    }

    /** The first query head that is no longer part of the run. */
    public int end() {
        return first + count();
    }

    /** The part of a tensor with one matrix for each query head that belongs to this run. */
    public Heads of(Heads target) {
        return slice(target, first, count());
    }

    /** Whether each matrix of a tensor lies as far from the next as any other does. */
    static boolean even(Heads heads) {
        return heads.batch() == 1 || heads.heads() == 1 || distance(heads, 0) == distance(heads, heads.heads() - 1);
    }

    /** Bytes from a matrix to the next. */
    private static long distance(Heads heads, int index) {
        return heads.matrix(index + 1).offset() - heads.matrix(index).offset();
    }

    /** Matrices {@code first .. first + count - 1}, which lie as far apart as each other. */
    static Heads slice(Heads heads, int first, int count) {
        Matrix start = heads.matrix(first);
        long stride = count == 1 ? 0 : distance(heads, first) / Float.BYTES;
        return Heads.strided(start.segment(), start.offset(), new int[] {count}, start.rows(), start.columns(), 0, stride,
                start.rowStride());
    }
}
