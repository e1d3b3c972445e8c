package dev.gatun.internal.encoder;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.linear.EmbeddingSums;

/** Rows of embeddings, stored as float32 or as bfloat16, in blocks that threads load side by side. */
final class EmbeddingTable {

    /** Rows of a block, and of what is read at once, which the first-level cache holds. */
    private static final int BLOCK_SHIFT = 12;
    private static final int BLOCK = 1 << BLOCK_SHIFT;
    private static final int READ_ENTRIES = 1 << 13;

    private final MatrixRows source;
    private final String name;
    private final int columns;
    private final float[][] entries;
    private final short[][] halves;

    /**
     * A table whose blocks have still to be loaded.
     *
     * @param name for messages
     */
    EmbeddingTable(MatrixRows source, int rows, int columns, boolean bfloat16, String name) {
        TensorChecks.requireShape(source, rows, columns, name);
        this.source = source;
        this.name = name;
        this.columns = columns;
        int blocks = (rows - 1) / BLOCK + 1;
        this.entries = bfloat16 ? null : new float[blocks][];
        this.halves = bfloat16 ? new short[blocks][] : null;
    }

    int blocks() {
        return entries == null ? halves.length : entries.length;
    }

    /** Loads a block. */
    void load(int block) {
        int first = block * BLOCK;
        int count = Math.min(BLOCK, source.rows() - first);
        int length = ArrayLength.of(count, columns);
        int step = Math.max(1, READ_ENTRIES / columns);
        float[] loaded = entries == null ? new float[step * columns] : new float[length];
        short[] narrow = entries == null ? new short[length] : null;
        for (int row = 0; row < count; row += step) {
            int read = Math.min(step, count - row);
            int at = entries == null ? 0 : row * columns;
            TensorChecks.read(source, first + row, read, loaded, at, name);
            if (entries == null) {
                halve(loaded, read * columns, narrow, row * columns);
            }
        }
        if (entries == null) {
            halves[block] = narrow;
        } else {
            entries[block] = loaded;
        }
    }

    private static void halve(float[] from, int count, short[] to, int at) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(from[i]);
            to[at + i] = (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
        }
    }

    /** {@code to = (row + type) + position}, in float32. */
    void add(int row, float[] type, float[] positions, int position, float[] to, int at) {
        int block = row >> BLOCK_SHIFT;
        int first = (row & BLOCK - 1) * columns;
        if (halves == null) {
            EmbeddingSums.add(entries[block], first, type, 0, positions, position * columns, columns, to, at);
            return;
        }
        for (int c = 0; c < columns; c++) {
            to[at + c] = Float.intBitsToFloat(halves[block][first + c] << 16);
        }
        EmbeddingSums.add(to, at, type, 0, positions, position * columns, columns, to, at);
    }
}
