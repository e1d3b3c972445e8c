package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.pack.StoredType;
import dev.gatun.kernel.stored.PageRuns;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for the keys and values of many sequences, in pages: P pages of T tokens each, keys {@code (P, G, T, d)} and values
 * {@code (P, G, T, C)}, of float32, bfloat16 or float16. Which pages belong to which sequence is described by {@link CachedSequences}.
 *
 * <p>A view of the caller's memory, which may be one tensor or several: pages are numbered from 0 on, from one tensor to the next. The
 * strides of the tensors give any layout, for instance the keys of a page beside its values.
 */
public final class KeyValueCache {

    private static final String KEYS = "the cache of keys";
    private static final String VALUES = "the cache of values";

    private final TensorView[] keys;
    private final TensorView[] values;
    private final PageRuns keyPages;
    private final PageRuns valuePages;

    private KeyValueCache(List<TensorView> keys, List<TensorView> values) {
        this.keys = keys.toArray(TensorView[]::new);
        this.values = values.toArray(TensorView[]::new);
        this.keyPages = pages(keys);
        this.valuePages = pages(values);
    }

    /**
     * A cache in one tensor of keys and one of values.
     *
     * @param keys   {@code (P, G, T, d)} of any type
     * @param values {@code (P, G, T, C)} of any type
     * @return the cache
     * @throws IllegalArgumentException if there are not as many pages, heads or tokens of keys as of values
     */
    public static KeyValueCache of(Heads keys, Heads values) {
        Checks.given(keys, KEYS);
        Checks.given(values, VALUES);
        return of(List.of(keys), List.of(values));
    }

    /**
     * A cache in several tensors: page numbers go on from one to the next.
     *
     * @param keys   tensors {@code (P, G, T, d)}, alike but for the number of pages
     * @param values tensors {@code (P, G, T, C)}, one for each tensor of keys
     * @return the cache
     * @throws IllegalArgumentException if there is no tensor; if there are not as many pages, heads or tokens of keys as of values; if the
     *                                  tensors differ in heads, tokens, components, type or the stride of rows; or if there are
     *                                  {@code 2^31} pages or more
     */
    public static KeyValueCache of(List<Heads> keys, List<Heads> values) {
        Checks.positive(keys.size(), "the number of tensors of keys");
        Checks.size(values.size(), keys.size(), "tensors of values");
        List<TensorView> keyViews = alike(keys, "keys");
        List<TensorView> valueViews = alike(values, "values");
        long pages = 0;
        for (int r = 0; r < keys.size(); r++) {
            TensorView ofKeys = keyViews.get(r);
            TensorView ofValues = valueViews.get(r);
            if (ofKeys.batch() != ofValues.batch() || ofKeys.heads() != ofValues.heads() || ofKeys.rows() != ofValues.rows()) {
                throw new IllegalArgumentException("keys are %s and values %s; expected as many pages, heads and tokens"
                        .formatted(ofKeys, ofValues));
            }
            pages += ofKeys.batch();
        }
        if (pages > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s pages are too many; expected fewer than 2^31".formatted(pages));
        }
        return new KeyValueCache(keyViews, valueViews);
    }

    private static List<TensorView> alike(List<Heads> tensors, String name) {
        List<TensorView> views = new ArrayList<>();
        for (Heads heads : tensors) {
            Checks.given(heads, "a tensor of " + name);
            TensorView view = TensorView.of(heads);
            TensorView first = views.isEmpty() ? view : views.getFirst();
            if (view.heads() != first.heads() || view.rows() != first.rows() || view.columns() != first.columns()
                    || view.type() != first.type() || view.rowStride() != first.rowStride()) {
                throw new IllegalArgumentException("tensors of %s are %s and %s; expected them alike but for the number of pages"
                        .formatted(name, first, view));
            }
            views.add(view);
        }
        return views;
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

    /**
     * The number of pages.
     *
     * @return P, of all tensors together
     */
    public int pages() {
        return keyPages.pages();
    }

    /**
     * The number of tokens in a page.
     *
     * @return T
     */
    public int pageTokens() {
        return keyPages.pageRows();
    }

    /**
     * The number of heads of keys and values.
     *
     * @return G
     */
    public int heads() {
        return keys[0].heads();
    }

    /**
     * The number of components of a key.
     *
     * @return d
     */
    public int dimension() {
        return keys[0].columns();
    }

    /**
     * The number of components of a value.
     *
     * @return C
     */
    public int valueDimension() {
        return values[0].columns();
    }

    /** The tensors of keys. */
    TensorView[] keys() {
        return keys;
    }

    /** The tensors of values. */
    TensorView[] values() {
        return values;
    }

    /** The places of keys. */
    PageRuns keyPages() {
        return keyPages;
    }

    /** The places of values. */
    PageRuns valuePages() {
        return valuePages;
    }

    StoredType keyType() {
        return keys[0].type();
    }

    StoredType valueType() {
        return values[0].type();
    }

    /** Checks that this thread may use all memory. */
    void requireAccessible() {
        for (int r = 0; r < keys.length; r++) {
            Checks.accessible(keys[r].segment(), KEYS);
            Checks.accessible(values[r].segment(), VALUES);
        }
    }

    /** Checks that no two heads of any pages share an entry. */
    void requireSeparate() {
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
    void requireApart(TensorView out, String name) {
        for (int r = 0; r < keys.length; r++) {
            Checks.distinct(out, name, keys[r], KEYS);
            Checks.distinct(out, name, values[r], VALUES);
        }
    }

    /** Checks that this thread may write to all memory, none of which is that of {@code k} or {@code v}. */
    void requireWritable(TensorView k, TensorView v) {
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
    boolean openToAll() {
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
