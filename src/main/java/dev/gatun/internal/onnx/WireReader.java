package dev.gatun.internal.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongConsumer;

/**
 * A reader of the wire format of Protocol Buffers, field by field. {@link #next} reads a whole field, so that a field that nobody asks for
 * is skipped. {@link #enter} goes into the message that a field holds, {@link #leave} returns behind it. Nothing is trusted: each length is
 * compared with the message around it, and groups are refused.
 */
final class WireReader {

    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;

    /** Messages inside each other; those of a model that are read are 6 deep. */
    private static final int MAX_DEPTH = 8;

    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_FIELD = (1 << 29) - 1;

    /** What decoding puts in place of malformed bytes. */
    private static final char REPLACEMENT = '\ufffd';

    /** Bytes of names that are read without new memory. */
    private static final int MIN_NAME = 256;

    /** Bytes of the file that are copied at once: single bytes of mapped memory are slow until they are compiled. */
    private static final int WINDOW = 1 << 12;

    private final ModelFile file;
    private final MemorySegment bytes;
    private final long[] positions = new long[MAX_DEPTH];
    private final long[] ends = new long[MAX_DEPTH];
    private int depth;
    private byte[] name = {};

    /** A part of the file, from {@code windowStart} on. */
    private final byte[] window;
    private long windowStart;
    private int windowLength;

    /** The next byte to read, and the end of the message. */
    private long position;
    private long end;

    /** The field read last: its tag's place, its number and type, and its value or the place of its content. */
    private long tag;
    private int field;
    private int type;
    private long value;
    private long length;

    WireReader(ModelFile file) {
        this(file, 0, file.size());
    }

    /** Reads the message in bytes {@code start} to {@code end} of the file, which are within it. */
    WireReader(ModelFile file, long start, long end) {
        this.file = file;
        this.bytes = file.content();
        this.position = start;
        this.end = end;
        this.window = new byte[(int) Math.min(WINDOW, end - start)];
    }

    /** Reads the next field of the message; {@code false} at its end. */
    boolean next() {
        if (position == end) {
            return false;
        }
        tag = position;
        long key = varint();
        field = (int) (key >>> 3);
        type = (int) (key & 7);
        if (key >>> 3 < 1 || key >>> 3 > MAX_FIELD) {
            throw malformed("no field has the number %s", Long.toUnsignedString(key >>> 3));
        }
        switch (type) {
            case VARINT -> value = varint();
            case FIXED_64 -> value = bits(take(Long.BYTES), Long.BYTES);
            case FIXED_32 -> value = bits(take(Integer.BYTES), Integer.BYTES);
            case LENGTH_DELIMITED -> {
                length = varint();
                if (length < 0 || length > end - position) {
                    throw malformed("field %d claims %s bytes, but %d are left", field, Long.toUnsignedString(length), end - position);
                }
                value = take(length);
            }
            default -> throw malformed("field %d has wire type %d, which is none of 0, 1, 2 and 5", field, type);
        }
        return true;
    }

    /** The number of the field read last. */
    int field() {
        return field;
    }

    /** The field as an integer. */
    long integer() {
        require(VARINT, "an integer");
        return value;
    }

    /** The field as a float. */
    float number() {
        require(FIXED_32, "a float");
        return Float.intBitsToFloat((int) value);
    }

    /** The field as a string of at most {@code most} bytes. */
    String text(int most) {
        requireContent();
        if (length > most) {
            throw malformed("field %d is a name of %d bytes; at most %d are read", field, length, most);
        }
        String text = decoded(value, (int) length);
        if (text.indexOf(REPLACEMENT) >= 0) {
            throw malformed("field %d is not UTF-8", field);
        }
        return text;
    }

