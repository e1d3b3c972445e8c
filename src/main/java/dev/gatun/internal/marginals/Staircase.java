package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.ZeroDiagonal;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.Sequences;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A block of a mask: row i of the block sees its columns 0 to {@code i + shift}, but for column {@code i + hole} if there is one.
 * Masks are made of such blocks, and no row of one sees a column of another.
 *
 * @param place       the beginning of a sentence on the block; empty if it is the only one
 * @param firstRow    the row of the mask that is row 0 of the block
 * @param firstColumn the column of the mask that is column 0 of the block
 * @param rows        the number of rows
 * @param columns     the number of columns
 * @param shift       the last column that row 0 sees, if it exists
 * @param hole        the column that row 0 does not see, if it exists; less than shift
 */
record Staircase(String place, int firstRow, int firstColumn, int rows, int columns, int shift, int hole) {

    /** The hole of rows that see all their columns: far before the first one. */
    private static final int NO_HOLE = Integer.MIN_VALUE;

    /** No column. */
    static final int NONE = -1;

    /** The blocks of a mask of {@code rows x columns}. */
    static List<Staircase> of(Mask mask, int rows, int columns) {
        return switch (mask) {
            case Band band -> List.of(new Staircase("", 0, 0, rows, columns, band.upper(), NO_HOLE));
            case Sequences sequences ->
                    IntStream.range(0, sequences.count()).mapToObj(s -> of(sequences, s)).toList();
            case ZeroDiagonal zeroDiagonal -> of(zeroDiagonal.base(), rows, columns).stream().map(Staircase::zeroDiagonal).toList();
            case PairMask pattern -> throw new IllegalArgumentException("pairs that are hidden one by one make no staircase");
        };
    }

    private static Staircase of(Sequences sequences, int s) {
        int firstRow = sequences.rowStart(s);
        int firstColumn = sequences.columnStart(s);
        return new Staircase("in sequence %s ".formatted(s), firstRow, firstColumn, sequences.rowStart(s + 1) - firstRow,
                sequences.columnStart(s + 1) - firstColumn, sequences.band(s).upper(), NO_HOLE);
    }

    /** The block without the diagonal of the mask, which is either the last column that a row sees or a hole. */
    private Staircase zeroDiagonal() {
        int diagonal = firstRow - firstColumn;
        return diagonal > shift ? this : diagonal == shift ? with(shift - 1, NO_HOLE) : with(shift, diagonal);
    }

    private Staircase with(int newShift, int newHole) {
        return new Staircase(place, firstRow, firstColumn, rows, columns, newShift, newHole);
    }

    /**
     * The blocks of the pairs that are connected by {@code steps} steps along visible pairs, for as many rows as columns. Under a causal
     * mask without its diagonal each step leads back by at least one row. In a full block without its diagonal three tokens or more
     * reach each other and themselves in two steps, two tokens change places at each step, and one token sees nothing.
     */
    List<Staircase> power(int steps) {
        if (hole == NO_HOLE) {
            return List.of(shift > 0 ? this : with((int) Math.max((long) steps * shift, -rows), NO_HOLE));
        }
        if (rows == 2 && steps % 2 == 0) {
            return List.of(returning(0), returning(1));
        }
        return List.of(rows < 3 || steps == 1 ? this : with(shift, NO_HOLE));
    }

    /** One of two tokens that see only each other, after an even number of steps. */
    private Staircase returning(int i) {
        return new Staircase("%sat row %s, which comes back to itself, ".formatted(place, firstRow + i), firstRow + i,
                firstColumn + i, 1, 1, 0, NO_HOLE);
    }

    /** One past the last column that row {@code i} sees; it does not decrease with i. */
    int end(int i) {
        return Math.clamp((long) i + shift + 1, 0, columns);
    }

    /** The column before its end that row {@code i} does not see, or {@link #NONE}. */
    int hole(int i) {
        long column = (long) i + hole;
        return column >= 0 && column < end(i) ? (int) column : NONE;
    }

    /** The number of rows, from 0 on, that end before the hole of row {@code i}. */
    int rowsBeforeHole(int i) {
        return (int) Math.max(0, (long) i + hole - shift);
    }

    /** The total of the block's rows. */
    double totalOfRows(double[] masses) {
        return total(masses, firstRow, rows);
    }

    /** The total of the block's columns. */
    double totalOfColumns(double[] masses) {
        return total(masses, firstColumn, columns);
    }

    private static double total(double[] masses, int first, int count) {
        double total = 0;
        for (int i = first; i < first + count; i++) {
            total += masses[i];
        }
        return total;
    }

    /** Multiplies the masses of the block's rows. */
    void scaleRows(double[] masses, double factor) {
        scale(masses, firstRow, rows, factor);
    }

    /** Multiplies the masses of the block's columns. */
    void scaleColumns(double[] masses, double factor) {
        scale(masses, firstColumn, columns, factor);
    }

    private static void scale(double[] masses, int first, int count, double factor) {
        for (int i = first; i < first + count; i++) {
            masses[i] *= factor;
        }
    }

    /** Whether row {@code i} sees column {@code j}. */
    boolean sees(int i, int j) {
        return j < end(i) && j != hole(i);
    }
}
