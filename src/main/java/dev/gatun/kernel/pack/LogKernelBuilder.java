package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Arrays;

/**
 * Builds a {@link LogKernel} from up to two {@link ScoreTerm terms} {@code coefficient <r_i, c_j>}, {@link RowColumnOffsets offsets} of
 * rows and columns, a bias and a mask, and chooses its precision.
 *
 * <p>If the range is not small, each term is centred: the parts of its inner products that belong to a row or a column alone move to the
 * offsets, in float64. The inner products, and so their rounding errors, are then as small as they can be.
 *
 * <p>{@link #clear(int, int)} begins another log-kernel in the memory of the last one, which must not be used any more. It allocates
 * nothing if the terms have the same numbers of components. A log-kernel of fewer rows or columns than the builder has memory for is
 * the same to the last bit as that of a builder of its own size.
 */
public final class LogKernelBuilder {

    private static final int MAX_TERMS = 2;

    /** Up to this range terms are not centred: it would not make float32 much more accurate. */
    private static final double MAX_UNCENTRED_RANGE = 32;

    private final int maxRows;
    private final int maxColumns;
    private final int inner;
    private int rows;
    private int columns;
    private final ScoreTerm[] terms = new ScoreTerm[MAX_TERMS];
    private final double[] a;
    private final double[] b;
    private final RowColumnOffsets offsets;
    private final float[] packedRowSquares;
    private final float[] packedColumnSquares;
    private final double[] squareChains = new double[Moments.CHAINS];
    private final double[] productChains = new double[Moments.CHAINS];
    private final float[] chunk;
    private Mask mask = Band.ALL;
    private PairBias pairs;
    private VisibleVectors visible;
    private boolean hiddenReplaced;
    private int termCount;
    private int componentCount;
    private double addedRange;
    private double uncappedRange;
    private double cap = Double.POSITIVE_INFINITY;
    private EntryBias bias;
    private double biasRange;
    private boolean centred;
    private LogKernel float32;
    private LogKernel float64;

    /**
     * Begins a log-kernel of zeros, with memory for those that follow.
     *
     * @param rows    its rows, and the largest number of rows of a later one
     * @param columns likewise
     * @param inner   components of the inner products: those of all terms together; 0 if there are none
     */
    public LogKernelBuilder(int rows, int columns, int inner) {
        this.maxRows = rows;
        this.maxColumns = columns;
        this.rows = rows;
        this.columns = columns;
        this.inner = Math.max(1, inner);
        this.offsets = new RowColumnOffsets(rows, columns);
        this.a = offsets.rows();
        this.b = offsets.columns();
        offsets.clear(rows, columns);
        this.packedRowSquares = new float[Packing.squares(rows)];
        this.packedColumnSquares = new float[Packing.squares(columns)];
        this.chunk = StoredRows.chunk(inner);
    }

    /** Begins another log-kernel of zeros, in the memory of the last one. */
    public LogKernelBuilder clear() {
        return clear(maxRows, maxColumns);
    }

    /** As {@link #clear()}, of fewer rows or columns, at least one of each. */
    public LogKernelBuilder clear(int newRows, int newColumns) {
        rows = newRows;
        columns = newColumns;
        offsets.clear(rows, columns);
        termCount = 0;
        componentCount = 0;
        addedRange = 0;
        bias = null;
        biasRange = 0;
        uncappedRange = 0;
        hiddenReplaced = false;
        centred = false;
        return this;
    }

    /**
     * Adds {@code coefficient <r_i, c_j>}.
     *
     * @param r {@code rows x d}, row after row, unchanged until the log-kernel is built
     * @param c {@code columns x d}, row after row, unchanged until the log-kernel is built
     */
    public LogKernelBuilder addScores(float[] r, float[] c, int d, double coefficient) {
        nextTerm(d).bind(r, c, coefficient, componentCount - d);
        return this;
    }

    /**
     * Adds {@code coefficient <r_i, c_j>} of stored rows, which must stay bound until the log-kernel is built.
     *
     * @param r {@code rows x d}
     * @param c {@code columns x d}
     */
    public LogKernelBuilder addScores(StoredRows r, StoredRows c, int d, double coefficient) {
        nextTerm(d).bind(r, c, coefficient, componentCount - d);
        return this;
    }

    private ScoreTerm nextTerm(int d) {
        ScoreTerm term = terms[termCount];
        if (term == null || term.dimension() != d) {
            term = new ScoreTerm(maxRows, maxColumns, d);
            terms[termCount] = term;
        }
        term.resize(rows, columns);
        termCount++;
        componentCount += d;
        return term;
    }

    /** Adds {@code coefficient <r_i, c_i>} to row i; r and c are {@code rows x d}. */
    public LogKernelBuilder addRowSelfScores(float[] r, float[] c, int d, double coefficient) {
        RowColumnOffsets.addSelfScores(r, c, d, coefficient, offsets.rows(), rows);
        return this;
    }

