package dev.gatun.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The header of a safetensors file: its length as a little-endian 64-bit number, then a JSON object that gives each
 * tensor's {@code dtype}, {@code shape} and {@code data_offsets} (begin and end, counted from the end of the header).
 *
 * @param file      where it was read
 * @param dataStart bytes from the start of the file to the data
 * @param entries   the tensors by name, in the order of the header
 */
record SafeTensorsHeader(InputFile file, long dataStart, SequencedMap<String, Entry> entries) {

    private static final int LENGTH_BYTES = Long.BYTES;

    /** The limit of the format's own reader. */
    private static final long LONGEST = 100_000_000;

    private static final String METADATA = "__metadata__";

    /** One tensor as the header describes it; its bytes lie inside the file. */
    record Entry(String type, Shape shape, long begin, long end) {
    }

    /** Whether a file that starts so may be of this format: the ninth byte opens the object. */
    static boolean hasMagic(byte[] start) {
        return start.length > LENGTH_BYTES && start[LENGTH_BYTES] == '{';
    }

    static SafeTensorsHeader read(InputFile file) {
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
        if (length > LONGEST) {
            throw file.fault("has a header of %d bytes; at most %d are read", length, LONGEST);
        }
        return of(file, file.bytes(LENGTH_BYTES, (int) length));
    }

    /** The header that is {@code text}, which follows the length and which the data follow. */
    static SafeTensorsHeader of(InputFile file, byte[] text) {
        SafeTensorsHeader header = new SafeTensorsHeader(file, LENGTH_BYTES + text.length, new LinkedHashMap<>());
        header.parse(new JsonText(file, text, LENGTH_BYTES));
        return header;
    }

    private void parse(JsonText text) {
        boolean metadata = false;
        text.expect('{');
        if (!text.accept('}')) {
            do {
                String name = text.string();
                text.expect(':');
                if (metadata && name.equals(METADATA) || entries.containsKey(name)) {
                    throw file.fault("its header has %s twice", InputFile.quote(name));
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

    /** The format allows nothing but strings here. */
    private static void skipMetadata(JsonText text) {
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
                default -> throw fault(name, "unknown field " + InputFile.quote(key));
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
            throw fault(name, "'data_offsets' has %d numbers, not 2".formatted(offsets.length));
        }
        return new Entry(type, new Shape(shape), offsets[0], offsets[1]);
    }

    private Entry checked(String name, Entry entry) {
        if (entry.begin() > entry.end()) {
            throw fault(name, "its data end at %d, before they begin at %d".formatted(entry.end(), entry.begin()));
        }
        if (entry.end() > file.size() - dataStart) {
            throw fault(name, "its data end at byte %d, but the file holds %d bytes of data"
                    .formatted(entry.end(), file.size() - dataStart));
        }
        return entry;
    }

    /** The tensor called {@code name}, whose offsets are as far apart as its shape needs. */
    StoredTensor tensor(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw file.fault("has no tensor %s; %s", InputFile.quote(name), available());
        }
        StoredTensor tensor = new StoredTensor(file, prefix(name), precision(name, entry.type()),
                ByteOrder.LITTLE_ENDIAN, false, entry.shape(), dataStart + entry.begin());
        if (tensor.bytes() != entry.end() - entry.begin()) {
            throw tensor.fault("shape %s of %s needs %d bytes, but its offsets hold %d",
                    entry.shape(), entry.type(), tensor.bytes(), entry.end() - entry.begin());
        }
        return tensor;
    }

    /** Says which tensors there are: the first few by name. */
    String available() {
        if (entries.isEmpty()) {
            return "it has none";
        }
        int named = 8;
        String names = String.join(", ", entries.keySet().stream().limit(named).map(InputFile::quote).toList());
        return "it has " + names + (entries.size() > named ? " and %d more".formatted(entries.size() - named) : "");
    }

    private Precision precision(String name, String type) {
        return switch (type) {
            case "F16" -> Precision.FLOAT16;
            case "BF16" -> Precision.BFLOAT16;
            case "F32" -> Precision.FLOAT32;
            case "F64" -> Precision.FLOAT64;
            default -> throw fault(name,
                    "has dtype " + InputFile.quote(type) + "; expected F32, F16, BF16 or F64");
        };
    }

    private TensorFileException fault(String name, String fault) {
        return file.fault("%s", prefix(name) + fault);
    }

    private static String prefix(String name) {
        return "tensor " + InputFile.quote(name) + ": ";
    }
}
