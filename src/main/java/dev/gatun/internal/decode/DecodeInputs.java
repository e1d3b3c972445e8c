package dev.gatun.internal.decode;

import dev.gatun.internal.attention.LogSumRows;
import dev.gatun.internal.attention.Settings;
import dev.gatun.internal.attention.Sizes;
import dev.gatun.internal.cache.CachePages;
import dev.gatun.internal.cache.CachedTokens;
import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.cache.SequencePages;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.View;
import dev.gatun.kernel.decode.PairRows;
import dev.gatun.kernel.decode.QueryGroup;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.stored.Stored;

/**
 * The tensors and the sequences of one call of a {@code DecodePlan}: checked and taken when the call begins, released when it ends.
 *
 * <p>Tokens of a sequence are counted from the beginning of the common prefix, if there is one. The queries of a sequence are its last
 * tokens.
 */
final class DecodeInputs {

    /** Further than any cache is long. */
    private static final long FAR = Long.MAX_VALUE / 4;

    private final Sizes shape;
    private final boolean biased;
    private final boolean masked;
    private final double weight;
    private final double[] slopes;
    private final boolean symmetric;
    private final long lower;
    private final long upper;
    private final int[] offsets;
    private final SequencePages sequences;
    private final SequencePages prefix;
    private final PairRows pairs;
    private boolean ragged;
    private TensorView q;
    private TensorView bias;
    private View mask;
    private TensorView out;
    private TensorView logSumExp;

    DecodeInputs(Sizes shape, Settings options) {
        this.shape = shape;
        this.biased = options.biased();
        this.masked = options.masked();
        this.weight = options.weight(shape.dimension());
        double[] toEitherSide = options.symmetricSlopes(shape.heads());
        this.symmetric = toEitherSide != null;
        this.slopes = symmetric ? toEitherSide : options.slopes(shape.heads());
        // Of one query and one key, so that both bounds are relative to the query's own key.
        Band band = options.band(1, 1);
        this.lower = band.lower() == Band.ALL.lower() ? -FAR : band.lower();
        this.upper = band.upper() == Band.ALL.upper() ? FAR : band.upper();
        this.offsets = new int[shape.batch() + 1];
        this.sequences = new SequencePages(shape.batch(), shape.keys());
        this.prefix = new SequencePages(1, shape.keys());
        this.pairs = new PairRows(options.softCap(), options.biasWeight(), options.capsBias(), PairBias.least(options.biasWeight()));
    }

    /** Takes the tensors of a call with keys and values in tensors, and as many queries of each. */
    void take(TensorView newQ, TensorView k, TensorView v, int length, TensorView newBias, View newMask, TensorView newOut,
              TensorView newLogSumExp) {
        keys(newQ, k, "k", shape.dimension(), length);
        keys(newQ, v, "v", shape.valueDimension(), length);
        sequences.take(k, v, length);
        prefix.takeNone();
        takeQueries(newQ, null);
        takePairs(newBias, newMask);
        takeOutputs(newOut, newLogSumExp);
    }

    /** Takes the tensors of a call with sequences in caches. */
    void take(TensorView newQ, RowOffsets newOffsets, CachedTokens newPrefix, CachedTokens newSequences, TensorView newBias,
              View newMask, TensorView newOut, TensorView newLogSumExp) {
        Checks.given(newSequences, "the cached sequences");
        sequences.take(newSequences, shape.keyHeads(), shape.dimension(), shape.valueDimension(), "sequence");
        prefix.takeNone();
        if (newPrefix != null) {
            Checks.size(newPrefix.sequences(), 1, "sequences of a prefix");
            prefix.take(newPrefix, shape.keyHeads(), shape.dimension(), shape.valueDimension(), "prefix");
        }
        for (int s = 0; s < sequences.count(); s++) {
            if (tokens(s) > shape.keys()) {
                throw new IllegalArgumentException("sequence %s has %s tokens with its prefix; the plan was made for at most %s"
                        .formatted(s, tokens(s), shape.keys()));
            }
        }
        takeQueries(newQ, newOffsets);
        takePairs(newBias, newMask);
        takeOutputs(newOut, newLogSumExp);
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        sequences.release();
        prefix.release();
        pairs.release();
        q = null;
        bias = null;
        mask = null;
        out = null;
        logSumExp = null;
    }

    // ---- checks ----

