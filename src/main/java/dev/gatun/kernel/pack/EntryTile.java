package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredRows;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One worker's scratch for an {@link EntryBias}: a tile of its entries, {@code columns x BLOCK}, rows on lanes. Plain arrays, at any
 * alignment; the length of a column is a multiple of every vector, so there are no tails.
 */
public final class EntryTile {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final float[] ONES = new float[Lanes.DEPTH];

    static {
        Arrays.fill(ONES, 1f);
    }

    private final float[] rows = new float[Lanes.BLOCK * Lanes.DEPTH];
    private final float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** Entries {@code b_ij} of the rows i and columns j of a tile, zeros in padding rows. */
    float[] rows(StoredRows b, int firstRow, int rowCount, int first, int columns) {
        if (rowCount < Lanes.BLOCK) {
            Arrays.fill(rows, rowCount * Lanes.DEPTH, rows.length, 0f);
        }
        for (int r = 0; r < rowCount; r++) {
            read(b, firstRow + r, first, columns, rows, r * Lanes.DEPTH);
        }
        Packing.writeRows(rows, 0, ONES, Lanes.BLOCK, columns, tile, 0);
        return tile;
    }

    /** Entries {@code b_ji} of the rows i and columns j of a tile, zeros in padding rows. */
    float[] columns(StoredRows b, int firstRow, int rowCount, int first, int columns) {
        for (int c = 0; c < columns; c++) {
            int to = c * Lanes.BLOCK;
            read(b, first + c, firstRow, rowCount, tile, to);
            Arrays.fill(tile, to + rowCount, to + Lanes.BLOCK, 0f);
        }
        return tile;
    }

    private static void read(StoredRows b, int row, int from, int count, float[] to, int at) {
        Stored.widen(b.type(), b.memory(), b.at(row) + (long) from * b.type().bytes(), count, to, at);
    }

    /** {@code to += coefficient entries}, with the coefficient as a sum of two floats. */
    void add(float[] entries, int columns, double coefficient, float[] to) {
        float high = (float) coefficient;
        addFloat32(entries, columns * Lanes.BLOCK, high, (float) (coefficient - high), to);
    }

    /** {@code to += coefficient entries} in float64. */
    void add(float[] entries, int columns, double coefficient, double[] to) {
        addFloat64(entries, columns * Lanes.BLOCK, coefficient, to);
    }

    private static void addFloat32(float[] entries, int count, float high, float low, float[] to) {
        FloatVector product = Lanes.FLOAT_ZEROS.broadcast(high);
        FloatVector remainder = Lanes.FLOAT_ZEROS.broadcast(low);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, entries, at);
            b.fma(product, b.fma(remainder, FloatVector.fromArray(Lanes.FLOATS, to, at))).intoArray(to, at);
        }
    }

    private static void addFloat64(float[] entries, int count, double coefficient, double[] to) {
        DoubleVector product = Lanes.DOUBLE_ZEROS.broadcast(coefficient);
        for (int at = 0; at < count; at += DOUBLES) {
            DoubleVector b = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, entries, at)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            b.fma(product, DoubleVector.fromArray(Lanes.DOUBLES, to, at)).intoArray(to, at);
        }
    }
}
