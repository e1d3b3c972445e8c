package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Sequences;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A block of a mask, rows and columns counted from its own first: row i sees columns 0 to {@code i + shift}. Masks of scores
 * are made of such blocks, none of which sees another.
 *
 * @param firstRow    where the block begins
 * @param firstColumn likewise
 * @param rows        how many it has
 * @param columns     likewise
 * @param shift       how far beyond its own number a row sees
 */
record Staircase(int firstRow, int firstColumn, int rows, int columns, int shift) {

    /** The blocks of a mask of {@code rows x columns}. */
    static List<Staircase> of(Mask mask, int rows, int columns) {
        return switch (mask) {
            case Band band -> List.of(new Staircase(0, 0, rows, columns, band.upper()));
            case Sequences sequences ->
                    IntStream.range(0, sequences.count()).mapToObj(s -> of(sequences, s)).toList();
        };
    }

    private static Staircase of(Sequences sequences, int s) {
        int firstRow = sequences.rowStart(s);
        int firstColumn = sequences.columnStart(s);
        return new Staircase(firstRow, firstColumn, sequences.rowStart(s + 1) - firstRow,
                sequences.columnStart(s + 1) - firstColumn, sequences.band(s).upper());
    }

    /** One past the last column that row {@code i} sees; no less for later rows. */
    int end(int i) {
        return Math.clamp((long) i + shift + 1, 0, columns);
    }

    /** Whether row {@code i} sees column {@code j}. */
    boolean sees(int i, int j) {
        return j < end(i);
    }
}
