package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.decode.DecodeCall;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;

/**
 * Attention of a few new queries over long caches of keys and values, {@code out = softmax_j(beta s_ij) V} with
 * {@code s_ij = scale <q_i, k_j>}, as a server computes it for each new token. A plan is created once for the largest sizes and runs on
 * other memory and other lengths at each call.
 *
 * <p>A call has a sequence for each batch entry, with a length of its own. The keys and values are those of tensors, or lie in the pages of
 * a {@link KeyValueCache}. The queries of a sequence are its last tokens: query i of n stands at token {@code i + length - n}. The causal
 * mask hides later keys from it, and windows and distances are relative to that token. So the keys and values of new tokens are appended
 * first, then the plan runs. A sequence may have no token, or no query.
 *
 * <p>Keys and values are read in place, as float32, bfloat16, float16 or int8 with scales, and once for all queries that share them. Narrow
 * entries are widened to float32 as they are read. A call takes the time of reading the cache from memory and that of the arithmetic.
 *
 * <p>The keys are split into pieces of 256. The results of the pieces are merged by the logarithms of their sums, in float64. Results of a
 * sequence depend neither on the other sequences of the call, nor on the number of workers, on pages, alignment, offset and strides, nor on
 * the width of the vectors. Inner products are summed in float32 where that is accurate enough and in float64 elsewhere. What a query does
 * not see changes no bit of its result: keys and values beyond a length, outside a window or hidden by a mask may hold anything.
 *
 * <p>The plan owns its scratch memory, of the order of {@code B H N C} floats, and up to {@code B H N C M / 256} floats or 32 megabytes,
 * whichever is less, unless one sequence alone needs more. The memory of the caller is used during a call only: the plan keeps no reference
 * to it after the call. Workers take part where every thread may read the inputs; where their arena is confined, the calling thread
 * does all of the work.
 *
 * <p>A call that uses only the calling thread allocates nothing on the heap once its code is compiled. A plan takes no locks. It runs
 * one call at a time and refuses a second one meanwhile, so each thread needs its own plan.
 */
public final class DecodePlan {

    private final AttentionShape shape;
    private final DecodeCall call;
    private final CallGuard guard = new CallGuard();

    private DecodePlan(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        this.call = new DecodeCall(shape.sizes(), options.settings());
    }

