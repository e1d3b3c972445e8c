package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.stored.StoredRows;
import java.util.Arrays;

/**
 * One sum of inner products of a log-kernel, {@code coefficient <r_i, c_j>}, and its place among the components of the packed vectors.
 *
 * <p>Packs its vectors as they are, or centred: with the mean row r and the mean column c subtracted,
 * {@code <r_i, c_j> = <r_i - r, c_j - c> + <r, c_j - c> + <r_i, c>}, where the last two go to the offsets of columns and rows.
 */
final class ScoreTerm {

    /** A coefficient between its inverse and this is accurate as a sum of two floats, and its products with floats seldom overflow. */
    private static final double MAX_FOLDED_COEFFICIENT = 0x1p100;

    /** Rows and columns whose exponents differ by no more are packed in the units in which they are given. */
    private static final int MAX_IMBALANCE = 16;

    private final double[] meanRow;
    private final double[] meanColumn;
    private final StoredRows ownRows = new StoredRows();
    private final StoredRows ownColumns = new StoredRows();
    private final StoredRows visibleRows = new StoredRows();
    private final StoredRows visibleColumns = new StoredRows();
    private StoredRows r;
    private StoredRows c;
    private float[] centredVectors;
    private StoredRows centredRows;
    private final double[] rowSquares;
    private final double[] columnSquares;
    private double coefficient;
    private double maxRowSquare;
    private double maxColumnSquare;
    private double rowFactor;
    private double columnFactor;
    private double rowShare;
    private double columnShare;
    private int rows;
    private int columns;
    private int at;

    /** A term of up to {@code rows} and {@code columns} vectors of d components. */
    ScoreTerm(int rows, int columns, int d) {
        this.meanRow = new double[d];
        this.meanColumn = new double[d];
        this.rowSquares = new double[rows];
        this.columnSquares = new double[columns];
        resize(rows, columns);
    }

    /** Sets the numbers of vectors, at most those that there is memory for. */
    void resize(int newRows, int newColumns) {
        rows = newRows;
        columns = newColumns;
    }

    /** Components of a vector. */
    int dimension() {
        return meanRow.length;
    }

    /** Sets the vectors, row after row of two arrays, the coefficient and the first component of the packed vectors. */
    void bind(float[] newR, float[] newC, double newCoefficient, int newAt) {
        ownRows.bind(newR, dimension());
        ownColumns.bind(newC, dimension());
        bind(ownRows, ownColumns, newCoefficient, newAt);
    }

    /** Sets the vectors, the coefficient and the first component of the packed vectors. */
    void bind(StoredRows newR, StoredRows newC, double newCoefficient, int newAt) {
        r = newR;
        c = newC;
        coefficient = newCoefficient;
        at = newAt;
        Arrays.fill(meanRow, 0.0);
        Arrays.fill(meanColumn, 0.0);
        factors(0);
    }

    /** Whether the product of the coefficient and a row is accurate in float32, whatever the columns are. */
    boolean foldable() {
        double magnitude = Math.abs(coefficient);
        return magnitude <= MAX_FOLDED_COEFFICIENT && magnitude >= 1 / MAX_FOLDED_COEFFICIENT || coefficient == 0;
    }

    /** Sets the factors of packed rows and columns, whose product is the coefficient. */
    private void factors(int exponent) {
        rowFactor = Math.scalb(coefficient, -exponent);
        columnFactor = Math.scalb(1.0, exponent);
    }

    /** Replaces hidden vectors, those without a visible entry, by copies of a visible one. */
    void replaceHidden(VisibleVectors visible) {
        visibleRows.copyNeeded(r, rows, dimension(), rowSquares.length, visible.visibleRows());
        visibleColumns.copyNeeded(c, columns, dimension(), columnSquares.length, visible.visibleColumns());
        r = visibleRows;
        c = visibleColumns;
    }

    /**
     * Computes the means and the squared lengths of centred vectors, and adds to the offsets what centring takes from the inner products.
     *
     * @param squareChains  scratch of {@link Moments#CHAINS}
     * @param productChains likewise
     */
    void centre(double[] rowOffsets, double[] columnOffsets, double[] squareChains, double[] productChains) {
        int d = dimension();
        Arrays.fill(rowSquares, 0, rows, 0.0);
        Arrays.fill(columnSquares, 0, columns, 0.0);
        Moments.mean(allRows(), rows, d, meanRow);
        Moments.mean(allColumns(), columns, d, meanColumn);
        Moments.add(allRows(), rows, d, meanRow, 1, rowSquares, meanColumn, coefficient, rowOffsets, squareChains, productChains);
        Moments.add(allColumns(), columns, d, meanColumn, 1, columnSquares, meanRow, coefficient, columnOffsets, squareChains,
                productChains);
        double common = coefficient * Moments.product(meanRow, meanColumn);
        for (int j = 0; j < columns; j++) {
            columnOffsets[j] -= common;
        }
        balance();
    }

