package dev.gatun.property;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The layout of a tensor: the kind of memory, the bytes before the first entry, and the unused entries after each row and each head. All
 * unused memory holds NaN.
 */
record Layout(Memory memory, int offset, int rowPadding, int headPadding) {

    /** Rows one after the other at the start of native memory. */
    static final Layout DENSE = new Layout(Memory.CONFINED, 0, 0, 0);

    private static final ValueLayout.OfFloat ENTRY =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    /** Kinds of memory. */
    enum Memory {
        CONFINED, SHARED, AUTOMATIC, BYTES, FLOATS, LONGS;

        MemorySegment allocate(Arena arena, long bytes) {
            int words = Math.toIntExact((bytes + 7) / 8);
            return switch (this) {
                case CONFINED -> arena.allocate(bytes, 1);
                case SHARED -> Arena.ofShared().allocate(bytes, 1);
                case AUTOMATIC -> Arena.ofAuto().allocate(bytes, 1);
                case BYTES -> MemorySegment.ofArray(new byte[8 * words]);
                case FLOATS -> MemorySegment.ofArray(new float[2 * words]);
                case LONGS -> MemorySegment.ofArray(new long[words]);
            };
        }
    }

    /** A tensor with the entries given, head after head, row after row. */
    Heads place(Arena arena, float[] entries, int heads, int rows, int columns) {
        Heads placed = room(arena, heads, rows, columns);
        for (int h = 0, from = 0; h < heads; h++) {
            for (int i = 0; i < rows; i++, from += columns) {
                for (int j = 0; j < columns; j++) {
                    placed.matrix(h).set(i, j, entries[from + j]);
                }
            }
        }
        return placed;
    }

    /** The same tensor, in memory that must not be written. */
    static Heads readOnly(Heads placed, Layout layout) {
        return layout.view(placed.segment().asReadOnly(), placed.heads(), placed.rows(), placed.columns());
    }

    /** A tensor of NaN. */
    Heads room(Arena arena, int heads, int rows, int columns) {
        long rowStride = columns + rowPadding;
        long bytes = offset + 4L * heads * (rows * rowStride + headPadding);
        MemorySegment segment = memory.allocate(arena, bytes);
        for (long at = offset % 4; at + 4 <= segment.byteSize(); at += 4) {
            segment.set(ENTRY, at, Float.NaN);
        }
        return view(segment, heads, rows, columns);
    }

    private Heads view(MemorySegment segment, int heads, int rows, int columns) {
        long rowStride = columns + rowPadding;
        return Heads.strided(segment, offset, new int[] {heads}, rows, columns, 0, rows * rowStride + headPadding,
                rowStride);
    }

    /** Whether everything around the entries is still NaN. */
    boolean marginsUntouched(Heads placed) {
        MemorySegment segment = placed.segment();
        long numbers = 0;
        for (long at = offset % 4; at + 4 <= segment.byteSize(); at += 4) {
            numbers += Float.isNaN(segment.get(ENTRY, at)) ? 0 : 1;
        }
        return numbers == (long) placed.heads() * placed.rows() * placed.columns();
    }
}