    /** Adds {@code coefficient <r_j, c_j>} to column j; r and c are {@code columns x d}. */
    public LogKernelBuilder addColumnSelfScores(float[] r, float[] c, int d, double coefficient) {
        RowColumnOffsets.addSelfScores(r, c, d, coefficient, offsets.columns(), columns);
        return this;
    }

    /** Adds {@code coefficient terms_i} to row i. */
    public LogKernelBuilder addRowTerms(float[] rowTerms, double coefficient) {
        RowColumnOffsets.addTerms(rowTerms, coefficient, offsets.rows(), rows);
        return this;
    }

    /** Adds {@code coefficient terms_j} to column j. */
    public LogKernelBuilder addColumnTerms(float[] columnTerms, double coefficient) {
        RowColumnOffsets.addTerms(columnTerms, coefficient, offsets.columns(), columns);
        return this;
    }

    /** Adds {@code slope (j - i - (columns - rows))} to entry (i, j): a bias by distance, 0 between a query and its own key. */
    public LogKernelBuilder addDistances(double slope) {
        offsets.addDistances(slope);
        return this;
    }

    /**
     * Adds {@code forward b_ij + transposed b_ji} to entry (i, j), of the same b at every call until the log-kernel is built. If b has
     * entries of minus infinity, a {@link PairMask} must hide the pairs that they forbid.
     *
     * @param entries b, {@code rows x columns} for the forward part and {@code columns x rows} for the transposed part, bound as long as
     *                the log-kernel is used
     * @param largest the largest magnitude of a finite entry
     * @param forbids whether there are entries of minus infinity
     */
    public LogKernelBuilder addBias(StoredRows entries, double forward, double transposed, double largest, boolean forbids) {
        bias = bias == null ? new EntryBias(entries, forward, transposed, forbids) : bias.plus(forward, transposed);
        biasRange += (Math.abs(forward) + Math.abs(transposed)) * largest;
        return this;
    }

    /** Widens the range by {@code range}, for additions of up to that magnitude to single entries after the log-kernel is built. */
    public LogKernelBuilder widen(double range) {
        addedRange += range;
        return this;
    }

    /** As {@link #widen}, for additions to single entries before they are capped. */
    public LogKernelBuilder widenUncapped(double range) {
        uncappedRange = range;
        return this;
    }

    /** Sets the bias that hides single entries in addition to the mask, so that hidden vectors do not count; null for none. */
    public LogKernelBuilder pairs(PairBias newPairs) {
        pairs = newPairs;
        return this;
    }

    /** Hides all entries that are not visible in {@code newMask}. */
    public LogKernelBuilder mask(Mask newMask) {
        this.mask = newMask;
        return this;
    }

    /**
     * Prepares for a soft cap of the inner products: terms are not centred, because the cap needs their full values.
     *
     * @param newCap in units of log 2; infinite for none
     */
    public LogKernelBuilder softCap(double newCap) {
        cap = newCap;
        return this;
    }

    /**
     * Replaces the vectors of rows and columns without a visible entry. Called only where they could influence the precision or the
     * means, because finding them may read all pairs.
     *
     * @return whether there are any that had not been replaced before
     */
    private boolean replaceHidden() {
        if (hiddenReplaced || pairs == null && mask == Band.ALL) {
            return false;
        }
        hiddenReplaced = true;
        if (visible == null) {
            visible = new VisibleVectors(maxRows, maxColumns);
        }
        if (visible.of(rows, columns, mask, pairs).allVisible()) {
            return false;
        }
        for (int t = 0; t < termCount; t++) {
            terms[t].replaceHidden(visible);
        }
        return true;
    }

    /**
     * The log-kernel, in the precision that its range requires.
     *
     * <p>A constant along the normalised side cancels, so only the offsets of the other side count in the range, after their middle has
     * moved to the normalised side. If both sides are normalised the potentials are as large as the scores, and the precision is always
     * float64.
     *
     * @throws IllegalArgumentException if the scores are too large for float64
     */
    public LogKernel build(Normalised normalised) {
        return build(normalised, 1);
    }

    /**
     * The log-kernel for a use that multiplies its errors.
     *
     * @param growth the factor by which errors grow, at least 1
     */
    public LogKernel build(Normalised normalised, double growth) {
        if (cap < Double.POSITIVE_INFINITY) {
            return buildCapped(normalised);
        }
        if (normalised != Normalised.BOTH && fitsUncentred(normalised, growth)) {
            offsets.centre(normalised);
            return float32;
        }
        double range = range(normalised) * growth;
        LogKernel.requireMeasurable(range);
        offsets.centre(normalised);
        if (normalised == Normalised.BOTH || range > LogKernel.float32Range(inner)) {
            return packFloat64();
        }
        return packCentred();
    }

    private boolean fitsUncentred(Normalised normalised, double growth) {
        do {
            double range = packUncentred(normalised) * growth;
            if (range <= Math.min(MAX_UNCENTRED_RANGE, LogKernel.float32Range(inner))) {
                float32.inSpans(range > LogKernel.rangeFor(ScoreTile.roundings(inner)));
                return true;
            }
        } while (replaceHidden());
        return false;
    }

