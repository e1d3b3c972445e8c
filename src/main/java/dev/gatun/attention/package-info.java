/**
 * Attention for servers: plans that are created once for the largest sizes of their calls, own their scratch memory, and allocate nothing
 * when they run on the calling thread alone.
 *
 * <p>{@link dev.gatun.attention.AttentionPlan} computes all queries of a text against all keys, and
 * {@link dev.gatun.attention.DecodePlan} a few new queries against a cache of keys and values.
 * {@link dev.gatun.attention.PartialAttention} merges results over parts of the keys. A plan is described by an
 * {@link dev.gatun.attention.AttentionShape} and {@link dev.gatun.attention.AttentionOptions}, and may take an
 * {@link dev.gatun.attention.AttentionMask} at each call. The sequences of a server lie in the pages of a
 * {@link dev.gatun.attention.KeyValueCache}, as {@link dev.gatun.attention.CachedSequences}.
 * {@link dev.gatun.attention.SequenceOffsets} say where the sequences of a ragged batch lie.
 *
 * <p>Queries, keys, values and biases are float32, float16 or bfloat16; results are float32. Biases, slopes and sinks are in the units
 * of the scores. Logarithms of row sums are natural.
 *
 * {@snippet :
 * AttentionShape shape = new AttentionShape(1, 12, 4, 512, 512, 64, 64);    // B, H, G, N, M, d, C
 * AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
 * plan.run(q, k, v, out, logSumExp);
 * }
 *
 * <p>A server keeps the keys and values of all requests in the pages of one cache. In each step it appends the new tokens of the requests
 * that take part, and computes their attention. This is one layer of a causal decoder:
 *
 * {@snippet :
 * final class PagedDecoder {
 *     static final int PAGE = 16;                                    // tokens of a page
 *     private final CachedSequences sequences;                       // a sequence for each slot
 *     private final ArrayDeque<Integer> freePages = new ArrayDeque<>();
 *     private final int[] held;                                      // pages of each slot
 *     private final AttentionPlan prompts;
 *     private final DecodePlan tokens;
 *
 *     // largest: slots, heads, key heads, tokens of a chunk of a prompt, tokens of a sequence, d, C.
 *     PagedDecoder(Arena arena, AttentionShape largest, int pages) {
 *         KeyValueCache cache = KeyValueCache.of(pages(arena, pages, largest.keyHeads(), largest.dimension()),
 *                 pages(arena, pages, largest.keyHeads(), largest.valueDimension()));
 *         sequences = CachedSequences.allocate(arena, cache, (largest.keys() + PAGE - 1) / PAGE, largest.batch());
 *         held = new int[largest.batch()];
 *         prompts = AttentionPlan.of(largest, AttentionOptions.defaults().withCausalMask());
 *         tokens = DecodePlan.of(largest, AttentionOptions.defaults().withCausalMask());
 *         for (int page = 0; page < pages; page++) {
 *             freePages.add(page);
 *         }
 *     }
 *
 *     private static Heads pages(Arena arena, int pages, int heads, int components) {
 *         long entries = (long) pages * heads * PAGE * components;
 *         return Heads.of(arena.allocate(2 * entries, 64), 0, ElementType.BFLOAT16, pages, heads, PAGE, components);
 *     }
 *
 *     // A step of chunks of prompts: q (H, total, d), k (G, total, d), v (G, total, C), out (H, total, C); a slot may have no tokens.
 *     void prompts(Heads q, Heads k, Heads v, SequenceOffsets offsets, Heads out) {
 *         append(k, v, offsets);
 *         prompts.runRagged(q, offsets, sequences, out, null);
 *     }
 *
 *     // A step of a new token, or of a few speculated ones, for each slot that generates.
 *     void tokens(Heads q, Heads k, Heads v, SequenceOffsets offsets, Heads out) {
 *         append(k, v, offsets);
 *         tokens.run(q, offsets, sequences, out, null);
 *     }
 *
 *     private void append(Heads k, Heads v, SequenceOffsets offsets) {
 *         for (int s = 0; s < held.length; s++) {
 *             int length = sequences.length(s) + offsets.offset(s + 1) - offsets.offset(s);
 *             while (held[s] * PAGE < length) {
 *                 sequences.setPage(s, held[s], freePages.remove()); // NoSuchElementException: the cache is full, a request has to wait
 *                 held[s]++;
 *             }
 *         }
 *         sequences.append(k, v, offsets);
 *     }
 *
 *     // Keeps the first tokens of a slot: all but those that were speculated in vain, or none when its request leaves.
 *     void shorten(int s, int length) {
 *         sequences.setLength(s, length);
 *         while ((held[s] - 1) * PAGE >= length) {
 *             held[s]--;
 *             freePages.add(sequences.page(s, held[s]));
 *         }
 *     }
 *
 *     int freePages() {
 *         return freePages.size();
 *     }
 * }
 * }
 */
package dev.gatun.attention;
