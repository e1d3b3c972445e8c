package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * A tensor of an ONNX model, a {@code TensorProto}. Its entries stay in the file until they are asked for, in whatever of the fields they
 * are: raw bytes, or numbers by type, packed or not.
 */
public final class OnnxTensor {

    /** {@code TensorProto.DataType}. */
    static final int FLOAT32 = 1;
    public static final int INT32 = 6;
    public static final int INT64 = 7;
    static final int FLOAT16 = 10;
    static final int FLOAT64 = 11;
    static final int BFLOAT16 = 16;

    private static final int DIMENSIONS_FIELD = 1;
    private static final int TYPE_FIELD = 2;
    private static final int FLOATS_FIELD = 4;
    private static final int INTS_FIELD = 5;
    private static final int LONGS_FIELD = 7;
    private static final int NAME_FIELD = 8;
    private static final int RAW_FIELD = 9;
    private static final int DOUBLES_FIELD = 10;
    private static final int EXTERNAL_FIELD = 13;
    private static final int LOCATION_FIELD = 14;

    private static final int MAX_DIMENSIONS = 8;
    private static final int MAX_PIECES = 16;
    private static final long EXTERNAL = 1;
    private static final int KEY_FIELD = 1;
    private static final int VALUE_FIELD = 2;
    private static final String NUMBER = "[0-9]{1,18}";

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ModelFile file;

    /** Where the message is: in one piece, but the format allows several, which add up. */
    private long[] pieces = {};

    private String name = "";
    private int type;
    private long[] sizes = {};
    private long rawStart = -1;
    private long rawLength;

    /** Where its bytes are in another file, to its end if the length is negative. */
    private boolean external;
    private String location = "";
    private long otherStart;
    private long otherLength = -1;

    /** Its numbers, once they were collected: several layers may share a tensor. */
    private MemorySegment collected;

    OnnxTensor(ModelFile file) {
        this.file = file;
    }

    /** Adds the message that {@code reader} has entered. */
    void add(WireReader reader) {
        if (pieces.length == 2 * MAX_PIECES) {
            throw reader.malformed("a tensor has more than %d pieces", MAX_PIECES);
        }
        pieces = Arrays.copyOf(pieces, pieces.length + 2);
        pieces[pieces.length - 2] = reader.position();
        pieces[pieces.length - 1] = reader.end();
        while (reader.next()) {
            switch (reader.field()) {
                case DIMENSIONS_FIELD -> reader.integers(new Sizes(reader));
                case TYPE_FIELD -> type = (int) reader.integer();
                case NAME_FIELD -> name = reader.text(OnnxModel.MAX_NAME);
                case RAW_FIELD -> {
                    rawStart = reader.start();
                    rawLength = reader.length();
                }
                case EXTERNAL_FIELD -> {
                    external = true;
                    reader.enter();
                    addReference(reader);
                    reader.leave();
                }
                case LOCATION_FIELD -> external |= reader.integer() == EXTERNAL;
                default -> {
                }
            }
        }
    }

    /** Adds what an entry of {@code external_data} says, a key and its value. */
    private void addReference(WireReader reader) {
        String key = "";
        String value = "";
        while (reader.next()) {
            switch (reader.field()) {
                case KEY_FIELD -> key = reader.text(OnnxModel.MAX_NAME);
                case VALUE_FIELD -> value = reader.text(OnnxModel.MAX_NAME);
                default -> {
                }
            }
        }
        switch (key) {
            case "location" -> location = value;
            case "offset" -> otherStart = number(reader, value);
            case "length" -> otherLength = number(reader, value);
            default -> {
            }
        }
    }

    private static long number(WireReader reader, String digits) {
        if (!digits.matches(NUMBER)) {
            throw reader.malformed("a tensor's place in another file is %s, not a number", Names.quote(digits));
        }
        return Long.parseLong(digits);
    }

    /** Adds sizes as they are read: a class, because a lambda would take two milliseconds of the first call of a new virtual machine. */
    private final class Sizes implements LongConsumer {
        private final WireReader reader;

        private Sizes(WireReader reader) {
            this.reader = reader;
        }

        @Override
        public void accept(long size) {
            addSize(reader, size);
        }
    }

    private void addSize(WireReader reader, long size) {
        if (sizes.length == MAX_DIMENSIONS) {
            throw reader.malformed("a tensor has more than %d dimensions", MAX_DIMENSIONS);
        }
        if (size < 0) {
            throw reader.malformed("a tensor has a dimension of %d", size);
        }
        sizes = Arrays.copyOf(sizes, sizes.length + 1);
        sizes[sizes.length - 1] = size;
    }

    public String name() {
        return name;
    }

    public int type() {
        return type;
    }

    public long[] sizes() {
        return sizes;
    }

    /** The sizes without those of 1 that come before the last {@code most}: a matrix may be stored as a stack of one. */
    public long[] trailingSizes(int most) {
        int first = 0;
        while (sizes.length - first > most && sizes[first] == 1) {
            first++;
        }
        return Arrays.copyOfRange(sizes, first, sizes.length);
    }

    public Shape shape() {
        return new Shape(sizes);
    }

    /** The number of entries. */
    public long count() {
        try {
            return shape().bytes(1);
        } catch (ArithmeticException overflow) {
            throw fault("shape %s is larger than any file", shape());
        }
    }

    public boolean isFloatingPoint() {
        return type == FLOAT32 || type == FLOAT16 || type == FLOAT64 || type == BFLOAT16;
    }

