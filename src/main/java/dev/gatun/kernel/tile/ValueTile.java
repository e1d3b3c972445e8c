package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.FloatVector;

/**
 * The value tile: {@code out[component][row] += sum_c p[c][row] v[c][component]} for one tile p of softmax numerators.
 *
 * <p><b>Layout.</b> Rows lie on lanes. Entries of v are broadcast, eight or sixteen sums at a time in registers:
 * {@link Lanes#QUAD} components by {@link RegisterTile#VECTORS} vectors of rows. Plain arrays, at any alignment; padding components are
 * zeros.
 *
 * <p><b>Error.</b> The tile's columns are summed in one chain of fused multiply-adds, from the first on, and the sum is added to the
 * earlier one: one rounding for each column of a tile and one for each tile. Results do not depend on the vector width or
 * on the register tile.
 */
public final class ValueTile {

    private static final int FLOATS = Lanes.FLOATS.length();

    private ValueTile() {
    }

    /**
     * Adds one tile's numerators times their values.
     *
     * @param numerators p, {@code columns x BLOCK}, from {@code from} on
     * @param columns columns of the tile
     * @param values  packed by four components, {@code quads x rows x 4}
     * @param first   the row of {@code values} that belongs to the tile's first column
     * @param out     added to: {@code components x BLOCK} from {@code to} on, a multiple of BLOCK, padded to a multiple of 4 components
     */
    public static void accumulate(float[] numerators, int from, int columns, float[] values, int rows, int quads, int first, float[] out,
                           int to) {
        accumulate(numerators, from, columns, values, rows, quads, first, out, to, Lanes.BLOCK);
    }

    /** As above, for the first {@code count} rows of the block, a multiple of {@link Lanes#SLICE}; others are left as they are. */
    public static void accumulate(float[] numerators, int from, int columns, float[] values, int rows, int quads, int first, float[] out,
                           int to, int count) {
        int wide = RegisterTile.wideRows(count);
        int step = rows * Lanes.QUAD;
        int start = first * Lanes.QUAD;
        for (int quad = 0; quad < quads; quad++) {
            for (int lane = 0; lane < wide; lane += RegisterTile.VECTORS * FLOATS) {
                quad(numerators, from + lane, columns, values, start + quad * step, out, to + quad * Lanes.QUAD * Lanes.BLOCK + lane);
            }
        }
        if (wide < count) {
            int pairs = RegisterTile.pairRows(count);
            for (int quad = 0; wide < pairs && quad < quads; quad++) {
                tile4x2(numerators, from + wide, columns, values, start + quad * step, out, to + quad * Lanes.QUAD * Lanes.BLOCK + wide);
            }
            for (int quad = 0; pairs < count && quad < quads; quad += 2) {
                int at = to + quad * Lanes.QUAD * Lanes.BLOCK + pairs;
                if (quad + 1 < quads) {
                    tile8x1(numerators, from + pairs, columns, values, start + quad * step, start + (quad + 1) * step, out, at);
                } else {
                    tile4x1(numerators, from + pairs, columns, values, start + quad * step, out, at);
                }
            }
        }
    }

    private static void quad(float[] numerators, int place, int columns, float[] values, int start, float[] out, int at) {
        if (RegisterTile.MANY_REGISTERS) {
            tile4x4(numerators, place, columns, values, start, out, at);
        } else {
            tile4x2(numerators, place, columns, values, start, out, at);
        }
    }

