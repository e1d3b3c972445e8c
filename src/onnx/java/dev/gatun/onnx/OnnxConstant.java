package dev.gatun.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A stored tensor of a model, as a {@code TensorProto}. */
public final class OnnxConstant {

    /** The fields that hold the entries. */
    public enum Form {
        /** Little-endian bytes. */
        RAW,
        /** The field of the type, all entries in one. */
        PACKED,
        /** The field of the type, once an entry. */
        SINGLE
    }

    private static final int FLOATS = 4;
    private static final int INTS = 5;
    private static final int LONGS = 7;
    private static final int RAW = 9;
    private static final int DOUBLES = 10;

    private final ProtobufMessage message = new ProtobufMessage();

    private OnnxConstant(String name, OnnxGraph.Element element, int... shape) {
        for (int size : shape) {
            message.with(1, (long) size);
        }
        message.with(2, (long) element.number).with(8, name);
    }

    /** Floating-point entries, rounded to their type. */
    public static OnnxConstant of(String name, OnnxGraph.Element element, Form form, float[] values, int... shape) {
        OnnxConstant constant = new OnnxConstant(name, element, shape);
        if (form == Form.RAW) {
            constant.message.with(RAW, raw(element, values));
        } else {
            constant.numbers(element, form, values);
        }
        return constant;
    }

    /** Integers. */
    public static OnnxConstant of(String name, Form form, long[] values, int... shape) {
        OnnxConstant constant = new OnnxConstant(name, OnnxGraph.Element.INT64, shape);
        ByteBuffer raw = ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        ProtobufMessage packed = new ProtobufMessage();
        for (long value : values) {
            raw.putLong(value);
            packed.packed(value);
            if (form == Form.SINGLE) {
                constant.message.with(LONGS, value);
            }
        }
        if (form == Form.RAW) {
            constant.message.with(RAW, raw.array());
        } else if (form == Form.PACKED) {
            constant.message.with(LONGS, packed);
        }
        return constant;
    }

    /** A tensor whose entries are {@code length} bytes of another file, from byte {@code offset} on. */
    public static OnnxConstant elsewhere(String name, OnnxGraph.Element element, String file, String offset, String length, int... shape) {
        OnnxConstant constant = new OnnxConstant(name, element, shape);
        constant.message.with(13, new ProtobufMessage().with(1, "location").with(2, file))
                .with(13, new ProtobufMessage().with(1, "offset").with(2, offset))
                .with(13, new ProtobufMessage().with(1, "length").with(2, length)).with(14, 1L);
        return constant;
    }

    private void numbers(OnnxGraph.Element element, Form form, float[] values) {
        int field = switch (element) {
            case FLOAT -> FLOATS;
            case DOUBLE -> DOUBLES;
            default -> INTS;
        };
        ProtobufMessage packed = new ProtobufMessage();
        for (float value : values) {
            switch (element) {
                case FLOAT16, BFLOAT16 -> packed.packed(half(element, value) & 0xffff);
                default -> {
                }
            }
            if (form == Form.SINGLE) {
                switch (element) {
                    case FLOAT -> message.with(field, value);
                    case DOUBLE -> message.with(field, (double) value);
                    default -> message.with(field, (long) (half(element, value) & 0xffff));
                }
            }
        }
        if (form == Form.PACKED) {
            message.with(field, field == INTS ? packed.toByteArray() : raw(element, values));
        }
    }

    private static short half(OnnxGraph.Element element, float value) {
        return element == OnnxGraph.Element.FLOAT16 ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >>> 16);
    }

    /** The bytes of entries. */
    public static byte[] raw(OnnxGraph.Element element, float[] values) {
        ByteBuffer raw = ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (element) {
                case FLOAT -> raw.putFloat(value);
                case DOUBLE -> raw.putDouble(value);
                default -> raw.putShort(half(element, value));
            }
        }
        return Arrays.copyOf(raw.array(), raw.position());
    }

    ProtobufMessage message() {
        return message;
    }
}
