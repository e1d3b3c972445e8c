package dev.gatun.internal.cache;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Sequences whose tokens lie in {@link CachePages}: a length for each, and a table of pages, which are ints of the caller's memory.
 *
 * <p>Token t of sequence s is in page {@code page(s, t / T)}, where it is token {@code t mod T}.
 */
public final class CachedTokens {

    /** The least number of tokens of a page in a table. */
    public static final int MIN_PAGE_TOKENS = 16;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private final CachePages cache;
    private final View table;
    private final View lengths;

    /**
     * @param table   {@code (B, most pages)}; null if each sequence has the page of its own number
     * @param lengths one row of B
     */
    public CachedTokens(CachePages cache, View table, View lengths) {
        this.cache = cache;
        this.table = table;
        this.lengths = lengths;
    }

    /** A view of ints, row after row. */
    public static View ints(MemorySegment segment, long start, int rows, int columns) {
        return new View(segment, start, Integer.BYTES, new int[0], rows, columns, 0, 0, columns);
    }

    /** The pages. */
    public CachePages cache() {
        return cache;
    }

    /** The number of sequences, B. */
    public int sequences() {
        return lengths.columns();
    }

    /** The largest number of pages of a sequence. */
    public int maxPages() {
        return table == null ? 1 : table.columns();
    }

    /** The number of tokens of a sequence, as it is in memory now. */
    public int length(int s) {
        return lengths.segment().get(INT, lengths.begin() + (long) s * Integer.BYTES);
    }

    /** Sets the number of tokens of a sequence. */
    public void setLength(int s, int length) {
        lengths.segment().set(INT, lengths.begin() + (long) s * Integer.BYTES, length);
    }

    /** A page of a sequence, as it is in memory now. */
    public int page(int s, int index) {
        return table == null ? s : table.segment().get(INT, place(s, index));
    }

    /** Sets a page of a sequence that has a table. */
    public void setPage(int s, int index, int page) {
        table.segment().set(INT, place(s, index), page);
    }

    private long place(int s, int index) {
        return table.begin() + ((long) s * table.columns() + index) * Integer.BYTES;
    }

    /** Whether there is a table of pages. */
    public boolean paged() {
        return table != null;
    }

    /** The memory of the lengths. */
    public View lengthView() {
        return lengths;
    }

    /** Copies the lengths of all sequences. */
    public void copyLengths(int[] to) {
        Checks.accessible(lengths.segment(), "the lengths of sequences");
        MemorySegment.copy(lengths.segment(), INT, lengths.begin(), to, 0, sequences());
    }

    /** Sets the lengths of all sequences. */
    public void setLengths(int[] from) {
        MemorySegment.copy(from, 0, lengths.segment(), INT, lengths.begin(), sequences());
    }

    /**
     * Copies the pages {@code first .. end - 1} of a sequence, and checks their numbers.
     *
     * @throws IllegalArgumentException if a page does not exist
     */
    public void copyPages(int s, int first, int end, int[] to, int at) {
        if (first >= end) {
            return;
        }
        if (table == null) {
            to[at] = s;
            return;
        }
        MemorySegment.copy(table.segment(), INT, place(s, first), to, at, end - first);
        for (int i = first; i < end; i++) {
            int page = to[at + i - first];
            if (page < 0 || page >= cache.pages()) {
                throw new IllegalArgumentException("page %s of sequence %s is %s; the cache has pages 0 to %s"
                        .formatted(i, s, page, cache.pages() - 1));
            }
        }
    }

    /**
     * Checks that a sequence has room for {@code length} tokens.
     *
     * @throws IllegalArgumentException if it has not
     */
    public void requireRoom(int s, long length, String name) {
        long room = (long) maxPages() * cache.pageTokens();
        if (length < 0 || length > room) {
            throw new IllegalArgumentException("%s %s has %s tokens; its pages hold 0 to %s".formatted(name, s, length, room));
        }
    }

    /** Checks that this thread may use the memory of the table and the lengths. */
    public void requireAccessible() {
        Checks.accessible(lengths.segment(), "the lengths of sequences");
        if (table != null) {
            Checks.accessible(table.segment(), "the table of pages");
        }
    }

    /** Checks that {@code out} shares no entry with the table, the lengths or the cache. */
    public void requireApart(TensorView out, String name) {
        cache.requireApart(out, name);
        Checks.distinct(out, name, lengths, "the lengths of sequences");
        if (table != null) {
            Checks.distinct(out, name, table, "the table of pages");
        }
    }

    @Override
    public String toString() {
        return "CachedSequences[%s sequences of up to %s pages in %s]".formatted(sequences(), maxPages(), cache);
    }
}