    /** The entries of a tensor of floating-point numbers. */
    public StoredNumbers numbers() {
        Precision precision = switch (type) {
            case FLOAT32 -> Precision.FLOAT32;
            case FLOAT16 -> Precision.FLOAT16;
            case BFLOAT16 -> Precision.BFLOAT16;
            case FLOAT64 -> Precision.FLOAT64;
            default -> throw fault("has entries of type %d; float32, float16, bfloat16 and float64 are read", type);
        };
        MemorySegment entries = switch (precision) {
            case FLOAT32 -> entries(FLOATS_FIELD, Float.BYTES);
            case FLOAT64 -> entries(DOUBLES_FIELD, Double.BYTES);
            default -> entries(INTS_FIELD, Short.BYTES);
        };
        return new StoredNumbers(file, name, precision, entries);
    }

    /** The integers of a tensor of at most {@code most} of them, or null if it is no such tensor. */
    public long[] integers(int most) {
        if (type != INT64 && type != INT32 || count() > most) {
            return null;
        }
        MemorySegment entries = type == INT64 ? entries(LONGS_FIELD, Long.BYTES) : entries(INTS_FIELD, Integer.BYTES);
        long[] integers = new long[(int) count()];
        if (type == INT64) {
            MemorySegment.copy(entries, LONG, 0, integers, 0, integers.length);
        } else {
            int[] narrow = new int[integers.length];
            MemorySegment.copy(entries, INT, 0, narrow, 0, narrow.length);
            for (int i = 0; i < integers.length; i++) {
                integers[i] = narrow[i];
            }
        }
        return integers;
    }

    /** The bytes of the entries, each of {@code size} bytes: those of the file, or a copy if they are not in one piece there. */
    private MemorySegment entries(int field, int size) {
        long needed;
        try {
            needed = Math.multiplyExact(count(), (long) size);
        } catch (ArithmeticException overflow) {
            throw fault("shape %s is larger than any file", shape());
        }
        if (external) {
            return elsewhere(needed);
        }
        if (rawStart >= 0) {
            requireBytes(needed, rawLength);
            return file.content().asSlice(rawStart, rawLength);
        }
        Packed packed = new Packed();
        fields(field, packed::note);
        if (packed.pieces == 1 && field != INTS_FIELD && field != LONGS_FIELD) {
            requireBytes(needed, packed.length);
            return file.content().asSlice(packed.start, packed.length);
        }
        collected = collected == null ? collected(field, size, needed) : collected;
        return collected;
    }

    private MemorySegment elsewhere(long needed) {
        ModelFile other = file.beside(location);
        long left = Math.max(other.size() - otherStart, 0);
        requireBytes(needed, otherLength < 0 ? left : otherLength);
        if (needed > other.size() - otherStart) {
            throw fault("needs %d bytes of %s from byte %d on, which has %d", needed, Names.quote(location), otherStart, other.size());
        }
        return other.content().asSlice(otherStart, needed);
    }

    /** Numbers one by one, into new memory. Each takes a byte of the file at least, which bounds what is allocated. */
    private MemorySegment collected(int field, int size, long needed) {
        if (needed / size > file.size()) {
            throw fault("shape %s has more entries than the file has bytes", shape());
        }
        if (needed > Integer.MAX_VALUE - Long.BYTES) {
            throw fault("shape %s is not stored as raw bytes, which is read up to 2 GiB", shape());
        }
        Collected numbers = new Collected(new byte[(int) needed], size);
        boolean fixed = field == FLOATS_FIELD || field == DOUBLES_FIELD;
        fields(field, reader -> {
            if (fixed) {
                reader.fixed(size, numbers);
            } else {
                reader.integers(numbers);
            }
        });
        requireBytes(needed, numbers.count * size);
        return MemorySegment.ofArray(numbers.bytes);
    }

    /** Where the one field of packed numbers is. */
    private static final class Packed {
        private int pieces;
        private long start;
        private long length;

        private void note(WireReader reader) {
            pieces = reader.isContent() && pieces == 0 ? 1 : 2;
            if (pieces == 1) {
                start = reader.start();
                length = reader.length();
            }
        }
    }

    /** Little-endian numbers; those that are too many are counted alone. */
    private static final class Collected implements LongConsumer {
        private final byte[] bytes;
        private final int size;
        private long count;

        private Collected(byte[] bytes, int size) {
            this.bytes = bytes;
            this.size = size;
        }

        @Override
        public void accept(long bits) {
            int at = (int) Math.min(count * size, bytes.length);
            for (int b = 0; b < size && at < bytes.length; b++) {
                bytes[at + b] = (byte) (bits >>> Byte.SIZE * b);
            }
            count++;
        }
    }

    /** Visits each field of a number. */
    private void fields(int field, Consumer<WireReader> visitor) {
        for (int i = 0; i < pieces.length; i += 2) {
            WireReader reader = new WireReader(file, pieces[i], pieces[i + 1]);
            while (reader.next()) {
                if (reader.field() == field) {
                    visitor.accept(reader);
                }
            }
        }
    }

    private void requireBytes(long needed, long found) {
        if (needed != found) {
            throw fault("shape %s needs %d bytes, but %d are stored", shape(), needed, found);
        }
    }

    public RuntimeException fault(String format, Object... arguments) {
        return file.fault("tensor %s: %s", Names.quote(name), String.format(Locale.ROOT, format, arguments));
    }
}