    /** Four components against four vectors of rows. */
    static void tile4x4(float[] numerators, int place, int columns, float[] values, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o02 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o03 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o12 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o13 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o22 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o23 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o31 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o32 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o33 = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < columns; c++) {
            int from = place + c * Lanes.BLOCK;
            int v = start + c * Lanes.QUAD;
            FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, numerators, from);
            FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, numerators, from + 1 * FLOATS);
            FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, numerators, from + 2 * FLOATS);
            FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, numerators, from + 3 * FLOATS);
            FloatVector v0 = Lanes.FLOAT_ZEROS.broadcast(values[v]);
            o00 = p0.fma(v0, o00);
            o01 = p1.fma(v0, o01);
            o02 = p2.fma(v0, o02);
            o03 = p3.fma(v0, o03);
            FloatVector v1 = Lanes.FLOAT_ZEROS.broadcast(values[v + 1]);
            o10 = p0.fma(v1, o10);
            o11 = p1.fma(v1, o11);
            o12 = p2.fma(v1, o12);
            o13 = p3.fma(v1, o13);
            FloatVector v2 = Lanes.FLOAT_ZEROS.broadcast(values[v + 2]);
            o20 = p0.fma(v2, o20);
            o21 = p1.fma(v2, o21);
            o22 = p2.fma(v2, o22);
            o23 = p3.fma(v2, o23);
            FloatVector v3 = Lanes.FLOAT_ZEROS.broadcast(values[v + 3]);
            o30 = p0.fma(v3, o30);
            o31 = p1.fma(v3, o31);
            o32 = p2.fma(v3, o32);
            o33 = p3.fma(v3, o33);
        }
        o00 = FloatVector.fromArray(Lanes.FLOATS, out, at).add(o00);
        o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * FLOATS).add(o01);
        o02 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * FLOATS).add(o02);
        o03 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * FLOATS).add(o03);
        o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK).add(o10);
        o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK + 1 * FLOATS).add(o11);
        o12 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK + 2 * FLOATS).add(o12);
        o13 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK + 3 * FLOATS).add(o13);
        o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK).add(o20);
        o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 1 * FLOATS).add(o21);
        o22 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 2 * FLOATS).add(o22);
        o23 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 3 * FLOATS).add(o23);
        o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK).add(o30);
        o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 1 * FLOATS).add(o31);
        o32 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 2 * FLOATS).add(o32);
        o33 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 3 * FLOATS).add(o33);
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o02).intoArray(out, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o03).intoArray(out, at + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o12).intoArray(out, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o13).intoArray(out, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o22).intoArray(out, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o23).intoArray(out, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o32).intoArray(out, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o33).intoArray(out, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four components against two vectors of rows. */
    static void tile4x2(float[] numerators, int place, int columns, float[] values, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o31 = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0; c < columns; c++) {
            int from = place + c * Lanes.BLOCK;
            int v = start + c * Lanes.QUAD;
            FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, numerators, from);
            FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, numerators, from + 1 * FLOATS);
            FloatVector v0 = Lanes.FLOAT_ZEROS.broadcast(values[v]);
            o00 = p0.fma(v0, o00);
            o01 = p1.fma(v0, o01);
            FloatVector v1 = Lanes.FLOAT_ZEROS.broadcast(values[v + 1]);
            o10 = p0.fma(v1, o10);
            o11 = p1.fma(v1, o11);
            FloatVector v2 = Lanes.FLOAT_ZEROS.broadcast(values[v + 2]);
            o20 = p0.fma(v2, o20);
            o21 = p1.fma(v2, o21);
            FloatVector v3 = Lanes.FLOAT_ZEROS.broadcast(values[v + 3]);
            o30 = p0.fma(v3, o30);
            o31 = p1.fma(v3, o31);
        }
        o00 = FloatVector.fromArray(Lanes.FLOATS, out, at).add(o00);
        o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * FLOATS).add(o01);
        o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK).add(o10);
        o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK + 1 * FLOATS).add(o11);
        o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK).add(o20);
        o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 1 * FLOATS).add(o21);
        o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK).add(o30);
        o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 1 * FLOATS).add(o31);
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + 1 * FLOATS);
    }

    /** Eight components against one vector of rows. */
    static void tile8x1(float[] numerators, int place, int columns, float[] values, int start, int next, float[] out, int at) {
        FloatVector o0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o1 = o0;
        FloatVector o2 = o0;
        FloatVector o3 = o0;
        FloatVector o4 = o0;
        FloatVector o5 = o0;
        FloatVector o6 = o0;
        FloatVector o7 = o0;
        for (int c = 0; c < columns; c++) {
            FloatVector p = FloatVector.fromArray(Lanes.FLOATS, numerators, place + c * Lanes.BLOCK);
            int v = start + c * Lanes.QUAD;
            int w = next + c * Lanes.QUAD;
            o0 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v]), o0);
            o1 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 1]), o1);
            o2 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 2]), o2);
            o3 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 3]), o3);
            o4 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[w]), o4);
            o5 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[w + 1]), o5);
            o6 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[w + 2]), o6);
            o7 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[w + 3]), o7);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at).add(o0)).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK).add(o1))
                .intoArray(out, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK).add(o2))
                .intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK).add(o3))
                .intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 4 * Lanes.BLOCK).add(o4))
                .intoArray(out, at + 4 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 5 * Lanes.BLOCK).add(o5))
                .intoArray(out, at + 5 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 6 * Lanes.BLOCK).add(o6))
                .intoArray(out, at + 6 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 7 * Lanes.BLOCK).add(o7))
                .intoArray(out, at + 7 * Lanes.BLOCK);
    }

    /** Four components against one vector of rows. */
    static void tile4x1(float[] numerators, int place, int columns, float[] values, int start, float[] out, int at) {
        FloatVector o0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o1 = o0;
        FloatVector o2 = o0;
        FloatVector o3 = o0;
        for (int c = 0; c < columns; c++) {
            FloatVector p = FloatVector.fromArray(Lanes.FLOATS, numerators, place + c * Lanes.BLOCK);
            int v = start + c * Lanes.QUAD;
            o0 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v]), o0);
            o1 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 1]), o1);
            o2 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 2]), o2);
            o3 = p.fma(Lanes.FLOAT_ZEROS.broadcast(values[v + 3]), o3);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at).add(o0)).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * Lanes.BLOCK).add(o1))
                .intoArray(out, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK).add(o2))
                .intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK).add(o3))
                .intoArray(out, at + 3 * Lanes.BLOCK);
    }
}
