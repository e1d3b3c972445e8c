package dev.gatun.examples;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.CachedSequences;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.KeyValueCache;
import dev.gatun.attention.SequenceOffsets;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/** Attention of one layer of a causal decoder. Requests have slots, join and leave at any step, and share the pages of a cache. */
final class PagedDecoder {
    static final int PAGE = 16;                                    // tokens of a page
    private final CachedSequences sequences;                       // a sequence for each slot
    private final ArrayDeque<Integer> freePages = new ArrayDeque<>();
    private final int[] held;                                      // pages of each slot
    private final AttentionPlan prompts;
    private final DecodePlan tokens;

    // largest: slots, heads, key heads, tokens of a chunk of a prompt, tokens of a sequence, d, C.
    PagedDecoder(Arena arena, AttentionShape largest, int pages) {
        KeyValueCache cache = KeyValueCache.of(pages(arena, pages, largest.keyHeads(), largest.dimension()),
                pages(arena, pages, largest.keyHeads(), largest.valueDimension()));
        sequences = CachedSequences.allocate(arena, cache, (largest.keys() + PAGE - 1) / PAGE, largest.batch());
        held = new int[largest.batch()];
        prompts = AttentionPlan.of(largest, AttentionOptions.defaults().withCausalMask());
        tokens = DecodePlan.of(largest, AttentionOptions.defaults().withCausalMask());
        for (int page = 0; page < pages; page++) {
            freePages.add(page);
        }
    }

    private static Heads pages(Arena arena, int pages, int heads, int components) {
        long entries = (long) pages * heads * PAGE * components;
        return Heads.of(arena.allocate(2 * entries, 64), 0, ElementType.BFLOAT16, pages, heads, PAGE, components);
    }

    // A step of chunks of prompts: q (H, total, d), k (G, total, d), v (G, total, C), out (H, total, C); a slot may have no tokens.
    void prompts(Heads q, Heads k, Heads v, SequenceOffsets offsets, Heads out) {
        append(k, v, offsets);
        prompts.runRagged(q, offsets, sequences, out, null);
    }

    // A step of a new token, or of a few speculated ones, for each slot that generates.
    void tokens(Heads q, Heads k, Heads v, SequenceOffsets offsets, Heads out) {
        append(k, v, offsets);
        tokens.run(q, offsets, sequences, out, null);
    }

    private void append(Heads k, Heads v, SequenceOffsets offsets) {
        for (int s = 0; s < held.length; s++) {
            int length = sequences.length(s) + offsets.offset(s + 1) - offsets.offset(s);
            while (held[s] * PAGE < length) {
                sequences.setPage(s, held[s], freePages.remove()); // NoSuchElementException: the cache is full, a request has to wait
                held[s]++;
            }
        }
        sequences.append(k, v, offsets);
    }

    // Keeps the first tokens of a slot: all but those that were speculated in vain, or none when its request leaves.
    void shorten(int s, int length) {
        sequences.setLength(s, length);
        while ((held[s] - 1) * PAGE >= length) {
            held[s]--;
            freePages.add(sequences.page(s, held[s]));
        }
    }

    int freePages() {
        return freePages.size();
    }
}
