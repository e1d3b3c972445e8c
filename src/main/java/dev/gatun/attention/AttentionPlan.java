package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.internal.attention.AttentionCall;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;

/**
 * Attention for servers, {@code A>+ V = softmax_j(beta s_ij) V} with {@code s_ij = scale <q_i, k_j>}. A plan is created once for the
 * largest sizes of its calls, and runs on other memory at each call: on a batch of sequences of one length by {@link #run(Heads, Heads,
 * Heads, Heads) run}, or on sequences of any lengths by {@link #runRagged runRagged}.
 *
 * <p>Results are those of {@link Scores#attention()} to the last bit, for any number of workers, and whatever sizes the plan has room
 * for. Keys and values that no query sees, because the causal mask, a window, a mask or a bias of minus infinity hides them, change no
 * bit of a result, even where they are NaN. Neither does a query that sees no key.
 *
 * <p>The plan owns its scratch memory. With one thread that is about the size of the inputs and the output of one head, and a few
 * times as much once a head has needed float64. With several threads it is that size for all heads, up to 64 megabytes. The memory of
 * the caller is used during a call only: the plan keeps no reference to it after the call.
 *
 * <p>A call that uses only the calling thread allocates nothing on the heap once its code is compiled. With more threads the executor
 * allocates what it needs to accept a task. A plan takes no locks. It runs one call at a time and refuses a second one meanwhile, so
 * each thread needs its own plan.
 */
public final class AttentionPlan {

    private final AttentionShape shape;
    private final AttentionCall call;
    private final CallGuard guard = new CallGuard();

