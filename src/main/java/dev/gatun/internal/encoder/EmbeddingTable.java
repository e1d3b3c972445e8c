package dev.gatun.internal.encoder;

import dev.gatun.kernel.linear.EmbeddingSums;

/** Rows of embeddings, stored as float32 or as bfloat16. */
final class EmbeddingTable {

    private final int columns;
    private final float[] entries;
    private final short[] halves;

    /** @param entries row after row; kept if they are stored as float32 */
    EmbeddingTable(float[] entries, int columns, boolean bfloat16) {
        this.columns = columns;
        this.entries = bfloat16 ? null : entries;
        this.halves = bfloat16 ? halves(entries) : null;
    }

    private static short[] halves(float[] entries) {
        short[] halves = new short[entries.length];
        for (int i = 0; i < entries.length; i++) {
            int bits = Float.floatToRawIntBits(entries[i]);
            halves[i] = (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
        }
        return halves;
    }

    /** {@code to = (row + type) + position}, in float32. */
    void add(int row, float[] type, float[] positions, int position, float[] to, int at) {
        int first = row * columns;
        if (halves == null) {
            EmbeddingSums.add(entries, first, type, 0, positions, position * columns, columns, to, at);
            return;
        }
        for (int c = 0; c < columns; c++) {
            to[at + c] = Float.intBitsToFloat(halves[first + c] << 16);
        }
        EmbeddingSums.add(to, at, type, 0, positions, position * columns, columns, to, at);
    }
}
