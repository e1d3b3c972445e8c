package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.tile.ValueTile;
import java.util.Arrays;

/**
 * Values packed for the {@link ValueTile}: four components of a row side by side, then those of the next row.
 *
 * <p>Component c of row j is at {@code (c / 4 * rows + j) * 4 + c % 4}, and padding components are zeros. A tile then reads one
 * stream, whatever the number of components.
 */
public final class ValuePanel implements PackedValues {

    private final float[] entries;
    private int rows;
    private final int components;

    /** Scratch for up to {@code rows} rows of {@code components} values, and for as many until others are packed. */
    public ValuePanel(int rows, int components) {
        this.entries = new float[ArrayLength.of(ArrayLength.of(rows, Lanes.QUAD), Lanes.quads(components))];
        this.rows = rows;
        this.components = components;
    }

    /** Values packed from {@code values}, {@code rows x components}, row after row. */
    public static ValuePanel of(float[] values, int rows, int components) {
        ValuePanel panel = new ValuePanel(rows, components);
        panel.pack(values, 0, rows);
        return panel;
    }

    /**
     * {@code out[component][row] += sum_c p[c][row] v[first + c][component]}: see {@link ValueTile}.
     *
     * @param numerators p, {@code columns x BLOCK}, from {@code from} on
     * @param first   the row that belongs to the tile's first column
     * @param out     updated: {@code components x BLOCK} from {@code to} on, a multiple of BLOCK, with room for components
     *                rounded up to a multiple of 4
     */
    public void accumulate(float[] numerators, int from, int columns, int first, float[] out, int to) {
        ValueTile.accumulate(numerators, from, columns, entries, rows, Lanes.quads(components), first, out, to);
    }

    @Override
    public int sums(int count) {
        return Lanes.quads(components) * Lanes.QUAD * Lanes.BLOCK;
    }

    @Override
    public void accumulate(float[] numerators, int from, int columns, int first, float[] sums, int to, int count) {
        ValueTile.accumulate(numerators, from, columns, entries, rows, Lanes.quads(components), first, sums, to, Lanes.slices(count));
    }

    @Override
    public void finish(float[] numerators, int columns, int first, float[] sums, boolean only, float[] factor, int count, float[] out,
                       int at) {
        if (only) {
            Arrays.fill(sums, 0, sums(count), 0f);
        }
        accumulate(numerators, 0, columns, first, sums, 0, count);
        write(sums, 0, factor, count, out, at);
    }

    @Override
    public void shrink(float[] sums, float[] factor, int count) {
        for (int from = 0; from < components * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < count; r++) {
                sums[from + r] *= factor[r];
            }
        }
    }

    @Override
    public void write(float[] sums, int from, float[] factor, int count, float[] out, int at) {
        Packing.writeRows(sums, from, factor, components, count, out, at);
    }

    @Override
    public void writeApart(float[] sums, float[] factor, int count, float[] out, int at, int step) {
        for (int r = 0, to = at; r < count; r++) {
            for (int c = 0, from = r; c < components; c++, from += Lanes.BLOCK, to += step) {
                out[to] = sums[from] * factor[r];
            }
        }
    }

    @Override
    public float pack(StoredRows values, int newRows, float[] chunk) {
        rows = newRows;
        float largest = 0;
        int step = StoredRows.chunkRows(components);
        for (int first = 0; first < rows; first += step) {
            int count = Math.min(step, rows - first);
            values.read(first, count, components, chunk);
            largest = Math.max(largest, FiniteScan.largest(chunk, count * components));
            pack(chunk, first, count);
        }
        return largest;
    }

    @Override
    public float replaceHidden(VisibleVectors visible) {
        boolean[] needed = visible.visibleColumns();
        for (int j = 0; j < rows; j++) {
            for (int at = j * Lanes.QUAD; !needed[j] && at < length(); at += rows * Lanes.QUAD) {
                Arrays.fill(entries, at, at + Lanes.QUAD, 0f);
            }
        }
        return FiniteScan.largest(entries, length());
    }

    @Override
    public float largestVisible(VisibleVectors visible) {
        int j = visible.someColumn();
        float largest = 0;
        for (int c = 0; j >= 0 && c < components; c++) {
            largest = Math.max(largest, Math.abs(entries[(c / Lanes.QUAD * rows + j) * Lanes.QUAD + c % Lanes.QUAD]));
        }
        return largest;
    }

    private void pack(float[] values, int first, int count) {
        Packing.values(values, first, count, components, rows, entries);
    }

    /** Sets component {@code component} of row {@code row}. */
    public void set(int row, int component, float value) {
        entries[(component / Lanes.QUAD * rows + row) * Lanes.QUAD + component % Lanes.QUAD] = value;
    }

    @Override
    public void divide(float divisor) {
        for (int at = 0; at < length(); at++) {
            entries[at] /= divisor;
        }
    }

    @Override
    public ValuePanel times(float[] factor) {
        ValuePanel scaled = new ValuePanel(rows, components);
        for (int at = 0; at < length(); at++) {
            scaled.entries[at] = entries[at] * factor[at / Lanes.QUAD % rows];
        }
        return scaled;
    }

    @Override
    public void packRows(PackedValues other, int first, int count, float[] factor) {
        packRows((ValuePanel) other, first, count, factor);
    }

    private void packRows(ValuePanel other, int first, int count, float[] factor) {
        for (int quad = 0; quad < Lanes.quads(components); quad++) {
            int from = (quad * other.rows + first) * Lanes.QUAD;
            int to = quad * rows * Lanes.QUAD;
            for (int i = 0; i < count; i++, from += Lanes.QUAD, to += Lanes.QUAD) {
                for (int c = 0; c < Lanes.QUAD; c++) {
                    entries[to + c] = other.entries[from + c] * factor[i];
                }
            }
        }
    }

    /** Entries of the packed rows, with padding components. */
    private int length() {
        return rows * Lanes.QUAD * Lanes.quads(components);
    }

    int rows() {
        return rows;
    }

    @Override
    public int components() {
        return components;
    }

    /** {@code quads x rows x 4}. */
    float[] entries() {
        return entries;
    }
}
