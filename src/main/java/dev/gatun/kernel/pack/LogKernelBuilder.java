package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.ScoreTile;
import java.util.Arrays;

/**
 * Makes a {@link LogKernel} from scores: a sum of terms {@code weight * <r_i, c_j>}, self-scores along rows or columns,
 * and a mask.
 *
 * <p>Where the range is not small, each term is centred: with the mean row r and the mean column c taken off,
 * {@code <r_i, c_j> = <r_i - r, c_j - c> + <r, c_j - c> + <r_i, c>}, of which the last two are a row's or a column's
 * own and are kept in double precision in a and b. What the matrix of inner products must carry is then as small as it
 * can be, and so is its rounding error.
 *
 * <p>A builder may be used again after {@link #clear()}: it then fills the memory of the log-kernel it built before, which
 * is not to be used any more, and allocates nothing where the terms are of the same sizes.
 */
public final class LogKernelBuilder {

    private static final int MAX_TERMS = 2;

    /** Up to this range terms stay as they are: centring would not make single precision much more accurate. */
    private static final double UNCENTRED_RANGE = 32;

    /** Weights from its inverse up to it are two floats to their last bits, and times any float but vanish or overflow late. */
    private static final double MAX_FOLDED_WEIGHT = 0x1p100;

    /** Up to this difference of their exponents, rows and columns of a term are packed in the units that they are given in. */
    private static final int MAX_IMBALANCE = 16;

    private final int rows;
    private final int columns;
    private final int inner;
    private final Term[] terms = new Term[MAX_TERMS];
    private final double[] a;
    private final double[] b;
    private final float[] packedRowSquares;
    private final float[] packedColumnSquares;
    private final double[] squareChains = new double[Moments.CHAINS];
    private final double[] productChains = new double[Moments.CHAINS];
    private final float[] chunk;
    private Mask mask = Band.ALL;
    private PairBias pairs;
    private Seen seen;
    private boolean unseenLeftOut;
    private int termCount;
    private int filled;
    private double widening;
    private double uncapped;
    private double cap = Double.POSITIVE_INFINITY;
    private EntryBias bias;
    private double biasRange;
    private boolean centred;
    private boolean offset;
    private LogKernel single;
    private LogKernel float64;

    /** One sum of inner products, {@code weight * <r_i - meanRow, c_j - meanColumn>}, at its place among the components. */
    private static final class Term {
        private final double[] meanRow;
        private final double[] meanColumn;
        private final StoredRows ownRows = new StoredRows();
        private final StoredRows ownColumns = new StoredRows();
        private final StoredRows neededRows = new StoredRows();
        private final StoredRows neededColumns = new StoredRows();
        private StoredRows r;
        private StoredRows c;
        private float[] centredVectors;
        private StoredRows centredRows;
        private final double[] rowSquares;
        private final double[] columnSquares;
        private double weight;
        private double greatestRow;
        private double greatestColumn;
        private double rowFactor;
        private double columnFactor;
        private double rowShare;
        private double columnShare;
        private int at;

        Term(int rows, int columns, int d) {
            this.meanRow = new double[d];
            this.meanColumn = new double[d];
            this.rowSquares = new double[rows];
            this.columnSquares = new double[columns];
        }

        /** Whether rows times the weight are what they should be in float32, whatever the columns are. */
        boolean foldable() {
            double magnitude = Math.abs(weight);
            return magnitude <= MAX_FOLDED_WEIGHT && magnitude >= 1 / MAX_FOLDED_WEIGHT || weight == 0;
        }

        /** Rows are packed times a factor and columns times another, whose product is the weight. */
        private void factors(int exponent) {
            rowFactor = Math.scalb(weight, -exponent);
            columnFactor = Math.scalb(1.0, exponent);
        }

