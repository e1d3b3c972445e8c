package dev.gatun;

/** How an entry of a tensor is stored, in the native byte order. Narrow ones widen to float32 without rounding. */
public enum ElementType {

    /** IEEE 754 binary32. */
    FLOAT32(4),

    /** IEEE 754 binary16: 11 bits of significand, magnitudes from 6e-8 to 65504. */
    FLOAT16(2),

    /** The upper half of a float32: 8 bits of significand, the range of float32. */
    BFLOAT16(2);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** The size of an entry. */
    public int bytes() {
        return bytes;
    }
}
