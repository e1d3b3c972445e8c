package dev.gatun.kernel.decode;

import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Random rows of a type in native memory, a few bytes off alignment and, if wanted, apart; and the same rows widened, without scales. */
record CachedRows(StoredRows rows, float[][] entries, float[] scales) {

    private static final int OFFSET = 4;

    static CachedRows of(Arena arena, StoredType type, int count, int columns, int gapBytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long rowBytes = (long) columns * type.bytes() + gapBytes;
        MemorySegment memory = arena.allocate(OFFSET + count * rowBytes, 64);
        MemorySegment scaleMemory = arena.allocate((long) Float.BYTES * count);
        float[][] entries = new float[count][columns];
        float[] scales = new float[count];
        for (int r = 0; r < count; r++) {
            scales[r] = type == StoredType.INT8 ? (float) (0.02 * random.nextDouble()) : 1;
            scaleMemory.setAtIndex(ValueLayout.JAVA_FLOAT, r, scales[r]);
            for (int c = 0; c < columns; c++) {
                long at = OFFSET + rowBytes * r + (long) c * type.bytes();
                set(memory, at, type, random.nextGaussian());
                entries[r][c] = Stored.entry(type, memory, at);
            }
        }
        StoredRows rows = new StoredRows();
        rows.bind(type, memory, OFFSET, rowBytes);
        rows.bindScales(scaleMemory, 0, Float.BYTES);
        return new CachedRows(rows, entries, scales);
    }

    private static void set(MemorySegment memory, long at, StoredType type, double entry) {
        switch (type) {
            case FLOAT32 -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) entry);
            case FLOAT16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16((float) entry));
            case BFLOAT16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (Float.floatToRawIntBits((float) entry) >>> 16));
            case INT8 -> memory.set(ValueLayout.JAVA_BYTE, at, (byte) Math.clamp(Math.round(40 * entry), -127, 127));
        }
    }
}
