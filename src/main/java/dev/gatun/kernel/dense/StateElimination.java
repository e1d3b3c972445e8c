package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.tile.ThinProduct;
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
 * <p>{@code 2 n^3 / 3} operations in float64. The states of a strip are a panel. They are eliminated together: first among each other,
 * then from their rows and columns a block at a time ({@link EliminationPanel}), and the products of these, of {@link ThinProduct}, are
 * added to the rest of the matrix. Blocks are independent of each other and may be shared among threads. Every entry is a chain of
 * multiply-adds in a fixed order, so results do not depend on the vector width, the register tile, or the threads.
 */
public final class StateElimination {

    /** Sums and probabilities from here on have lost nothing to underflow. */
    private static final double MIN_SUM = 1e-250;

    /** Blocks of columns of a piece of the update, so that their rows stay in the second-level cache from strip to strip. */
    private static final int GROUP = 4;

    private final double[] matrix;
    private final int size;
    private final Sharing sharing;
    private final EliminationPanel panel;
    /** The rate at which each state is left for earlier ones when it is eliminated. */
    private final double[] leaving;
    /** The row of each state when it is eliminated, {@code n x n}; null unless factors are asked for. */
    private final double[] factorRows;

    private StateElimination(double[] matrix, int size, double[] factorRows, Sharing sharing) {
        this.matrix = matrix;
        this.size = size;
        this.sharing = sharing;
        this.leaving = new double[size];
        this.factorRows = factorRows;
        this.panel = new EliminationPanel(matrix, size);
    }

    /** Entries of the strips of {@code size} states. */
    public static int length(int size) {
        return ArrayLength.of(ArrayLength.of(Lanes.blocks(size), size), Lanes.BLOCK);
    }

    /** The place of entry (i, j) in the strips. */
    public static int place(int i, int j, int size) {
        return (i / Lanes.BLOCK * size + j) * Lanes.BLOCK + i % Lanes.BLOCK;
    }

    /** As below, on the calling thread alone. */
    public static double[] stationaryDistribution(double[] matrix, int size) {
        return stationaryDistribution(matrix, size, Sharing.NONE);
    }

    /**
     * The stationary distribution {@code pi = pi P}, summing to 1, of an irreducible chain.
     *
     * @param matrix the transitions in strips; overwritten
     * @param sharing runs the work; the result does not depend on it
     * @return the distribution; null if a rate or a probability is below 1e-250, where float64 loses accuracy
     */
    public static double[] stationaryDistribution(double[] matrix, int size, Sharing sharing) {
        StateElimination elimination = new StateElimination(matrix, size, null, sharing);
        elimination.eliminate();
        // An underflow may have led to NaN, for which both comparisons are false.
        boolean usable = true;
        for (int n = 1; n < size; n++) {
            usable &= elimination.leaving[n] >= MIN_SUM;
        }
        double[] distribution = usable ? elimination.substitute() : null;
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
     * @param sharing runs the work; the result does not depend on it
     */
    public static Factors factors(double[] matrix, int size, Sharing sharing) {
        StateElimination elimination = new StateElimination(matrix, size, new double[ArrayLength.of(size, size)], sharing);
        elimination.eliminate();
        return new Factors(matrix, elimination.factorRows, elimination.leaving);
    }

    private void eliminate() {
        // A panel lies within one strip, and blocks before it are full, but for that of state 0 alone.
        for (int end = size, start; end > 1; end = start) {
            start = Math.max((end - 1) / Lanes.BLOCK * Lanes.BLOCK, 1);
            panel.begin(start, end, leaving, factorRows);
            int blocks = Lanes.blocks(start);
            int groups = (blocks + GROUP - 1) / GROUP;
            sharing.run(blocks, (block, worker) -> panel.eliminate(block, factorRows), start > 1 ? groups * blocks : 0,
                    (piece, worker) -> panel.update(piece % blocks, piece / blocks * GROUP,
                            Math.min(blocks, (piece / blocks + 1) * GROUP)));
        }
    }

    /** The distribution by forward substitution from the first state on, rescaled where it could overflow. */
    private double[] substitute() {
        double[] distribution = new double[Lanes.blocks(size) * Lanes.BLOCK];
        double[] sums = new double[Lanes.BLOCK];
        distribution[0] = 1;
        for (int n = 1; n < size; n++) {
            Arrays.fill(sums, 0);
            for (int b = 0; b * Lanes.BLOCK < n; b++) {
                addProducts(distribution, b * Lanes.BLOCK, matrix, (b * size + n) * Lanes.BLOCK, Math.min(Lanes.BLOCK, n - b * Lanes.BLOCK),
                        sums);
            }
            distribution[n] = folded(sums);
            if (distribution[n] > 1) {
                scale(distribution, n + 1, 1 / distribution[n]);
            }
        }
        scale(distribution, size, 1 / Arrays.stream(distribution).sum());
        return Arrays.copyOf(distribution, size);
    }

    /** {@code sums_r += x_r y_r}. */
    private static void addProducts(double[] x, int from, double[] y, int start, int count, double[] sums) {
        for (int r = 0; r < count; r++) {
            sums[r] = Math.fma(x[from + r], y[start + r], sums[r]);
        }
    }

    /** The sum of the lanes, in halves. */
    private static double folded(double[] sums) {
        for (int half = Lanes.BLOCK / 2; half > 0; half /= 2) {
            for (int r = 0; r < half; r++) {
                sums[r] += sums[r + half];
            }
        }
        return sums[0];
    }

    private static void scale(double[] distribution, int count, double factor) {
        for (int i = 0; i < count; i++) {
            distribution[i] *= factor;
        }
    }
}
