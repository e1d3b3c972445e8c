package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.decode.DecodePass;
import dev.gatun.kernel.decode.PartialSums;
import dev.gatun.kernel.decode.QueryGroup;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.StoredRows;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The steps of a call of a {@link DecodePlan}, and the scratch memory of the plan: loads the queries, passes over the pieces of the
 * keys and values, and merges their results. An object is created with the plan and serves one call after the other.
 *
 * <p>A group is the queries that share a head of keys.
 */
final class DecodeCall {

    /** Further than any cache is long. */
    private static final long FAR = Long.MAX_VALUE / 4;

    private final AttentionShape shape;
    private final SharedWork work;
    private final Piece computing = this::compute;
    private final IntPredicate seeing = i -> first(i) < end(i);
    private final double weight;
    private final double[] slopes;
    private final boolean symmetric;
    private final double steepest;
    private final long lower;
    private final long upper;
    private final QueryGroup[] queries;
    private final StoredRows[] keys;
    private final StoredRows[] values;
    private final PartialSums sums;
    private final DecodePass[] passes;
    private final float[] query;
    private final float[] product;
    private final float[] logarithms;
    private int length;
    private int firstPiece;
    private int pieces;

    DecodeCall(AttentionShape shape, AttentionOptions options) {
        this.shape = shape;
        Crew crew = Crew.OF_WORKERS.look(options.workers());
        this.work = crew.shared();
        this.weight = options.weight(shape.dimension());
        double[] toEitherSide = options.symmetricSlopes(shape.heads());
        this.symmetric = toEitherSide != null;
        this.slopes = symmetric ? toEitherSide : options.slopes(shape.heads());
        this.steepest = slopes == null ? 0 : Arrays.stream(slopes).map(Math::abs).max().orElse(0);
        Band band = options.band(shape.queries(), 0);
        this.lower = band.lower() == Band.ALL.lower() ? -FAR : band.lower();
        this.upper = band.upper() == Band.ALL.upper() ? FAR : band.upper();
        int groups = ArrayLength.of(shape.batch(), shape.keyHeads());
        this.queries = new QueryGroup[groups];
        this.keys = new StoredRows[groups];
        this.values = new StoredRows[groups];
        int count = ArrayLength.of(shape.headsPerKeyHead(), shape.queries());
        for (int g = 0; g < groups; g++) {
            queries[g] = new QueryGroup(count, shape.dimension());
            keys[g] = new StoredRows();
            values[g] = new StoredRows();
        }
        this.sums = new PartialSums(ArrayLength.of(groups, pieces(shape.keys())), count, shape.valueDimension());
        this.passes = new DecodePass[crew.threads()];
        for (int worker = 0; worker < passes.length; worker++) {
            passes[worker] = new DecodePass(count, shape.dimension(), shape.valueDimension());
        }
        this.query = new float[ArrayLength.of(shape.queries(), shape.dimension())];
        this.product = new float[ArrayLength.of(shape.queries(), shape.valueDimension())];
        this.logarithms = new float[shape.queries()];
    }

    /** The number of pieces that {@code keys} keys make, the last of which may be shorter. */
    static int pieces(int keys) {
        return (keys - 1) / DecodePass.PIECE + 1;
    }

    /** Checks the tensors and computes {@code out}; {@link #release} must follow, whether it returns or throws. */
    void run(TensorView q, TensorView k, TensorView v, int newLength, TensorView out, TensorView logSumExp) {
        check(q, k, v, newLength, out, logSumExp);
        load(q);
        bind(k, v);
        if (k.openToAll() && v.openToAll()) {
            work.run(queries.length * pieces, computing);
        } else {
            for (int index = 0; index < queries.length * pieces; index++) {
                compute(index, 0);
            }
        }
        verify(k, v);
        store(out, logSumExp);
    }

