/**
 * Attention for servers: plans that are made once for a shape, own all of their scratch memory and allocate nothing when they run.
 *
 * <p>{@link dev.gatun.attention.AttentionPlan} computes all queries of a text against all keys,
 * {@link dev.gatun.attention.DecodePlan} a few new queries against a cache, and {@link dev.gatun.attention.PartialAttention} merges
 * results over parts of the keys. {@link dev.gatun.attention.AttentionShape} and
 * {@link dev.gatun.attention.AttentionOptions} say what a plan is made for. Entries are float32, float16 or bfloat16; results are
 * float32.
 */
package dev.gatun.attention;