    private AttentionPlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.call = new AttentionCall(shape.sizes(), options.settings());
    }

    /**
     * Creates a plan.
     *
     * @param shape   the largest sizes of a call
     * @param options scale, inverse temperature, masks, biases and workers
     * @return the plan
     * @throws IllegalArgumentException if a head of the shape has more entries than an array, or the number of slopes or sinks is not
     *                                  the number of heads
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     * @throws OutOfMemoryError         if there is not enough memory for the plan; the message names the plan
     */
    public static AttentionPlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        shape.sizes().requirePackable();
        return Allocation.of(() -> new AttentionPlan(shape, options), "a plan of attention, " + shape);
    }

    /**
     * The largest sizes of a call.
     *
     * @return the shape that the plan was created for
     */
    public AttentionShape shape() {
        return shape;
    }

    /**
     * Computes {@code out = A>+ v}. The row of a query that sees no key is zero. The call chooses B, N and M, each at most that of the
     * {@link #shape}; the causal mask, the window and biases by distance are those of its own N and M.
     *
     * @param q   queries {@code (B, H, N, d)} of any type
     * @param k   keys {@code (B, G, M, d)} of any type
     * @param v   values {@code (B, G, M, C)} of any type
     * @param out {@code (B, H, N, C)}, float32; every entry is written; shares no entry with an input
     * @throws IllegalArgumentException if a shape does not fit the plan or the others, a query, key or value of a visible pair has an entry
     *                                  that is not finite, {@code beta s_ij} may exceed 1e12 in magnitude, or out overlaps an input or is
     *                                  read-only
     * @throws IllegalStateException    if another call of this plan is running, or memory is closed
     */
    public void run(Heads q, Heads k, Heads v, Heads out) {
        run(q, k, v, out, null);
    }

    /**
     * Computes {@code out = A>+ v} and the natural logarithm of each row sum, {@code logSumExp_i = log sum_j exp(beta s_ij)}, which
     * is minus infinity for a query that sees no key. {@link PartialAttention} merges two results over different keys by them.
     *
     * @param q         as in {@link #run(Heads, Heads, Heads, Heads)}
     * @param k         likewise
     * @param v         likewise
     * @param out       likewise
     * @param logSumExp {@code (B, H, N, 1)}, float32, or {@code (B, H, N, 2)}, whose second column receives what float32 loses of a
     *                  logarithm; every entry is written; or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, Heads)}; also if logSumExp overlaps an input or out
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        run(q, k, v, null, null, out, logSumExp);
    }

    /**
     * Computes attention with a bias, a mask or both, {@code out = softmax_j(beta (s_ij + bias_ij)) v} over the pairs that the mask
     * shows, for a plan that was created with them. A query all of whose keys are hidden gives a row of zeros and a logarithm of minus
     * infinity. Where the memory of a bias or a mask belongs to the calling thread alone, that thread does all of the work.
     *
     * <p>A bias of minus infinity, or below {@code -1e12 / beta}, hides its pair. A finite bias may have any magnitude: a key whose
     * exponential float32 cannot represent beside the largest one of its row counts as zero. A bias of -1e4 for padding is therefore
     * as fast as minus infinity.
     *
     * @param q         as in {@link #run(Heads, Heads, Heads, Heads)}
     * @param k         likewise
     * @param v         likewise
     * @param bias      {@code (B, H, N, M)} of any type, where B, H and N may be 1 to serve all; null for a plan without a bias
     * @param mask      {@code (B, H, N, M)}, where B, H and N may be 1 to serve all; null for a plan without a mask
     * @param out       as in {@link #run(Heads, Heads, Heads, Heads)}
     * @param logSumExp as in {@link #run(Heads, Heads, Heads, Heads, Heads)}, or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, Heads, Heads)}; also if a bias or mask is missing, was
     *                                  not planned for or overlaps an output, or a bias that neither mask nor window hides is NaN or
     *                                  plus infinity
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, Heads k, Heads v, Heads bias, AttentionMask mask, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            call.run(TensorView.of(q), TensorView.of(k), TensorView.of(v), TensorView.of(bias), AttentionMask.viewOf(mask),
                    TensorView.of(out), TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }

    /**
     * Computes attention within each sequence of a ragged batch, whose queries and keys lie one sequence after the other. Each sequence
     * has the results of a call of its own, to the last bit: its last query stands at its last key, for the causal mask, the window and
     * biases by distance. A sequence may have no queries. The queries of a sequence without keys have rows of zeros, and logarithms of
     * minus infinity or of their sink.
     *
     * <p>A strided view gives any layout of the tensors, for instance {@code (total, H, d)}. Rows of {@code out} and of
     * {@code logSumExp} that belong to no sequence are left as they are.
     *
     * <p>The first such call allocates what it needs beside the memory of the plan: a head for each worker, and at most a megabyte for
     * results.
     *
     * @param q            queries of all sequences {@code (H, total, d)} of any type
     * @param k            keys of all sequences {@code (G, total, d)} of any type
     * @param v            values of all sequences {@code (G, total, C)} of any type
     * @param queryOffsets where the queries of each sequence begin; at most B sequences of at most N queries
     * @param keyOffsets   where the keys and values of each sequence begin; as many sequences, of at most M keys
     * @param out          {@code (H, total, C)}, float32, with as many rows as q; shares no entry with an input
     * @param logSumExp    {@code (H, total, 1)} or {@code (H, total, 2)}, float32, with as many rows as q; or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, Heads, Heads)}; also if offsets decrease or do not fit, or
     *                                  the plan was made with a bias or a mask
     * @throws IllegalStateException    likewise
     * @throws OutOfMemoryError         if there is not enough memory for the first such call; the message names the plan
     */
    public void runRagged(Heads q, Heads k, Heads v, SequenceOffsets queryOffsets, SequenceOffsets keyOffsets, Heads out,
                          Heads logSumExp) {
        guard.enter();
        try {
            call.runRagged(TensorView.of(q), TensorView.of(k), TensorView.of(v), SequenceOffsets.viewOf(queryOffsets),
                    SequenceOffsets.viewOf(keyOffsets), TensorView.of(out), TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }

    /**
     * Computes attention of new tokens over cached sequences, such as the next chunk of a long prompt. The queries of a sequence are its
     * last tokens, as in {@link #runRagged(Heads, Heads, Heads, SequenceOffsets, SequenceOffsets, Heads, Heads)}: their keys and values
     * are {@linkplain CachedSequences#append appended} first. Results are those of the same keys and values in tensors, to the last bit.
     *
     * <p>A {@link DecodePlan} is made for a few new tokens of each sequence: it reads the cache in place and packs nothing.
     *
     * @param q            queries of all sequences {@code (H, total, d)} of any type
     * @param queryOffsets where the queries of each sequence begin; at most N of each
     * @param sequences    the keys and values: as many sequences, at most B, of at most M tokens
     * @param out          {@code (H, total, C)}, float32, with as many rows as q; shares no entry with an input
     * @param logSumExp    {@code (H, total, 1)} or {@code (H, total, 2)}, float32, with as many rows as q; or null
     * @throws IllegalArgumentException as in {@link #runRagged(Heads, Heads, Heads, SequenceOffsets, SequenceOffsets, Heads, Heads)}; also
     *                                  if a length is negative or more than the pages of its sequence or the plan hold, or a page does
     *                                  not exist
     * @throws IllegalStateException    likewise
     * @throws OutOfMemoryError         likewise
     */
    public void runRagged(Heads q, SequenceOffsets queryOffsets, CachedSequences sequences, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            call.runRagged(TensorView.of(q), SequenceOffsets.viewOf(queryOffsets), CachedSequences.viewOf(sequences), TensorView.of(out),
                    TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }
}
