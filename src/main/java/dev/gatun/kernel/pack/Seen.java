package dev.gatun.kernel.pack;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * Which rows and columns of a log-kernel have a visible entry. What the others hold is no part of any result, nor may it be
 * of a decision that a result depends on.
 *
 * <p>Rows and columns are looked through when it is first asked for one of them, and once.
 */
public final class Seen {

    private final int rows;
    private final int columns;
    private final boolean[] row;
    private final boolean[] column;
    private Mask mask = Band.ALL;
    private Mask knownMask;
    private boolean hidingMask;
    private PairBias pairs;
    private float[] line;
    private float[] greatest;
    private byte[] bytes;
    private boolean known;
    private boolean all;

    /** Scratch for log-kernels of {@code rows x columns}. */
    public Seen(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.row = new boolean[rows];
        this.column = new boolean[columns];
    }

    /**
     * Takes what hides entries.
     *
     * @param newPairs bound to what it reads; or null for none
     */
    public Seen of(Mask newMask, PairBias newPairs) {
        mask = newMask;
        pairs = newPairs;
        known = false;
        return this;
    }

    /** Whether there may be a row or a column without a visible entry: false costs no look. */
    public boolean mayHide() {
        if (pairs != null) {
            return true;
        }
        if (mask == Band.ALL) {
            return false;
        }
        if (mask != knownMask) {
            lookAtMask();
            knownMask = mask;
            hidingMask = !all;
        }
        return hidingMask;
    }

    /** Whether every row and every column has a visible entry. */
    public boolean all() {
        if (mayHide()) {
            look();
            return all;
        }
        return true;
    }

    /** Whether row {@code i} has a visible entry. */
    public boolean row(int i) {
        return all() || row[i];
    }

    /** Whether column {@code j} has a visible entry. */
    public boolean column(int j) {
        return all() || column[j];
    }

    /** A column with a visible entry, found without a look at all of them; -1 if neither the last row nor the first sees one. */
    int someColumn() {
        int last = someColumn(rows - 1);
        return last >= 0 ? last : someColumn(0);
    }

    private int someColumn(int i) {
        for (int j = mask.firstColumn(i), end = mask.endColumn(i, columns); j < end; j++) {
            if (mask.visible(i, j) && (pairs == null || pairs.visible(i, j))) {
                return j;
            }
        }
        return -1;
    }

    private void look() {
        if (known) {
            return;
        }
        if (pairs == null) {
            lookAtMask();
        } else {
            lookAtPairs();
        }
        known = true;
    }

    private void lookAtMask() {
        VisiblePairs shown = mask instanceof Pattern pattern ? pattern.pairs() : null;
        VisiblePairs mirrored = shown == null ? null : shown.transposed();
        for (int i = 0; i < rows; i++) {
            row[i] = seesAny(i, mask.firstColumn(i), mask.endColumn(i, columns), shown);
        }
        for (int j = 0; j < columns; j++) {
            column[j] = seesAny(j, Math.max(0, mask.firstRow(j)), Math.min(rows, mask.endRow(j)), mirrored);
        }
        count();
    }

    /** Whether anything from {@code first} to {@code end} is visible to a row or column, which may not see itself. */
    private boolean seesAny(int self, long first, long end, VisiblePairs shown) {
        if (first >= end) {
            return false;
        }
        long seen = shown == null ? first : shown.next(self, (int) first);
        if (mask.zeroDiagonal() && seen == self) {
            seen = shown == null ? seen + 1 : shown.next(self, (int) seen + 1);
        }
        return seen < end;
    }

    /** Columns outside {@code low .. high - 1} have been seen: of padding at either end not much is looked at. */
    private void lookAtPairs() {
        if (line == null) {
            line = new float[PairBias.lineLength(columns)];
            greatest = new float[columns];
            bytes = new byte[Lanes.DEPTH];
        }
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
        int low = 0;
        int high = columns;
        for (int i = 0; i < rows; i++) {
            row[i] = someColumn(i) >= 0;
            int from = Math.max(low, mask.firstColumn(i));
            int to = Math.min(high, mask.endColumn(i, columns));
            if (row[i] && from < to) {
                pairs.readRow(i, from, to, line, bytes);
                FiniteScan.raise(line, from, to, greatest);
                while (low < high && greatest[low] >= pairs.least()) {
                    low++;
                }
                while (low < high && greatest[high - 1] >= pairs.least()) {
                    high--;
                }
            }
        }
        for (int j = 0; j < columns; j++) {
            column[j] = j < low || j >= high || greatest[j] >= pairs.least();
        }
        count();
    }

    private void count() {
        all = true;
        for (int i = 0; i < rows; i++) {
            all &= row[i];
        }
        for (int j = 0; j < columns; j++) {
            all &= column[j];
        }
    }

    /** By row, or by column: valid until something else is taken. */
    boolean[] rowsSeen() {
        look();
        return row;
    }

    boolean[] columnsSeen() {
        look();
        return column;
    }
}
