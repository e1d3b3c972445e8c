package dev.gatun.attention;

import dev.gatun.internal.attention.Sizes;
import dev.gatun.internal.view.Checks;

/**
 * The largest sizes of a call of attention, for which a plan allocates its memory. A call may have fewer batch entries, queries or keys;
 * heads and components are the same in every call.
 *
 * @param batch           batch entries, or sequences of a ragged batch, B
 * @param heads           heads of queries in a batch entry, H
 * @param keyHeads        heads of keys and values in a batch entry, G; divides H, and {@code H / G} consecutive heads of queries share
 *                        a head of keys
 * @param queries         queries of a head, N
 * @param keys            keys and values of a head, M
 * @param dimension       components of a query and of a key, d
 * @param valueDimension  components of a value, C
 */
public record AttentionShape(int batch, int heads, int keyHeads, int queries, int keys, int dimension,
                             int valueDimension) {

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if a size is not positive, or {@code keyHeads} does not divide {@code heads}
     */
    public AttentionShape {
        Checks.positive(batch, "batch");
        Checks.positive(heads, "heads");
        Checks.positive(keyHeads, "key heads");
        Checks.positive(queries, "queries");
        Checks.positive(keys, "keys");
        Checks.positive(dimension, "dimension");
        Checks.positive(valueDimension, "value dimension");
        if (heads % keyHeads != 0) {
            throw new IllegalArgumentException("%s key heads do not divide %s heads".formatted(keyHeads, heads));
        }
    }

    /**
     * The shape of self-attention of one text of up to {@code tokens} tokens: {@code B = 1}, {@code G = H}, {@code M = N} and
     * {@code C = d}.
     *
     * @param heads     heads, H
     * @param tokens    tokens, at most, N
     * @param dimension components of a query, a key and a value, d
     * @return the shape
     * @throws IllegalArgumentException if a size is not positive
     */
    public static AttentionShape of(int heads, int tokens, int dimension) {
        return new AttentionShape(1, heads, heads, tokens, tokens, dimension, dimension);
    }

    /** The sizes as the internals know them. */
    Sizes sizes() {
        return new Sizes(batch, heads, keyHeads, queries, keys, dimension, valueDimension);
    }
}
