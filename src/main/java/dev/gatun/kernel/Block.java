package dev.gatun.kernel;

import dev.gatun.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * A few rows near at hand, float32 and of a width that is a multiple of {@link KeyProducts#CHAINS}: the rows themselves
 * where they are so, having been fetched, and otherwise a widened copy, filled up with zeros.
 */
final class Block {

    private final int columns;
    private final int width;
    private final float[] widened;
    private final MemorySegment copy;
    private MemorySegment memory;
    private long start;
    private long rowBytes;
    private int fetched;

    /** Room for {@link KeyProducts#KEYS} rows of {@code columns} entries. */
    Block(int columns) {
        this.columns = columns;
        this.width = KeyProducts.width(columns);
        this.widened = new float[Math.multiplyExact(KeyProducts.KEYS, width)];
        this.copy = MemorySegment.ofArray(widened);
    }

    /** Takes {@code count} rows from {@code first} on. */
    void load(StoredRows rows, int first, int count) {
        if (rows.type() == ElementType.FLOAT32 && width == columns) {
            memory = rows.memory();
            start = rows.at(first);
            rowBytes = rows.rowBytes();
            fetch(count);
        } else {
            memory = copy;
            start = 0;
            rowBytes = (long) Float.BYTES * width;
            Stored.widen(rows, first, count, columns, widened, width);
        }
    }

    private void fetch(int count) {
        long bytes = (long) Float.BYTES * columns;
        if (rowBytes == bytes) {
            fetched |= Stored.fetch(memory, start, bytes * count);
            return;
        }
        for (int r = 0; r < count; r++) {
            fetched |= Stored.fetch(memory, start + rowBytes * r, bytes);
        }
    }

    int width() {
        return width;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Bytes from the start of the segment to the first row. */
    long start() {
        return start;
    }

    /** Bytes from one row to the next. */
    long rowBytes() {
        return rowBytes;
    }
}