    /**
     * Chooses factors that bring rows, times the coefficient, and columns to similar magnitudes if these are far apart: in float32 the ones
     * could underflow and the others overflow although their products are ordinary numbers.
     */
    private void balance() {
        maxRowSquare = RowColumnOffsets.max(rowSquares, rows);
        maxColumnSquare = RowColumnOffsets.max(columnSquares, columns);
        double row = Math.abs(coefficient) * Math.sqrt(maxRowSquare);
        double column = Math.sqrt(maxColumnSquare);
        int imbalance = Math.getExponent(row) - Math.getExponent(column);
        boolean apart = row > 0 && column > 0 && Math.abs(imbalance) > MAX_IMBALANCE;
        factors(apart && row < Double.POSITIVE_INFINITY && column < Double.POSITIVE_INFINITY ? imbalance / 2 : 0);
        rowShare = row > 0 && column > 0 ? coefficient * coefficient * (column / row) : 0;
        columnShare = row > 0 && column > 0 ? row / column : 0;
    }

    /** The squared length of row or column i, in units in which the longest row, times the coefficient, equals the longest column. */
    double balancedSquare(boolean ofRows, int i) {
        return ofRows ? rowShare * rowSquares[i] : columnShare * columnSquares[i];
    }

    /** The largest {@link #balancedSquare}. */
    double maxBalancedSquare(boolean ofRows) {
        return ofRows ? rowShare * maxRowSquare : columnShare * maxColumnSquare;
    }

    /** The bound of the inner products by Cauchy and Schwarz, not centred, in float64. */
    double bound() {
        return Math.abs(coefficient) * maxNorm(allRows(), rows) * maxNorm(allColumns(), columns);
    }

    private double maxNorm(float[] vectors, int count) {
        double max = 0;
        int d = dimension();
        for (int i = 0; i < count; i++) {
            max = Math.max(max, Moments.product(vectors, i * d, vectors, i * d, d));
        }
        return Math.sqrt(max);
    }

    /** Packs the rows times the coefficient, not centred, in float32, and adds up the squares of their packed components. */
    void packRows(Panel panel, int inner, float[] squares, float[] chunk) {
        float factor = (float) coefficient;
        packRows(r, factor, (float) (coefficient - factor), panel, inner, squares, chunk);
    }

    /** Packs the columns, not centred, in float32, and adds up the squares of their packed components. */
    void packColumns(Panel panel, int inner, float[] squares, float[] chunk) {
        packColumns(c, panel, inner, squares, chunk);
    }

    /** As {@link #packRows} and {@link #packColumns}, centred: each component is rounded to float32 once. */
    void packCentred(boolean ofRows, Panel panel, int inner, float[] squares, float[] chunk) {
        if (ofRows) {
            packRows(centred(r, rows, rowSquares.length, meanRow, rowFactor), 1, 0, panel, inner, squares, chunk);
        } else {
            packColumns(centred(c, columns, columnSquares.length, meanColumn, columnFactor), panel, inner, squares, chunk);
        }
    }

    private void packRows(StoredRows vectors, float factor, float rest, Panel panel, int inner, float[] squares, float[] chunk) {
        int count = rows;
        int d = dimension();
        int step = StoredRows.chunkRows(d);
        for (int block = 0; block < count; block += Lanes.BLOCK) {
            int end = Math.min(count, block + Lanes.BLOCK);
            for (int i = block; i < end; i += step) {
                int read = Math.min(step, end - i);
                Packing.readScaled(vectors, i, read, d, factor, rest, chunk);
                Packing.byBlock(chunk, i, Packing.pad(chunk, read, d), d, panel.float32(), inner, at);
            }
            Packing.addSquares(panel.float32(), block, end - block, d, inner, at, squares);
        }
    }

    private void packColumns(StoredRows vectors, Panel panel, int inner, float[] squares, float[] chunk) {
        int count = columns;
        int d = dimension();
        int step = StoredRows.chunkRows(d);
        for (int i = 0; i < count; i += step) {
            vectors.read(i, Math.min(step, count - i), d, chunk);
            Packing.byFour(chunk, i, Math.min(step, count - i), d, panel.float32(), inner, at, squares);
        }
    }

    private StoredRows centred(StoredRows vectors, int count, int most, double[] mean, double factor) {
        if (centredVectors == null || centredVectors.length < most * mean.length) {
            centredVectors = new float[ArrayLength.of(most, mean.length)];
            centredRows = StoredRows.of(centredVectors, mean.length);
        }
        Moments.centre(vectors.all(count, mean.length, most), count, mean.length, mean, factor, centredVectors, mean.length, 0);
        return centredRows;
    }

    /** Writes centred vectors times their factor in float64 to rows of {@code inner} entries. */
    void centreFloat64(boolean ofRows, double[] panel, int inner) {
        if (ofRows) {
            Moments.centre(allRows(), rows, dimension(), meanRow, rowFactor, panel, inner, at);
        } else {
            Moments.centre(allColumns(), columns, dimension(), meanColumn, columnFactor, panel, inner, at);
        }
    }

    private float[] allRows() {
        return r.all(rows, dimension(), rowSquares.length);
    }

    private float[] allColumns() {
        return c.all(columns, dimension(), columnSquares.length);
    }
}
