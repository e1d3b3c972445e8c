package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;

/**
 * The sizes of a call of attention, for which a plan allocates its memory.
 *
 * @param batch           batch entries, B
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
     * The shape of self-attention of one text: {@code B = 1}, {@code G = H}, {@code M = N} and {@code C = d}.
     *
     * @param heads     heads, H
     * @param tokens    tokens, N
     * @param dimension components of a query, a key and a value, d
     * @return the shape
     * @throws IllegalArgumentException if a size is not positive
     */
    public static AttentionShape of(int heads, int tokens, int dimension) {
        return new AttentionShape(1, heads, heads, tokens, tokens, dimension, dimension);
    }

    /**
     * Checks the tensors of a call, apart from their entries: their shapes, that this thread may use their memory, and that an output
     * shares no entry with an input, with the other output or between its own heads.
     *
     * @param logSumExp may be null
     */
    void require(TensorView q, TensorView k, TensorView v, TensorView out, TensorView logSumExp) {
        input(q, "q", heads, queries, dimension);
        input(k, "k", keyHeads, keys, dimension);
        input(v, "v", keyHeads, keys, valueDimension);
        output(out, "out", valueDimension, q, k, v);
        if (logSumExp != null) {
            output(logSumExp, "logSumExp", 1, q, k, v);
            Checks.distinct(logSumExp, "logSumExp", out, "out");
        }
    }

    /**
     * Checks that an array can hold a packed head, the heads and their blocks.
     *
     * @throws IllegalArgumentException if it cannot
     */
    void requirePackable() {
        Checks.packable(batch, heads, "the number of heads");
        Checks.packable(count(), queries, "the queries of all heads");
        Checks.packable(queries, dimension, "a head of q");
        Checks.packable(keys, dimension, "a head of k");
        Checks.packable(keys, valueDimension, "a head of v");
        Checks.packable(queries, valueDimension, "a head of out");
    }

    private void input(TensorView input, String name, int count, int rows, int columns) {
        shaped(input, name, count, rows, columns);
        Checks.accessible(input.segment(), name);
    }

    private void output(TensorView out, String name, int columns, TensorView q, TensorView k, TensorView v) {
        shaped(out, name, heads, queries, columns);
        Checks.writable(out, name);
        Checks.separate(out, name);
        Checks.distinct(out, name, q, "q");
        Checks.distinct(out, name, k, "k");
        Checks.distinct(out, name, v, "v");
    }

    private void shaped(TensorView tensor, String name, int count, int rows, int columns) {
        Checks.given(tensor, name);
        if (tensor.batch() != batch || tensor.heads() != count || tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; the plan was made for (%s, %s, %s, %s)"
                    .formatted(name, tensor, batch, count, rows, columns));
        }
    }

    /** The heads of queries of all batch entries, {@code B H}. */
    int count() {
        return batch * heads;
    }

    /** The heads of queries that share a head of keys, {@code H / G}. */
    int headsPerKeyHead() {
        return heads / keyHeads;
    }

    /** The head of keys that serves head {@code index} of the queries. */
    int keyIndex(int index) {
        return View.grouped(index, heads, keyHeads);
    }
}