    /**
     * Creates a plan.
     *
     * @param shape   the largest sizes of a call: {@code batch} sequences, {@code queries} new tokens of each and {@code keys} tokens of
     *                each, with the exact numbers of heads and components
     * @param options of any kind
     * @return the plan
     * @throws IllegalArgumentException if the number of slopes or sinks is not the number of heads, or if scratch needs more entries than
     *                                  an array has
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     * @throws OutOfMemoryError         if there is not enough memory for the plan; the message names the plan
     */
    public static DecodePlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        requirePackable(shape);
        return Allocation.of(() -> new DecodePlan(shape, options), "a plan of decoding, " + shape);
    }

    /** Keys and values are read in place, so a head of the cache may have more entries than an array. */
    private static void requirePackable(AttentionShape shape) {
        Checks.packable(shape.batch(), shape.heads(), "the number of heads");
        long together = (long) shape.sizes().headsPerKeyHead() * shape.queries();
        Checks.packable(together, Math.max(shape.dimension(), shape.valueDimension()), "the queries that share a head of keys");
        Checks.packable((long) shape.sizes().count() * shape.queries(), shape.valueDimension(), "the results of all queries");
        Checks.packable(DecodeCall.maxRows(shape.sizes()), shape.valueDimension(), "the results of all pieces");
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
     * Computes {@code out = softmax_j(beta s_ij) v} over the first {@code length} keys. The row of a query that sees no key is zero.
     *
     * @param q      queries {@code (B, H, N, d)} of any type, B and N at most those of the plan's shape
     * @param k      keys {@code (B, G, M, d)} of any type, M at most the number of keys of the plan's shape
     * @param v      values {@code (B, G, M, C)} of any type
     * @param length the number of keys and values of every sequence, 0 to M; entries beyond are not read
     * @param out    {@code (B, H, N, C)}, float32; every entry is written; shares no entry with an input
     * @throws IllegalArgumentException if a shape or type is not the plan's, an entry that a query sees is not finite,
     *                                  {@code beta s_ij} may exceed 1e12 in magnitude, or out overlaps an input or is read-only; nothing
     *                                  is written then
     * @throws IllegalStateException    if another call of this plan is running, or memory is closed
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads out) {
        run(q, k, v, length, out, null);
    }

    /**
     * Computes attention and the natural logarithm of each row sum, {@code logSumExp_i = log sum_j exp(beta s_ij)}, which is minus
     * infinity for a query that sees no key, or {@code beta sink} if there are sinks. {@link PartialAttention} merges two results over
     * different keys by them.
     *
     * @param q         as in {@link #run(Heads, Heads, Heads, int, Heads)}
     * @param k         likewise
     * @param v         likewise
     * @param length    likewise
     * @param out       likewise
     * @param logSumExp {@code (B, H, N, 1)}, float32, or {@code (B, H, N, 2)}, whose second column receives what float32 loses of a
     *                  logarithm; every entry is written; or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, int, Heads)}; also if logSumExp overlaps an input or out
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads out, Heads logSumExp) {
        run(q, k, v, length, null, null, out, logSumExp);
    }

    /**
     * Computes attention with a bias, a mask or both, for a plan that was created with them. A bias of minus infinity, or below
     * {@code -1e12 / beta}, hides its pair.
     *
     * @param q         as in {@link #run(Heads, Heads, Heads, int, Heads)}
     * @param k         likewise
     * @param v         likewise
     * @param length    likewise
     * @param bias      {@code (B, H, N, M)} of any type, where B, H and N may be 1 to serve all, and N and M may be more than there are;
     *                  null for a plan without a bias
     * @param mask      likewise; null for a plan without a mask
     * @param out       as in {@link #run(Heads, Heads, Heads, int, Heads)}
     * @param logSumExp as in {@link #run(Heads, Heads, Heads, int, Heads, Heads)}, or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, int, Heads, Heads)}; also if a bias or mask is missing, was
     *                                  not planned for or overlaps an output, or a bias that neither mask nor window hides is NaN, plus
     *                                  infinity or above {@code 1e12 / beta}
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads bias, AttentionMask mask, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            call.run(TensorView.of(q), TensorView.of(k), TensorView.of(v), length, TensorView.of(bias), AttentionMask.viewOf(mask),
                    TensorView.of(out), TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }

    /**
     * Computes attention over cached sequences, with as many queries of each.
     *
     * @param q         queries {@code (B, H, N, d)} of any type, B the number of sequences
     * @param sequences the keys and values, up to the last query; at most as many sequences and tokens as the plan's shape has
     * @param out       {@code (B, H, N, C)}, float32; every entry is written; shares no entry with an input
     * @param logSumExp {@code (B, H, N, 1)} or {@code (B, H, N, 2)}, as in {@link #run(Heads, Heads, Heads, int, Heads, Heads)}; or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, int, Heads, Heads)}; also if a length is negative or more
     *                                  than the pages of its sequence or the plan hold, or a page does not exist
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, CachedSequences sequences, Heads out, Heads logSumExp) {
        run(q, null, null, sequences, null, null, out, logSumExp);
    }

    /**
     * Computes attention over cached sequences, each with its own number of queries.
     *
     * @param q            queries {@code (H, total, d)} of any type, those of all sequences one after the other
     * @param queryOffsets where the queries of each of the B sequences lie in q, none or up to the plan's number of queries
     * @param sequences    as in {@link #run(Heads, CachedSequences, Heads, Heads)}
     * @param out          {@code (H, total, C)}, float32; the rows of all sequences are written; shares no entry with an input
     * @param logSumExp    {@code (H, total, 1)} or {@code (H, total, 2)}, float32, or null
     * @throws IllegalArgumentException as in {@link #run(Heads, CachedSequences, Heads, Heads)}; also if offsets decrease or exceed
     *                                  {@code total}, or are not those of B sequences
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, SequenceOffsets queryOffsets, CachedSequences sequences, Heads out, Heads logSumExp) {
        Checks.given(queryOffsets, "the offsets of queries");
        run(q, queryOffsets, null, sequences, null, null, out, logSumExp);
    }

    /**
     * Computes attention over cached sequences with a common prefix, a bias, a mask, or several of these. Token t of a sequence is token t
     * of the prefix, or token {@code t - P} of its own behind the P tokens of the prefix. The keys and values of the prefix are read once
     * for all queries, and results over the prefix and over the tokens behind it are merged in float64.
     *
     * @param q            as in {@link #run(Heads, SequenceOffsets, CachedSequences, Heads, Heads)}; or, without offsets, as in
     *                     {@link #run(Heads, CachedSequences, Heads, Heads)}
     * @param queryOffsets likewise, or null
     * @param prefix       one sequence that stands before each of the others; null for none
     * @param sequences    the tokens behind the prefix; with it, a sequence has at most as many as the plan's shape
     * @param bias         {@code (B, H, N, M)} of any type, where B, H and N may be 1 to serve all. Row i is that of query i of a sequence
     *                     and column t that of its token t. N and M may be more than there are; null for a plan without a bias
     * @param mask         likewise; null for a plan without a mask
     * @param out          as q, with C components, float32
     * @param logSumExp    as q, with 1 or 2 components, float32, or null
     * @throws IllegalArgumentException as in {@link #run(Heads, SequenceOffsets, CachedSequences, Heads, Heads)} and
     *                                  {@link #run(Heads, Heads, Heads, int, Heads, AttentionMask, Heads, Heads)}
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, SequenceOffsets queryOffsets, CachedSequences prefix, CachedSequences sequences, Heads bias,
                    AttentionMask mask, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            call.run(TensorView.of(q), SequenceOffsets.viewOf(queryOffsets), CachedSequences.viewOf(prefix),
                    CachedSequences.viewOf(sequences), TensorView.of(bias), AttentionMask.viewOf(mask), TensorView.of(out),
                    TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }
}
