package dev.gatun.internal.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.View;

/**
 * The largest sizes of a call of a plan.
 *
 * @param batch          sequences, B
 * @param heads          heads of queries of a sequence, H
 * @param keyHeads       heads of keys and values of a sequence, G, which divides H
 * @param queries        queries of a head, N
 * @param keys           keys and values of a head, M
 * @param dimension      components of a query and of a key, d
 * @param valueDimension components of a value, C
 */
public record Sizes(int batch, int heads, int keyHeads, int queries, int keys, int dimension, int valueDimension) {

    /**
     * Checks that an array can hold a packed head, the heads and their blocks.
     *
     * @throws IllegalArgumentException if it cannot
     */
    public void requirePackable() {
        Checks.packable(batch, heads, "the number of heads");
        Checks.packable(count(), queries, "the queries of all heads");
        Checks.packable(queries, dimension, "a head of q");
        Checks.packable(keys, dimension, "a head of k");
        Checks.packable(keys, valueDimension, "a head of v");
        Checks.packable(queries, valueDimension, "a head of out");
    }

    /** The heads of queries of all sequences, {@code B H}. */
    public int count() {
        return batch * heads;
    }

    /** The heads of queries that share a head of keys, {@code H / G}. */
    public int headsPerKeyHead() {
        return heads / keyHeads;
    }

    /** The head of keys that serves head {@code index} of the queries. */
    public int keyIndex(int index) {
        return View.grouped(index, heads, keyHeads);
    }
}
