package dev.gatun.kernel.decode;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.StoredRows;
import java.util.Arrays;

/**
 * One pass of a group of queries over a piece of the keys and their values, each entry of which is read from main memory once: memory
 * bandwidth is the bottleneck.
 *
 * <p>Inner products are summed in float32 if the range of a block of keys allows it, and in float64 otherwise, as in {@link LogKernel}; the
 * range is bounded while the keys are read. From there on log-kernels are float64. The largest log-kernel of a piece is subtracted, so that
 * the largest numerator is 1.
 *
 * <p>A pass belongs to one thread at a time; its result does not depend on which. It allocates nothing.
 */
public final class DecodePass {

    /** Keys of a piece. */
    public static final int PIECE = 256;

    /** Largest length of a query for float32: for longer ones, the square of a key may underflow whose product does not. */
    private static final double MAX_QUERY_LENGTH = 0x1p60;

    /** The numerators of a piece are scaled to sum to between this power of two and the next, so that sums of small values stay normal. */
    private static final int SUM_EXPONENT = 40;

    /** Factor of the numerators if sums of large values overflow: the numerators then sum to less than 1. */
    private static final float OVERFLOW_FACTOR = 0x1p-41f;

    private final double[][] z;
    private final float[][] numerators;
    private final boolean[] active;
    private final float[] chains = new float[KeyProducts.KEYS * KeyProducts.CHAINS];
    private final float[] quarters = new float[4 * KeyProducts.KEYS];
    private final int[] squares = new int[KeyProducts.CHAINS];
    private final double[] float64Chains = new double[KeyProducts.CHAINS];
    private final double float32Range;
    private final double[] float64Squares = new double[KeyProducts.CHAINS];
    private final FetchedRows keyBlock;
    private final FetchedRows valueBlock;
    private final double[] reference = new double[Lanes.BLOCK];
    private final float[] sum = new float[Lanes.BLOCK];
    private boolean finite;
    private double range;

    /**
     * Scratch for passes.
     *
     * @param queries    queries of a group
     * @param dimension  components of a query and of a key
     * @param components components of a value
     */
    public DecodePass(int queries, int dimension, int components) {
        this.z = new double[queries][PIECE];
        this.numerators = new float[queries][PIECE];
        this.active = new boolean[queries];
        this.float32Range = LogKernel.rangeFor(KeyProducts.roundings(dimension));
        this.keyBlock = new FetchedRows(dimension);
        this.valueBlock = new FetchedRows(components);
    }

    /**
     * Passes over the keys of {@code first .. end - 1} that are visible to any of the queries.
     *
     * @param end   at most {@code first + PIECE}
     * @param slot  the slot of {@code sums} that receives the result of the piece
     */
    public void run(QueryGroup group, StoredRows keys, StoredRows values, int first, int end, PartialSums sums,
                    int slot) {
        int from = end;
        int to = first;
        for (int i = 0; i < group.count(); i++) {
            from = Math.min(from, Math.max(first, group.first(i)));
            to = Math.max(to, Math.min(end, group.end(i)));
        }
        sums.clear(slot);
        finite = true;
        range = 0;
        score(group, keys, first, from, to);
        for (int i = 0; i < group.count(); i++) {
            exponentiate(group, i, first, Math.max(from, group.first(i)), Math.min(to, group.end(i)), to, sums, slot);
        }
        accumulate(group.count(), values, first, from, to, sums, slot);
        resumOverflowed(group.count(), values, first, from, to, sums, slot);
        sums.widen(slot, range);
    }

    /** Releases the memory of the last keys and values. */
    public void release() {
        keyBlock.release();
        valueBlock.release();
    }

    /** Inner products of keys {@code from .. to - 1}, block by block. */
    private void score(QueryGroup group, StoredRows keys, int first, int from, int to) {
        int width = group.width();
        keyBlock.begin(from);
        for (int key = from; key < to; key += KeyProducts.KEYS) {
            int count = Math.min(KeyProducts.KEYS, to - key);
            keyBlock.load(keys, key, count, to);
            for (int i = 0; i < group.count(); i++) {
                KeyProducts.float32(keyBlock, count, group.float32(), i * width, chains, squares);
                double square = KeyProducts.bound(squares);
                double most = group.length(i) * Math.sqrt(square);
                if (most <= float32Range && group.length(i) <= MAX_QUERY_LENGTH) {
                    KeyProducts.fold(chains, count, quarters, z[i], key - first);
                } else {
                    scoreFloat64(group, i, count, key - first);
                }
            }
        }
    }

