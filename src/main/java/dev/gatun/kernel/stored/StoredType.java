package dev.gatun.kernel.stored;

/** The stored type of an entry, in the native byte order. Every type but {@link #INT8} widens to float32 exactly. */
public enum StoredType {

    /** IEEE 754 binary32. */
    FLOAT32(4),

    /** IEEE 754 binary16. */
    FLOAT16(2),

    /** The upper 16 bits of a float32. */
    BFLOAT16(2),

    /** Signed integers of a byte. The entries of a row share a factor, its {@link StoredRows#scale scale}. */
    INT8(1);

    private final int bytes;

    StoredType(int bytes) {
        this.bytes = bytes;
    }

    /** The size of an entry. */
    public int bytes() {
        return bytes;
    }
}
