package dev.gatun;

/**
 * The sizes of a call of attention, for all of which a plan makes room.
 *
 * @param batch           batch entries
 * @param heads           heads of queries a batch entry
 * @param keyHeads        heads of keys and values a batch entry; divides {@code heads}
 * @param queries         tokens that ask, N
 * @param keys            tokens that are asked, M
 * @param dimension       components of a query and of a key, d
 * @param valueDimension  components of a value, C
 */
public record AttentionShape(int batch, int heads, int keyHeads, int queries, int keys, int dimension,
                             int valueDimension) {

    /** Checks that sizes are positive and heads of keys divide heads of queries. */
    public AttentionShape {
        Checks.positive(batch, "batch");
        Checks.positive(heads, "heads");
        Checks.positive(keyHeads, "key heads");
        Checks.positive(queries, "queries");
        Checks.positive(keys, "keys");
        Checks.positive(dimension, "dimension");
        Checks.positive(valueDimension, "value dimension");
        if (heads % keyHeads != 0) {
            throw new IllegalArgumentException("%d key heads do not divide %d heads".formatted(keyHeads, heads));
        }
    }

    /** Self-attention: as many keys as queries, as many heads of each, values as wide as keys. */
    public static AttentionShape of(int heads, int tokens, int dimension) {
        return new AttentionShape(1, heads, heads, tokens, tokens, dimension, dimension);
    }

    /** All heads of queries. */
    int count() {
        return batch * heads;
    }

    /** The head of keys that goes with query head {@code index}. */
    int keyIndex(int index) {
        return index / heads * keyHeads + index % heads / (heads / keyHeads);
    }
}
