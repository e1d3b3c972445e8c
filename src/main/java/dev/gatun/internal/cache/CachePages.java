package dev.gatun.internal.cache;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.stored.PageRuns;
import dev.gatun.kernel.stored.StoredType;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a cache: tensors of keys {@code (P, G, T, d)}, and as many of values {@code (P, G, T, C)}. Page numbers go on from one
 * tensor to the next.
 */
public final class CachePages {

    private static final String KEYS = "the cache of keys";
    private static final String VALUES = "the cache of values";

    private final TensorView[] keys;
    private final TensorView[] values;
    private final PageRuns keyPages;
    private final PageRuns valuePages;

    /**
     * @throws IllegalArgumentException if keys and values differ in pages, heads or tokens, if the tensors of either differ in anything but
     *                                  the number of pages, or if there are {@code 2^31} pages or more
     */
    public CachePages(List<TensorView> keys, List<TensorView> values) {
        requireAlike(keys, "keys");
        requireAlike(values, "values");
        long pages = 0;
        for (int r = 0; r < keys.size(); r++) {
            TensorView ofKeys = keys.get(r);
            TensorView ofValues = values.get(r);
            if (ofKeys.batch() != ofValues.batch() || ofKeys.heads() != ofValues.heads() || ofKeys.rows() != ofValues.rows()) {
                throw new IllegalArgumentException("keys are %s and values %s; expected as many pages, heads and tokens"
                        .formatted(ofKeys, ofValues));
            }
            pages += ofKeys.batch();
        }
        if (pages > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s pages are too many; expected fewer than 2^31".formatted(pages));
        }
        this.keys = keys.toArray(TensorView[]::new);
        this.values = values.toArray(TensorView[]::new);
        this.keyPages = pages(keys);
        this.valuePages = pages(values);
    }

    private static void requireAlike(List<TensorView> tensors, String name) {
        TensorView first = tensors.getFirst();
        for (TensorView view : tensors) {
            if (view.heads() != first.heads() || view.rows() != first.rows() || view.columns() != first.columns()
                    || view.type() != first.type() || view.rowStride() != first.rowStride()) {
                throw new IllegalArgumentException("tensors of %s are %s and %s; expected them alike but for the number of pages"
                        .formatted(name, first, view));
            }
        }
    }

    private static PageRuns pages(List<TensorView> views) {
        List<PageRuns.Run> runs = new ArrayList<>();
        for (TensorView view : views) {
            long page = view.batch() == 1 ? 0 : view.start(view.heads()) - view.start(0);
            long head = view.heads() == 1 ? 0 : view.start(1) - view.start(0);
            runs.add(new PageRuns.Run(view.segment(), view.start(0), view.batch(), page, head));
        }
        return new PageRuns(runs, views.getFirst().rows(), views.getFirst().rowBytes());
    }

    /** The number of pages, P. */
    public int pages() {
        return keyPages.pages();
    }

    /** The number of tokens in a page, T. */
    public int pageTokens() {
        return keyPages.pageRows();
    }

    /** The number of heads of keys and values, G. */
    public int heads() {
        return keys[0].heads();
    }

    /** The number of components of a key, d. */
    public int dimension() {
        return keys[0].columns();
    }

    /** The number of components of a value, C. */
    public int valueDimension() {
        return values[0].columns();
    }

    /** The tensors of keys. */
    public TensorView[] keys() {
        return keys;
    }

    /** The tensors of values. */
    public TensorView[] values() {
        return values;
    }

    /** The places of keys. */
    public PageRuns keyPages() {
        return keyPages;
    }

    /** The places of values. */
    public PageRuns valuePages() {
        return valuePages;
    }

    public StoredType keyType() {
        return keys[0].type();
    }

    public StoredType valueType() {
        return values[0].type();
    }

    /** Checks that this thread may use all memory. */
    public void requireAccessible() {
        for (int r = 0; r < keys.length; r++) {
            Checks.accessible(keys[r].segment(), KEYS);
            Checks.accessible(values[r].segment(), VALUES);
        }
    }

    /** Checks that no two heads of any pages share an entry. */
    public void requireSeparate() {
        for (int r = 0; r < keys.length; r++) {
            Checks.separate(keys[r], KEYS);
            Checks.separate(values[r], VALUES);
            for (int other = 0; other < keys.length; other++) {
                Checks.distinct(keys[r], KEYS, values[other], VALUES);
                if (other < r) {
                    Checks.distinct(keys[r], KEYS, keys[other], KEYS);
                    Checks.distinct(values[r], VALUES, values[other], VALUES);
                }
            }
        }
    }

    /** Checks that {@code out} shares no entry with the cache. */
    public void requireApart(TensorView out, String name) {
        for (int r = 0; r < keys.length; r++) {
            Checks.distinct(out, name, keys[r], KEYS);
            Checks.distinct(out, name, values[r], VALUES);
        }
    }

    /** Checks that this thread may write to all memory, none of which is that of {@code k} or {@code v}. */
    public void requireWritable(TensorView k, TensorView v) {
        for (int r = 0; r < keys.length; r++) {
            requireWritable(keys[r], KEYS, k, v);
            requireWritable(values[r], VALUES, k, v);
        }
    }

    private static void requireWritable(TensorView run, String name, TensorView k, TensorView v) {
        if (run.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only");
        }
        Checks.distinct(run, name, k, "k");
        Checks.distinct(run, name, v, "v");
    }

    /** Whether every thread may use all memory. */
    public boolean openToAll() {
        boolean open = true;
        for (int r = 0; r < keys.length; r++) {
            open &= keys[r].openToAll() && values[r].openToAll();
        }
        return open;
    }

    @Override
    public String toString() {
        return "KeyValueCache[%s pages of %s tokens, %s heads of %s and %s, %s]".formatted(pages(), pageTokens(), heads(), dimension(),
                valueDimension(), keyType());
    }
}
