package dev.gatun.kernel.decode;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.SoftCap;
import dev.gatun.kernel.stored.StoredRows;
import java.util.Arrays;

/**
 * One pass of a group of queries over a piece of the keys and their values, each entry of which is read from main memory once: memory
 * bandwidth is the bottleneck.
 *
 * <p>Inner products are summed in float32 if the range of a block of keys allows it, and in float64 otherwise, as in {@link LogKernel}; the
 * range is bounded while the keys are read. From there on log-kernels are float64: they are capped, biased and hidden in float64. The
 * largest log-kernel of a piece is subtracted, so that the largest numerator is 1.
 *
 * <p>Hidden keys, their values and their biases change no bit, whatever they hold: the result of a query depends on what it sees alone.
 * Blocks of 8 keys, from the first of the piece on, of which no query sees one are not read.
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

    private final PairRows pairs;
    private final VisibleKeys visible;
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
    private final SoftCap cap;
    private final double[] reference = new double[Lanes.BLOCK];
    private final float[] sum = new float[Lanes.BLOCK];
    private boolean finite;
    private double range;
    private double biasRange;

    /**
     * Scratch for passes.
     *
     * @param pairs      the soft cap, and the bias and the mask of the call that runs
     * @param queries    the largest number of queries of a group
     * @param dimension  components of a query and of a key
     * @param components components of a value
     */
    public DecodePass(PairRows pairs, int queries, int dimension, int components) {
        this.pairs = pairs;
        this.visible = new VisibleKeys(pairs, queries);
        this.z = new double[queries][PIECE];
        this.numerators = new float[queries][PIECE];
        this.active = new boolean[queries];
        this.float32Range = LogKernel.rangeFor(KeyProducts.roundings(dimension));
        this.keyBlock = new FetchedRows(dimension);
        this.valueBlock = new FetchedRows(components);
        this.cap = pairs.cap() < Double.POSITIVE_INFINITY ? new SoftCap(pairs.cap(), PIECE / Lanes.BLOCK) : null;
    }

    /** Begins a call: {@link #finite} and the ranges are those of the passes from here on. */
    public void begin() {
        finite = true;
        range = 0;
        biasRange = 0;
    }

    /**
     * Passes over the keys of {@code first .. end - 1} that any of the queries sees, and sets the rows of the queries in {@code sums}.
     *
     * @param first a multiple of {@link #PIECE}
     * @param end   at most {@code first + PIECE}
     */
    public void run(QueryGroup group, StoredRows keys, StoredRows values, int first, int end, PartialSums sums) {
        for (int i = 0; i < group.count(); i++) {
            sums.clear(group.row(i));
        }
        visible.read(group, first, end, numerators);
        score(group, keys, first, end);
        for (int i = 0; i < group.count(); i++) {
            exponentiate(group, i, first, sums);
        }
        accumulate(group, values, first, end, sums);
        resumOverflowed(group, values, first, end, sums);
    }

    /** Finds which keys of {@code first .. end - 1} the queries see, without reading keys: see {@link #sees}. */
    public void look(QueryGroup group, int first, int end) {
        visible.read(group, first, end, numerators);
    }

    /** Whether query {@code i} sees key {@code j} of the last piece. */
    public boolean sees(int i, int j) {
        return (visible.seen(i, j / KeyProducts.KEYS) >>> j % KeyProducts.KEYS & 1) != 0;
    }

    /** Releases the memory of the last keys and values. */
    public void release() {
        keyBlock.release();
        valueBlock.release();
    }

    /** Whether all that a query has seen since {@link #begin} was finite: queries, keys, values and biases. */
    public boolean finite() {
        return finite;
    }

    /** A bound of the magnitude of log-kernels beyond the range of float32 by Cauchy and Schwarz, without biases, in units of log 2. */
    public double range() {
        return range;
    }

    /** The largest magnitude of a visible bias of pairs, in units of log 2. */
    public double biasRange() {
        return biasRange;
    }

    /** Inner products, block by block. */
    private void score(QueryGroup group, StoredRows keys, int first, int end) {
        keyBlock.begin(first);
        for (int b = visible.firstBlock(); b < visible.endBlock(); b++) {
            int seen = visible.seen(b);
            if (seen == 0) {
                continue;
            }
            int skipped = Integer.numberOfTrailingZeros(seen);
            int count = Integer.SIZE - Integer.numberOfLeadingZeros(seen) - skipped;
            int at = b * KeyProducts.KEYS + skipped;
            keyBlock.load(keys, first + at, count, end, seen >>> skipped);
            boolean alike = true;
            for (int i = 0; i < group.count(); i++) {
                if (visible.seen(i, b) == seen) {
                    score(group, i, count, at);
                } else {
                    alike &= visible.seen(i, b) == 0;
                }
            }
            if (!alike) {
                scoreSeparately(group, keys, first, b);
            }
        }
    }

    /** Inner products of queries that see some keys of a block, but not all that others see: these are zeros to them. */
    private void scoreSeparately(QueryGroup group, StoredRows keys, int first, int b) {
        int seen = visible.seen(b);
        int skipped = Integer.numberOfTrailingZeros(seen);
        int count = Integer.SIZE - Integer.numberOfLeadingZeros(seen) - skipped;
        int at = b * KeyProducts.KEYS + skipped;
        for (int i = 0; i < group.count(); i++) {
            int own = visible.seen(i, b);
            if (own != 0 && own != seen) {
                keyBlock.load(keys, first + at, count, first + at + count, own >>> skipped);
                score(group, i, count, at);
            }
        }
    }

    /** Inner products of query {@code i} with the loaded keys. */
    private void score(QueryGroup group, int i, int count, int at) {
        KeyProducts.float32(keyBlock, count, group.float32(), i * group.width(), chains, squares);
        double square = KeyProducts.bound(squares);
        double most = group.length(i) * Math.sqrt(square);
        if (most <= float32Range && group.length(i) <= MAX_QUERY_LENGTH) {
            KeyProducts.fold(chains, count, quarters, z[i], at);
        } else {
            scoreFloat64(group, i, count, at);
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

    /** Numerators of query {@code i}. */
    private void exponentiate(QueryGroup group, int i, int first, PartialSums sums) {
        active[i] = visible.sees(i);
        if (!active[i]) {
            return;
        }
        double[] logs = z[i];
        int columns = Lanes.blocks(visible.endBlock() * KeyProducts.KEYS);
        int count = columns * Lanes.BLOCK;
        if (pairs.capsBias()) {
            addBias(numerators[i], logs, count);
        }
        if (cap != null) {
            cap.apply(logs, columns);
        }
        if (!pairs.capsBias()) {
            addBias(numerators[i], logs, count);
        }
        group.addDistances(i, logs, first, count);
        visible.hide(i, logs, count);
        double greatest = greatest(logs, columns);
        finite &= Math.abs(greatest) < Double.POSITIVE_INFINITY && group.length(i) < Double.POSITIVE_INFINITY;
        Arrays.fill(reference, greatest);
        Numerators.float64(logs, columns, reference, numerators[i], sum);
        float total = total();
        float unit = Math.scalb(1f, SUM_EXPONENT - Math.getExponent(total));
        scale(numerators[i], unit);
        sums.set(group.row(i), greatest + LogTwo.log2(total), 1 / ((double) total * unit));
    }

    private void addBias(float[] bias, double[] logs, int count) {
        if (pairs.biased()) {
            double weight = pairs.weight();
            biasRange = Math.max(biasRange, weight * FiniteScan.largest(bias, count));
            for (int j = 0; j < count; j++) {
                logs[j] += weight * bias[j];
            }
        }
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

    /** Sums of the numerators times the values, block by block. */
    private void accumulate(QueryGroup group, StoredRows values, int first, int end, PartialSums sums) {
        valueBlock.begin(first);
        for (int b = visible.firstBlock(); b < visible.endBlock(); b++) {
            int seen = visible.seen(b);
            if (seen == 0) {
                continue;
            }
            int skipped = Integer.numberOfTrailingZeros(seen);
            int count = Integer.SIZE - Integer.numberOfLeadingZeros(seen) - skipped;
            int at = b * KeyProducts.KEYS + skipped;
            valueBlock.load(values, first + at, count, end, seen >>> skipped);
            for (int i = 0; i < group.count(); i++) {
                if (active[i]) {
                    ValueSums.add(valueBlock, count, numerators[i], at, sums.sums(), sums.at(group.row(i)));
                }
            }
        }
    }

    /** Sums again with smaller numerators what has overflowed; if that overflows too, a value is not finite. */
    private void resumOverflowed(QueryGroup group, StoredRows values, int first, int end, PartialSums sums) {
        boolean finiteSums = true;
        for (int i = 0; i < group.count(); i++) {
            active[i] &= !sums.finiteSums(group.row(i));
            if (active[i]) {
                finiteSums = false;
                scale(numerators[i], OVERFLOW_FACTOR);
                sums.restart(group.row(i), OVERFLOW_FACTOR);
            }
        }
        if (!finiteSums) {
            accumulate(group, values, first, end, sums);
            for (int i = 0; i < group.count(); i++) {
                finite &= !active[i] || sums.finiteSums(group.row(i));
            }
        }
    }
}
