package dev.gatun.io;

import dev.gatun.internal.format.EntryType;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.PythonText;
import dev.gatun.internal.format.Shape;
import dev.gatun.internal.format.Source;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The header of a NumPy file: {@code \x93NUMPY}, major and minor version, the length of the text as a little-endian
 * 16-bit (version 1.0) or 32-bit number (2.0 and 3.0), and the text: a Python dictionary of {@code descr},
 * {@code fortran_order} and {@code shape}.
 */
final class NpyHeader {

    private static final String READABLE = "real numbers: float16, float32, float64, integers or booleans";
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int VERSION_END = MAGIC.length + 2;

    /** The largest 16-bit length; a dictionary with a scalar type is shorter. */
    private static final int MAX_LENGTH = 0xffff;

    /** NumPy's own alignment of the data. */
    private static final int ALIGNMENT = 64;

    private final Source file;
    private final long dataStart;
    private String type;
    private Boolean columnMajor;
    private Shape shape;

    private NpyHeader(Source file, long dataStart) {
        this.file = file;
        this.dataStart = dataStart;
    }

    static boolean hasMagic(byte[] start) {
        return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /** The first array of {@code file}. Nothing but further arrays may follow it. */
    static StoredTensor read(Source file) {
        return at(file, 0).tensor();
    }

    /** Array {@code index}, from 0, of the consecutive arrays of {@code file}. */
    static StoredTensor read(Source file, long index) {
        NpyHeader header = at(file, 0);
        for (long i = 0; i < index; i++) {
            long next = header.end(i);
            if (next == file.size()) {
                throw file.fault("has no array %d: the last one is %d", index, i);
            }
            header = at(file, next);
        }
        return header.tensor();
    }

    /** The header that begins at byte {@code begin}. */
    private static NpyHeader at(Source file, long begin) {
        byte[] start = file.bytes(begin, VERSION_END + Integer.BYTES);
        if (file.size() == 0) {
            throw file.fault("is empty");
        }
        if (!hasMagic(start)) {
            throw file.fault(begin == 0 ? "is not a .npy file: it does not start with \\x93NUMPY"
                    : "has no array at byte %d: there is no \\x93NUMPY", begin);
        }
        long textStart = begin + textStart(file, start);
        byte[] text = file.bytes(textStart, textLength(file, start, textStart, (int) (textStart - begin)));
        return of(file, text, textStart);
    }

    /** The tensor that {@code text} describes. The text begins at byte {@code textStart}, and the data follow it. */
    static StoredTensor tensor(Source file, byte[] text, long textStart) {
        return of(file, text, textStart).tensor();
    }

    private static NpyHeader of(Source file, byte[] text, long textStart) {
        NpyHeader header = new NpyHeader(file, textStart + text.length);
        header.parse(new PythonText(file, text, textStart));
        return header;
    }

    /** A header after which the data begin at a multiple of {@value #ALIGNMENT} bytes. */
    static byte[] write(NpyType type, Shape shape) {
        String text = "{'descr': '" + type.descriptor() + "', 'fortran_order': False, 'shape': " + shape + ", }";
        int textStart = VERSION_END + Short.BYTES;
        int padding = Math.floorMod(-(textStart + text.length() + 1), ALIGNMENT);
        byte[] padded = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(textStart + padded.length).order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length).put(padded).array();
    }

    private static int textStart(Source file, byte[] start) {
        if (start.length < VERSION_END + Integer.BYTES) {
            throw file.fault("ends inside its header");
        }
        int major = start[MAGIC.length] & 0xff;
        int minor = start[MAGIC.length + 1] & 0xff;
        if (major < 1 || major > 3 || minor != 0) {
            throw file.fault("has format version %d.%d; readable are 1.0, 2.0 and 3.0", major, minor);
        }
        return VERSION_END + (major == 1 ? Short.BYTES : Integer.BYTES);
    }

    /** @param prefix the bytes from the start of the array to the text */
    private static int textLength(Source file, byte[] start, long textStart, int prefix) {
        ByteBuffer lengthBytes = ByteBuffer.wrap(start, VERSION_END, prefix - VERSION_END)
                .order(ByteOrder.LITTLE_ENDIAN);
        long length = prefix - VERSION_END == Short.BYTES
                ? Short.toUnsignedLong(lengthBytes.getShort())
                : Integer.toUnsignedLong(lengthBytes.getInt());
        if (length > file.size() - textStart) {
            throw file.fault("claims a header of %d bytes, but has only %d bytes after it starts",
                    length, file.size() - textStart);
        }
        if (length > MAX_LENGTH) {
            throw file.fault("has a header of %d bytes; at most %d are read", length, MAX_LENGTH);
        }
        return (int) length;
    }

    private void parse(PythonText text) {
        text.expect('{');
        while (!text.accept('}')) {
            String key = text.string();
            text.expect(':');
            parseValue(key, text);
            if (!text.accept(',')) {
                text.expect('}');
                break;
            }
        }
        text.expectEnd();
        if (type == null || columnMajor == null || shape == null) {
            throw text.file().fault("its header lacks '%s'",
                    type == null ? "descr" : columnMajor == null ? "fortran_order" : "shape");
        }
    }

    private void parseValue(String key, PythonText text) {
        switch (key) {
            case "descr" -> {
                requireFirst(type, key, text);
                if (text.sees('[') || text.sees('(')) {
                    throw text.file().fault("has a structured dtype; expected %s", READABLE);
                }
                type = text.string();
            }
            case "fortran_order" -> {
                requireFirst(columnMajor, key, text);
                columnMajor = text.truth();
            }
            case "shape" -> {
                requireFirst(shape, key, text);
                shape = text.tuple();
            }
            default -> throw text.file().fault("its header has an unknown key %s", Names.quote(key));
        }
    }

    private static void requireFirst(Object earlier, String key, PythonText text) {
        if (earlier != null) {
            throw text.file().fault("its header has '%s' twice", key);
        }
    }

    /**
     * The tensor, once the file is known to hold all of its data. Only another array may follow them: other bytes are a sign of a wrong
     * header.
     */
    private StoredTensor tensor() {
        EntryType entry = EntryType.of(type);
        if (entry.precision() == null) {
            throw file.fault("has dtype %s (%s); expected %s", Names.quote(type), EntryType.kind(type), READABLE);
        }
        StoredTensor tensor = new StoredTensor(file, "", entry.precision(), entry.order(), columnMajor, shape, dataStart);
        long needed = tensor.bytes();
        long found = file.size() - dataStart;
        if (found < needed) {
            throw file.fault("shape %s of %s needs %d bytes of data, but %d follow its header",
                    shape, tensor.precision(), needed, found);
        }
        if (found > needed && !hasMagic(file.bytes(dataStart + needed, MAGIC.length))) {
            throw file.fault("has %d bytes more than its shape %s needs, and they are no further array",
                    found - needed, shape);
        }
        return tensor;
    }

    /** The end of the data of this array, array {@code index} of its file. */
    private long end(long index) {
        long entryBytes = EntryType.of(type).bytes();
        if (entryBytes < 0) {
            throw file.fault("array %d has dtype %s, of unknown size: what follows it cannot be found", index,
                    Names.quote(type));
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.bytes(1), entryBytes);
        } catch (ArithmeticException overflow) {
            throw file.fault("shape %s is larger than any file", shape);
        }
        if (bytes > file.size() - dataStart) {
            throw file.fault("array %d, shape %s of %s, needs %d bytes of data, but %d follow its header", index, shape,
                    Names.quote(type), bytes, file.size() - dataStart);
        }
        return dataStart + bytes;
    }
}
