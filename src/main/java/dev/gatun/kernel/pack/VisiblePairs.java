package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredRows;
import java.util.Arrays;

/**
 * The visible pairs of a row and a column as a boolean matrix, one bit a pair, in any pattern.
 *
 * <p>Stored twice, by rows and by columns: bit r of word w of column j is set where the pair of row {@code 64 w + r} and column j is
 * visible.
 */
public final class VisiblePairs {

    private static final int WORD = Long.SIZE;

    private final int rows;
    private final int columns;
    private final long[] byColumn;
    private final long[] byRow;

    private VisiblePairs(int rows, int columns, long[] byColumn, long[] byRow) {
        this.rows = rows;
        this.columns = columns;
        this.byColumn = byColumn;
        this.byRow = byRow;
    }

    private static int words(int bits) {
        return (bits + WORD - 1) / WORD;
    }

    /** The pairs of bits by rows. */
    private static VisiblePairs of(int rows, int columns, long[] byRow) {
        return new VisiblePairs(rows, columns, transposed(byRow, rows, columns), byRow);
    }

    private static long[] empty(int rows, int columns) {
        return new long[ArrayLength.of(rows, words(columns))];
    }

    /**
     * The pairs whose entries are greater than minus infinity.
     *
     * @param entries {@code rows x columns}
     */
    public static VisiblePairs of(StoredRows entries, int rows, int columns) {
        long[] byRow = empty(rows, columns);
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            entries.read(i, 1, columns, row);
            for (int j = 0, to = i * words(columns); j < columns; j += WORD, to++) {
                byRow[to] = word(row, j, Math.min(columns, j + WORD));
            }
        }
        return of(rows, columns, byRow);
    }

    private static long word(float[] row, int from, int end) {
        long word = 0;
        for (int j = from; j < end; j++) {
            word |= (row[j] > Float.NEGATIVE_INFINITY ? 1L : 0L) << j;
        }
        return word;
    }

    /** The visible pairs of a mask. */
    public static VisiblePairs of(Mask mask, int rows, int columns) {
        long[] byRow = empty(rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                if (mask.visible(i, j)) {
                    byRow[i * words(columns) + j / WORD] |= 1L << j;
                }
            }
        }
        return of(rows, columns, byRow);
    }

    private static long[] transposed(long[] byRow, int rows, int columns) {
        long[] byColumn = empty(columns, rows);
        long[] square = new long[WORD];
        for (int i = 0; i < rows; i += WORD) {
            for (int w = 0; w < words(columns); w++) {
                for (int r = 0; r < WORD; r++) {
                    square[r] = i + r < rows ? byRow[(i + r) * words(columns) + w] : 0;
                }
                transpose(square);
                for (int c = 0; c < WORD && w * WORD + c < columns; c++) {
                    byColumn[(w * WORD + c) * words(rows) + i / WORD] = square[c];
                }
            }
        }
        return byColumn;
    }

    /** Transposes 64 x 64 bits by exchanging off-diagonal halves, from 32 x 32 down to single bits. */
    private static void transpose(long[] square) {
        long mask = 0xFFFFFFFFL;
        for (int half = WORD / 2; half > 0; half >>= 1, mask ^= mask << half) {
            for (int r = 0; r < WORD; r = (r | half) + 1 & ~half) {
                long moved = (square[r] >>> half ^ square[r | half]) & mask;
                square[r] ^= moved << half;
                square[r | half] ^= moved;
            }
        }
    }

    /** The number of rows. */
    public int rows() {
        return rows;
    }

    /** The number of columns. */
    public int columns() {
        return columns;
    }

    /** Whether the pair of row {@code i} and column {@code j} is visible. */
    public boolean visible(int i, int j) {
        return (byRow[i * words(columns) + j / WORD] >>> j & 1) != 0;
    }

    /** The pairs with rows and columns exchanged; shares this memory. */
    public VisiblePairs transposed() {
        return new VisiblePairs(columns, rows, byRow, byColumn);
    }

    /** The pairs visible in both, which have the same shape. */
    public VisiblePairs and(VisiblePairs other) {
        long[] columnWords = byColumn.clone();
        long[] rowWords = byRow.clone();
        Arrays.setAll(columnWords, w -> byColumn[w] & other.byColumn[w]);
        Arrays.setAll(rowWords, w -> byRow[w] & other.byRow[w]);
        return new VisiblePairs(rows, columns, columnWords, rowWords);
    }

    /** Whether the pair (j, i) is visible wherever (i, j) is. */
    public boolean symmetric() {
        return rows == columns && Arrays.equals(byRow, byColumn);
    }

    /** The boolean product with {@code next}: pairs (i, k) with a j such that (i, j) is visible here and (j, k) in {@code next}. */
    public VisiblePairs then(VisiblePairs next) {
        int width = words(next.columns);
        long[] joined = empty(rows, next.columns);
        for (int i = 0; i < rows; i++) {
            for (int j = next(i, 0); j < columns; j = next(i, j + 1)) {
                for (int w = 0; w < width; w++) {
                    joined[i * width + w] |= next.byRow[j * width + w];
                }
            }
        }
        return of(rows, next.columns, joined);
    }

    /** The boolean power: pairs joined by {@code steps} visible pairs in sequence; of as many rows as columns. */
    public VisiblePairs power(int steps) {
        VisiblePairs power = null;
        VisiblePairs square = this;
        for (int left = steps; left > 0; left >>= 1) {
            if ((left & 1) != 0) {
                power = power == null ? square : power.then(square);
            }
            square = left > 1 ? square.then(square) : square;
        }
        return power;
    }

    /** The first visible column of row {@code i} from {@code from} on; the number of columns if there is none. */
    public int next(int i, int from) {
        int start = i * words(columns);
        for (int j = from; j < columns; j = (j / WORD + 1) * WORD) {
            long left = byRow[start + j / WORD] >>> j;
            if (left != 0) {
                return j + Long.numberOfTrailingZeros(left);
            }
        }
        return columns;
    }

    /**
     * The first visible column of row {@code i} from {@code from} on among those whose bits are set; the number of columns if there is
     * none.
     *
     * @param among bits of columns: column j at bit {@code j % 64} of word {@code j / 64}
     */
    public int next(int i, int from, long[] among) {
        int start = i * words(columns);
        for (int j = from; j < columns; j = (j / WORD + 1) * WORD) {
            long left = (byRow[start + j / WORD] & among[j / WORD]) >>> j;
            if (left != 0) {
                return j + Long.numberOfTrailingZeros(left);
            }
        }
        return columns;
    }

    /** Words with the bits of {@code count} columns set, for {@link #next(int, int, long[])}. */
    public static long[] all(int count) {
        long[] all = new long[words(count)];
        for (int j = 0; j < count; j++) {
            all[j / WORD] |= 1L << j;
        }
        return all;
    }

    /** Clears the bit of column {@code j}. */
    public static void remove(long[] members, int j) {
        members[j / WORD] &= ~(1L << j);
    }

    /** The rows of a block of {@link Lanes#BLOCK} to which column {@code j} is visible: bit r for row r of the block. */
    public long visibleRows(int block, int j) {
        return byColumn[j * words(rows) + block];
    }
}
