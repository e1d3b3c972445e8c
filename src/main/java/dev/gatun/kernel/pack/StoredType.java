package dev.gatun.kernel.pack;

/** How an entry is stored, in the native byte order. Narrow ones widen to float32 without rounding. */
public enum StoredType {

    /** IEEE 754 binary32. */
    FLOAT32(4),

    /** IEEE 754 binary16. */
    FLOAT16(2),

    /** The upper half of a float32. */
    BFLOAT16(2);

    private final int bytes;

    StoredType(int bytes) {
        this.bytes = bytes;
    }

    /** The size of an entry. */
    public int bytes() {
        return bytes;
    }
}
