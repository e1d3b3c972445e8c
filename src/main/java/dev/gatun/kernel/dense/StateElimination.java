package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.ThinProduct;
import java.util.Arrays;

/**
 * The stationary distribution {@code pi = pi P} of a Markov chain, and triangular factors of {@code I - P}, by eliminating states from
 * the last to the first (W. Grassmann, M. Taksar and D. Heyman, 1985).
 *
 * <p>After an elimination the matrix is that of the chain watched only while it is at the other states. No step subtracts and diagonal
 * entries are never read, so every entry of the result is accurate to its own relative size, however small, if the transitions are.
 *
 * <p><b>Layout.</b> The matrix lies in strips of {@link Lanes#BLOCK} rows: entry (i, j) at
 * {@code (i / BLOCK * n + j) * BLOCK + i % BLOCK}, with zeros in padding rows.
 *
 * <p>{@code 2 n^3 / 3} operations in float64. States are eliminated {@value #PANEL} at a time, so that most operations are in the
 * products of {@link ThinProduct}. Lanes are independent and sums have a fixed order: results do not depend on the vector width.
 */
public final class StateElimination {

    /** States of a panel, which are eliminated together; divides {@link Lanes#BLOCK}. */
    private static final int PANEL = 32;

    /** Sums and probabilities from here on have lost nothing to underflow. */
    private static final double MIN_SUM = 1e-250;

    private final double[] matrix;
    private final int size;
    private final int blocks;
    /** Columns of the panel's states, divided by the rates at which these are left: {@code PANEL x blocks x BLOCK}. */
    private final double[] columns;
    /** Rows of the panel's states: {@code PANEL x n}. */
    private final double[] rows;
    /** The same rows in the layout of {@link ThinProduct}: {@code blocks x PANEL x ROW}. */
    private final double[] rowBlocks;
    /** One block of the columns in the layout of {@link ThinProduct}: {@code PANEL x ROW}. */
    private final double[] columnBlock = new double[PANEL * ThinProduct.ROW];
    /** The rate at which each state is left for earlier ones when it is eliminated. */
    private final double[] leaving;
    /** The row of each state when it is eliminated, {@code n x n}; null unless factors are asked for. */
    private final double[] factorRows;
    private double minLeaving = Double.POSITIVE_INFINITY;

    private StateElimination(double[] matrix, int size, double[] factorRows) {
        this.matrix = matrix;
        this.leaving = new double[size];
        this.factorRows = factorRows;
        this.size = size;
        this.blocks = Lanes.blocks(size);
        this.columns = new double[PANEL * blocks * Lanes.BLOCK];
        this.rows = new double[PANEL * size];
        this.rowBlocks = new double[blocks * PANEL * ThinProduct.ROW];
    }

    /** Entries of the strips of {@code size} states. */
    public static int length(int size) {
        return ArrayLength.of(ArrayLength.of(Lanes.blocks(size), size), Lanes.BLOCK);
    }

    /** The place of entry (i, j) in the strips. */
    public static int place(int i, int j, int size) {
        return (i / Lanes.BLOCK * size + j) * Lanes.BLOCK + i % Lanes.BLOCK;
    }

    /**
     * The stationary distribution {@code pi = pi P}, summing to 1, of an irreducible chain.
     *
     * @param matrix the transitions in strips; overwritten
     * @return the distribution; null if a rate or a probability is below 1e-250, where float64 loses accuracy
     */
    public static double[] stationaryDistribution(double[] matrix, int size) {
        StateElimination elimination = new StateElimination(matrix, size, null);
        elimination.eliminate();
        // An underflow may have led to NaN, for which both comparisons are false.
        double[] distribution = elimination.minLeaving >= MIN_SUM ? elimination.substitute() : null;
        return distribution != null && Arrays.stream(distribution).allMatch(mass -> mass >= MIN_SUM) ? distribution : null;
    }

    /**
     * The factors {@code (I - C) diag(leaving) (I - R)} of {@code I - P} without its first row and column, with C above and R below
     * the diagonal.
     *
     * @param columns the strips that were given: entry (i, k) with {@code i < k} is {@code C_ik}
     * @param rows    {@code n x n}: entry (k, j) with {@code j < k} is {@code R_kj leaving[k]}
     * @param leaving the rate at which each state is left for earlier ones; 0 for state 0
     */
    public record Factors(double[] columns, double[] rows, double[] leaving) {
    }

    /**
     * The factors of {@code I - P}, formed without a subtraction.
     *
     * @param matrix the transitions in strips; overwritten, and part of the result
     */
    public static Factors factors(double[] matrix, int size) {
        StateElimination elimination = new StateElimination(matrix, size, new double[ArrayLength.of(size, size)]);
        elimination.eliminate();
        return new Factors(matrix, elimination.factorRows, elimination.leaving);
    }

