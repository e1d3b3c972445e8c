package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.tile.ThinProduct;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * The states of one strip that {@link StateElimination} eliminates together, at most {@link Lanes#BLOCK}: their transitions to and from
 * each block of earlier states, in the layout of {@link ThinProduct}, state after state.
 *
 * <p>With {@code c_mk = p_mk / rate_k}, where {@code rate_k} is the rate of leaving state k for earlier ones, the elimination of state k
 * adds {@code c_mk p_kj} to {@code p_mj}. For the rows and columns of the panel this is the solution of triangular equations, one lane for
 * each earlier state. They are solved for four states at a time: products of all later states, from the first on, then of those of the
 * four, from the last on.
 */
final class EliminationPanel {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Entries of a block. */
    private static final int BLOCK = Lanes.BLOCK * ThinProduct.ROW;

    private final double[] matrix;
    private final int size;
    /** Transitions from the panel to a block of earlier states. */
    private final double[] rows;
    /** Transitions from a block of earlier states to the panel, divided by the rates. */
    private final double[] columns;
    /** {@code c_mk} at row k and column m. */
    private final double[] rowFactors = new double[BLOCK];
    /** {@code p_km} at row k and column m, when state k is eliminated. */
    private final double[] columnFactors = new double[BLOCK];
    /** {@code p_ij}, row after row, of the panel alone. */
    private final double[] within = new double[Lanes.BLOCK * Lanes.BLOCK];
    private final double[] rates = new double[Lanes.BLOCK];
    /** The probability of leaving each state of the panel for a state before it. */
    private final double[] out = new double[Lanes.BLOCK];
    private int start;
    private int count;

    EliminationPanel(double[] matrix, int size) {
        this.matrix = matrix;
        this.size = size;
        this.rows = new double[ArrayLength.of(Lanes.blocks(size), BLOCK)];
        this.columns = new double[rows.length];
    }

    /**
     * Takes states {@code start .. end - 1}, eliminates them among each other, and writes their scaled columns.
     *
     * @param leaving    receives the rates
     * @param factorRows receives their rows, unless it is null
     */
    void begin(int newStart, int end, double[] leaving, double[] factorRows) {
        start = newStart;
        count = end - start;
        load();
        Arrays.fill(rates, 1);
        Arrays.fill(rowFactors, 0);
        Arrays.fill(columnFactors, 0);
        for (int k = count - 1; k >= 0; k--) {
            eliminateWithin(k);
            leaving[start + k] = rates[k];
            if (factorRows != null) {
                System.arraycopy(within, k * Lanes.BLOCK, factorRows, (start + k) * size + start, k);
            }
        }
        for (int k = 0; k < count; k++) {
            System.arraycopy(rowFactors, k * ThinProduct.ROW, matrix, StateElimination.place(start, start + k, size), k);
        }
    }

    /** Copies the transitions within the panel, and sums up those to the states before it. */
    private void load() {
        int first = StateElimination.place(start, start, size);
        for (int k = 0; k < count; k++) {
            for (int m = 0; m < count; m++) {
                within[m * Lanes.BLOCK + k] = matrix[first + k * Lanes.BLOCK + m];
            }
        }
        Arrays.fill(out, 0);
        for (int j = 0, at = StateElimination.place(start, 0, size); j < start; j++, at += Lanes.BLOCK) {
            addLanes(matrix, at, count, out);
        }
    }

    private static void addLanes(double[] from, int at, int count, double[] to) {
        for (int m = 0; m < count; m++) {
            to[m] += from[at + m];
        }
    }

    private void eliminateWithin(int k) {
        int row = k * Lanes.BLOCK;
        double rate = out[k];
        for (int m = 0; m < k; m++) {
            rate += within[row + m];
        }
        rates[k] = rate;
        System.arraycopy(within, row, columnFactors, k * ThinProduct.ROW, k);
        for (int m = 0; m < k; m++) {
            double factor = within[m * Lanes.BLOCK + k] / rate;
            rowFactors[k * ThinProduct.ROW + m] = factor;
            addMultiple(factor, within, row, m * Lanes.BLOCK, k);
            out[m] = Math.fma(factor, out[k], out[m]);
        }
    }

    /** {@code to_j += factor from_j} for {@code j < count}. */
    private static void addMultiple(double factor, double[] entries, int from, int to, int count) {
        for (int j = 0; j < count; j++) {
            entries[to + j] = Math.fma(factor, entries[from + j], entries[to + j]);
        }
    }

    /** Eliminates the panel from its rows and columns of a block of earlier states. Blocks are independent. */
    void eliminate(int block, double[] factorRows) {
        int at = block * BLOCK;
        int first = block * Lanes.BLOCK;
        int lanes = Math.min(Lanes.BLOCK, start - first);
        loadRows(first, lanes, at);
        solve(rowFactors, rows, at, false);
        for (int k = 0; k < count && factorRows != null; k++) {
            System.arraycopy(rows, at + k * ThinProduct.ROW, factorRows, (start + k) * size + first, lanes);
        }
        int from = (block * size + start) * Lanes.BLOCK;
        for (int k = 0; k < count; k++) {
            System.arraycopy(matrix, from + k * Lanes.BLOCK, columns, at + k * ThinProduct.ROW, lanes);
        }
        clearPadding(columns, at);
        solve(columnFactors, columns, at, true);
        for (int k = 0; k < count; k++) {
            System.arraycopy(columns, at + k * ThinProduct.ROW, matrix, from + k * Lanes.BLOCK, lanes);
        }
    }

    private void loadRows(int first, int lanes, int at) {
        for (int j = 0, from = StateElimination.place(start, first, size); j < lanes; j++, from += Lanes.BLOCK) {
            for (int k = 0, to = at + j; k < count; k++, to += ThinProduct.ROW) {
                rows[to] = matrix[from + k];
            }
        }
        clearPadding(rows, at);
    }

    /** Clears the states that fill up the last four. */
    private void clearPadding(double[] block, int at) {
        Arrays.fill(block, at + count * ThinProduct.ROW, at + ThinProduct.padded(count, ThinProduct.ROWS) * ThinProduct.ROW, 0);
    }

    /** {@code x_m += sum_{k > m} factors_km x_k}, after which x_m is divided by its rate if {@code divide}. */
    private void solve(double[] factors, double[] x, int at, boolean divide) {
        int end = ThinProduct.padded(count, ThinProduct.ROWS);
        for (int m = end - ThinProduct.ROWS; m >= 0; m -= ThinProduct.ROWS) {
            int later = m + ThinProduct.ROWS;
            if (later < end) {
                ThinProduct.transposed(factors, later * ThinProduct.ROW + m, ThinProduct.ROWS, x, at + later * ThinProduct.ROW,
                        Lanes.BLOCK, count - later, false, x, at + m * ThinProduct.ROW, ThinProduct.ROW);
            }
            if (divide) {
                solveFour(factors, m, rates[m + 3], rates[m + 2], rates[m + 1], rates[m], x, at + m * ThinProduct.ROW);
            } else {
                solveFour(factors, m, x, at + m * ThinProduct.ROW);
            }
        }
    }

    /** The equations of four states, the last of which is known. */
    private static void solveFour(double[] factors, int m, double[] x, int at) {
        DoubleVector f32 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m + 2]);
        DoubleVector f31 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m + 1]);
        DoubleVector f30 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m]);
        DoubleVector f21 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 2) * ThinProduct.ROW + m + 1]);
        DoubleVector f20 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 2) * ThinProduct.ROW + m]);
        DoubleVector f10 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 1) * ThinProduct.ROW + m]);
        for (int lane = at; lane < at + Lanes.BLOCK; lane += DOUBLES) {
            DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, x, lane + 3 * ThinProduct.ROW);
            DoubleVector x2 = x3.fma(f32, DoubleVector.fromArray(Lanes.DOUBLES, x, lane + 2 * ThinProduct.ROW));
            DoubleVector x1 = x3.fma(f31, DoubleVector.fromArray(Lanes.DOUBLES, x, lane + ThinProduct.ROW));
            DoubleVector x0 = x3.fma(f30, DoubleVector.fromArray(Lanes.DOUBLES, x, lane));
            x1 = x2.fma(f21, x1);
            x0 = x2.fma(f20, x0);
            x0 = x1.fma(f10, x0);
            x2.intoArray(x, lane + 2 * ThinProduct.ROW);
            x1.intoArray(x, lane + ThinProduct.ROW);
            x0.intoArray(x, lane);
        }
    }

    /** The equations of four states, each divided by its rate before it is used. */
    private static void solveFour(double[] factors, int m, double rate3, double rate2, double rate1, double rate0, double[] x, int at) {
        DoubleVector f32 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m + 2]);
        DoubleVector f31 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m + 1]);
        DoubleVector f30 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 3) * ThinProduct.ROW + m]);
        DoubleVector f21 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 2) * ThinProduct.ROW + m + 1]);
        DoubleVector f20 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 2) * ThinProduct.ROW + m]);
        DoubleVector f10 = Lanes.DOUBLE_ZEROS.broadcast(factors[(m + 1) * ThinProduct.ROW + m]);
        for (int lane = at; lane < at + Lanes.BLOCK; lane += DOUBLES) {
            DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, x, lane + 3 * ThinProduct.ROW).div(rate3);
            DoubleVector x2 = x3.fma(f32, DoubleVector.fromArray(Lanes.DOUBLES, x, lane + 2 * ThinProduct.ROW)).div(rate2);
            DoubleVector x1 = x3.fma(f31, DoubleVector.fromArray(Lanes.DOUBLES, x, lane + ThinProduct.ROW));
            DoubleVector x0 = x3.fma(f30, DoubleVector.fromArray(Lanes.DOUBLES, x, lane));
            x1 = x2.fma(f21, x1).div(rate1);
            x0 = x2.fma(f20, x0);
            x0 = x1.fma(f10, x0).div(rate0);
            x3.intoArray(x, lane + 3 * ThinProduct.ROW);
            x2.intoArray(x, lane + 2 * ThinProduct.ROW);
            x1.intoArray(x, lane + ThinProduct.ROW);
            x0.intoArray(x, lane);
        }
    }

    /** Adds to the transitions from a block of earlier states to others, from one block to another, those by way of the panel. */
    void update(int block, int firstBlock, int endBlock) {
        for (int other = firstBlock; other < endBlock; other++) {
            ThinProduct.transposed(rows, other * BLOCK, Lanes.BLOCK, columns, block * BLOCK, Lanes.BLOCK, count, false, matrix,
                    (block * size + other * Lanes.BLOCK) * Lanes.BLOCK, Lanes.BLOCK);
        }
    }
}
