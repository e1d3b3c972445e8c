package dev.gatun;

import dev.gatun.kernel.stored.StoredType;

/** How an entry of a tensor is stored, in the native byte order. Narrow ones widen to float32 without rounding. */
public enum ElementType {

    /** IEEE 754 binary32. */
    FLOAT32(StoredType.FLOAT32),

    /** IEEE 754 binary16: 11 bits of significand, magnitudes from 6e-8 to 65504. */
    FLOAT16(StoredType.FLOAT16),

    /** The upper half of a float32: 8 bits of significand, the range of float32. */
    BFLOAT16(StoredType.BFLOAT16);

    private final StoredType stored;

    ElementType(StoredType stored) {
        this.stored = stored;
    }

    /** {@return the size of an entry} */
    public int bytes() {
        return stored.bytes();
    }

    StoredType stored() {
        return stored;
    }
}