    private void eliminate() {
        // A panel lies within one strip.
        for (int end = size, start; end > 1; end = start) {
            start = Math.max((end - 1) / PANEL * PANEL, 1);
            eliminate(start, end);
        }
    }

    /** Eliminates states {@code start .. end - 1}, from the last to the first. */
    private void eliminate(int start, int end) {
        loadPanel(start, end);
        for (int n = end - 1; n >= start; n--) {
            int k = n - start;
            scaleColumn(k, n);
            if (factorRows != null) {
                System.arraycopy(rows, k * size, factorRows, n * size, n);
            }
            for (int m = start; m < n; m++) {
                addMultiple(rows, k * size, columns[column(k) + m], rows, (m - start) * size, n);
                addMultiple(columns, column(k), rows[k * size + m], columns, column(m - start), n);
            }
        }
        for (int b = 0; b < Lanes.blocks(end); b++) {
            storeColumns(start, end, b);
        }
        if (start > 1) {
            addProducts(start, end - start);
        }
    }

    private int column(int k) {
        return k * blocks * Lanes.BLOCK;
    }

    /** Copies the rows and columns of states {@code start .. end - 1}, as far as state {@code end}. */
    private void loadPanel(int start, int end) {
        for (int j = 0, from = place(start, 0, size); j < end; j++, from += Lanes.BLOCK) {
            for (int k = 0; k < end - start; k++) {
                rows[k * size + j] = matrix[from + k];
            }
        }
        for (int n = start; n < end; n++) {
            for (int b = 0; b < Lanes.blocks(end); b++) {
                System.arraycopy(matrix, (b * size + n) * Lanes.BLOCK, columns, column(n - start) + b * Lanes.BLOCK, Lanes.BLOCK);
            }
        }
    }

    /** Divides the column of state n by the rate at which the state is left for earlier ones. */
    private void scaleColumn(int k, int n) {
        double rate = 0;
        for (int j = 0; j < n; j++) {
            rate += rows[k * size + j];
        }
        leaving[n] = rate;
        minLeaving = Math.min(minLeaving, rate);
        for (int i = 0; i < n; i++) {
            columns[column(k) + i] /= rate;
        }
    }

    /** {@code to_j += by from_j} for {@code j < count}. */
    private static void addMultiple(double[] from, int fromAt, double by, double[] to, int toAt, int count) {
        for (int j = 0; j < count; j++) {
            to[toAt + j] = Math.fma(by, from[fromAt + j], to[toAt + j]);
        }
    }

    /** Writes the scaled columns of one block of rows back to the matrix. */
    private void storeColumns(int start, int end, int b) {
        for (int n = start; n < end; n++) {
            System.arraycopy(columns, column(n - start) + b * Lanes.BLOCK, matrix, (b * size + n) * Lanes.BLOCK, Lanes.BLOCK);
        }
    }

    /** Adds to the transitions between the {@code count} states left those by way of the eliminated ones. */
    private void addProducts(int count, int eliminated) {
        for (int j = 0; j < count; j += Lanes.BLOCK) {
            for (int k = 0; k < eliminated; k++) {
                System.arraycopy(rows, k * size + j, rowBlocks, (j / Lanes.BLOCK * PANEL + k) * ThinProduct.ROW,
                        Math.min(Lanes.BLOCK, count - j));
            }
        }
        for (int b = 0; b < Lanes.blocks(count); b++) {
            for (int k = 0; k < eliminated; k++) {
                System.arraycopy(columns, column(k) + b * Lanes.BLOCK, columnBlock, k * ThinProduct.ROW, Lanes.BLOCK);
            }
            for (int j = 0; j < count; j += ThinProduct.ROWS) {
                ThinProduct.transposed(rowBlocks, j / Lanes.BLOCK * PANEL * ThinProduct.ROW + j % Lanes.BLOCK, ThinProduct.ROWS,
                        columnBlock, 0, Lanes.BLOCK, eliminated, false, matrix, place(b * Lanes.BLOCK, j, size), Lanes.BLOCK);
            }
        }
    }

    /** The distribution by forward substitution from the first state on, rescaled where it could overflow. */
    private double[] substitute() {
        double[] distribution = new double[size];
        distribution[0] = 1;
        for (int n = 1; n < size; n++) {
            double sum = 0;
            for (int b = 0; b * Lanes.BLOCK < n; b++) {
                int from = (b * size + n) * Lanes.BLOCK;
                for (int i = b * Lanes.BLOCK; i < Math.min(n, (b + 1) * Lanes.BLOCK); i++) {
                    sum += distribution[i] * matrix[from + i - b * Lanes.BLOCK];
                }
            }
            distribution[n] = sum;
            if (sum > 1) {
                scale(distribution, n + 1, 1 / sum);
            }
        }
        scale(distribution, size, 1 / Arrays.stream(distribution).sum());
        return distribution;
    }

    private static void scale(double[] distribution, int count, double factor) {
        for (int i = 0; i < count; i++) {
            distribution[i] *= factor;
        }
    }
}