    /** The text of some bytes, which are in the window as a rule: copies of mapped memory are slow until they are compiled. */
    private String decoded(long start, int count) {
        if (count <= window.length && count > 0) {
            at(start);
            if (start + count > windowStart + windowLength) {
                fill(start);
            }
            return new String(window, (int) (start - windowStart), count, StandardCharsets.UTF_8);
        }
        if (name.length < count) {
            name = new byte[Math.max(MIN_NAME, count)];
        }
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start, name, 0, count);
        return new String(name, 0, count, StandardCharsets.UTF_8);
    }

    /** Whether the field holds a string, a message or packed numbers. */
    boolean isContent() {
        return type == LENGTH_DELIMITED;
    }

    /** The position of the field's content. */
    long start() {
        requireContent();
        return value;
    }

    /** The bytes of the field's content. */
    long length() {
        requireContent();
        return length;
    }

    /** Passes on the integers of the field: one, or those packed into its content. */
    void integers(LongConsumer consumer) {
        if (type != LENGTH_DELIMITED) {
            consumer.accept(integer());
            return;
        }
        enter();
        while (position < end) {
            consumer.accept(varint());
        }
        leave();
    }

    /** Passes on the bits of the field's numbers of 4 or 8 bytes: one, or those packed into its content. */
    void fixed(int size, LongConsumer consumer) {
        if (type != LENGTH_DELIMITED) {
            require(size == Integer.BYTES ? FIXED_32 : FIXED_64, "a number of " + size + " bytes");
            consumer.accept(value);
            return;
        }
        if (length % size != 0) {
            throw malformed("field %d packs numbers of %d bytes into %d", field, size, length);
        }
        for (long at = value; at < value + length; at += size) {
            consumer.accept(bits(at, size));
        }
    }

    /** Goes into the message that the field holds. */
    void enter() {
        requireContent();
        if (depth == MAX_DEPTH) {
            throw malformed("more than %d messages are inside each other", MAX_DEPTH);
        }
        positions[depth] = position;
        ends[depth++] = end;
        position = value;
        end = value + length;
    }

    /** Returns to the message around, behind the field that was entered. */
    void leave() {
        position = positions[--depth];
        end = ends[depth];
    }

    /** The position of the message's next byte. */
    long position() {
        return position;
    }

    /** The position behind the message. */
    long end() {
        return end;
    }

    /** A fault of the field read last. */
    RuntimeException malformed(String format, Object... arguments) {
        return file.fault("is not an ONNX model, or is damaged: at byte %d %s", tag,
                String.format(Locale.ROOT, format, arguments));
    }

    private void requireContent() {
        require(LENGTH_DELIMITED, "a string or a message");
    }

    private void require(int expected, String name) {
        if (type != expected) {
            throw malformed("field %d is not %s: it has wire type %d", field, name, type);
        }
    }

    /** Steps over {@code count} bytes and returns where they start. */
    private long take(long count) {
        if (count > end - position) {
            throw malformed("%d bytes are needed, but %d are left", count, end - position);
        }
        long start = position;
        position += count;
        return start;
    }

    /** A byte of the message. */
    private byte at(long index) {
        long offset = index - windowStart;
        if (offset < 0 || offset >= windowLength) {
            fill(index);
            offset = 0;
        }
        return window[(int) offset];
    }

    /** Moves the window to a byte. */
    private void fill(long index) {
        windowStart = index;
        windowLength = (int) Math.min(window.length, bytes.byteSize() - index);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, index, window, 0, windowLength);
    }

    /** A little-endian number of {@code size} bytes. */
    private long bits(long index, int size) {
        long bits = 0;
        for (int b = 0; b < size; b++) {
            bits |= (at(index + b) & 0xffL) << Byte.SIZE * b;
        }
        return bits;
    }

    /** Seven bits a byte, the lowest first; the top bit of a byte tells that more follow. */
    private long varint() {
        long result = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            byte next = at(take(1));
            result |= (next & 0x7fL) << 7 * i;
            if (next >= 0) {
                return result;
            }
        }
        throw malformed("an integer has more than %d bytes", MAX_VARINT_BYTES);
    }
}
