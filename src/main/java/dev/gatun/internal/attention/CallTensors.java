package dev.gatun.internal.attention;

import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import dev.gatun.kernel.stored.StoredRows;

/** The tensors of one call of an {@code AttentionPlan}: checked and taken when the call begins, released when it ends. */
final class CallTensors {

    private final CallSequences sequences;
    private final PairInputs pairs;
    private TensorView q;
    private TensorView k;
    private TensorView v;
    private TensorView out;
    private TensorView logSumExp;

    CallTensors(Sizes most, Settings options) {
        this.sequences = new CallSequences(most);
        this.pairs = new PairInputs(most, options);
    }

    /**
     * Takes the tensors of a call on a batch.
     *
     * @param bias         null for none
     * @param mask         null for none
     * @param newLogSumExp null for none
     * @throws IllegalArgumentException if a shape or a type is wrong, an output overlaps another tensor, or a visible bias is NaN or
     *                                  plus infinity
     */
    void take(TensorView newQ, TensorView newK, TensorView newV, TensorView bias, View mask, TensorView newOut,
              TensorView newLogSumExp) {
        sequences.take(newQ, newK, newV, newOut, newLogSumExp);
        pairs.take(bias, mask, newOut, newLogSumExp, sequences);
        set(newQ, newK, newV, newOut, newLogSumExp);
    }

    /**
     * Takes the tensors of a call on a ragged batch.
     *
     * @param newLogSumExp null for none
     * @throws IllegalArgumentException if a shape, a type or an offset is wrong, or an output overlaps another tensor
     */
    void takeRagged(TensorView newQ, TensorView newK, TensorView newV, RowOffsets queryOffsets, RowOffsets keyOffsets,
                    TensorView newOut, TensorView newLogSumExp) {
        pairs.requireNone();
        sequences.takeRagged(newQ, newK, newV, queryOffsets, keyOffsets, newOut, newLogSumExp);
        set(newQ, newK, newV, newOut, newLogSumExp);
    }

    /**
     * Takes the tensors of a call on a ragged batch whose keys and values are cached.
     *
     * @param newLogSumExp null for none
     * @throws IllegalArgumentException as above, or if a length or a page is wrong
     */
    void takeCached(TensorView newQ, RowOffsets queryOffsets, CachedTokens cached, TensorView newOut, TensorView newLogSumExp) {
        pairs.requireNone();
        sequences.takeCached(newQ, queryOffsets, cached, newOut, newLogSumExp);
        set(newQ, null, null, newOut, newLogSumExp);
    }

    private void set(TensorView newQ, TensorView newK, TensorView newV, TensorView newOut, TensorView newLogSumExp) {
        q = newQ;
        k = newK;
        v = newV;
        out = newOut;
        logSumExp = newLogSumExp;
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        pairs.release();
        sequences.release();
        q = null;
        k = null;
        v = null;
        out = null;
        logSumExp = null;
    }

    /** Whether every thread may use all of the memory. */
    boolean openToAll() {
        boolean keysOpen = sequences.cached() ? sequences.pages().openToAll() : k.openToAll() && v.openToAll();
        return q.openToAll() && keysOpen && out.openToAll() && (logSumExp == null || logSumExp.openToAll()) && pairs.openToAll();
    }

    /** The sequences of the call. */
    CallSequences sequences() {
        return sequences;
    }

    /** Queries, {@code (B, H, N, d)}, or {@code (1, H, total, d)} of a ragged batch. */
    TensorView q() {
        return q;
    }

    /** Keys, {@code (B, G, M, d)} or {@code (1, G, total, d)}; null if they are cached. */
    TensorView k() {
        return k;
    }

    /** Values, {@code (B, G, M, C)} or {@code (1, G, total, C)}; null if they are cached. */
    TensorView v() {
        return v;
    }

    /** Binds the queries of head {@code index}, of sequence {@code s}. */
    void bindQueries(int index, int s, StoredRows rows) {
        q.bind(sequences.matrix(index), sequences.firstQuery(s), rows);
    }

    /** Binds the keys of head {@code index}, of sequence {@code s}. */
    void bindKeys(int index, int s, StoredRows rows) {
        if (sequences.cached()) {
            sequences.pages().bindKeys(s, sequences.keyMatrix(index), rows);
        } else {
            k.bind(sequences.keyMatrix(index), sequences.firstKey(s), rows);
        }
    }

    /** Binds the values of head {@code index}, of sequence {@code s}. */
    void bindValues(int index, int s, StoredRows rows) {
        if (sequences.cached()) {
            sequences.pages().bindValues(s, sequences.keyMatrix(index), rows);
        } else {
            v.bind(sequences.keyMatrix(index), sequences.firstKey(s), rows);
        }
    }

    /** The bias and the mask, of which there may be none. */
    PairInputs pairs() {
        return pairs;
    }

    /** Whether the call asks for the logarithms of row sums. */
    boolean wantsLogSums() {
        return logSumExp != null;
    }

    /**
     * Writes rows of head {@code index}.
     *
     * @param from the first row of the result
     * @param row  the row of the head that it is
     */
    void store(HeadResult result, int from, int index, int row, int rows) {
        result.store(from, sequences.matrix(index), sequences.firstQuery(sequences.sequence(index)) + row, rows, out, logSumExp);
    }
}