        /**
         * Brings rows, times the weight, and columns to like magnitudes where these are far apart: as float32 the ones
         * might vanish and the others overflow while their products are ordinary numbers.
         */
        void balance() {
            greatestRow = greatest(rowSquares);
            greatestColumn = greatest(columnSquares);
            double row = Math.abs(weight) * Math.sqrt(greatestRow);
            double column = Math.sqrt(greatestColumn);
            int imbalance = Math.getExponent(row) - Math.getExponent(column);
            boolean apart = row > 0 && column > 0 && Math.abs(imbalance) > MAX_IMBALANCE;
            factors(apart && row < Double.POSITIVE_INFINITY && column < Double.POSITIVE_INFINITY ? imbalance / 2 : 0);
            rowShare = row > 0 && column > 0 ? weight * weight * (column / row) : 0;
            columnShare = row > 0 && column > 0 ? row / column : 0;
        }

        /** Of row or column {@code i}, in units in which the longest row, times the weight, is as long as the longest column. */
        double balancedSquare(boolean ofRows, int i) {
            return ofRows ? rowShare * rowSquares[i] : columnShare * columnSquares[i];
        }

        /** The greatest of them. */
        double greatestBalancedSquare(boolean ofRows) {
            return ofRows ? rowShare * greatestRow : columnShare * greatestColumn;
        }

        /** Has vectors that no visible entry needs stand as copies of one that is needed. */
        void leaveOutUnseen(Seen seen, int rows, int columns) {
            neededRows.copyNeeded(r, rows, meanRow.length, seen.rowsSeen());
            neededColumns.copyNeeded(c, columns, meanColumn.length, seen.columnsSeen());
            r = neededRows;
            c = neededColumns;
        }

        /** Packs the vectors as they are, times the weight, and adds up their squares. */
        void packRows(int count, Panel panel, int inner, float[] squares, float[] chunk) {
            float whole = (float) weight;
            packRows(r, whole, (float) (weight - whole), count, panel, inner, squares, chunk);
        }

        void packColumns(int count, Panel panel, int inner, float[] squares, float[] chunk) {
            packColumns(c, count, panel, inner, squares, chunk);
        }

        /** As above, with their mean taken off, and rounded once. */
        void packCentred(boolean ofRows, int count, Panel panel, int inner, float[] squares, float[] chunk) {
            if (ofRows) {
                packRows(centred(r, count, meanRow, rowFactor), 1, 0, count, panel, inner, squares, chunk);
            } else {
                packColumns(centred(c, count, meanColumn, columnFactor), count, panel, inner, squares, chunk);
            }
        }

        private void packRows(StoredRows vectors, float factor, float rest, int count, Panel panel, int inner,
                              float[] squares, float[] chunk) {
            int d = meanRow.length;
            int step = StoredRows.chunkRows(d);
            for (int block = 0; block < count; block += Lanes.BLOCK) {
                int end = Math.min(count, block + Lanes.BLOCK);
                for (int i = block; i < end; i += step) {
                    vectors.read(i, Math.min(step, end - i), d, chunk);
                    Packing.byBlock(chunk, i, Math.min(step, end - i), d, panel.float32(), inner, at);
                }
                Packing.weigh(panel.float32(), block, end - block, d, factor, rest, inner, at, squares);
            }
        }

        private void packColumns(StoredRows vectors, int count, Panel panel, int inner, float[] squares, float[] chunk) {
            int d = meanColumn.length;
            if (DirectPacking.takes(vectors, count, d)) {
                DirectPacking.byFour(vectors, count, d, panel.float32(), inner, at, squares);
                return;
            }
            int step = StoredRows.chunkRows(d);
            for (int i = 0; i < count; i += step) {
                vectors.read(i, Math.min(step, count - i), d, chunk);
                Packing.byFour(chunk, i, Math.min(step, count - i), d, panel.float32(), inner, at, squares);
            }
        }

        private StoredRows centred(StoredRows vectors, int count, double[] mean, double factor) {
            if (centredVectors == null || centredVectors.length < count * mean.length) {
                centredVectors = new float[count * mean.length];
                centredRows = StoredRows.of(centredVectors, mean.length);
            }
            Moments.centre(vectors.whole(count, mean.length), count, mean.length, mean, factor, centredVectors, mean.length,
                    0);
            return centredRows;
        }

