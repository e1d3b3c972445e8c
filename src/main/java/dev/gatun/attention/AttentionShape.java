package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;

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
            throw new IllegalArgumentException("%s key heads do not divide %s heads".formatted(keyHeads, heads));
        }
    }

    /** Self-attention: as many keys as queries, as many heads of each, values as wide as keys. */
    public static AttentionShape of(int heads, int tokens, int dimension) {
        return new AttentionShape(1, heads, heads, tokens, tokens, dimension, dimension);
    }

    /**
     * What a plan of this shape asks of a call's memory, but for the entries: shapes, memory open to this thread, and
     * outputs that share no entry with an input, with each other or among their heads.
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
     * What a plan asks of a shape.
     *
     * @throws IllegalArgumentException if a head, or the number of heads or of their blocks, is more than an array holds
     */
    void requirePackable() {
        Checks.packable(batch, heads, "the number of heads");
        Checks.packable(count(), queries, "what each head computes for its queries");
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

    /** All heads of queries. */
    int count() {
        return batch * heads;
    }

    /** The head of keys that goes with query head {@code index}. */
    int keyIndex(int index) {
        return View.grouped(index, heads, keyHeads);
    }
}
