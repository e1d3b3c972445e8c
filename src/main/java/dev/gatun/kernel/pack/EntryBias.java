package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What is added to single entries of a log-kernel, {@code forth b_ij + back b_ji}, in units of log 2: the part of scores that is no
 * inner product. Entries of minus infinity count as 0, for the pairs that they forbid are hidden by the {@link Pattern} of the
 * log-kernel. A tile of b is read once for each tile of log-kernels, and once more where both parts are there.
 */
public final class EntryBias {

    private static final int FLOATS = Lanes.FLOATS.length();

    private final StoredRows b;
    private final double forth;
    private final double back;
    private final boolean forbids;

    /**
     * @param b       {@code rows x columns} of the log-kernel for {@code forth}, and {@code columns x rows} for {@code back}
     * @param forth   the weight of {@code b_ij}, 0 for none
     * @param back    the weight of {@code b_ji}, 0 for none
     * @param forbids whether entries may be minus infinity
     */
    EntryBias(StoredRows b, double forth, double back, boolean forbids) {
        this.b = b;
        this.forth = forth;
        this.back = back;
        this.forbids = forbids;
    }

    /** With rows and columns exchanged. */
    EntryBias transposed() {
        return new EntryBias(b, back, forth, forbids);
    }

    /** With more of both parts, of the same entries. */
    EntryBias plus(double moreForth, double moreBack) {
        return new EntryBias(b, forth + moreForth, back + moreBack, forbids);
    }

    /** Adds it to a tile of log-kernels in single precision. The error is about one rounding of the sum. */
    public void add(EntryTile scratch, int firstRow, int rowCount, int first, int columns, float[] tile) {
        if (forth != 0) {
            scratch.add(forthTile(scratch, firstRow, rowCount, first, columns), columns, forth, tile);
        }
        if (back != 0) {
            scratch.add(backTile(scratch, firstRow, rowCount, first, columns), columns, back, tile);
        }
    }

    /** Adds it to a tile of log-kernels in double precision. */
    public void add(EntryTile scratch, int firstRow, int rowCount, int first, int columns, double[] tile) {
        if (forth != 0) {
            scratch.add(forthTile(scratch, firstRow, rowCount, first, columns), columns, forth, tile);
        }
        if (back != 0) {
            scratch.add(backTile(scratch, firstRow, rowCount, first, columns), columns, back, tile);
        }
    }

    private float[] forthTile(EntryTile scratch, int firstRow, int rowCount, int first, int columns) {
        return finite(scratch.rows(b, firstRow, rowCount, first, columns), columns);
    }

    private float[] backTile(EntryTile scratch, int firstRow, int rowCount, int first, int columns) {
        return finite(scratch.columns(b, firstRow, rowCount, first, columns), columns);
    }

    /** Zeros in place of minus infinity. */
    private float[] finite(float[] tile, int columns) {
        if (forbids) {
            FloatVector least = FloatVector.broadcast(Lanes.FLOATS, -Float.MAX_VALUE);
            FloatVector nothing = FloatVector.zero(Lanes.FLOATS);
            for (int at = 0; at < columns * Lanes.BLOCK; at += FLOATS) {
                FloatVector entries = FloatVector.fromArray(Lanes.FLOATS, tile, at);
                entries.blend(nothing, entries.compare(VectorOperators.LT, least)).intoArray(tile, at);
            }
        }
        return tile;
    }
}
