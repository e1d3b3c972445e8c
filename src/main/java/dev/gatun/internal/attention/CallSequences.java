package dev.gatun.internal.attention;

import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.cache.SequencePages;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;

/**
 * The sizes of one call of an {@code AttentionPlan}: how many sequences it has, and where the queries and keys of each of them lie. The
 * sequences of a batch are batch entries of the same size. Those of a ragged batch are rows of one batch entry, or their keys and values
 * lie in the pages of a cache.
 *
 * <p>Head {@code index} of a call is head {@code index % H} of sequence {@code index / H}.
 */
final class CallSequences {

    private final Sizes most;
    private final int[] queryOffsets;
    private final int[] keyOffsets;
    private SequencePages pages;
    private boolean ragged;
    private boolean cached;
    private int count;
    private int queries;
    private int keys;

    /** Memory for calls of up to the sizes of {@code most}. */
    CallSequences(Sizes most) {
        this.most = most;
        this.queryOffsets = new int[Math.addExact(most.batch(), 1)];
        this.keyOffsets = new int[queryOffsets.length];
    }

    /**
     * Takes the sizes of a batch, and checks its tensors apart from their entries.
     *
     * @param logSumExp null for none
     * @throws IllegalArgumentException if a shape does not fit the plan or the others, or an output overlaps another tensor
     */
    void take(TensorView q, TensorView k, TensorView v, TensorView out, TensorView logSumExp) {
        requireWithin(q, "q", most.heads(), most.queries(), most.dimension());
        requireWithin(k, "k", most.keyHeads(), most.keys(), most.dimension());
        requireShape(k, "k", q.batch(), most.keyHeads(), k.rows(), most.dimension());
        requireShape(v, "v", q.batch(), most.keyHeads(), k.rows(), most.valueDimension());
        requireMemory(q, k, v, out, logSumExp);
        ragged = false;
        cached = false;
        count = q.batch();
        queries = q.rows();
        keys = k.rows();
    }

    /**
     * Takes the sizes of a ragged batch, and checks its tensors apart from their entries.
     *
     * @param logSumExp null for none
     * @throws IllegalArgumentException as above, or if offsets do not describe sequences that fit the plan
     */
    void takeRagged(TensorView q, TensorView k, TensorView v, RowOffsets queryStarts, RowOffsets keyStarts, TensorView out,
                    TensorView logSumExp) {
        Checks.given(q, "q");
        Checks.given(k, "k");
        Checks.given(queryStarts, "queryOffsets");
        Checks.given(keyStarts, "keyOffsets");
        requireShape(q, "q", 1, most.heads(), q.rows(), most.dimension());
        requireShape(k, "k", 1, most.keyHeads(), k.rows(), most.dimension());
        requireShape(v, "v", 1, most.keyHeads(), k.rows(), most.valueDimension());
        requireMemory(q, k, v, out, logSumExp);
        queryStarts.copyTo(queryOffsets, most.batch(), most.queries(), q.rows(), "q");
        keyStarts.copyTo(keyOffsets, most.batch(), most.keys(), k.rows(), "k");
        Checks.size(keyStarts.sequences(), queryStarts.sequences(), "sequences of k");
        ragged = true;
        cached = false;
        count = queryStarts.sequences();
    }

    /**
     * Takes the sizes of a ragged batch whose keys and values are cached, and checks its tensors apart from their entries.
     *
     * @param logSumExp null for none
     * @throws IllegalArgumentException as above, or if lengths or pages do not fit the plan or the cache
     */
    void takeCached(TensorView q, RowOffsets queryStarts, CachedTokens newSequences, TensorView out, TensorView logSumExp) {
        Checks.given(q, "q");
        Checks.given(queryStarts, "queryOffsets");
        Checks.given(newSequences, "the cached sequences");
        requireShape(q, "q", 1, most.heads(), q.rows(), most.dimension());
        Checks.accessible(q.segment(), "q");
        queryStarts.copyTo(queryOffsets, most.batch(), most.queries(), q.rows(), "q");
        Checks.size(newSequences.sequences(), queryStarts.sequences(), "cached sequences");
        pages().take(newSequences, most.keyHeads(), most.dimension(), most.valueDimension(), "sequence");
        requireCachedOutput(out, "out", most.valueDimension(), q);
        if (logSumExp != null) {
            requireCachedOutput(logSumExp, "logSumExp", LogSumRows.columns(logSumExp), q);
            Checks.distinct(logSumExp, "logSumExp", out, "out");
        }
        ragged = true;
        cached = true;
        count = queryStarts.sequences();
    }