        float[] wholeRows(int count) {
            return r.whole(count, meanRow.length);
        }

        float[] wholeColumns(int count) {
            return c.whole(count, meanColumn.length);
        }

        /** Cauchy's and Schwarz's bound of the whole inner products, in double precision. */
        double bound(int rows, int columns) {
            return Math.abs(weight) * greatestNorm(wholeRows(rows), rows) * greatestNorm(wholeColumns(columns), columns);
        }

        private double greatestNorm(float[] vectors, int count) {
            double greatest = 0;
            int d = meanRow.length;
            for (int i = 0; i < count; i++) {
                greatest = Math.max(greatest, Moments.product(vectors, i * d, vectors, i * d, d));
            }
            return Math.sqrt(greatest);
        }

        void centre(boolean ofRows, int count, double[] panel, int width) {
            Moments.centre(ofRows ? wholeRows(count) : wholeColumns(count), count, meanRow.length,
                    ofRows ? meanRow : meanColumn, ofRows ? rowFactor : columnFactor, panel, width, at);
        }
    }

    /**
     * Begins a log-kernel of zeros.
     *
     * @param inner the length of the inner products: the sum of the lengths of the terms to come; 0 for none, which takes one of zeros
     */
    public LogKernelBuilder(int rows, int columns, int inner) {
        this.rows = rows;
        this.columns = columns;
        this.inner = Math.max(1, inner);
        this.a = new double[rows];
        this.b = new double[columns];
        this.packedRowSquares = new float[Packing.squares(rows)];
        this.packedColumnSquares = new float[Packing.squares(columns)];
        this.chunk = StoredRows.chunk(inner);
    }

    /** Begins another log-kernel of zeros, in the memory of the last one. */
    public LogKernelBuilder clear() {
        if (offset) {
            Arrays.fill(a, 0.0);
            Arrays.fill(b, 0.0);
        }
        termCount = 0;
        filled = 0;
        widening = 0;
        bias = null;
        biasRange = 0;
        uncapped = 0;
        unseenLeftOut = false;
        centred = false;
        offset = false;
        return this;
    }

    /**
     * Adds {@code weight * <r_i, c_j>}.
     *
     * @param r {@code rows x d}, row after row, not to change until the log-kernel is built
     * @param c {@code columns x d}, row after row, as r
     */
    public LogKernelBuilder addScores(float[] r, float[] c, int d, double weight) {
        Term term = nextTerm(d);
        term.ownRows.bind(r, d);
        term.ownColumns.bind(c, d);
        return take(term, term.ownRows, term.ownColumns, weight);
    }

    /**
     * As above, of rows that stay bound until the log-kernel is built.
     *
     * @param r {@code rows x d}
     * @param c {@code columns x d}
     */
    public LogKernelBuilder addScores(StoredRows r, StoredRows c, int d, double weight) {
        return take(nextTerm(d), r, c, weight);
    }

    private LogKernelBuilder take(Term term, StoredRows r, StoredRows c, double weight) {
        term.r = r;
        term.c = c;
        term.weight = weight;
        term.factors(0);
        return this;
    }

    /** Takes the means off, and gives rows and columns what that leaves them. */
    private void centre() {
        if (centred) {
            return;
        }
        centred = true;
        leaveOutUnseen();
        offset = true;
        for (int t = 0; t < termCount; t++) {
            Term term = terms[t];
            Arrays.fill(term.rowSquares, 0.0);
            Arrays.fill(term.columnSquares, 0.0);
            int d = term.meanRow.length;
            Moments.mean(term.wholeRows(rows), rows, d, term.meanRow);
            Moments.mean(term.wholeColumns(columns), columns, d, term.meanColumn);
            Moments.add(term.wholeRows(rows), rows, d, term.meanRow, 1, term.rowSquares, term.meanColumn,
                    term.weight, a, squareChains, productChains);
            Moments.add(term.wholeColumns(columns), columns, d, term.meanColumn, 1, term.columnSquares, term.meanRow,
                    term.weight, b, squareChains, productChains);
            double common = term.weight * Moments.product(term.meanRow, term.meanColumn);
            for (int j = 0; j < columns; j++) {
                b[j] -= common;
            }
            term.balance();
        }
    }

