package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Matrix;

/**
 * Consecutive heads of the inputs, as views.
 *
 * @param first  the first query head
 * @param q      queries, or scores that were given in place of queries and keys
 * @param k      keys; null if scores were given
 * @param v      values, or null
 * @param bias   one head for all query heads or one for each, or null
 * @param across whether queries and keys are of different tokens
 */
public record HeadRun(int first, Heads q, Heads k, Heads v, Heads bias, boolean across) {

    /** The number of query heads. */
    public int count() {
        return q.count();
    }

    /** The first query head after the run. */
    public int end() {
        return first + count();
    }

    /** The matrices of this run in a tensor with one matrix for each query head. */
    public Heads of(Heads target) {
        return slice(target, first, count());
    }

    /** Whether one stride leads from each matrix of a tensor to the next. */
    static boolean hasOneStride(Heads heads) {
        return heads.batch() == 1 || heads.heads() == 1 || stride(heads, 0) == stride(heads, heads.heads() - 1);
    }

    /** Bytes from a matrix to the next. */
    private static long stride(Heads heads, int index) {
        return heads.matrix(index + 1).offset() - heads.matrix(index).offset();
    }

    /** Matrices {@code first .. first + count - 1} of a tensor, which one stride separates. */
    static Heads slice(Heads heads, int first, int count) {
        Matrix start = heads.matrix(first);
        long stride = count == 1 ? 0 : stride(heads, first) / Float.BYTES;
        return Heads.strided(start.segment(), start.offset(), new int[] {count}, start.rows(), start.columns(), 0, stride,
                start.rowStride());
    }
}