    private void scoreFloat64(QueryGroup group, int i, int count, int at) {
        int width = group.width();
        keyBlock.widen(count);
        double greatest = KeyProducts.float64(keyBlock.memory(), keyBlock.start(), keyBlock.rowBytes(), width, count,
                group.float64(), i * width, float64Chains, float64Squares, z[i], at);
        finite &= greatest < Double.POSITIVE_INFINITY;
        range = Math.max(range, group.length(i) * Math.sqrt(greatest));
    }

    /** Numerators of query {@code i}, to which keys {@code from .. to - 1} of those up to {@code end} are visible. */
    private void exponentiate(QueryGroup group, int i, int first, int from, int to, int end, PartialSums sums, int slot) {
        active[i] = from < to;
        if (!active[i]) {
            return;
        }
        double[] logs = z[i];
        int columns = Lanes.blocks(end - first);
        Arrays.fill(logs, 0, from - first, Double.NEGATIVE_INFINITY);
        Arrays.fill(logs, to - first, columns * Lanes.BLOCK, Double.NEGATIVE_INFINITY);
        if (group.biased(i)) {
            for (int j = from; j < to; j++) {
                logs[j - first] += group.bias(i, j);
            }
        }
        double greatest = greatest(logs, columns);
        finite &= Math.abs(greatest) < Double.POSITIVE_INFINITY;
        Arrays.fill(reference, greatest);
        Numerators.float64(logs, columns, reference, numerators[i], sum);
        float total = total();
        float unit = Math.scalb(1f, SUM_EXPONENT - Math.getExponent(total));
        scale(numerators[i], unit);
        sums.set(slot, i, finite ? greatest + LogTwo.log2(total) : Double.NaN, 1 / ((double) total * unit));
    }

    private double greatest(double[] logs, int columns) {
        Arrays.fill(reference, Double.NEGATIVE_INFINITY);
        Numerators.raise(logs, 0, columns, reference);
        for (int half = Lanes.BLOCK / 2; half > 0; half /= 2) {
            for (int r = 0; r < half; r++) {
                reference[r] = Math.max(reference[r], reference[r + half]);
            }
        }
        return reference[0];
    }

    private float total() {
        for (int half = Lanes.BLOCK / 2; half > 0; half /= 2) {
            for (int r = 0; r < half; r++) {
                sum[r] += sum[r + half];
            }
        }
        return sum[0];
    }

    private static void scale(float[] numerators, float unit) {
        for (int j = 0; j < numerators.length; j++) {
            numerators[j] *= unit;
        }
    }

    /** Sums of the numerators times values {@code from .. to - 1}, block by block. */
    private void accumulate(int queries, StoredRows values, int first, int from, int to, PartialSums sums, int slot) {
        valueBlock.begin(from);
        for (int key = from; key < to; key += KeyProducts.KEYS) {
            int count = Math.min(KeyProducts.KEYS, to - key);
            valueBlock.load(values, key, count, to);
            for (int i = 0; i < queries; i++) {
                if (active[i]) {
                    ValueSums.add(valueBlock, count, numerators[i], key - first, sums.sums(), sums.at(slot, i));
                }
            }
        }
    }

    /** Sums again with smaller numerators what has overflowed; if that overflows too, a value is not finite. */
    private void resumOverflowed(int queries, StoredRows values, int first, int from, int to, PartialSums sums, int slot) {
        boolean finiteSums = true;
        for (int i = 0; i < queries; i++) {
            active[i] &= !sums.finiteSums(slot, i);
            if (active[i]) {
                finiteSums = false;
                scale(numerators[i], OVERFLOW_FACTOR);
                sums.restart(slot, i, OVERFLOW_FACTOR);
            }
        }
        if (!finiteSums) {
            accumulate(queries, values, first, from, to, sums, slot);
            for (int i = 0; i < queries; i++) {
                if (active[i] && !sums.finiteSums(slot, i)) {
                    sums.set(slot, i, Double.NaN, Double.NaN);
                }
            }
        }
    }
}
