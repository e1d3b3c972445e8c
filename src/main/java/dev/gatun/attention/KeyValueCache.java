package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.cache.CachePages;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for the keys and values of many sequences, in pages: P pages of T tokens each, keys {@code (P, G, T, d)} and values
 * {@code (P, G, T, C)}, of float32, bfloat16, float16 or {@linkplain QuantisedHeads int8 with scales}. {@link CachedSequences} describe
 * which pages belong to which sequence.
 *
 * <p>A view of the caller's memory, which may be one tensor or several: pages are numbered from 0 on, from one tensor to the next. The
 * strides of the tensors give any layout, for instance the keys of a page beside its values.
 */
public final class KeyValueCache {

    private final CachePages pages;

    private KeyValueCache(CachePages pages) {
        this.pages = pages;
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
        Checks.given(keys, "the cache of keys");
        Checks.given(values, "the cache of values");
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
        return new KeyValueCache(new CachePages(views(keys, "keys"), List.of(), views(values, "values"), List.of()));
    }

    /**
     * A cache of int8 with scales.
     *
     * @param keys   {@code (P, G, T, d)}
     * @param values {@code (P, G, T, C)}
     * @return the cache
     * @throws IllegalArgumentException as in {@link #of(Heads, Heads)}
     */
    public static KeyValueCache of(QuantisedHeads keys, QuantisedHeads values) {
        Checks.given(keys, "the cache of keys");
        Checks.given(values, "the cache of values");
        return ofQuantised(List.of(keys), List.of(values));
    }

    /**
     * A cache of int8 with scales in several tensors: page numbers go on from one to the next.
     *
     * @param keys   tensors {@code (P, G, T, d)}, alike but for the number of pages
     * @param values tensors {@code (P, G, T, C)}, one for each tensor of keys
     * @return the cache
     * @throws IllegalArgumentException as in {@link #of(List, List)}
     */
    public static KeyValueCache ofQuantised(List<QuantisedHeads> keys, List<QuantisedHeads> values) {
        Checks.positive(keys.size(), "the number of tensors of keys");
        Checks.size(values.size(), keys.size(), "tensors of values");
        return new KeyValueCache(new CachePages(keys.stream().map(QuantisedHeads::entries).toList(),
                keys.stream().map(QuantisedHeads::scales).toList(), values.stream().map(QuantisedHeads::entries).toList(),
                values.stream().map(QuantisedHeads::scales).toList()));
    }

    private static List<TensorView> views(List<Heads> tensors, String name) {
        List<TensorView> views = new ArrayList<>();
        for (Heads heads : tensors) {
            Checks.given(heads, "a tensor of " + name);
            views.add(TensorView.of(heads));
        }
        return views;
    }

    /**
     * The number of pages.
     *
     * @return P, of all tensors together
     */
    public int pages() {
        return pages.pages();
    }

    /**
     * The number of tokens in a page.
     *
     * @return T
     */
    public int pageTokens() {
        return pages.pageTokens();
    }

    /**
     * The number of heads of keys and values.
     *
     * @return G
     */
    public int heads() {
        return pages.heads();
    }

    /**
     * The number of components of a key.
     *
     * @return d
     */
    public int dimension() {
        return pages.dimension();
    }

    /**
     * The number of components of a value.
     *
     * @return C
     */
    public int valueDimension() {
        return pages.valueDimension();
    }

    /** The view behind the cache. */
    CachePages view() {
        return pages;
    }

    @Override
    public String toString() {
        return pages.toString();
    }
}
