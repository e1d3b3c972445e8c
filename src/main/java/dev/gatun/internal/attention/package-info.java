/**
 * Calls of plans of attention: the sizes and options of a plan, the tensors of a call and their checks, and the steps that pack, compute
 * and write. {@link dev.gatun.internal.attention.AttentionCall} takes a batch,
 * {@link dev.gatun.internal.attention.RaggedCall} sequences of any lengths, whose keys and values may lie in the pages of a cache.
 */
package dev.gatun.internal.attention;
