package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;

/**
 * Attention of a few queries over a long cache of keys and values, {@code out = softmax_j(beta s_ij) V} with
 * {@code s_ij = scale <q_i, k_j>}, as a server computes it for each new token. A plan is created once for a shape and runs on other
 * memory and another length of the cache at each call.
 *
 * <p>Keys and values are read in place, as float32, bfloat16 or float16, and once for all queries that share them. With one query a
 * call on a float32 cache takes little longer than reading the cache from memory. Entries of bfloat16 and float16 are widened to
 * float32, a few rows at a time, and computed with as float32.
 *
 * <p>The keys are split into pieces of 256. The results of the pieces are merged by the logarithms of their sums. Results depend
 * neither on the number of workers, nor on alignment, offset and strides, nor on the width of the vectors. Inner products are summed
 * in float32 where that is accurate enough and in float64 elsewhere.
 *
 * <p>The plan owns its scratch memory, of the order of {@code B H N (C M / 256 + 3 d)} floats. The memory of the caller is used during
 * a call only: the plan keeps no reference to it after the call. Workers take part where every thread may read the keys and values;
 * where their arena is confined, the calling thread does all of the work.
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
        this.call = new DecodeCall(shape, options);
    }

    /**
     * Creates a plan.
     *
     * @param shape   {@code queries} is the number of new tokens in a call, {@code keys} the number of tokens that the cache can hold
     * @param options scale, inverse temperature, causal mask, sliding window, distance slopes of either kind and workers
     * @return the plan
     * @throws IllegalArgumentException if the options have a soft cap, sinks, a bias or a mask, if the number of slopes is not the
     *                                  number of heads, or if scratch needs more entries than an array has
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     * @throws OutOfMemoryError         if there is not enough memory for the plan; the message names the plan
     */
    public static DecodePlan of(AttentionShape shape, AttentionOptions options) {
        VectorApi.require();
        requirePackable(shape);
        if (options.beyondDecoding()) {
            throw new IllegalArgumentException(
                    "plans of decoding take no soft cap, sinks, bias or mask: use options without them");
        }
        return Allocation.of(() -> new DecodePlan(shape, options), "a plan of decoding, " + shape);
    }

    /** Keys and values are read in place, so a head of the cache may have more entries than an array. */
    private static void requirePackable(AttentionShape shape) {
        Checks.packable(shape.batch(), shape.heads(), "the number of heads");
        long together = (long) shape.headsPerKeyHead() * shape.queries();
        Checks.packable(together, Math.max(shape.dimension(), shape.valueDimension()), "the queries that share a head of keys");
        long slots = (long) shape.batch() * shape.keyHeads() * DecodeCall.pieces(shape.keys());
        Checks.packable(slots, together, "the pieces of all heads");
        Checks.packable(slots * together, shape.valueDimension(), "the results of all pieces");
    }

    /**
     * The shape of every call.
     *
     * @return the shape that the plan was created for
     */
    public AttentionShape shape() {
        return shape;
    }

    /**
     * Computes {@code out = softmax_j(beta s_ij) v} over the first {@code length} keys. The row of a query that sees no key is zero.
     * Query i is token {@code i + length - N}: the causal mask hides later keys from it, and windows and distances are relative to
     * that position.
     *
     * @param q      queries {@code (B, H, N, d)}, float32
     * @param k      keys {@code (B, G, M, d)} of any type, M the number of keys of the plan's shape
     * @param v      values {@code (B, G, M, C)} of any type
     * @param length the number of keys and values in the cache, 1 to M; entries beyond are not read
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
     * infinity for a query that sees no key. {@link PartialAttention} merges two results over different keys by them.
     *
     * @param q         as in {@link #run(Heads, Heads, Heads, int, Heads)}
     * @param k         likewise
     * @param v         likewise
     * @param length    likewise
     * @param out       likewise
     * @param logSumExp {@code (B, H, N, 1)}, float32; every entry is written; or null
     * @throws IllegalArgumentException as in {@link #run(Heads, Heads, Heads, int, Heads)}; also if logSumExp overlaps an input or out
     * @throws IllegalStateException    likewise
     */
    public void run(Heads q, Heads k, Heads v, int length, Heads out, Heads logSumExp) {
        guard.enter();
        try {
            call.run(TensorView.of(q), TensorView.of(k), TensorView.of(v), length, TensorView.of(out), TensorView.of(logSumExp));
        } finally {
            call.release();
            guard.leave();
        }
    }
}