    private void requireCachedOutput(TensorView out, String name, int columns, TensorView q) {
        requireOutput(out, name, columns, q);
        pages.requireApart(out, name);
    }

    /** The lengths and pages of cached sequences; the first call of this method allocates their memory. */
    SequencePages pages() {
        if (pages == null) {
            pages = new SequencePages(most.batch(), most.keys());
        }
        return pages;
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        if (pages != null) {
            pages.release();
        }
    }

    private void requireWithin(TensorView tensor, String name, int heads, int rows, int columns) {
        Checks.given(tensor, name);
        if (tensor.batch() > most.batch() || tensor.heads() != heads || tensor.rows() > rows || tensor.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; the plan was made for at most (%s, %s, %s, %s)"
                    .formatted(name, tensor, most.batch(), heads, rows, columns));
        }
    }

    private static void requireShape(TensorView tensor, String name, int batch, int heads, int rows, int columns) {
        Checks.given(tensor, name);
        if (tensor.batch() != batch || tensor.heads() != heads || tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; expected (%s, %s, %s, %s)"
                    .formatted(name, tensor, batch, heads, rows, columns));
        }
    }

    private void requireMemory(TensorView q, TensorView k, TensorView v, TensorView out, TensorView logSumExp) {
        Checks.accessible(q.segment(), "q");
        Checks.accessible(k.segment(), "k");
        Checks.accessible(v.segment(), "v");
        requireOutput(out, "out", most.valueDimension(), q);
        Checks.distinct(out, "out", k, "k");
        Checks.distinct(out, "out", v, "v");
        if (logSumExp != null) {
            requireOutput(logSumExp, "logSumExp", LogSumRows.columns(logSumExp), q);
            Checks.distinct(logSumExp, "logSumExp", k, "k");
            Checks.distinct(logSumExp, "logSumExp", v, "v");
            Checks.distinct(logSumExp, "logSumExp", out, "out");
        }
    }

    private void requireOutput(TensorView out, String name, int columns, TensorView q) {
        requireShape(out, name, q.batch(), most.heads(), q.rows(), columns);
        Checks.writable(out, name);
        Checks.separate(out, name);
        Checks.distinct(out, name, q, "q");
    }

    /** The number of sequences. */
    int count() {
        return count;
    }

    /** The heads of queries of all sequences. */
    int heads() {
        return count * most.heads();
    }

    /** The queries of sequence {@code s}. */
    int queries(int s) {
        return ragged ? queryOffsets[s + 1] - queryOffsets[s] : queries;
    }

    /** The keys of sequence {@code s}. */
    int keys(int s) {
        return cached ? pages.length(s) : ragged ? keyOffsets[s + 1] - keyOffsets[s] : keys;
    }

    /** The row of the first query of sequence {@code s}; for {@code s = }{@link #count} one past the last query of a ragged batch. */
    int firstQuery(int s) {
        return ragged ? queryOffsets[s] : 0;
    }

    /** Whether keys and values are in pages. */
    boolean cached() {
        return cached;
    }

    /** The row of the first key of sequence {@code s}; for {@code s = }{@link #count} one past the last key. Not for cached keys. */
    int firstKey(int s) {
        return ragged ? keyOffsets[s] : 0;
    }

    /** The first row of any query. */
    int queriesFrom() {
        return firstQuery(0);
    }

    /** The number of rows from the first query to the last one. */
    int queryRows() {
        return ragged ? queryOffsets[count] - queryOffsets[0] : queries;
    }

    /** The first row of any key. */
    int keysFrom() {
        return firstKey(0);
    }

    /** The number of rows from the first key to the last one. */
    int keyRows() {
        return ragged ? keyOffsets[count] - keyOffsets[0] : keys;
    }

    /** The sequence of head {@code index}, without a division where there is one sequence. */
    int sequence(int index) {
        return count == 1 ? 0 : index / most.heads();
    }

    /** Whether head {@code index} has both queries and keys. */
    boolean present(int index) {
        int s = sequence(index);
        return queries(s) > 0 && keys(s) > 0;
    }

    /** The matrix of the queries and of the results of head {@code index}. */
    int matrix(int index) {
        return ragged ? index % most.heads() : index;
    }

    /** The matrix of the keys and values of head {@code index}, which is their head if they are cached. */
    int keyMatrix(int index) {
        return most.keyIndex(matrix(index));
    }
}
