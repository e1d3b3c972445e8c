package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.cache.CacheAppend;
import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sequences whose keys and values lie in a {@link KeyValueCache}: a length for each, and a table of the pages that hold its tokens. Token t
 * of sequence s is in page {@code page(s, t / T)}, where it is token {@code t mod T}.
 *
 * <p>A view of ints in the native byte order, at any alignment, such as a scheduler keeps: each call reads the lengths and the pages of
 * these lengths anew. Entries of the table beyond the length of a sequence may hold anything. Sequences may share pages, for
 * instance those of a common beginning. The view owns nothing.
 */
public final class CachedSequences {

    /** Tokens of a page are a multiple of this number, and at least 16: kernels read blocks of 8 keys. */
    private static final int BLOCK = 8;

    private final KeyValueCache cache;
    private final CachedTokens tokens;
    private final CacheAppend append;

    private CachedSequences(KeyValueCache cache, View table, View lengths) {
        this.cache = cache;
        this.tokens = new CachedTokens(cache.view(), table, lengths);
        this.append = new CacheAppend(tokens);
    }

    /**
     * Sequences in pages.
     *
     * @param cache        holds the pages; T is a multiple of 8 and at least 16
     * @param table        memory of the page numbers, {@code (sequences, maxPages)}
     * @param tableStart   bytes from the start of that segment to the first page number
     * @param maxPages     the largest number of pages of a sequence
     * @param lengths      memory of a length for each sequence
     * @param lengthsStart bytes from the start of that segment to the first length
     * @param sequences    the number of sequences
     * @return a view
     * @throws IllegalArgumentException if a number is not positive, T is not as above, or table or lengths do not fit in their segments
     */
    public static CachedSequences of(KeyValueCache cache, MemorySegment table, long tableStart, int maxPages, MemorySegment lengths,
                                     long lengthsStart, int sequences) {
        Checks.given(cache, "the cache");
        Checks.given(table, "the segment of page numbers");
        Checks.given(lengths, "the segment of lengths");
        if (cache.pageTokens() < CachedTokens.MIN_PAGE_TOKENS || cache.pageTokens() % BLOCK != 0) {
            throw new IllegalArgumentException("pages have %s tokens; expected a multiple of %s from %s on"
                    .formatted(cache.pageTokens(), BLOCK, CachedTokens.MIN_PAGE_TOKENS));
        }
        return new CachedSequences(cache, CachedTokens.ints(table, tableStart, sequences, maxPages),
                CachedTokens.ints(lengths, lengthsStart, 1, sequences));
    }

    /**
     * Sequences in pages of the same cache, with new memory for the table and the lengths, all of them 0.
     *
     * @param arena     owns the memory of the table and the lengths
     * @param cache     as in {@link #of}
     * @param maxPages  the largest number of pages of a sequence
     * @param sequences the number of sequences
     * @return a view of all of the new memory
     * @throws IllegalArgumentException as in {@link #of}
     */
    public static CachedSequences allocate(Arena arena, KeyValueCache cache, int maxPages, int sequences) {
        Checks.positive(maxPages, "pages of a sequence");
        Checks.positive(sequences, "sequences");
        long bytes = Integer.BYTES * Checks.entries(sequences, maxPages);
        return of(cache, arena.allocate(bytes, Integer.BYTES), 0, maxPages,
                arena.allocate((long) Integer.BYTES * sequences, Integer.BYTES), 0, sequences);
    }

    /**
     * Sequences each of which has one page of its own, of any number of tokens: sequence s is page s.
     *
     * @param cache   a page for each sequence, for instance keys {@code (B, G, M, d)} and values {@code (B, G, M, C)}
     * @param lengths memory of a length for each sequence
     * @param start   bytes from the start of that segment to the first length
     * @return a view
     * @throws IllegalArgumentException if the lengths do not fit in the segment
     */
    public static CachedSequences contiguous(KeyValueCache cache, MemorySegment lengths, long start) {
        Checks.given(cache, "the cache");
        Checks.given(lengths, "the segment of lengths");
        return new CachedSequences(cache, null, CachedTokens.ints(lengths, start, 1, cache.pages()));
    }

