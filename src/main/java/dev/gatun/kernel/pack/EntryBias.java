package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The bias {@code forward b_ij + transposed b_ji} of the entries of a log-kernel, in units of log 2: the part of scores that is no inner
 * product.
 *
 * <p>Entries of minus infinity count as 0, because the {@link PairMask} of the log-kernel hides the pairs that they forbid. A tile of b is
 * read once for each tile of the log-kernel and each of the two parts. Float32 rows widen exactly; the error is one rounding of each sum.
 */
public final class EntryBias {

    private static final int FLOATS = Lanes.FLOATS.length();

    private final StoredRows b;
    private final double forward;
    private final double transposed;
    private final boolean forbids;

    /**
     * @param b          {@code rows x columns} of the log-kernel for the forward part, {@code columns x rows} for the transposed part
     * @param forward    the coefficient of {@code b_ij}, 0 for none
     * @param transposed the coefficient of {@code b_ji}, 0 for none
     * @param forbids    whether entries may be minus infinity
     */
    EntryBias(StoredRows b, double forward, double transposed, boolean forbids) {
        this.b = b;
        this.forward = forward;
        this.transposed = transposed;
        this.forbids = forbids;
    }

    /** The bias of the log-kernel with rows and columns exchanged. */
    EntryBias transposed() {
        return new EntryBias(b, transposed, forward, forbids);
    }

    /** The bias with larger coefficients, of the same entries. */
    EntryBias plus(double moreForward, double moreTransposed) {
        return new EntryBias(b, forward + moreForward, transposed + moreTransposed, forbids);
    }

    /** Adds the bias to a float32 tile of the log-kernel. */
    public void add(EntryTile scratch, int firstRow, int rowCount, int first, int columns, float[] tile) {
        if (forward != 0) {
            scratch.add(forwardTile(scratch, firstRow, rowCount, first, columns), columns, forward, tile);
        }
        if (transposed != 0) {
            scratch.add(transposedTile(scratch, firstRow, rowCount, first, columns), columns, transposed, tile);
        }
    }

    /** Adds the bias to a float64 tile of the log-kernel. */
    public void add(EntryTile scratch, int firstRow, int rowCount, int first, int columns, double[] tile) {
        if (forward != 0) {
            scratch.add(forwardTile(scratch, firstRow, rowCount, first, columns), columns, forward, tile);
        }
        if (transposed != 0) {
            scratch.add(transposedTile(scratch, firstRow, rowCount, first, columns), columns, transposed, tile);
        }
    }

    private float[] forwardTile(EntryTile scratch, int firstRow, int rowCount, int first, int columns) {
        return finite(scratch.rows(b, firstRow, rowCount, first, columns), columns);
    }

    private float[] transposedTile(EntryTile scratch, int firstRow, int rowCount, int first, int columns) {
        return finite(scratch.columns(b, firstRow, rowCount, first, columns), columns);
    }

    /** Zeros in place of minus infinity. */
    private float[] finite(float[] tile, int columns) {
        if (forbids) {
            FloatVector least = Lanes.FLOAT_ZEROS.broadcast(-Float.MAX_VALUE);
            FloatVector nothing = FloatVector.zero(Lanes.FLOATS);
            for (int at = 0; at < columns * Lanes.BLOCK; at += FLOATS) {
                FloatVector entries = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at));
                entries.blend(nothing, entries.compare(VectorOperators.LT, least)).intoArray(tile, at);
            }
        }
        return tile;
    }
}
