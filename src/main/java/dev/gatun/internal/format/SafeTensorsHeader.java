package dev.gatun.internal.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The header of a safetensors file: its length as a little-endian 64-bit number, then a JSON object that gives each
 * tensor's {@code dtype}, {@code shape} and {@code data_offsets} (begin and end, counted from the end of the header). Tensors
 * cover the data without holes or overlaps, and each has exactly the bytes of its shape.
 *
 * @param file      the file
 * @param dataStart the position of the data in the file, in bytes
 * @param entries   the tensors by name, in the order of the header
 */
public record SafeTensorsHeader(Source file, long dataStart, SequencedMap<String, Entry> entries) {

    private static final int LENGTH_BYTES = Long.BYTES;

    /** The limit of the format's own reader. */
    private static final long MAX_LENGTH = 100_000_000;

    private static final String METADATA = "__metadata__";

    /** Bits of an entry of each type of the format. */
    private static final Map<String, Integer> BITS = Map.ofEntries(Map.entry("BOOL", 8), Map.entry("F4", 4),
            Map.entry("F6_E2M3", 6), Map.entry("F6_E3M2", 6), Map.entry("U8", 8), Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8), Map.entry("F8_E4M3", 8), Map.entry("F8_E8M0", 8), Map.entry("F8_E4M3FNUZ", 8),
            Map.entry("F8_E5M2FNUZ", 8), Map.entry("I16", 16), Map.entry("U16", 16), Map.entry("F16", 16),
            Map.entry("BF16", 16), Map.entry("I32", 32), Map.entry("U32", 32), Map.entry("F32", 32),
            Map.entry("C64", 64), Map.entry("F64", 64), Map.entry("I64", 64), Map.entry("U64", 64));

    /** The description of one tensor; its bytes are within the file. */
    public record Entry(String type, Shape shape, long begin, long end) {
    }

    /** Whether a file with this start may be of this format: the ninth byte opens the object. */
    public static boolean hasMagic(byte[] start) {
        return start.length > LENGTH_BYTES && start[LENGTH_BYTES] == '{';
    }

    public static SafeTensorsHeader read(Source file) {
        if (file.size() == 0) {
            throw file.fault("is empty");
        }
        if (file.size() < LENGTH_BYTES) {
            throw file.fault("is not a safetensors file: it has only %d bytes", file.size());
        }
        byte[] lengthBytes = file.bytes(0, LENGTH_BYTES);
        long length = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > file.size() - LENGTH_BYTES) {
            throw file.fault("claims a header of %s bytes, but has only %d bytes after it starts",
                    Long.toUnsignedString(length), file.size() - LENGTH_BYTES);
        }
        if (length > MAX_LENGTH) {
            throw file.fault("has a header of %d bytes; at most %d are read", length, MAX_LENGTH);
        }
        return of(file, file.bytes(LENGTH_BYTES, (int) length));
    }

    /** Parses {@code text}, which the length precedes and the data follow. */
    public static SafeTensorsHeader of(Source file, byte[] text) {
        SafeTensorsHeader header = new SafeTensorsHeader(file, LENGTH_BYTES + text.length, new LinkedHashMap<>());
        header.parse(new JsonText(file, text, LENGTH_BYTES));
        header.requireCovered();
        return header;
    }

    private void parse(JsonText text) {
        boolean metadata = false;
        if (text.peek() != '{') {
            throw text.malformed("'{'");
        }
        text.expect('{');
        if (!text.accept('}')) {
            do {
                String name = text.string();
                text.expect(':');
                if (metadata && name.equals(METADATA) || entries.containsKey(name)) {
                    throw file.fault("its header has %s twice", Names.quote(name));
                }
                if (name.equals(METADATA)) {
                    metadata = true;
                    skipMetadata(text);
                } else {
                    entries.put(name, checked(name, entry(name, text)));
                }
            } while (text.accept(','));
            text.expect('}');
        }
        text.expectEnd();
    }

    /** Steps over an object of strings, or null. */
    private static void skipMetadata(JsonText text) {
        if (text.acceptWord("null")) {
            return;
        }
        text.expect('{');
        if (text.accept('}')) {
            return;
        }
        do {
            text.string();
            text.expect(':');
            text.string();
        } while (text.accept(','));
        text.expect('}');
    }

    private Entry entry(String name, JsonText text) {
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        text.expect('{');
        do {
            String key = text.string();
            text.expect(':');
            switch (key) {
                case "dtype" -> {
                    requireFirst(type, name, key);
                    type = text.string();
                }
                case "shape" -> {
                    requireFirst(shape, name, key);
                    shape = text.sizes("a dimension");
                }
                case "data_offsets" -> {
                    requireFirst(offsets, name, key);
                    offsets = text.sizes("an offset");
                }
                default -> text.skipValue();
            }
        } while (text.accept(','));
        text.expect('}');
        return complete(name, type, shape, offsets);
    }

    private void requireFirst(Object earlier, String name, String key) {
        if (earlier != null) {
            throw fault(name, "'" + key + "' stands there twice");
        }
    }

    private Entry complete(String name, String type, long[] shape, long[] offsets) {
        if (type == null || shape == null || offsets == null) {
            String key = type == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw fault(name, "'" + key + "' is lacking");
        }
        if (offsets.length != 2) {
            throw fault(name, "'data_offsets' has %d numbers, not 2", offsets.length);
        }
        return new Entry(type, new Shape(shape), offsets[0], offsets[1]);
    }

    private Entry checked(String name, Entry entry) {
        if (entry.begin() > entry.end()) {
            throw fault(name, "its data end at %d, before they begin at %d", entry.end(), entry.begin());
        }
        if (entry.end() > file.size() - dataStart) {
            throw fault(name, "its data end at byte %d, but the file holds %d bytes of data", entry.end(),
                    file.size() - dataStart);
        }
        if (BITS.containsKey(entry.type())) {
            requireSize(name, entry, BITS.get(entry.type()));
        }
        return entry;
    }

    private void requireSize(String name, Entry entry, int bits) {
        long found = entry.end() - entry.begin();
        long needed;
        try {
            needed = entry.shape().bytes(bits);
        } catch (ArithmeticException overflow) {
            throw fault(name, "shape %s is larger than any file", entry.shape());
        }
        if (needed % Byte.SIZE != 0) {
            throw fault(name, "shape %s of %s does not fill whole bytes", entry.shape(), entry.type());
        }
        if (needed / Byte.SIZE != found) {
            throw fault(name, "shape %s of %s needs %d bytes, but its offsets hold %d", entry.shape(), entry.type(),
                    needed / Byte.SIZE, found);
        }
    }

    /** Checks that each byte of the data belongs to exactly one tensor. */
    private void requireCovered() {
        List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
        sorted.sort(Comparator.comparingLong((Map.Entry<String, Entry> one) -> one.getValue().begin())
                .thenComparingLong(one -> one.getValue().end()));
        long at = 0;
        for (Map.Entry<String, Entry> one : sorted) {
            long begin = one.getValue().begin();
            if (begin < at) {
                throw fault(one.getKey(), "its data begin at byte %d, before the tensor ahead of it ends at %d", begin, at);
            }
            if (begin > at) {
                throw file.fault("bytes %d to %d of its data belong to no tensor", at, begin);
            }
            at = one.getValue().end();
        }
        if (at != file.size() - dataStart) {
            throw file.fault("has %d bytes behind its last tensor", file.size() - dataStart - at);
        }
    }

    /** The tensor called {@code name}. */
    public Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw file.fault("has no tensor %s; %s", Names.quote(name), available());
        }
        return entry;
    }

    /** A clause that lists the first few tensors. */
    public String available() {
        return Names.available(entries.keySet());
    }

    /** The format of the entries of the tensor called {@code name}. */
    public Precision precision(String name) {
        String type = entry(name).type();
        return switch (type) {
            case "F16" -> Precision.FLOAT16;
            case "BF16" -> Precision.BFLOAT16;
            case "F32" -> Precision.FLOAT32;
            case "F64" -> Precision.FLOAT64;
            case "BOOL" -> Precision.BOOLEAN;
            case "I8" -> Precision.INT8;
            case "I16" -> Precision.INT16;
            case "I32" -> Precision.INT32;
            case "I64" -> Precision.INT64;
            case "U8" -> Precision.UINT8;
            case "U16" -> Precision.UINT16;
            case "U32" -> Precision.UINT32;
            case "U64" -> Precision.UINT64;
            default -> throw fault(name, "has dtype %s; expected F32, F16, BF16, F64, integers or BOOL",
                    Names.quote(type));
        };
    }

    private RuntimeException fault(String name, String format, Object... arguments) {
        return file.fault("%s", prefix(name) + String.format(Locale.ROOT, format, arguments));
    }

    /** What messages about a tensor begin with. */
    public static String prefix(String name) {
        return "tensor " + Names.quote(name) + ": ";
    }
}
