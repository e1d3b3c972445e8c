package dev.gatun.internal.cache;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.stored.PageRuns;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;

/**
 * The lengths and pages of the sequences of a call: a checked copy, to which a change of the caller's memory does no harm. The keys and
 * values of a sequence are those of one head of a tensor, or lie in pages.
 */
public final class SequencePages {

    private final int maxLength;
    private final int[] lengths;
    private final int[] firstPages;
    private final int[] pages;
    private int count;
    private TensorView k;
    private TensorView v;
    private CachedTokens sequences;

    /**
     * Memory for a copy.
     *
     * @param maxCount  the largest number of sequences
     * @param maxLength the largest number of tokens of each
     */
    public SequencePages(int maxCount, int maxLength) {
        this.maxLength = maxLength;
        this.lengths = new int[maxCount];
        this.firstPages = new int[maxCount];
        this.pages = new int[ArrayLength.of(maxCount, (maxLength - 1) / CachedTokens.MIN_PAGE_TOKENS + 1L)];
    }

    /** Takes no sequences. */
    public void takeNone() {
        count = 0;
    }

    /** Takes the first {@code length} keys and values of each batch entry of two tensors. */
    public void take(TensorView newK, TensorView newV, int length) {
        k = newK;
        v = newV;
        sequences = null;
        count = newK.batch();
        for (int s = 0; s < count; s++) {
            lengths[s] = length;
        }
    }

    /**
     * Takes sequences.
     *
     * @param name of a sequence, for a message
     * @throws IllegalArgumentException if there are too many, a length is negative or too large, or a page does not exist
     */
    public void take(CachedTokens newSequences, int heads, int dimension, int valueDimension, String name) {
        CachePages cache = newSequences.cache();
        if (cache.heads() != heads || cache.dimension() != dimension
                || cache.valueDimension() != valueDimension) {
            throw new IllegalArgumentException("the cache is %s; the plan was made for %s heads of %s and %s"
                    .formatted(cache, heads, dimension, valueDimension));
        }
        if (newSequences.sequences() > lengths.length) {
            throw new IllegalArgumentException("there are %s sequences; expected at most %s".formatted(newSequences.sequences(),
                    lengths.length));
        }
        newSequences.requireAccessible();
        cache.requireAccessible();
        newSequences.copyLengths(lengths);
        int at = 0;
        for (int s = 0; s < newSequences.sequences(); s++) {
            newSequences.requireRoom(s, lengths[s], name);
            if (lengths[s] > maxLength) {
                throw new IllegalArgumentException("%s %s has %s tokens; the plan was made for at most %s"
                        .formatted(name, s, lengths[s], maxLength));
            }
            firstPages[s] = at;
            int end = lengths[s] == 0 ? 0 : (lengths[s] - 1) / cache.pageTokens() + 1;
            newSequences.copyPages(s, 0, end, pages, at);
            at += end;
        }
        count = newSequences.sequences();
        sequences = newSequences;
        k = null;
        v = null;
    }

    /** Drops every reference to the memory of the call. */
    public void release() {
        k = null;
        v = null;
        sequences = null;
        count = 0;
    }

    /** The number of sequences. */
    public int count() {
        return count;
    }

    /** The number of tokens of a sequence. */
    public int length(int s) {
        return lengths[s];
    }

    /** Binds the keys of a sequence, of one head. */
    public void bindKeys(int s, int head, StoredRows rows) {
        if (sequences == null) {
            k.bind(s * k.heads() + head, rows);
        } else {
            CachePages cache = sequences.cache();
            bind(cache.keyType(), cache.keyPages(), cache.keyScales(), s, head, rows);
        }
    }

    /** Binds the values of a sequence, of one head. */
    public void bindValues(int s, int head, StoredRows rows) {
        if (sequences == null) {
            v.bind(s * v.heads() + head, rows);
        } else {
            CachePages cache = sequences.cache();
            bind(cache.valueType(), cache.valuePages(), cache.valueScales(), s, head, rows);
        }
    }

    private void bind(StoredType type, PageRuns runs, PageRuns scales, int s, int head, StoredRows rows) {
        if (sequences.paged()) {
            rows.bindPages(type, runs, head, pages, firstPages[s]);
            if (scales != null) {
                rows.bindScales(scales);
            }
        } else {
            rows.bind(type, runs.memory(s), runs.start(s, head), runs.rowBytes());
            if (scales != null) {
                rows.bindScales(scales.memory(s), scales.start(s, head), scales.rowBytes());
            }
        }
    }

    /** Checks that {@code out} shares no entry with keys, values, lengths or pages. */
    public void requireApart(TensorView out, String name) {
        if (sequences != null) {
            sequences.requireApart(out, name);
        } else if (k != null) {
            Checks.distinct(out, name, k, "k");
            Checks.distinct(out, name, v, "v");
        }
    }

    /** Whether every thread may use the keys and values. */
    public boolean openToAll() {
        return sequences != null ? sequences.cache().openToAll() : k == null || k.openToAll() && v.openToAll();
    }

    /** Whether there are several sequences with keys of their own in a tensor, rather than in a cache. */
    public boolean inTensors() {
        return sequences == null;
    }
}