    private void keys(TensorView newQ, TensorView tensor, String name, int columns, int length) {
        Checks.given(newQ, "q");
        Checks.given(tensor, name);
        if (tensor.batch() != newQ.batch() || tensor.batch() > shape.batch() || tensor.heads() != shape.keyHeads()
                || tensor.rows() > shape.keys() || tensor.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; the plan was made for at most (%s, %s, %s, %s), with q of as many batch entries"
                    .formatted(name, tensor, shape.batch(), shape.keyHeads(), shape.keys(), columns));
        }
        if (length < 0 || length > tensor.rows()) {
            throw new IllegalArgumentException("length must be 0 to %s, the number of rows of %s, not %s".formatted(tensor.rows(), name,
                    length));
        }
        Checks.accessible(tensor.segment(), name);
    }

    private void takeQueries(TensorView newQ, RowOffsets newOffsets) {
        Checks.given(newQ, "q");
        Checks.accessible(newQ.segment(), "q");
        ragged = newOffsets != null;
        int batch = ragged ? 1 : sequences.count();
        if (newQ.batch() != batch || newQ.heads() != shape.heads() || newQ.columns() != shape.dimension()
                || !ragged && newQ.rows() > shape.queries()) {
            throw new IllegalArgumentException("q is %s; expected (%s, %s, %s, %s), the most queries that the plan was made for"
                    .formatted(newQ, batch, shape.heads(), ragged ? "total" : shape.queries(), shape.dimension()));
        }
        q = newQ;
        if (!ragged) {
            for (int s = 0; s <= sequences.count(); s++) {
                offsets[s] = s * newQ.rows();
            }
            return;
        }
        if (newOffsets.sequences() != sequences.count()) {
            throw new IllegalArgumentException("there are queries of %s sequences and %s cached sequences".formatted(
                    newOffsets.sequences(), sequences.count()));
        }
        newOffsets.copyTo(offsets, shape.batch(), shape.queries(), newQ.rows(), "q");
    }

    private void takePairs(TensorView newBias, View newMask) {
        Checks.planned(newBias, biased, "bias");
        Checks.planned(newMask, masked, "mask");
        if (biased) {
            requireBroadcast(newBias, newBias, "bias");
            pairs.bias(newBias.type(), newBias.segment());
        }
        if (masked) {
            requireBroadcast(newMask, newMask, "mask");
            pairs.mask(newMask.segment());
        }
        bias = newBias;
        mask = newMask == null ? null : newMask;
    }

    private void requireBroadcast(Object input, View view, String name) {
        long longest = 0;
        int most = 0;
        for (int s = 0; s < sequences.count(); s++) {
            longest = Math.max(longest, tokens(s));
            most = Math.max(most, queries(s));
        }
        if (view.batch() != 1 && view.batch() != sequences.count() || view.heads() != 1 && view.heads() != shape.heads()
                || view.rows() != 1 && view.rows() < most || view.columns() < longest) {
            throw new IllegalArgumentException("%s is %s; expected (1 or %s, 1 or %s, 1 or at least %s, at least %s)"
                    .formatted(name, input, sequences.count(), shape.heads(), most, longest));
        }
        Checks.accessible(view.segment(), name);
    }

    private void takeOutputs(TensorView newOut, TensorView newLogSumExp) {
        requireOutput(newOut, "out", shape.valueDimension());
        if (newLogSumExp != null) {
            requireOutput(newLogSumExp, "logSumExp", LogSumRows.columns(newLogSumExp));
            Checks.distinct(newLogSumExp, "logSumExp", newOut, "out");
        }
        out = newOut;
        logSumExp = newLogSumExp;
    }

    private void requireOutput(TensorView output, String name, int columns) {
        Checks.given(output, name);
        if (output.batch() != q.batch() || output.heads() != q.heads() || output.rows() != q.rows() || output.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; expected (%s, %s, %s, %s)".formatted(name, output, q.batch(), q.heads(), q.rows(),
                    columns));
        }
        Checks.writable(output, name);
        Checks.separate(output, name);
        Checks.distinct(output, name, q, "q");
        sequences.requireApart(output, name);
        prefix.requireApart(output, name);
        if (biased) {
            Checks.distinct(output, name, bias, "bias");
        }
        if (masked) {
            Checks.distinct(output, name, mask, "mask");
        }
    }

    // ---- sequences ----

    /** The soft cap of the plan, and the bias and the mask of the call. */
    PairRows pairs() {
        return pairs;
    }

    /** The number of sequences. */
    int count() {
        return sequences.count();
    }

    /** The number of queries of a sequence and head. */
    int queries(int s) {
        return offsets[s + 1] - offsets[s];
    }

    /** The tokens of the common prefix. */
    int prefixLength() {
        return prefix.count() == 0 ? 0 : prefix.length(0);
    }

    /** The tokens of a sequence without the prefix. */
    int length(int s) {
        return sequences.length(s);
    }

    /** The tokens of a sequence with the prefix. */
    long tokens(int s) {
        return (long) prefixLength() + sequences.length(s);
    }

    /** The keys and values of the sequences. */
    SequencePages sequences() {
        return sequences;
    }

    /** The keys and values of the prefix. */
    SequencePages prefix() {
        return prefix;
    }

    /** The first token that query {@code i} of a sequence may see. */
    int first(int s, int i) {
        return (int) Math.max(0, lower + own(s, i));
    }

    /** One past the last token that query {@code i} of a sequence may see. */
    int end(int s, int i) {
        return (int) Math.clamp(upper + own(s, i) + 1, 0L, tokens(s));
    }

    /** The token of query {@code i} of a sequence; negative if there are fewer tokens than queries. */
    private long own(int s, int i) {
        return i + tokens(s) - queries(s);
    }

    /** Whether every thread may use the memory of all inputs. */
    boolean openToAll() {
        return q.openToAll() && sequences.openToAll() && prefix.openToAll() && (!biased || bias.openToAll())
                && (!masked || mask.openToAll());
    }

    /**
     * Adds query {@code i} of a sequence and head to a group that is passed over {@code count} keys from token {@code shift} on.
     *
     * @param query scratch for its components
     */
    void addTo(QueryGroup group, int s, int head, int i, int shift, int count, float[] query) {
        int index = index(s, head);
        Stored.widen(q.type(), q.segment(), q.start(index) + q.rowBytes() * row(s, i), shape.dimension(), query, 0);
        int added = group.add(query, 0, weight);
        group.visible(added, Math.clamp((long) first(s, i) - shift, 0, count), Math.clamp((long) end(s, i) - shift, 0, count));
        if (slopes != null) {
            double slope = slopes[head];
            group.bias(added, slope, symmetric ? -slope : slope, own(s, i) - shift);
        }
        group.pairs(added, biased ? start(bias, s, head, i) + (long) shift * bias.entryBytes() : 0,
                masked ? start(mask, s, head, i) + shift : 0);
    }

    /** Where the row of a query begins in a bias or a mask, in bytes. */
    private static long start(View view, int s, int head, int i) {
        int index = (view.batch() == 1 ? 0 : s * view.heads()) + (view.heads() == 1 ? 0 : head);
        return view.start(index) + (view.rows() == 1 ? 0 : i * view.rowBytes());
    }

    private int index(int s, int head) {
        return ragged ? head : s * shape.heads() + head;
    }

    private int row(int s, int i) {
        return ragged ? offsets[s] + i : i;
    }

    /** The place of the first query of a sequence and head among the results. */
    int result(int s, int head) {
        return ragged ? head * (offsets[sequences.count()] - offsets[0]) + offsets[s] - offsets[0]
                : index(s, head) * queries(s);
    }

    /** Writes all results. */
    void store(float[] results, double[] logSums, LogSumRows logarithms) {
        for (int s = 0; s < sequences.count(); s++) {
            for (int head = 0; head < shape.heads(); head++) {
                int from = result(s, head);
                out.set(index(s, head), row(s, 0), results, from * shape.valueDimension(), queries(s));
                if (logSumExp != null) {
                    logarithms.store(logSums, from, queries(s), logSumExp, index(s, head), row(s, 0));
                }
            }
        }
    }

    // ---- faults ----

    /** An entry of query {@code i} that is not finite; null if there is none. */
    IllegalArgumentException fault(int s, int head, int i) {
        for (int c = 0; c < shape.dimension(); c++) {
            float entry = q.get(index(s, head), row(s, i), c);
            if (!Float.isFinite(entry)) {
                return refused("q", entry, row(s, i), c, q.count() == 1 ? "" : " of head " + index(s, head), "finite");
            }
        }
        return null;
    }

    /** Says that the bias of a query and a token is not a number that a bias may be; null if it is. */
    IllegalArgumentException biasFault(int s, int head, int i, int token) {
        if (!biased) {
            return null;
        }
        int index = (bias.batch() == 1 ? 0 : s * bias.heads()) + (bias.heads() == 1 ? 0 : head);
        int row = bias.rows() == 1 ? 0 : i;
        float entry = bias.get(index, row, token);
        return entry < Float.POSITIVE_INFINITY ? null : refused("bias", entry, row, token, " of head " + index,
                "finite or minus infinity");
    }

    /** Names an entry of a key or a value that is not finite. */
    IllegalArgumentException keyFault(String name, float entry, int s, int head, boolean own, int key, int column) {
        if (sequences.inTensors()) {
            boolean one = sequences.count() * shape.keyHeads() == 1;
            return refused(name, entry, key, column, one ? "" : " of head " + (s * shape.keyHeads() + head), "finite");
        }
        String cache = name.equals("k") ? CachePages.KEYS : CachePages.VALUES;
        return refused(cache, entry, key, column, " of head %s of %s".formatted(head, own ? "sequence " + s : "the prefix"), "finite");
    }

    private static IllegalArgumentException refused(String name, float entry, int row, int column, String place, String expected) {
        return new IllegalArgumentException("%s holds %s at row %s, column %s%s; every entry must be %s"
                .formatted(name, entry, row, column, place, expected));
    }
}
