package dev.gatun.internal.cache;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.stored.PageRuns;
import dev.gatun.kernel.stored.StoredType;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a cache: tensors of keys {@code (P, G, T, d)}, and as many of values {@code (P, G, T, C)}. Page numbers go on from one
 * tensor to the next. Tensors of int8 have scales, {@code (P, G, T, 1)}.
 */
public final class CachePages {

    /** What messages call keys and values. */
    public static final String KEYS = "the cache of keys";
    public static final String VALUES = "the cache of values";
    private static final String SCALES = "the scales of a cache";

    private final TensorView keys;
    private final TensorView values;
    private final PageRuns keyPages;
    private final PageRuns valuePages;
    private final PageRuns keyScales;
    private final PageRuns valueScales;
    private final List<TensorView> tensors = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    /**
     * @param keyScales   one for each tensor of keys if they are int8, else none
     * @param valueScales likewise
     * @throws IllegalArgumentException if keys and values differ in pages, heads or tokens, if the tensors of either differ in anything but
     *                                  the number of pages, or if there are {@code 2^31} pages or more
     */
    public CachePages(List<TensorView> keys, List<TensorView> keyScales, List<TensorView> values, List<TensorView> valueScales) {
        requireAlike(keys, "keys");
        requireAlike(values, "values");
        requireAlike(keyScales, "scales of keys");
        requireAlike(valueScales, "scales of values");
        requirePages(keys, values);
        this.keys = keys.getFirst();
        this.values = values.getFirst();
        this.keyPages = pages(keys);
        this.valuePages = pages(values);
        this.keyScales = pages(keyScales);
        this.valueScales = pages(valueScales);
        add(keys, KEYS);
        add(values, VALUES);
        add(keyScales, SCALES);
        add(valueScales, SCALES);
    }

    private void add(List<TensorView> views, String name) {
        for (TensorView view : views) {
            tensors.add(view);
            names.add(name);
        }
    }

    private static void requireAlike(List<TensorView> views, String name) {
        for (TensorView view : views) {
            TensorView first = views.getFirst();
            if (view.heads() != first.heads() || view.rows() != first.rows() || view.columns() != first.columns()
                    || view.type() != first.type() || view.rowStride() != first.rowStride()) {
                throw new IllegalArgumentException("tensors of %s are %s and %s; expected them alike but for the number of pages"
                        .formatted(name, first, view));
            }
        }
    }

    private static void requirePages(List<TensorView> keys, List<TensorView> values) {
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
    }

    private static PageRuns pages(List<TensorView> views) {
        if (views.isEmpty()) {
            return null;
        }
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
        return keys.heads();
    }

    /** The number of components of a key, d. */
    public int dimension() {
        return keys.columns();
    }

    /** The number of components of a value, C. */
    public int valueDimension() {
        return values.columns();
    }

    /** The type of keys. */
    public StoredType keyType() {
        return keys.type();
    }

    /** The type of values. */
    public StoredType valueType() {
        return values.type();
    }

    /** The places of keys. */
    public PageRuns keyPages() {
        return keyPages;
    }

    /** The places of values. */
    public PageRuns valuePages() {
        return valuePages;
    }

    /** The places of the scales of keys; null but for int8. */
    public PageRuns keyScales() {
        return keyScales;
    }

    /** The places of the scales of values; null but for int8. */
    public PageRuns valueScales() {
        return valueScales;
    }

    /** Checks that this thread may use all memory. */
    void requireAccessible() {
        for (int r = 0; r < tensors.size(); r++) {
            Checks.accessible(tensors.get(r).segment(), names.get(r));
        }
    }

    /** Checks that no two heads of any pages share an entry. */
    void requireSeparate() {
        for (int r = 0; r < tensors.size(); r++) {
            Checks.separate(tensors.get(r), names.get(r));
            for (int other = 0; other < r; other++) {
                Checks.distinct(tensors.get(other), names.get(other), tensors.get(r), names.get(r));
            }
        }
    }

    /** Checks that {@code out} shares no entry with the cache. */
    void requireApart(TensorView out, String name) {
        for (int r = 0; r < tensors.size(); r++) {
            Checks.distinct(out, name, tensors.get(r), names.get(r));
        }
    }

    /** Checks that this thread may write to all memory, none of which is that of {@code k} or {@code v}. */
    void requireWritable(TensorView k, TensorView v) {
        for (int r = 0; r < tensors.size(); r++) {
            if (tensors.get(r).segment().isReadOnly()) {
                throw new IllegalArgumentException(names.get(r) + " is read-only");
            }
            Checks.distinct(tensors.get(r), names.get(r), k, "k");
            Checks.distinct(tensors.get(r), names.get(r), v, "v");
        }
    }

    /** Whether every thread may use all memory. */
    boolean openToAll() {
        boolean open = true;
        for (int r = 0; r < tensors.size(); r++) {
            open &= tensors.get(r).openToAll();
        }
        return open;
    }

    @Override
    public String toString() {
        return "KeyValueCache[%s pages of %s tokens, %s heads of %s and %s, %s]".formatted(pages(), pageTokens(), heads(), dimension(),
                valueDimension(), keyType());
    }
}
