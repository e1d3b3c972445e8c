package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.SoftCap;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * One pass of a group of queries over a piece of the keys and their values, each entry of which is read from main memory once.
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

    /** Values that are summed at a time. */
    private static final int VALUES = 32;

    /** All keys of a block. */
    private static final int ALL = (1 << KeyProducts.KEYS) - 1;

    /** Largest length of a query for float32: for longer ones, the square of a key may underflow whose product does not. */
    private static final double MAX_QUERY_LENGTH = 0x1p60;

    /** The numerators of a piece are scaled to sum to between this power of two and the next, so that sums of small values stay normal. */
    private static final int SUM_EXPONENT = 40;

    /** Factor of the numerators if sums of large values overflow: the numerators then sum to less than 1. */
    private static final float OVERFLOW_FACTOR = 0x1p-41f;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private final PairRows pairs;
    private final VisibleKeys visible;
    private final double[][] z;
    private final float[][] numerators;
    private final float[][] scaledNumerators;
    private final float[] scales = new float[PIECE];
    private final float[] totals;
    private final boolean[] active;
    private final float[] chains = new float[KeyProducts.TILE * KeyProducts.QUERY];
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
        int padded = ArrayLength.of(queries + KeyProducts.TILE - 1L) & -KeyProducts.TILE;
        this.z = new double[queries][PIECE + KeyProducts.KEYS];
        this.numerators = new float[padded][PIECE];
        this.scaledNumerators = new float[padded][PIECE];
        this.totals = new float[ArrayLength.of(padded, KeyProducts.width(components))];
        this.active = new boolean[queries];
        this.float32Range = LogKernel.rangeFor(KeyProducts.roundings(dimension));
        this.keyBlock = new FetchedRows(KeyProducts.KEYS, dimension);
        this.valueBlock = new FetchedRows(VALUES, components);
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
            int rows = load(keys, first, b, end);
            for (int i = 0; rows > 0 && i < group.count(); i += KeyProducts.TILE) {
                score(group, i, Math.min(KeyProducts.TILE, group.count() - i), rows, b);
            }
            scoreSeparately(group, keys, first, b);
        }
    }

    /** Loads the keys of a block up to the last that a query sees; returns their number. */
    private int load(StoredRows keys, int first, int b, int end) {
        int seen = visible.seen(b);
        int count = Integer.SIZE - Integer.numberOfLeadingZeros(seen);
        if (count > 0) {
            keyBlock.load(keys, first + b * KeyProducts.KEYS, count, end, needed(seen, count));
        }
        return count;
    }

    private static int needed(int seen, int count) {
        return seen == (1 << count) - 1 ? -1 : seen;
    }

    /** Inner products of {@code count} queries from {@code i} on with the loaded keys, if they see all of them. */
    private void score(QueryGroup group, int i, int count, int rows, int b) {
        if (count == 1) {
            KeyProducts.ofOne(keyBlock, rows, group.float32(), i * group.width(), chains, squares);
            KeyProducts.fold(chains, KeyProducts.CHAINS);
        } else {
            KeyProducts.ofFour(keyBlock, rows, group.float32(), i * group.width(), chains, squares);
            KeyProducts.fold(chains, KeyProducts.TILE * KeyProducts.KEYS);
        }
        double longest = Math.sqrt(KeyProducts.bound(squares)) * keyBlock.largestScale();
        for (int j = 0; j < count; j++) {
            if (visible.seen(i + j, b) == visible.seen(b)) {
                store(group, i + j, rows, j, longest, b);
            }
        }
    }

    /** Stores the products of a query in float32 if their range allows it, or computes them in float64. */
    private void store(QueryGroup group, int i, int rows, int ofTile, double longest, int b) {
        double length = group.length(i);
        if (length * longest <= float32Range && length <= MAX_QUERY_LENGTH) {
            KeyProducts.store(chains, ofTile, keyBlock.scales(), z[i], b * KeyProducts.KEYS);
        } else {
            scoreFloat64(group, i, rows, b * KeyProducts.KEYS);
        }
    }

    /** Inner products of queries that see some keys of a block, but not all that others see: these are zeros to them. */
    private void scoreSeparately(QueryGroup group, StoredRows keys, int first, int b) {
        int seen = visible.seen(b);
        for (int i = 0; i < group.count(); i++) {
            int own = visible.seen(i, b);
            if (own != seen && own != 0) {
                int count = Integer.SIZE - Integer.numberOfLeadingZeros(own);
                keyBlock.load(keys, first + b * KeyProducts.KEYS, count, first + b * KeyProducts.KEYS + count, needed(own, count));
                KeyProducts.ofOne(keyBlock, count, group.float32(), KeyProducts.place(i, 0, group.width()), chains, squares);
                KeyProducts.fold(chains, KeyProducts.CHAINS);
                store(group, i, count, 0, Math.sqrt(KeyProducts.bound(squares)) * keyBlock.largestScale(), b);
            }
        }
    }

    private void scoreFloat64(QueryGroup group, int i, int rows, int at) {
        keyBlock.widen();
        double greatest = KeyProducts.float64(keyBlock, rows, group.float64(), i * group.width(), float64Chains, float64Squares, z[i], at);
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
        return greatest(reference);
    }

    private static double greatest(double[] rows) {
        DoubleVector greatest = DoubleVector.fromArray(Lanes.DOUBLES, rows, 0);
        for (int r = DOUBLES; r < Lanes.BLOCK; r += DOUBLES) {
            greatest = Lanes.DOUBLE_VECTOR.cast(DoubleVector.fromArray(Lanes.DOUBLES, rows, r)).max(greatest);
        }
        Lanes.DOUBLE_VECTOR.cast(greatest).intoArray(rows, 0);
        for (int r = 1; r < DOUBLES; r++) {
            rows[0] = Math.max(rows[0], rows[r]);
        }
        return rows[0];
    }

    /** The sum of the rows, folded in halves: by vectors down to 16 of them, then without a store between. */
    private float total() {
        for (int half = Lanes.BLOCK / 2; half >= KeyProducts.CHAINS; half /= 2) {
            for (int r = 0; r < half; r += FLOATS) {
                FloatVector folded = FloatVector.fromArray(Lanes.FLOATS, sum, r).add(FloatVector.fromArray(Lanes.FLOATS, sum, r + half));
                Lanes.FLOAT_VECTOR.cast(folded).intoArray(sum, r);
            }
        }
        return KeyProducts.folded(sum);
    }

    private static void scale(float[] numerators, float unit) {
        for (int j = 0; j < numerators.length; j++) {
            numerators[j] *= unit;
        }
    }

    /** Sums of the numerators times the values, a few blocks at a time. */
    private void accumulate(QueryGroup group, StoredRows values, int first, int end, PartialSums sums) {
        int width = valueBlock.width();
        Arrays.fill(totals, 0f);
        float[][] factors = values.type() == StoredType.INT8 ? scaled(group, values, first) : numerators;
        valueBlock.begin(first + visible.firstBlock() * KeyProducts.KEYS);
        for (int b = visible.firstBlock(); b < visible.endBlock(); ) {
            int at = b * KeyProducts.KEYS;
            int rows = loadValues(values, first, b, end);
            int i = 0;
            for (; rows > 0 && group.count() - i > 1; i += KeyProducts.TILE) {
                ValueSums.addToFour(valueBlock, rows, factors, i, at, totals, i * width);
            }
            if (rows > 0 && i < group.count()) {
                ValueSums.addToOne(valueBlock, rows, factors[i], at, totals, i * width);
            }
            b += Math.max(1, (rows + KeyProducts.KEYS - 1) / KeyProducts.KEYS);
        }
        for (int i = 0; i < group.count(); i++) {
            if (active[i]) {
                System.arraycopy(totals, i * width, sums.sums(), sums.at(group.row(i)), width);
            }
        }
    }

    /** Loads the values of a block, and of those that follow it in memory if queries see all of them; returns their number. */
    private int loadValues(StoredRows values, int first, int b, int end) {
        int seen = visible.seen(b);
        int count = Integer.SIZE - Integer.numberOfLeadingZeros(seen);
        int key = first + b * KeyProducts.KEYS;
        int most = Math.min(valueBlock.most(), values.together(key, end - key));
        int next = b + 1;
        while (seen == ALL && next < visible.endBlock() && count + KeyProducts.KEYS <= most && visible.seen(next) == ALL) {
            count += KeyProducts.KEYS;
            next++;
        }
        if (count > 0) {
            valueBlock.load(values, key, count, end, count > KeyProducts.KEYS ? -1 : needed(seen, count));
        }
        return count;
    }

    /** The numerators times the scales of the values, rounded to float32; 0 where no query sees a value. */
    private float[][] scaled(QueryGroup group, StoredRows values, int first) {
        int from = visible.firstBlock() * KeyProducts.KEYS;
        int to = visible.endBlock() * KeyProducts.KEYS;
        for (int j = from; j < to; j++) {
            boolean seen = (visible.seen(j / KeyProducts.KEYS) >>> j % KeyProducts.KEYS & 1) != 0;
            scales[j] = seen ? values.scale(first + j) : 0;
        }
        for (int i = 0; i < group.count(); i++) {
            for (int j = from; j < to; j++) {
                scaledNumerators[i][j] = numerators[i][j] * scales[j];
            }
        }
        return scaledNumerators;
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
