package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * The stationary distribution of a Markov chain by eliminating its states one after the other (Grassmann, Taksar and Heyman, 1985).
 *
 * <p>What is left after an elimination is the chain as it is seen when it is at the other states. No step subtracts, and diagonal
 * entries are never read: every entry of the law is right to its own relative size, however small, if the transitions are. Double
 * precision; {@code 2 n^3 / 3} operations, states taken {@value #PANEL} at a time so that most of them are products of
 * matrices. Lanes are independent and all sums have a fixed order, so results do not depend on the width of the vectors.
 *
 * <p>The matrix lies in strips of {@link Lanes#BLOCK} rows: entry (i, j) at
 * {@code (i / BLOCK * n + j) * BLOCK + i % BLOCK}, with zeros for rows that do not exist.
 */
public final class StateElimination {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Columns that are worked on at once. */
    private static final int QUAD = 4;

    /** States that are eliminated at once. */
    private static final int PANEL = 32;

    /** A sum from here on has lost nothing that counts to terms that are too small for a double. */
    private static final double MIN_SUM = 1e-250;

    private final double[] matrix;
    private final int size;
    private final int blocks;
    /** Columns of the states at hand, divided by what leaves them: {@code PANEL x blocks x BLOCK}. */
    private final double[] columns;
    /** Their rows. */
    private final double[] rows;
    /** The rows once more, state by state for each column: {@code n x PANEL}. */
    private final double[] across;
    /** Columns of one block of rows: {@code PANEL x BLOCK}. */
    private final double[] lanes = new double[PANEL * Lanes.BLOCK];
    /** The rate at which each state is left for those before it when it is eliminated. */
    private final double[] leaving;
    /** The row of each state then, {@code n x n}; null unless factors are asked for. */
    private final double[] keptRows;
    private double least = Double.POSITIVE_INFINITY;

    private StateElimination(double[] matrix, int size, double[] keptRows) {
        this.matrix = matrix;
        this.leaving = new double[size];
        this.keptRows = keptRows;
        this.size = size;
        this.blocks = Lanes.blocks(size);
        this.columns = new double[PANEL * blocks * Lanes.BLOCK];
        this.rows = new double[PANEL * size];
        this.across = new double[size * PANEL];
    }

    /** How long an array of strips is. */
    public static int length(int size) {
        return ArrayLength.of(ArrayLength.of(Lanes.blocks(size), size), Lanes.BLOCK);
    }

    /** Where entry (i, j) lies. */
    public static int place(int i, int j, int size) {
        return (i / Lanes.BLOCK * size + j) * Lanes.BLOCK + i % Lanes.BLOCK;
    }

    /**
     * The law {@code pi = pi P}, summing to 1, of a chain each of whose states leads to each other one.
     *
     * @param matrix the transitions in strips; overwritten
     * @return the law; null where the chain leaves some states, or is at some, so seldom that doubles do not hold it
     */
    public static double[] stationaryLaw(double[] matrix, int size) {
        StateElimination elimination = new StateElimination(matrix, size, null);
        elimination.eliminate();
        // What is lost may have become NaN, which is not at least anything.
        double[] law = elimination.least >= MIN_SUM ? elimination.substitute() : null;
        return law != null && Arrays.stream(law).allMatch(mass -> mass >= MIN_SUM) ? law : null;
    }

    /**
     * The triangular factors of {@code I - P} without its first row and column, found without a subtraction:
     * {@code (I - C) diag(leaving) (I - R)}, with C above and R below the diagonal.
     *
     * @param columns the strips that were given: entry (i, k) for i below k is {@code C_ik}
     * @param rows    {@code n x n}: entry (k, j) for j below k is {@code R_kj} times {@code leaving[k]}
     * @param leaving the rate at which each state is left for those before it; that of state 0 is 0
     */
    public record Factors(double[] columns, double[] rows, double[] leaving) {
    }

    /**
     * Eliminates all states but the first.
     *
     * @param matrix the transitions in strips; overwritten, and part of the result
     */
    public static Factors factors(double[] matrix, int size) {
        StateElimination elimination = new StateElimination(matrix, size, new double[ArrayLength.of(size, size)]);
        elimination.eliminate();
        return new Factors(matrix, elimination.keptRows, elimination.leaving);
    }

    private void eliminate() {
        // Panels do not reach from one strip into another.
        for (int end = size, start; end > 1; end = start) {
            start = Math.max((end - 1) / PANEL * PANEL, 1);
            eliminate(start, end);
        }
    }

    /** Eliminates states {@code start .. end - 1}, the last first. */
    private void eliminate(int start, int end) {
        take(start, end);
        for (int n = end - 1; n >= start; n--) {
            int k = n - start;
            scaleColumn(k, n);
            if (keptRows != null) {
                System.arraycopy(rows, k * size, keptRows, n * size, n);
            }
            for (int m = start; m < n; m++) {
                addMultiple(rows, k * size, columns[column(k) + m], rows, (m - start) * size, n);
                addMultiple(columns, column(k), rows[k * size + m], columns, column(m - start), n);
            }
        }
        for (int b = 0; b < Lanes.blocks(end); b++) {
            giveBack(start, end, b);
        }
        addProducts(start, end - start);
    }

    private int column(int k) {
        return k * blocks * Lanes.BLOCK;
    }

    /** Copies rows and columns of the states at hand, as far as there are states left. */
    private void take(int start, int end) {
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

    /** What comes to a state, over what leaves it for those that are left. */
    private void scaleColumn(int k, int n) {
        double rate = 0;
        for (int j = 0; j < n; j++) {
            rate += rows[k * size + j];
        }
        leaving[n] = rate;
        least = Math.min(least, rate);
        for (int i = 0; i < n; i++) {
            columns[column(k) + i] /= rate;
        }
    }

    /** {@code to_j += by from_j} for j below {@code count}. */
    private static void addMultiple(double[] from, int fromAt, double by, double[] to, int toAt, int count) {
        for (int j = 0; j < count; j++) {
            to[toAt + j] = Math.fma(by, from[fromAt + j], to[toAt + j]);
        }
    }

    /** Writes the scaled columns back, for the law to be found from. */
    private void giveBack(int start, int end, int b) {
        for (int n = start; n < end; n++) {
            System.arraycopy(columns, column(n - start) + b * Lanes.BLOCK, matrix, (b * size + n) * Lanes.BLOCK, Lanes.BLOCK);
        }
    }

    /** Has the states that are left lead to each other by way of those that are not. */
    private void addProducts(int count, int eliminated) {
        for (int j = 0; j < count; j++) {
            for (int k = 0; k < eliminated; k++) {
                across[j * eliminated + k] = rows[k * size + j];
            }
        }
        for (int b = 0; b < Lanes.blocks(count); b++) {
            for (int k = 0; k < eliminated; k++) {
                System.arraycopy(columns, column(k) + b * Lanes.BLOCK, lanes, k * Lanes.BLOCK, Lanes.BLOCK);
            }
            addProducts(lanes, eliminated, across, count, matrix, b * size * Lanes.BLOCK);
        }
    }

    /**
     * {@code tile[j][lane] += sum_k x[k][lane] y[j][k]} for a block of lanes, four columns and two vectors at a time: one chain of fused
     * multiply-adds an entry, begun at the entry itself. Eight sums and what they are made of fit into sixteen registers. Columns
     * that do not fill four are done singly.
     *
     * @param x    {@code inner x BLOCK}
     * @param y    {@code columns x inner}
     * @param tile {@code columns x BLOCK}, from {@code at} on
     */
    private static void addProducts(double[] x, int inner, double[] y, int columns, double[] tile, int at) {
        int j = 0;
        for (; j + QUAD <= columns; j += QUAD) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * DOUBLES) {
                quad(x, lane, inner, y, j * inner, tile, at + j * Lanes.BLOCK + lane);
            }
        }
        for (; j < columns; j++) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * DOUBLES) {
                single(x, lane, inner, y, j * inner, tile, at + j * Lanes.BLOCK + lane);
            }
        }
    }

    private static void single(double[] x, int lane, int inner, double[] y, int from, double[] tile, int at) {
        DoubleVector s0 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at);
        DoubleVector s1 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + DOUBLES);
        for (int k = 0, i = lane; k < inner; k++, i += Lanes.BLOCK) {
            DoubleVector factor = DoubleVector.broadcast(Lanes.DOUBLES, y[from + k]);
            s0 = DoubleVector.fromArray(Lanes.DOUBLES, x, i).fma(factor, s0);
            s1 = DoubleVector.fromArray(Lanes.DOUBLES, x, i + DOUBLES).fma(factor, s1);
        }
        s0.intoArray(tile, at);
        s1.intoArray(tile, at + DOUBLES);
    }

    private static void quad(double[] x, int lane, int inner, double[] y, int from, double[] tile, int at) {
        DoubleVector s00 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at);
        DoubleVector s01 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + DOUBLES);
        DoubleVector s10 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + Lanes.BLOCK);
        DoubleVector s11 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + Lanes.BLOCK + DOUBLES);
        DoubleVector s20 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + 2 * Lanes.BLOCK);
        DoubleVector s21 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + 2 * Lanes.BLOCK + DOUBLES);
        DoubleVector s30 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + 3 * Lanes.BLOCK);
        DoubleVector s31 = DoubleVector.fromArray(Lanes.DOUBLES, tile, at + 3 * Lanes.BLOCK + DOUBLES);
        int y1 = from + inner;
        int y2 = y1 + inner;
        int y3 = y2 + inner;
        for (int k = 0, i = lane; k < inner; k++, i += Lanes.BLOCK) {
            DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, x, i);
            DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, x, i + DOUBLES);
            DoubleVector f0 = DoubleVector.broadcast(Lanes.DOUBLES, y[from + k]);
            s00 = x0.fma(f0, s00);
            s01 = x1.fma(f0, s01);
            DoubleVector f1 = DoubleVector.broadcast(Lanes.DOUBLES, y[y1 + k]);
            s10 = x0.fma(f1, s10);
            s11 = x1.fma(f1, s11);
            DoubleVector f2 = DoubleVector.broadcast(Lanes.DOUBLES, y[y2 + k]);
            s20 = x0.fma(f2, s20);
            s21 = x1.fma(f2, s21);
            DoubleVector f3 = DoubleVector.broadcast(Lanes.DOUBLES, y[y3 + k]);
            s30 = x0.fma(f3, s30);
            s31 = x1.fma(f3, s31);
        }
        s00.intoArray(tile, at);
        s01.intoArray(tile, at + DOUBLES);
        s10.intoArray(tile, at + Lanes.BLOCK);
        s11.intoArray(tile, at + Lanes.BLOCK + DOUBLES);
        s20.intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.intoArray(tile, at + 2 * Lanes.BLOCK + DOUBLES);
        s30.intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.intoArray(tile, at + 3 * Lanes.BLOCK + DOUBLES);
    }

    /** The law from the first state on, kept from overflowing. */
    private double[] substitute() {
        double[] law = new double[size];
        law[0] = 1;
        for (int n = 1; n < size; n++) {
            double sum = 0;
            for (int b = 0; b * Lanes.BLOCK < n; b++) {
                int from = (b * size + n) * Lanes.BLOCK;
                for (int i = b * Lanes.BLOCK; i < Math.min(n, (b + 1) * Lanes.BLOCK); i++) {
                    sum += law[i] * matrix[from + i - b * Lanes.BLOCK];
                }
            }
            law[n] = sum;
            if (sum > 1) {
                scale(law, n + 1, 1 / sum);
            }
        }
        scale(law, size, 1 / Arrays.stream(law).sum());
        return law;
    }

    private static void scale(double[] law, int count, double factor) {
        for (int i = 0; i < count; i++) {
            law[i] *= factor;
        }
    }
}
