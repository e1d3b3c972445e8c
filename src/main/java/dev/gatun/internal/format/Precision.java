package dev.gatun.internal.format;

import java.util.Locale;

/** The format of a stored real number. */
public enum Precision {
    /** IEEE 754 binary16. */
    FLOAT16(2),
    /** The upper half of a binary32. */
    BFLOAT16(2),
    /** IEEE 754 binary32. */
    FLOAT32(4),
    /** IEEE 754 binary64. */
    FLOAT64(8),
    /** A byte that is 0 or 1. */
    BOOLEAN(1),
    /** Two's complement integers. */
    INT8(1), INT16(2), INT32(4), INT64(8),
    /** Unsigned integers. */
    UINT8(1), UINT16(2), UINT32(4), UINT64(8);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }

    /** Whether it is an integer or a truth value. */
    public boolean integral() {
        return compareTo(FLOAT64) > 0;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