    private Term nextTerm(int d) {
        Term term = terms[termCount];
        if (term == null || term.meanRow.length != d) {
            term = new Term(rows, columns, d);
            terms[termCount] = term;
        }
        Arrays.fill(term.meanRow, 0.0);
        Arrays.fill(term.meanColumn, 0.0);
        term.at = filled;
        termCount++;
        filled += d;
        return term;
    }

    /** Adds {@code weight * <r_i, c_i>} to row i; r and c are {@code rows x d}. */
    public LogKernelBuilder addRowSelfScores(float[] r, float[] c, int d, double weight) {
        offset = true;
        addSelfScores(r, c, d, weight, a);
        return this;
    }

    /** Adds {@code weight * <r_j, c_j>} to column j; r and c are {@code columns x d}. */
    public LogKernelBuilder addColumnSelfScores(float[] r, float[] c, int d, double weight) {
        offset = true;
        addSelfScores(r, c, d, weight, b);
        return this;
    }

    /** Adds {@code weight * terms_i} to row i. */
    public LogKernelBuilder addRowTerms(float[] terms, double weight) {
        offset = true;
        addTerms(terms, weight, a);
        return this;
    }

    /** Adds {@code weight * terms_j} to column j. */
    public LogKernelBuilder addColumnTerms(float[] terms, double weight) {
        offset = true;
        addTerms(terms, weight, b);
        return this;
    }

