package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.ZeroDiagonal;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.Sequences;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A block of a mask, rows and columns counted from its own first: row i sees columns 0 to {@code i + shift}, but for column
 * {@code i + hole} where there is one. Masks of scores are made of such blocks, none of which sees another.
 *
 * @param place       the beginning of a sentence on the block; empty where it is all there is
 * @param firstRow    where the block begins
 * @param firstColumn likewise
 * @param rows        how many it has
 * @param columns     likewise
 * @param shift       how far beyond its own number a row sees
 * @param hole        where, from its own number on, lies the column that a row does not see: below shift
 */
record Staircase(String place, int firstRow, int firstColumn, int rows, int columns, int shift, int hole) {

    /** The hole of rows that see all their columns: far before the first. */
    private static final int NONE = Integer.MIN_VALUE;

    /** No column. */
    static final int NOWHERE = -1;

    /** The blocks of a mask of {@code rows x columns}. */
    static List<Staircase> of(Mask mask, int rows, int columns) {
        return switch (mask) {
            case Band band -> List.of(new Staircase("", 0, 0, rows, columns, band.upper(), NONE));
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
                sequences.columnStart(s + 1) - firstColumn, sequences.band(s).upper(), NONE);
    }

    /** Without the mask's diagonal: where that is the last that rows see, they see one column less. */
    private Staircase zeroDiagonal() {
        int diagonal = firstRow - firstColumn;
        return diagonal > shift ? this : diagonal == shift ? with(shift - 1, NONE) : with(shift, diagonal);
    }

    private Staircase with(int newShift, int newHole) {
        return new Staircase(place, firstRow, firstColumn, rows, columns, newShift, newHole);
    }

    /**
     * The blocks of what is reached in some steps, each to a token that the last one sees, of as many rows as columns. Under a
     * causal mask without its diagonal each step leads a row back at least. In a whole block without it three tokens and more
     * reach each other and themselves in two steps, two change places at each, and one sees nothing.
     */
    List<Staircase> power(int steps) {
        if (hole == NONE) {
            return List.of(shift > 0 ? this : with((int) Math.max((long) steps * shift, -rows), NONE));
        }
        if (rows == 2 && steps % 2 == 0) {
            return List.of(comingBack(0), comingBack(1));
        }
        return List.of(rows < 3 || steps == 1 ? this : with(shift, NONE));
    }

    /** One of two tokens that see each other alone, after every other step. */
    private Staircase comingBack(int i) {
        return new Staircase("%sat row %s, which comes back to itself, ".formatted(place, firstRow + i), firstRow + i,
                firstColumn + i, 1, 1, 0, NONE);
    }

    /** One past the last column that row {@code i} sees; no less for later rows. */
    int end(int i) {
        return Math.clamp((long) i + shift + 1, 0, columns);
    }

    /** The column before its end that row {@code i} does not see, or {@link #NOWHERE}. */
    int hole(int i) {
        long column = (long) i + hole;
        return column >= 0 && column < end(i) ? (int) column : NOWHERE;
    }

    /** How many rows end before the hole of row {@code i}: the first ones. */
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
