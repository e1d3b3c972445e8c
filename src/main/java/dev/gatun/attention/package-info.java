/**
 * Attention for servers: plans that are created once for the largest sizes of their calls, own their scratch memory, and allocate nothing
 * when they run on the calling thread alone.
 *
 * <p>{@link dev.gatun.attention.AttentionPlan} computes all queries of a text against all keys, and
 * {@link dev.gatun.attention.DecodePlan} a few new queries against a cache of keys and values.
 * {@link dev.gatun.attention.PartialAttention} merges results over parts of the keys. A plan is described by an
 * {@link dev.gatun.attention.AttentionShape} and {@link dev.gatun.attention.AttentionOptions}, and may take an
 * {@link dev.gatun.attention.AttentionMask} at each call. The sequences of a server lie in the pages of a
 * {@link dev.gatun.attention.KeyValueCache}, as {@link dev.gatun.attention.CachedSequences}. {@link dev.gatun.attention.SequenceOffsets} say where the sequences of a
 * ragged batch lie.
 *
 * <p>Queries, keys, values and biases are float32, float16 or bfloat16; results are float32. Biases, slopes and sinks are in the units
 * of the scores. Logarithms of row sums are natural.
 *
 * {@snippet :
 * AttentionShape shape = new AttentionShape(1, 12, 4, 512, 512, 64, 64);    // B, H, G, N, M, d, C
 * AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
 * plan.run(q, k, v, out, logSumExp);
 * }
 */
package dev.gatun.attention;