    private static void addTerms(float[] terms, double weight, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * terms[i];
        }
    }

    /**
     * Adds {@code forth * b_ij + back * b_ji} to entry (i, j), of the same b at every call until the log-kernel is built. Where
     * there are entries of minus infinity, a {@link Pattern} must hide what they forbid.
     *
     * @param entries {@code rows x columns} for forth and {@code columns x rows} for back, bound until the log-kernel is used no more
     * @param largest the largest magnitude of a finite entry
     * @param forbids whether there are entries of minus infinity
     */
    public LogKernelBuilder addBias(StoredRows entries, double forth, double back, double largest, boolean forbids) {
        bias = bias == null ? new EntryBias(entries, forth, back, forbids) : bias.plus(forth, back);
        biasRange += (Math.abs(forth) + Math.abs(back)) * largest;
        return this;
    }

    /** Adds {@code slope * (j - i - (columns - rows))}: a bias by distance, 0 where a query meets its own key. */
    public LogKernelBuilder addDistances(double slope) {
        offset = true;
        for (int i = 0; i < rows; i++) {
            a[i] -= slope * (i + (double) columns - rows);
        }
        for (int j = 0; j < columns; j++) {
            b[j] += slope * j;
        }
        return this;
    }

    /** Makes room for what is added to single entries later: up to {@code range} in magnitude. */
    public LogKernelBuilder widen(double range) {
        widening += range;
        return this;
    }

    /** Makes room for what is added to single entries before they are capped, up to {@code range} in magnitude. */
    public LogKernelBuilder widenUncapped(double range) {
        uncapped = range;
        return this;
    }

    /** Takes what masks single entries beside the mask, for vectors that no entry needs to be of no account. */
    public LogKernelBuilder pairs(PairBias newPairs) {
        pairs = newPairs;
        return this;
    }

    /**
     * Leaves out vectors that no visible entry needs; called where they may matter to the precision or to the means, not
     * before, for to find them may take a look at all pairs.
     *
     * @return whether there are any that had not been left out before
     */
    private boolean leaveOutUnseen() {
        if (unseenLeftOut || pairs == null && mask == Band.ALL) {
            return false;
        }
        unseenLeftOut = true;
        if (seen == null) {
            seen = new Seen(rows, columns);
        }
        if (seen.of(mask, pairs).all()) {
            return false;
        }
        for (int t = 0; t < termCount; t++) {
            terms[t].leaveOutUnseen(seen, rows, columns);
        }
        return true;
    }

    /**
     * Leaves terms as they are, for a soft cap of inner products that must be whole: then neither rows nor columns are
     * given any part of them.
     *
     * @param newCap in units of log 2; infinite for none
     */
    public LogKernelBuilder softCap(double newCap) {
        cap = newCap;
        return this;
    }

    /** Masks everything outside {@code visible}. */
    public LogKernelBuilder mask(Mask visible) {
        this.mask = visible;
        return this;
    }

    /**
     * The log-kernel, in the precision that its range asks for.
     *
     * <p>What is constant along the normalised side cancels, so the offsets of the other side alone count in the range,
     * once their middle has been moved to the normalised side. Where both sides are normalised the potentials are as
     * large as the scores, and precision is always double.
     *
     * @throws IllegalArgumentException if the scores are too large to be told apart
     */
    public LogKernel build(Normalised normalised) {
        return build(normalised, 1);
    }

    /**
     * The log-kernel for a use that multiplies its errors.
     *
     * @param growth by what factor it does, at least 1
     */
    public LogKernel build(Normalised normalised, double growth) {
        if (cap < Double.POSITIVE_INFINITY) {
            return buildWhole(normalised);
        }
        if (normalised != Normalised.BOTH && staysUncentred(normalised, growth)) {
            centreOffsets(normalised);
            return single;
        }
        double range = range(normalised) * growth;
        LogKernel.requireMeasurable(range);
        centreOffsets(normalised);
        if (normalised == Normalised.BOTH || range > LogKernel.singlePrecisionRange(inner)) {
            return isFloat64();
        }
        return packCentred();
    }

    private boolean staysUncentred(Normalised normalised, double growth) {
        do {
            double uncentred = packAsItStands(normalised) * growth;
            if (uncentred <= Math.min(UNCENTRED_RANGE, LogKernel.singlePrecisionRange(inner))) {
                single.inSpans(uncentred > LogKernel.rangeFor(ScoreTile.roundings(inner)));
                return true;
            }
        } while (leaveOutUnseen());
        return false;
    }

    /** Capped inner products are bounded by their cap as well, and what is added to them counts beside it. */
    private LogKernel buildWhole(Normalised normalised) {
        double added = halfSpreads(normalised);
        boolean isSingle = staysSingle(normalised, added);
        centreOffsets(normalised);
        if (isSingle) {
            return single;
        }
        double whole = uncapped;
        for (int t = 0; t < termCount; t++) {
            whole += terms[t].bound(rows, columns);
        }
        LogKernel.requireMeasurable(whole + added);
        return isFloat64();
    }

    private boolean staysSingle(Normalised normalised, double added) {
        do {
            double range = packAsItStands(normalised) - added + uncapped;
            if (Math.max(range, Math.min(range, cap) + added) <= LogKernel.singlePrecisionRange(inner)) {
                single.inSpans(inner > ScoreTile.SPAN);
                return true;
            }
        } while (leaveOutUnseen());
        return false;
    }

    /**
     * Packs terms that are not centred, and returns a bound of {@code |z|}. The squares that it is made of are summed in
     * float: where they overflow it is infinite or NaN, and where they vanish it is small in truth. It is infinite as well
     * where a weight is so small or so large that float32 does not hold its product with the rows.
     */
    private double packAsItStands(Normalised normalised) {
        for (int t = 0; t < termCount; t++) {
            if (!terms[t].foldable()) {
                return Double.POSITIVE_INFINITY;
            }
        }
        reserveSingle();
        for (int t = 0; t < termCount; t++) {
            terms[t].packRows(rows, single.x(), inner, packedRowSquares, chunk);
            terms[t].packColumns(columns, single.y(), inner, packedColumnSquares, chunk);
        }
        return Math.sqrt(Packing.greatest(packedRowSquares)) * Math.sqrt(Packing.greatest(packedColumnSquares))
                + halfSpreads(normalised);
    }

    private LogKernel packCentred() {
        reserveSingle();
        single.inSpans(inner > ScoreTile.SPAN);
        for (int t = 0; t < termCount; t++) {
            terms[t].packCentred(true, rows, single.x(), inner, packedRowSquares, chunk);
            terms[t].packCentred(false, columns, single.y(), inner, packedColumnSquares, chunk);
        }
        return single;
    }

    private void reserveSingle() {
        if (single == null) {
            single = new LogKernel(inner, mask, Panel.float32(rows, inner, Lanes.BLOCK),
                    Panel.float32(columns, inner, Lanes.QUAD), a, b, bias);
        } else {
            single = renewed(single);
        }
        Arrays.fill(packedRowSquares, 0f);
        Arrays.fill(packedColumnSquares, 0f);
    }

    /** The log-kernel in the same memory with the mask and the bias of now. */
    private LogKernel renewed(LogKernel last) {
        return last.mask() == mask && last.bias() == bias ? last : new LogKernel(inner, mask, last.x(), last.y(), a, b, bias);
    }

    private LogKernel isFloat64() {
        if (float64 == null) {
            float64 = new LogKernel(inner, mask, Panel.float64(rows, inner), Panel.float64(columns, inner), a, b, bias);
        } else {
            float64 = renewed(float64);
        }
        for (int t = 0; t < termCount; t++) {
            terms[t].centre(true, rows, float64.x().float64(), inner);
            terms[t].centre(false, columns, float64.y().float64(), inner);
        }
        return float64;
    }

    /** A bound of {@code |z|} of centred terms, but for what cancels where {@code normalised} sums are made 1. */
    public double range(Normalised normalised) {
        centre();
        return Math.sqrt(greatestSquare(true)) * Math.sqrt(greatestSquare(false)) + halfSpreads(normalised);
    }

    /**
     * The greatest square of a row or a column with its mean taken off, all terms together. Each term has units of its own, for a
     * term stays the same when its rows are multiplied by a number that its columns are divided by, and the bound should as well.
     */
    private double greatestSquare(boolean ofRows) {
        if (termCount == 1) {
            return terms[0].greatestBalancedSquare(ofRows);
        }
        double greatest = 0;
        for (int i = 0; i < (ofRows ? rows : columns); i++) {
            double square = 0;
            for (int t = 0; t < termCount; t++) {
                square += terms[t].balancedSquare(ofRows, i);
            }
            greatest = Math.max(greatest, square);
        }
        return greatest;
    }

    /** What the offsets that do not cancel, and what is added later, put to the range. */
    private double halfSpreads(Normalised normalised) {
        double added = widening + biasRange;
        if (!offset) {
            return added;
        }
        return added + switch (normalised) {
            case ROWS -> halfSpread(b);
            case COLUMNS -> halfSpread(a);
            case BOTH -> halfSpread(a) + halfSpread(b);
            case SCALED -> 0;
        };
    }

    /**
     * Offsets that a sum runs over are rounded to float: their middle, which may be far larger than their spread, goes to
     * the offsets that cancel in double precision.
     */
    private void centreOffsets(Normalised normalised) {
        if (!offset) {
            return;
        }
        if (normalised == Normalised.ROWS) {
            moveMiddle(b, a);
        } else if (normalised == Normalised.COLUMNS) {
            moveMiddle(a, b);
        }
    }

    private static void moveMiddle(double[] from, double[] to) {
        double middle = least(from) + halfSpread(from);
        for (int i = 0; i < from.length; i++) {
            from[i] -= middle;
        }
        for (int i = 0; i < to.length; i++) {
            to[i] += middle;
        }
    }

    private static void addSelfScores(float[] r, float[] c, int d, double weight, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * Moments.product(r, i * d, c, i * d, d);
        }
    }

    private static double halfSpread(double[] values) {
        return (greatest(values) - least(values)) / 2;
    }

    private static double greatest(double[] values) {
        double greatest = values[0];
        for (double value : values) {
            greatest = Math.max(greatest, value);
        }
        return greatest;
    }

    private static double least(double[] values) {
        double least = values[0];
        for (double value : values) {
            least = Math.min(least, value);
        }
        return least;
    }
}
