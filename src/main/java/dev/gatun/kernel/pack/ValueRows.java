package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Values row after row: neither the values nor their sums are transposed, and no more rows are computed than there are, rounded up to
 * {@value #ROWS}.
 *
 * <p><b>Layout.</b> Components lie on lanes and numerators are broadcast, eight or sixteen sums at a time in registers: four or eight rows
 * by two vectors of components, or by one for the last. Sums lie row after row. Components must fill vectors: {@link #fits}. Plain arrays,
 * at any alignment.
 *
 * <p><b>Error.</b> As {@link dev.gatun.kernel.tile.ValueTile}, with the same results.
 */
public final class ValueRows implements PackedValues {

    private static final int FLOATS = Lanes.FLOATS.length();

    /** Rows of a small tile. */
    private static final int ROWS = 4;

    /** Rows of a large tile. */
    private static final int MANY_ROWS = RegisterTile.ROWS;

    /** Factors of sums that are only added to, and sums of no columns, two vectors of them. */
    private static final float[] ONES = new float[Lanes.BLOCK];
    private static final float[] ZEROS = new float[2 * FLOATS];

    static {
        Arrays.fill(ONES, 1f);
    }

    private final float[] entries;
    private int rows;
    private final int components;

    /** Scratch for up to {@code rows} rows of {@code components} values, and for as many until others are packed. */
    public ValueRows(int rows, int components) {
        this.entries = new float[ArrayLength.of(rows, components)];
        this.rows = rows;
        this.components = components;
    }

    /** Whether this layout serves values of {@code components}. */
    public static boolean fits(int components) {
        return components % FLOATS == 0;
    }

    @Override
    public int components() {
        return components;
    }

    @Override
    public float pack(StoredRows values, int newRows, float[] chunk) {
        rows = newRows;
        if (values.type() == StoredType.FLOAT32 && values.plain()) {
            return copy(values, rows, components, entries);
        }
        values.read(0, rows, components, entries);
        return FiniteScan.largest(entries, rows * components);
    }

    /** Copies rows, and finds the largest magnitude. */
    private static float copy(StoredRows values, int rows, int components, float[] entries) {
        boolean dense = values.rowBytes() == (long) Float.BYTES * components;
        int largest = 0;
        for (int j = 0; j < rows; ) {
            int together = dense ? values.together(j, rows - j) : 1;
            largest = Math.max(largest, copy(values.memory(j), values.at(j), together * components, entries, j * components));
            j += together;
        }
        return Float.intBitsToFloat(largest);
    }

    /** Copies {@code count} entries; returns the bits of the largest magnitude. */
    private static int copy(MemorySegment memory, long from, int count, float[] entries, int to) {
        IntVector greatest = IntVector.zero(Lanes.INTS);
        for (int c = 0; c < count; c += FLOATS) {
            FloatVector v = Lanes.FLOAT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + (long) Float.BYTES * c,
                    ByteOrder.nativeOrder()));
            v.intoArray(entries, to + c);
            greatest = Lanes.INT_VECTOR.cast(v.reinterpretShape(Lanes.INTS, 0)).and(FiniteScan.MAGNITUDE).max(greatest);
        }
        return Lanes.INT_VECTOR.cast(greatest).reduceLanes(VectorOperators.MAX);
    }

    @Override
    public float replaceHidden(VisibleVectors visible) {
        boolean[] needed = visible.visibleColumns();
        for (int j = 0; j < rows; j++) {
            if (!needed[j]) {
                Arrays.fill(entries, j * components, (j + 1) * components, 0f);
            }
        }
        return FiniteScan.largest(entries, rows * components);
    }

    @Override
    public float largestVisible(VisibleVectors visible) {
        int j = visible.someColumn();
        float largest = 0;
        for (int c = 0; j >= 0 && c < components; c++) {
            largest = Math.max(largest, Math.abs(entries[j * components + c]));
        }
        return largest;
    }

    @Override
    public void divide(float divisor) {
        for (int at = 0; at < rows * components; at++) {
            entries[at] /= divisor;
        }
    }

    @Override
    public ValueRows times(float[] factor) {
        ValueRows scaled = new ValueRows(rows, components);
        scaled.packRows(this, 0, rows, factor);
        return scaled;
    }

    @Override
    public void packRows(PackedValues other, int first, int count, float[] factor) {
        packRows(((ValueRows) other).entries, first * components, count, factor);
    }

    private void packRows(float[] others, int start, int count, float[] factor) {
        for (int r = 0, at = 0, from = start; r < count; r++) {
            for (int end = at + components; at < end; at++, from++) {
                entries[at] = others[from] * factor[r];
            }
        }
    }

    @Override
    public int sums(int count) {
        return padded(count) * components;
    }

    private static int padded(int count) {
        return (count + ROWS - 1) / ROWS * ROWS;
    }

    @Override
    public void accumulate(float[] numerators, int from, int columns, int first, float[] sums, int to, int count) {
        products(numerators, from, columns, first, padded(count), sums, to, components, ONES, sums, to);
    }

    @Override
    public void finish(float[] numerators, int columns, int first, float[] sums, boolean only, float[] factor, int count, float[] out,
                       int at) {
        int fours = count - count % ROWS;
        products(numerators, 0, columns, first, fours, only ? ZEROS : sums, 0, only ? 0 : components, factor, out, at);
        if (fours < count) {
            int rest = fours * components;
            if (only) {
                Arrays.fill(sums, rest, rest + ROWS * components, 0f);
            }
            products(numerators, fours, columns, first, ROWS, sums, rest, components, ONES, sums, rest);
            for (int r = fours, sum = rest; r < count; r++) {
                for (int end = sum + components; sum < end; sum++) {
                    out[at + sum] = sums[sum] * factor[r];
                }
            }
        }
    }

    /**
     * Products of {@code count} rows of numerators with the values, added to sums and multiplied by factors.
     *
     * @param step  entries from the sums of a row to those of the next; 0 if those of a row serve for all
     * @param out   receives rows of {@link #components}
     */
    private void products(float[] numerators, int from, int columns, int first, int count, float[] sums, int at, int step,
                          float[] factor, float[] out, int to) {
        int many = count - count % MANY_ROWS;
        int pairs = components - components % (2 * FLOATS);
        for (int c = 0; c < components; c += 2 * FLOATS) {
            int v = first * components + c;
            int s = step == 0 ? at : at + c;
            for (int r = 0; r < many; r += MANY_ROWS) {
                large(numerators, from + r, columns, v, sums, s + r * step, step, factor, out, to + r * components + c, c < pairs);
            }
            for (int r = many; r < count; r += ROWS) {
                small(numerators, from + r, columns, v, sums, s + r * step, step, factor, out, to + r * components + c, c < pairs);
            }
        }
    }

    private void large(float[] numerators, int row, int columns, int start, float[] sums, int at, int step, float[] factor, float[] out,
                       int to, boolean pair) {
        if (MANY_ROWS == ROWS) {
            small(numerators, row, columns, start, sums, at, step, factor, out, to, pair);
        } else if (pair) {
            tile8x2(numerators, row, columns, entries, start, components, sums, at, step, factor, out, to);
        } else {
            tile8x1(numerators, row, columns, entries, start, components, sums, at, step, factor, out, to);
        }
    }

    private void small(float[] numerators, int row, int columns, int start, float[] sums, int at, int step, float[] factor, float[] out,
                       int to, boolean pair) {
        if (pair) {
            tile4x2(numerators, row, columns, entries, start, components, sums, at, step, factor, out, to);
        } else {
            tile4x1(numerators, row, columns, entries, start, components, sums, at, step, factor, out, to);
        }
    }

    /** Eight rows against two vectors of components. */
    static void tile8x2(float[] numerators, int row, int columns, float[] values, int start, int components, float[] sums, int at, int step,
                        float[] factor, float[] out, int to) {
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = o00;
        FloatVector o10 = o00;
        FloatVector o11 = o00;
        FloatVector o20 = o00;
        FloatVector o21 = o00;
        FloatVector o30 = o00;
        FloatVector o31 = o00;
        FloatVector o40 = o00;
        FloatVector o41 = o00;
        FloatVector o50 = o00;
        FloatVector o51 = o00;
        FloatVector o60 = o00;
        FloatVector o61 = o00;
        FloatVector o70 = o00;
        FloatVector o71 = o00;
        for (int c = 0, p = row, v = start; c < columns; c++, p += Lanes.BLOCK, v += components) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, values, v);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, values, v + FLOATS);
            FloatVector p0 = Lanes.FLOAT_ZEROS.broadcast(numerators[p]);
            o00 = v0.fma(p0, o00);
            o01 = v1.fma(p0, o01);
            FloatVector p1 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 1]);
            o10 = v0.fma(p1, o10);
            o11 = v1.fma(p1, o11);
            FloatVector p2 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 2]);
            o20 = v0.fma(p2, o20);
            o21 = v1.fma(p2, o21);
            FloatVector p3 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 3]);
            o30 = v0.fma(p3, o30);
            o31 = v1.fma(p3, o31);
            FloatVector p4 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 4]);
            o40 = v0.fma(p4, o40);
            o41 = v1.fma(p4, o41);
            FloatVector p5 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 5]);
            o50 = v0.fma(p5, o50);
            o51 = v1.fma(p5, o51);
            FloatVector p6 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 6]);
            o60 = v0.fma(p6, o60);
            o61 = v1.fma(p6, o61);
            FloatVector p7 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 7]);
            o70 = v0.fma(p7, o70);
            o71 = v1.fma(p7, o71);
        }
        int r = row % Lanes.BLOCK;
        int s = at;
        int t = to;
        FloatVector f = Lanes.FLOAT_ZEROS.broadcast(factor[r]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o00).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o01).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 1]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o10).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o11).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 2]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o20).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o21).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 3]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o30).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o31).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 4]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o40).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o41).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 5]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o50).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o51).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 6]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o60).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o61).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 7]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o70).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o71).mul(f)).intoArray(out, t + FLOATS);
    }

    /** Eight rows against one vector of components. */
    static void tile8x1(float[] numerators, int row, int columns, float[] values, int start, int components, float[] sums, int at, int step,
                        float[] factor, float[] out, int to) {
        FloatVector o0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o1 = o0;
        FloatVector o2 = o0;
        FloatVector o3 = o0;
        FloatVector o4 = o0;
        FloatVector o5 = o0;
        FloatVector o6 = o0;
        FloatVector o7 = o0;
        for (int c = 0, p = row, v = start; c < columns; c++, p += Lanes.BLOCK, v += components) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, values, v);
            FloatVector p0 = Lanes.FLOAT_ZEROS.broadcast(numerators[p]);
            o0 = v0.fma(p0, o0);
            FloatVector p1 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 1]);
            o1 = v0.fma(p1, o1);
            FloatVector p2 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 2]);
            o2 = v0.fma(p2, o2);
            FloatVector p3 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 3]);
            o3 = v0.fma(p3, o3);
            FloatVector p4 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 4]);
            o4 = v0.fma(p4, o4);
            FloatVector p5 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 5]);
            o5 = v0.fma(p5, o5);
            FloatVector p6 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 6]);
            o6 = v0.fma(p6, o6);
            FloatVector p7 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 7]);
            o7 = v0.fma(p7, o7);
        }
        int r = row % Lanes.BLOCK;
        int s = at;
        int t = to;
        FloatVector f = Lanes.FLOAT_ZEROS.broadcast(factor[r]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o0).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 1]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o1).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 2]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o2).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 3]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o3).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 4]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o4).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 5]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o5).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 6]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o6).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 7]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o7).mul(f)).intoArray(out, t);
    }

    /** Four rows against two vectors of components. */
    static void tile4x2(float[] numerators, int row, int columns, float[] values, int start, int components, float[] sums, int at, int step,
                        float[] factor, float[] out, int to) {
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = o00;
        FloatVector o10 = o00;
        FloatVector o11 = o00;
        FloatVector o20 = o00;
        FloatVector o21 = o00;
        FloatVector o30 = o00;
        FloatVector o31 = o00;
        for (int c = 0, p = row, v = start; c < columns; c++, p += Lanes.BLOCK, v += components) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, values, v);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, values, v + FLOATS);
            FloatVector p0 = Lanes.FLOAT_ZEROS.broadcast(numerators[p]);
            o00 = v0.fma(p0, o00);
            o01 = v1.fma(p0, o01);
            FloatVector p1 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 1]);
            o10 = v0.fma(p1, o10);
            o11 = v1.fma(p1, o11);
            FloatVector p2 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 2]);
            o20 = v0.fma(p2, o20);
            o21 = v1.fma(p2, o21);
            FloatVector p3 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 3]);
            o30 = v0.fma(p3, o30);
            o31 = v1.fma(p3, o31);
        }
        int r = row % Lanes.BLOCK;
        int s = at;
        int t = to;
        FloatVector f = Lanes.FLOAT_ZEROS.broadcast(factor[r]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o00).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o01).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 1]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o10).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o11).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 2]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o20).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o21).mul(f)).intoArray(out, t + FLOATS);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 3]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o30).mul(f)).intoArray(out, t);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s + FLOATS).add(o31).mul(f)).intoArray(out, t + FLOATS);
    }

    /** Four rows against one vector of components. */
    static void tile4x1(float[] numerators, int row, int columns, float[] values, int start, int components, float[] sums, int at, int step,
                        float[] factor, float[] out, int to) {
        FloatVector o0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o1 = o0;
        FloatVector o2 = o0;
        FloatVector o3 = o0;
        for (int c = 0, p = row, v = start; c < columns; c++, p += Lanes.BLOCK, v += components) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, values, v);
            FloatVector p0 = Lanes.FLOAT_ZEROS.broadcast(numerators[p]);
            o0 = v0.fma(p0, o0);
            FloatVector p1 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 1]);
            o1 = v0.fma(p1, o1);
            FloatVector p2 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 2]);
            o2 = v0.fma(p2, o2);
            FloatVector p3 = Lanes.FLOAT_ZEROS.broadcast(numerators[p + 3]);
            o3 = v0.fma(p3, o3);
        }
        int r = row % Lanes.BLOCK;
        int s = at;
        int t = to;
        FloatVector f = Lanes.FLOAT_ZEROS.broadcast(factor[r]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o0).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 1]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o1).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 2]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o2).mul(f)).intoArray(out, t);
        s += step;
        t += components;
        f = Lanes.FLOAT_ZEROS.broadcast(factor[r + 3]);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, s).add(o3).mul(f)).intoArray(out, t);
    }

    @Override
    public void shrink(float[] sums, float[] factor, int count) {
        for (int r = 0, at = 0; r < count; r++) {
            for (int end = at + components; at < end; at++) {
                sums[at] *= factor[r];
            }
        }
    }

    @Override
    public void write(float[] sums, int from, float[] factor, int count, float[] out, int at) {
        for (int c = 0; c < components; c += FLOATS) {
            writeVector(sums, from + c, factor, count, components, out, at + c);
        }
    }

    @Override
    public void writeApart(float[] sums, float[] factor, int count, float[] out, int at, int step) {
        for (int r = 0, from = 0, to = at; r < count; r++) {
            for (int end = from + components; from < end; from++, to += step) {
                out[to] = sums[from] * factor[r];
            }
        }
    }

    private static void writeVector(float[] sums, int from, float[] factor, int count, int components, float[] out, int at) {
        for (int r = 0, row = 0; r < count; r++, row += components) {
            Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, from + row)).mul(factor[r]).intoArray(out, at + row);
        }
    }

    /** {@code rows x components}, row after row. */
    float[] entries() {
        return entries;
    }
}
