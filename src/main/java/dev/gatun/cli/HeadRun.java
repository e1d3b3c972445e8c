package dev.gatun.cli;

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
record HeadRun(int first, Heads q, Heads k, Heads v, Heads bias, boolean across) {

    /** The number of query heads. */
    int count() {
        return q.count();
    }

    /** The first query head that is no longer part of the run. */
    int end() {
        return first + count();
    }

    /** The part of a tensor with one matrix for each query head that belongs to this run. */
    Heads of(Heads target) {
        return slice(target, first, count());
    }

    /** Matrices {@code first .. first + count - 1} of a dense tensor. */
    static Heads slice(Heads heads, int first, int count) {
        Matrix start = heads.matrix(first);
        return Heads.of(start.segment(), start.offset(), count, start.rows(), start.columns());
    }
}
