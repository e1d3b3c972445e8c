package dev.gatun.kernel;

import dev.gatun.ElementType;
import java.lang.foreign.MemorySegment;

/** Where the rows of one head of keys or values lie, and how their entries are stored. Bound anew at each call. */
public final class StoredRows {

    private ElementType type;
    private MemorySegment memory;
    private long start;
    private long rowBytes;

    /**
     * Takes other rows.
     *
     * @param newStart    bytes from the start of the segment to the first row
     * @param newRowBytes bytes from one row to the next
     */
    public void bind(ElementType newType, MemorySegment newMemory, long newStart, long newRowBytes) {
        type = newType;
        memory = newMemory;
        start = newStart;
        rowBytes = newRowBytes;
    }

    ElementType type() {
        return type;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Bytes from the start of the segment to row {@code i}. */
    long at(int i) {
        return start + rowBytes * i;
    }

    long rowBytes() {
        return rowBytes;
    }
}
