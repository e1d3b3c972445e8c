package dev.gatun.io;

import java.nio.ByteOrder;

/** The type of the entries of a written {@code .npy} file, in the native byte order. */
public enum NpyType {
    /** float32: {@code <f4}. */
    FLOAT32("f4", 4),
    /** float64: {@code <f8}. */
    FLOAT64("f8", 8),
    /** Two float32, real and imaginary part: {@code <c8}. */
    COMPLEX64("c8", 8),
    /** Two float64, real and imaginary part: {@code <c16}. */
    COMPLEX128("c16", 16);

    private final String code;
    private final int bytes;

    NpyType(String code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** {@return the bytes of one entry} */
    public int bytes() {
        return bytes;
    }

    /** {@return NumPy's name of the type, byte order first, such as {@code <f4}} */
    public String descriptor() {
        return (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">") + code;
    }
}