    /** Drops every reference to the memory of the call. */
    void release() {
        for (int g = 0; g < queries.length; g++) {
            keys[g].release();
            values[g].release();
        }
        for (DecodePass pass : passes) {
            pass.release();
        }
    }

    private void check(TensorView q, TensorView k, TensorView v, int newLength, TensorView out, TensorView logSumExp) {
        if (newLength < 1 || newLength > shape.keys()) {
            throw new IllegalArgumentException(
                    "length must be 1 to %s, the plan's number of keys, not %s".formatted(shape.keys(), newLength));
        }
        shape.require(q, k, v, out, logSumExp);
        Checks.float32(q, "q");
        length = newLength;
        for (int index = 0; index < shape.count(); index++) {
            if (!Float.isFinite(Checks.largest(q, index))) {
                Checks.finite(q, index, seeing, "q");
            }
        }
    }

    /** Loads the queries of all heads. */
    private void load(TensorView q) {
        for (int index = 0; index < shape.count(); index++) {
            q.copyTo(index, query);
            load(queries[shape.keyIndex(index)], firstQuery(index), index % shape.heads());
        }
    }

    /** Loads the queries of one head as those from {@code at} on of its group. */
    private void load(QueryGroup group, int at, int head) {
        double slope = slopes == null ? 0 : slopes[head];
        for (int i = 0; i < shape.queries(); i++) {
            int from = i * shape.dimension();
            if (first(i) >= end(i)) {
                Arrays.fill(query, from, from + shape.dimension(), 0f);
            }
            group.query(at + i, query, from, weight);
            group.visible(at + i, first(i), end(i));
            group.bias(at + i, slope, symmetric ? -slope : slope, i + (double) length - shape.queries());
        }
    }

    private void bind(TensorView k, TensorView v) {
        int first = first(0);
        int end = end(shape.queries() - 1);
        firstPiece = first / DecodePass.PIECE;
        pieces = first < end ? pieces(end) - firstPiece : 0;
        for (int g = 0; g < queries.length; g++) {
            k.bind(g, keys[g]);
            v.bind(g, values[g]);
        }
    }

    /** The place of the first query of head {@code index} in its group. */
    private int firstQuery(int index) {
        return index % shape.headsPerKeyHead() * shape.queries();
    }

    /** The first key that query {@code i} may see. */
    private int first(int i) {
        return (int) Math.max(0, lower + length + i);
    }

    /** One past the last key that query {@code i} may see. */
    private int end(int i) {
        return Math.clamp(upper + length + i + 1, 0, length);
    }

    /** Passes over one piece of the keys of one group. */
    private void compute(int index, int worker) {
        int g = index / pieces;
        int first = (firstPiece + index % pieces) * DecodePass.PIECE;
        int end = (int) Math.min((long) first + DecodePass.PIECE, length);
        passes[worker].run(queries[g], keys[g], values[g], first, end, sums, index);
    }

    /** Checks the keys and values by the sums of the pieces, before anything is written. */
    private void verify(TensorView k, TensorView v) {
        double range = 0;
        for (int slot = 0; slot < queries.length * pieces; slot++) {
            if (!sums.finite(slot)) {
                Checks.finite(k, length, "k");
                Checks.finite(v, length, "v");
                throw new IllegalArgumentException("k or v changed while it was read");
            }
            range = Math.max(range, sums.range(slot));
        }
        LogKernel.requireMeasurable(range + steepest * length / 2);
    }

    private void store(TensorView out, TensorView logSumExp) {
        for (int index = 0; index < shape.count(); index++) {
            int first = shape.keyIndex(index) * pieces;
            for (int i = 0; i < shape.queries(); i++) {
                double logSum = sums.merge(first, pieces, firstQuery(index) + i, product, i * shape.valueDimension());
                logarithms[i] = (float) LogTwo.toNatural(logSum);
            }
            out.set(index, product, 0, shape.queries());
            if (logSumExp != null) {
                logSumExp.set(index, logarithms, 0, shape.queries());
            }
        }
    }
}