    /** Capped inner products are bounded by their cap too; what is added to them counts in addition. */
    private LogKernel buildCapped(Normalised normalised) {
        double added = addedRange(normalised);
        boolean fits = fitsCapped(normalised, added);
        offsets.centre(normalised);
        if (fits) {
            return float32;
        }
        double range = uncappedRange;
        for (int t = 0; t < termCount; t++) {
            range += terms[t].bound();
        }
        LogKernel.requireMeasurable(range + added);
        return packFloat64();
    }

    private boolean fitsCapped(Normalised normalised, double added) {
        do {
            double range = packUncentred(normalised) - added + uncappedRange;
            if (Math.max(range, Math.min(range, cap) + added) <= LogKernel.float32Range(inner)) {
                float32.inSpans(inner > ScoreTile.SPAN);
                return true;
            }
        } while (replaceHidden());
        return false;
    }

    /**
     * Packs the terms in float32 without centring them.
     *
     * @return a bound of {@code |z|}, from squares summed in float32: infinite or NaN if these overflow, small if they underflow, as is
     *         the true bound then. Infinite also if the product of a coefficient and the rows is not accurate in float32.
     */
    private double packUncentred(Normalised normalised) {
        for (int t = 0; t < termCount; t++) {
            if (!terms[t].foldable()) {
                return Double.POSITIVE_INFINITY;
            }
        }
        reserveFloat32();
        for (int t = 0; t < termCount; t++) {
            terms[t].packRows(float32.x(), inner, packedRowSquares, chunk);
            terms[t].packColumns(float32.y(), inner, packedColumnSquares, chunk);
        }
        return Math.sqrt(Packing.greatest(packedRowSquares, rows)) * Math.sqrt(Packing.greatest(packedColumnSquares, columns))
                + addedRange(normalised);
    }

    private LogKernel packCentred() {
        reserveFloat32();
        float32.inSpans(inner > ScoreTile.SPAN);
        for (int t = 0; t < termCount; t++) {
            terms[t].packCentred(true, float32.x(), inner, packedRowSquares, chunk);
            terms[t].packCentred(false, float32.y(), inner, packedColumnSquares, chunk);
        }
        return float32;
    }

    private void reserveFloat32() {
        if (float32 == null) {
            float32 = new LogKernel(inner, mask, Panel.float32(maxRows, inner, Lanes.BLOCK),
                    Panel.float32(maxColumns, inner, Lanes.QUAD), a, b, bias);
        } else {
            float32 = renewed(float32);
        }
        float32.resize(rows, columns);
        Arrays.fill(packedRowSquares, 0, Packing.squares(rows), 0f);
        Arrays.fill(packedColumnSquares, 0, Packing.squares(columns), 0f);
    }

    private LogKernel packFloat64() {
        if (float64 == null) {
            float64 = new LogKernel(inner, mask, Panel.float64(maxRows, inner), Panel.float64(maxColumns, inner), a, b, bias);
        } else {
            float64 = renewed(float64);
        }
        float64.resize(rows, columns);
        for (int t = 0; t < termCount; t++) {
            terms[t].centreFloat64(true, float64.x().float64(), inner);
            terms[t].centreFloat64(false, float64.y().float64(), inner);
        }
        return float64;
    }

    /** The log-kernel in the same memory with the current mask and bias. */
    private LogKernel renewed(LogKernel last) {
        return last.mask() == mask && last.bias() == bias ? last : new LogKernel(inner, mask, last.x(), last.y(), a, b, bias);
    }

    /** A bound of {@code |z|} with centred terms, without what cancels in the normalised sums. */
    public double range(Normalised normalised) {
        centre();
        return Math.sqrt(maxSquare(true)) * Math.sqrt(maxSquare(false)) + addedRange(normalised);
    }

    private void centre() {
        if (centred) {
            return;
        }
        centred = true;
        replaceHidden();
        for (int t = 0; t < termCount; t++) {
            terms[t].centre(offsets.rows(), offsets.columns(), squareChains, productChains);
        }
    }

    /**
     * The largest squared length of a row or a column, all terms together. Each term has its own units, because it does not change when
     * its rows are multiplied and its columns divided by the same number, and neither should the bound.
     */
    private double maxSquare(boolean ofRows) {
        if (termCount == 1) {
            return terms[0].maxBalancedSquare(ofRows);
        }
        double max = 0;
        for (int i = 0; i < (ofRows ? rows : columns); i++) {
            double square = 0;
            for (int t = 0; t < termCount; t++) {
                square += terms[t].balancedSquare(ofRows, i);
            }
            max = Math.max(max, square);
        }
        return max;
    }

    /** The part of the range that is not of the inner products: offsets that do not cancel, the bias, and later additions. */
    private double addedRange(Normalised normalised) {
        return addedRange + biasRange + offsets.range(normalised);
    }
}
