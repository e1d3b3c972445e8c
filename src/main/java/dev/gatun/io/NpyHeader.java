package dev.gatun.io;

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

    private static final String READABLE = "float32, float16 or float64 ('<f4', '<f2', '<f8', or with '>')";
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int VERSION_END = MAGIC.length + 2;

    /** What a 16-bit length can say; a dictionary with a scalar type never needs more. */
    private static final int LONGEST = 0xffff;

    /** NumPy's own alignment of the data. */
    private static final int ALIGNMENT = 64;

    private String type;
    private Boolean columnMajor;
    private Shape shape;

    private NpyHeader() {
    }

    static boolean hasMagic(byte[] start) {
        return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /** The tensor of {@code file}, whose data are exactly as long as its shape needs. */
    static StoredTensor read(InputFile file) {
        byte[] start = file.bytes(0, VERSION_END + Integer.BYTES);
        if (file.size() == 0) {
            throw file.fault("is empty");
        }
        if (!hasMagic(start)) {
            throw file.fault("is not a .npy file: it does not start with \\x93NUMPY");
        }
        int textStart = textStart(file, start);
        return tensor(file, file.bytes(textStart, textLength(file, start, textStart)), textStart);
    }

    /** The tensor that {@code text} describes, which begins at byte {@code textStart} and which the data follow. */
    static StoredTensor tensor(InputFile file, byte[] text, int textStart) {
        NpyHeader header = new NpyHeader();
        header.parse(new PythonText(file, text, textStart));
        return header.tensor(file, textStart + text.length);
    }

    /** A header for data that follow it at a multiple of {@value #ALIGNMENT} bytes. */
    static byte[] write(NpyType type, Shape shape) {
        String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type.descriptor(), shape);
        int textStart = VERSION_END + Short.BYTES;
        int padding = Math.floorMod(-(textStart + text.length() + 1), ALIGNMENT);
        byte[] padded = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(textStart + padded.length).order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length).put(padded).array();
    }

    private static int textStart(InputFile file, byte[] start) {
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

    private static int textLength(InputFile file, byte[] start, int textStart) {
        ByteBuffer lengthBytes = ByteBuffer.wrap(start, VERSION_END, textStart - VERSION_END)
                .order(ByteOrder.LITTLE_ENDIAN);
        long length = textStart - VERSION_END == Short.BYTES
                ? Short.toUnsignedLong(lengthBytes.getShort())
                : Integer.toUnsignedLong(lengthBytes.getInt());
        if (length > file.size() - textStart) {
            throw file.fault("claims a header of %d bytes, but has only %d bytes after it starts",
                    length, file.size() - textStart);
        }
        if (length > LONGEST) {
            throw file.fault("has a header of %d bytes; at most %d are read", length, LONGEST);
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
            default -> throw text.file().fault("its header has an unknown key %s", InputFile.quote(key));
        }
    }

    private static void requireFirst(Object earlier, String key, PythonText text) {
        if (earlier != null) {
            throw text.file().fault("its header has '%s' twice", key);
        }
    }

    private StoredTensor tensor(InputFile file, int offset) {
        StoredTensor tensor = new StoredTensor(file, "", precision(file), order(), columnMajor, shape, offset);
        long needed = tensor.bytes();
        long found = file.size() - offset;
        if (found < needed) {
            throw file.fault("shape %s of %s needs %d bytes of data, but the file has %d",
                    shape, tensor.precision(), needed, found);
        }
        if (found > needed) {
            throw file.fault("has %d bytes more than its shape %s needs", found - needed, shape);
        }
        return tensor;
    }

    private Precision precision(InputFile file) {
        return switch (type) {
            case "<f2", ">f2" -> Precision.FLOAT16;
            case "<f4", ">f4" -> Precision.FLOAT32;
            case "<f8", ">f8" -> Precision.FLOAT64;
            default -> throw file.fault("has dtype %s (%s); expected %s", InputFile.quote(type), kind(), READABLE);
        };
    }

    private String kind() {
        return switch (type.length() < 2 ? ' ' : type.charAt(1)) {
            case 'b' -> "boolean";
            case 'i', 'u' -> "integers";
            case 'c' -> "complex";
            case 'O' -> "objects";
            case 'S', 'U', 'a' -> "strings";
            case 'V' -> "raw bytes";
            case 'M', 'm' -> "times";
            default -> "unknown";
        };
    }

    private ByteOrder order() {
        return type.charAt(0) == '<' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }
}
