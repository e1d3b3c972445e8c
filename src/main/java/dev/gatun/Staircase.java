package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.Hollow;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Sequences;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A block of a mask, rows and columns counted from its own first: row i sees columns 0 to {@code i + shift}, but for column
 * {@code i + hole} where there is one. Masks of scores are made of such blocks, none of which sees another.
 *
 * @param firstRow    where the block begins
 * @param firstColumn likewise
 * @param rows        how many it has
 * @param columns     likewise
 * @param shift       how far beyond its own number a row sees
 * @param hole        where, from its own number on, lies the column that a row does not see: below shift
 */
record Staircase(int firstRow, int firstColumn, int rows, int columns, int shift, int hole) {

    /** The hole of rows that see all their columns: far before the first. */
    private static final int NONE = Integer.MIN_VALUE;

    /** No column. */
    static final int NOWHERE = -1;

    /** The blocks of a mask of {@code rows x columns}. */
    static List<Staircase> of(Mask mask, int rows, int columns) {
        return switch (mask) {
            case Band band -> List.of(new Staircase(0, 0, rows, columns, band.upper(), NONE));
            case Sequences sequences ->
                    IntStream.range(0, sequences.count()).mapToObj(s -> of(sequences, s)).toList();
            case Hollow hollow -> of(hollow.whole(), rows, columns).stream().map(Staircase::hollow).toList();
        };
    }

    private static Staircase of(Sequences sequences, int s) {
        int firstRow = sequences.rowStart(s);
        int firstColumn = sequences.columnStart(s);
        return new Staircase(firstRow, firstColumn, sequences.rowStart(s + 1) - firstRow,
                sequences.columnStart(s + 1) - firstColumn, sequences.band(s).upper(), NONE);
    }

    /** Without the mask's diagonal: where that is the last that rows see, they see one column less. */
    private Staircase hollow() {
        int diagonal = firstRow - firstColumn;
        return diagonal > shift ? this : diagonal == shift ? new Staircase(firstRow, firstColumn, rows, columns, shift - 1, NONE)
                : new Staircase(firstRow, firstColumn, rows, columns, shift, diagonal);
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

    /** Whether row {@code i} sees column {@code j}. */
    boolean sees(int i, int j) {
        return j < end(i) && j != hole(i);
    }
}