    /**
     * The memory of keys and values.
     *
     * @return the cache that the view was created with
     */
    public KeyValueCache cache() {
        return cache;
    }

    /**
     * The number of sequences.
     *
     * @return B
     */
    public int sequences() {
        return tokens.sequences();
    }

    /**
     * The largest number of pages of a sequence.
     *
     * @return the columns of the table; 1 if each sequence has a page of its own
     */
    public int maxPages() {
        return tokens.maxPages();
    }

    /**
     * The number of tokens of a sequence.
     *
     * @param s 0 to {@code B - 1}
     * @return the length as it is in memory now
     * @throws IndexOutOfBoundsException if there is no such sequence
     * @throws IllegalStateException     if the memory is closed
     */
    public int length(int s) {
        Checks.index(s, sequences(), "sequence");
        return tokens.length(s);
    }

    /**
     * Sets the number of tokens of a sequence, for instance to 0 for a sequence that has ended.
     *
     * @param s      0 to {@code B - 1}
     * @param length 0 or more; calls check whether the sequence has as many
     * @throws IndexOutOfBoundsException if there is no such sequence
     * @throws IllegalArgumentException  if the length is negative
     */
    public void setLength(int s, int length) {
        Checks.index(s, sequences(), "sequence");
        if (length < 0) {
            throw new IllegalArgumentException("sequence %s must not have %s tokens".formatted(s, length));
        }
        tokens.setLength(s, length);
    }

    /**
     * A page of a sequence.
     *
     * @param s     0 to {@code B - 1}
     * @param index 0 to {@code maxPages() - 1}
     * @return the page number as it is in memory now; s if each sequence has a page of its own
     * @throws IndexOutOfBoundsException if there is no such sequence or place in the table
     * @throws IllegalStateException     if the memory is closed
     */
    public int page(int s, int index) {
        Checks.index(s, sequences(), "sequence");
        Checks.index(index, maxPages(), "page of a sequence");
        return tokens.page(s, index);
    }

    /**
     * Sets a page of a sequence.
     *
     * @param s     0 to {@code B - 1}
     * @param index 0 to {@code maxPages() - 1}
     * @param page  0 to {@code P - 1}
     * @throws IndexOutOfBoundsException     if there is no such sequence, place in the table or page
     * @throws UnsupportedOperationException if each sequence has a page of its own
     */
    public void setPage(int s, int index, int page) {
        Checks.index(s, sequences(), "sequence");
        Checks.index(index, maxPages(), "page of a sequence");
        Checks.index(page, cache.pages(), "page");
        if (!tokens.paged()) {
            throw new UnsupportedOperationException("each sequence has a page of its own");
        }
        tokens.setPage(s, index, page);
    }

    /**
     * Appends keys and values to sequences, in the type of the cache, and adds their number to the lengths, last of all. Entries are
     * rounded to the nearest number of the type, ties to even. The pages of the new tokens must be in the table.
     *
     * <p>Nothing may read these sequences meanwhile. A call allocates nothing once its code is compiled and the first has been made.
     *
     * @param k       keys {@code (G, total, d)} of any type, those of all sequences one after the other
     * @param v       values {@code (G, total, C)} of any type
     * @param offsets where the new tokens of each of the B sequences lie in k and v; there may be none
     * @throws IllegalArgumentException if a shape is not that of the cache, an offset decreases or exceeds {@code total}, an entry is not
     *                                  finite or overflows the type, a sequence has too few pages or one that does not exist, two new
     *                                  tokens would have the same place, k or v shares memory with the cache, or cache or lengths are
     *                                  read-only; nothing is written then
     * @throws IllegalStateException    if memory is closed, or another call appends to these sequences
     */
    public void append(Heads k, Heads v, SequenceOffsets offsets) {
        Checks.given(k, "k");
        Checks.given(v, "v");
        Checks.given(offsets, "the offsets of new tokens");
        append.run(TensorView.of(k), TensorView.of(v), SequenceOffsets.viewOf(offsets));
    }

    /** The view behind sequences; null for null. */
    static CachedTokens viewOf(CachedSequences sequences) {
        return sequences == null ? null : sequences.tokens;
    }

    @Override
    public String toString() {
        return tokens.toString();
    }
}
