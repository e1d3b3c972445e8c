package dev.gatun.internal.head;

import dev.gatun.kernel.Lanes;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What another machine computes of consecutive rows, a number for each.
 *
 * @param first   the first row
 * @param entries the numbers
 */
public record RowEntries(int first, double[] entries) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The numbers of blocks {@code first .. end - 1} of rows, from those of all rows. */
    public static RowEntries ofBlocks(int first, int end, double[] all) {
        int from = first * Lanes.BLOCK;
        return new RowEntries(from, Arrays.copyOfRange(all, from, Math.min(all.length, end * Lanes.BLOCK)));
    }

    /**
     * The numbers of all rows.
     *
     * @param parts what the machines have computed, in any order
     * @param rows  the number of rows
     */
    public static double[] joined(List<? extends Serializable> parts, int rows) {
        double[] all = new double[rows];
        int computed = 0;
        for (Serializable part : parts) {
            RowEntries piece = (RowEntries) part;
            System.arraycopy(piece.entries, 0, all, piece.first, piece.entries.length);
            computed += piece.entries.length;
        }
        if (computed != rows) {
            throw new IllegalStateException("%s of %s rows were computed".formatted(computed, rows));
        }
        return all;
    }
}
