package dev.gatun.kernel.stored;

/** The stored type of an entry, in the native byte order. Every type widens to float32 exactly. */
public enum StoredType {

    /** IEEE 754 binary32. */
    FLOAT32(4),

    /** IEEE 754 binary16. */
    FLOAT16(2),

    /** The upper 16 bits of a float32. */
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
