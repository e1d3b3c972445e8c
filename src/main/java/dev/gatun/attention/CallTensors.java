package dev.gatun.attention;

import dev.gatun.internal.view.TensorView;

/** The tensors of one call of an {@link AttentionPlan}: checked and taken when the call begins, released when it ends. */
final class CallTensors {

    private final AttentionShape shape;
    private final PairInputs pairs;
    private TensorView q;
    private TensorView k;
    private TensorView v;
    private TensorView out;
    private TensorView logSumExp;

    CallTensors(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.pairs = new PairInputs(shape, options);
    }

    /**
     * Takes the tensors of a call.
     *
     * @param bias         null for none
     * @param mask         null for none
     * @param newLogSumExp null for none
     * @throws IllegalArgumentException if a shape or a type is wrong, an output overlaps another tensor, or a visible bias is NaN or
     *                                  plus infinity
     */
    void take(TensorView newQ, TensorView newK, TensorView newV, TensorView bias, AttentionMask mask, TensorView newOut,
              TensorView newLogSumExp) {
        shape.require(newQ, newK, newV, newOut, newLogSumExp);
        pairs.take(bias, mask, newOut, newLogSumExp);
        q = newQ;
        k = newK;
        v = newV;
        out = newOut;
        logSumExp = newLogSumExp;
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        pairs.release();
        q = null;
        k = null;
        v = null;
        out = null;
        logSumExp = null;
    }

    /** Whether every thread may use all of the memory. */
    boolean openToAll() {
        return q.openToAll() && k.openToAll() && v.openToAll() && out.openToAll()
                && (logSumExp == null || logSumExp.openToAll()) && pairs.openToAll();
    }

    /** Queries, {@code (B, H, N, d)}. */
    TensorView q() {
        return q;
    }

    /** Keys, {@code (B, G, M, d)}. */
    TensorView k() {
        return k;
    }

    /** Values, {@code (B, G, M, C)}. */
    TensorView v() {
        return v;
    }

    /** The bias and the mask, of which there may be none. */
    PairInputs pairs() {
        return pairs;
    }

    /** Whether the call asks for the logarithms of row sums. */
    boolean wantsLogSums() {
        return logSumExp != null;
    }

    /** Writes {@code rows} rows of head {@code index} from {@code row} on. */
    void store(HeadResult result, int index, int row, int rows) {
        result.store(index, out, logSumExp, row, rows);
    }
}
