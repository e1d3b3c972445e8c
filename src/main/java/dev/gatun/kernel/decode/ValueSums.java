package dev.gatun.kernel.decode;

import java.lang.foreign.MemorySegment;

/**
 * Sums of values in {@link FetchedRows} times their numerators, {@code sums_i += sum_j p_ij v_j}, for one query or {@value #TILE} of them.
 *
 * <p><b>Layout.</b> Components lie on lanes: for one query in strips of eight vectors, or four of narrow entries, and for a tile in
 * strips of two; then in single vectors. Memory and arrays may have any alignment.
 *
 * <p><b>Error.</b> Each component is one chain of fused multiply-adds over the values, from the first on: one rounding per value. Results
 * do not depend on the vector width, nor on the other queries of a tile.
 */
final class ValueSums {

    /** Queries of a tile: each value is loaded and widened once for all of them. */
    static final int TILE = KeyProducts.TILE;

    private ValueSums() {
    }

    /**
     * Adds values times the numerators of one query. A value that is infinite or NaN makes its component so, whatever its numerator.
     *
     * @param p    one numerator for each value, from {@code from} on
     * @param sums added to: as many entries as the values have, from {@code at} on
     */
    static void addToOne(FetchedRows values, int rows, float[] p, int from, float[] sums, int at) {
        MemorySegment memory = values.memory();
        long start = values.start();
        long rowBytes = values.rowBytes();
        int width = values.width();
        switch (values.type()) {
            case FLOAT32 -> Float32Rows.addToOne(memory, start, rowBytes, width, rows, p, from, sums, at);
            case FLOAT16 -> Float16Rows.addToOne(memory, start, rowBytes, width, rows, p, from, sums, at);
            case BFLOAT16 -> Bfloat16Rows.addToOne(memory, start, rowBytes, width, rows, p, from, sums, at);
            case INT8 -> Int8Rows.addToOne(memory, start, rowBytes, width, rows, p, from, sums, at);
        }
    }

    /**
     * Adds values as {@link #addToOne}, for the queries of a tile.
     *
     * @param p    the numerators of each query, those of the tile from query {@code i} on
     * @param sums added to: the sums of one query after the other, {@code width} entries each
     */
    static void addToFour(FetchedRows values, int rows, float[][] p, int i, int from, float[] sums, int at) {
        MemorySegment memory = values.memory();
        long start = values.start();
        long rowBytes = values.rowBytes();
        int width = values.width();
        float[] p0 = p[i];
        float[] p1 = p[i + 1];
        float[] p2 = p[i + 2];
        float[] p3 = p[i + 3];
        switch (values.type()) {
            case FLOAT32 -> Float32Rows.addToFour(memory, start, rowBytes, width, rows, p0, p1, p2, p3, from, sums, at);
            case FLOAT16 -> Float16Rows.addToFour(memory, start, rowBytes, width, rows, p0, p1, p2, p3, from, sums, at);
            case BFLOAT16 -> Bfloat16Rows.addToFour(memory, start, rowBytes, width, rows, p0, p1, p2, p3, from, sums, at);
            case INT8 -> Int8Rows.addToFour(memory, start, rowBytes, width, rows, p0, p1, p2, p3, from, sums, at);
        }
    }
}
