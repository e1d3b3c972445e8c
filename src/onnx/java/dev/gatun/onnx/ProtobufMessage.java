package dev.gatun.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The bytes of one Protocol Buffers message, field after field: as much of the format as a model needs. */
final class ProtobufMessage {

    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;
    private static final int FIXED_64 = 1;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Appends an integer; a negative one takes ten bytes. */
    ProtobufMessage with(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /** Appends a float. */
    ProtobufMessage with(int field, float value) {
        tag(field, FIXED_32);
        for (int bits = Float.floatToIntBits(value), b = 0; b < Float.BYTES; b++, bits >>>= Byte.SIZE) {
            bytes.write(bits & 0xff);
        }
        return this;
    }

    /** Appends a double. */
    ProtobufMessage with(int field, double value) {
        tag(field, FIXED_64);
        long bits = Double.doubleToLongBits(value);
        for (int b = 0; b < Double.BYTES; b++, bits >>>= Byte.SIZE) {
            bytes.write((int) bits & 0xff);
        }
        return this;
    }

    /** Appends an integer without a field around it. */
    ProtobufMessage packed(long value) {
        varint(value);
        return this;
    }

    /** Appends a string. */
    ProtobufMessage with(int field, String value) {
        return with(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Appends a message within this one. */
    ProtobufMessage with(int field, ProtobufMessage value) {
        return with(field, value.toByteArray());
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** Appends bytes. */
    ProtobufMessage with(int field, byte[] value) {
        tag(field, LENGTH_DELIMITED);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    private void tag(int field, int type) {
        varint((long) field << 3 | type);
    }

    /** Seven bits a byte, the lowest first; the top bit says that more follow. */
    private void varint(long value) {
        long rest = value;
        for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
            bytes.write((int) (rest & 0x7f | 0x80));
        }
        bytes.write((int) rest);
    }
}
