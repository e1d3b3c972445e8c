package dev.gatun.internal.format;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The type of an entry by NumPy's {@code descr}, in the spellings that {@code numpy.dtype} accepts on a 64-bit system: a type code
 * after an optional byte order ({@code <f4}, {@code =d}, {@code f2}), or a name ({@code float32}, {@code half}).
 *
 * @param precision the format of a real number; null for any other entry
 * @param order     its byte order
 * @param bytes     the bytes of one entry, -1 if unknown
 */
public record EntryType(Precision precision, ByteOrder order, long bytes) {

    private static final Map<String, Precision> CODES = Map.ofEntries(
            Map.entry("f2", Precision.FLOAT16), Map.entry("e", Precision.FLOAT16),
            Map.entry("f4", Precision.FLOAT32), Map.entry("f", Precision.FLOAT32),
            Map.entry("f8", Precision.FLOAT64), Map.entry("d", Precision.FLOAT64),
            Map.entry("b1", Precision.BOOLEAN), Map.entry("?", Precision.BOOLEAN),
            Map.entry("i1", Precision.INT8), Map.entry("b", Precision.INT8),
            Map.entry("u1", Precision.UINT8), Map.entry("B", Precision.UINT8),
            Map.entry("i2", Precision.INT16), Map.entry("h", Precision.INT16),
            Map.entry("u2", Precision.UINT16), Map.entry("H", Precision.UINT16),
            Map.entry("i4", Precision.INT32), Map.entry("i", Precision.INT32),
            Map.entry("u4", Precision.UINT32), Map.entry("I", Precision.UINT32),
            Map.entry("i8", Precision.INT64), Map.entry("l", Precision.INT64), Map.entry("q", Precision.INT64),
            Map.entry("p", Precision.INT64), Map.entry("n", Precision.INT64),
            Map.entry("u8", Precision.UINT64), Map.entry("L", Precision.UINT64), Map.entry("Q", Precision.UINT64),
            Map.entry("P", Precision.UINT64), Map.entry("N", Precision.UINT64));

    private static final Map<String, Precision> NAMES = Map.ofEntries(
            Map.entry("float16", Precision.FLOAT16), Map.entry("half", Precision.FLOAT16),
            Map.entry("float32", Precision.FLOAT32), Map.entry("single", Precision.FLOAT32),
            Map.entry("float64", Precision.FLOAT64), Map.entry("double", Precision.FLOAT64),
            Map.entry("float", Precision.FLOAT64),
            Map.entry("bool", Precision.BOOLEAN), Map.entry("bool_", Precision.BOOLEAN),
            Map.entry("int8", Precision.INT8), Map.entry("byte", Precision.INT8),
            Map.entry("uint8", Precision.UINT8), Map.entry("ubyte", Precision.UINT8),
            Map.entry("int16", Precision.INT16), Map.entry("short", Precision.INT16),
            Map.entry("uint16", Precision.UINT16), Map.entry("ushort", Precision.UINT16),
            Map.entry("int32", Precision.INT32), Map.entry("intc", Precision.INT32),
            Map.entry("uint32", Precision.UINT32), Map.entry("uintc", Precision.UINT32),
            Map.entry("int64", Precision.INT64), Map.entry("int", Precision.INT64), Map.entry("int_", Precision.INT64),
            Map.entry("intp", Precision.INT64), Map.entry("long", Precision.INT64), Map.entry("longlong", Precision.INT64),
            Map.entry("uint64", Precision.UINT64), Map.entry("uint", Precision.UINT64), Map.entry("uintp", Precision.UINT64),
            Map.entry("ulong", Precision.UINT64), Map.entry("ulonglong", Precision.UINT64));

    /** Codes with a size, of entries that are not readable real numbers. */
    private static final Pattern SIZED = Pattern.compile("[cfSUVaMm]([0-9]{1,9})(?:\\[[0-9A-Za-z]*])?");

    private static final Map<String, Pattern> KINDS = Map.of(
            "complex", Pattern.compile("c[0-9]+|complex.*|[FDG]"),
            "floats of another size", Pattern.compile("f[0-9]+|g|float[0-9]+|longdouble"),
            "integers of another size", Pattern.compile("[iu][0-9]+|u?int[0-9]+"),
            "objects", Pattern.compile("O[0-9]*|object_?"),
            "strings", Pattern.compile("[SUa][0-9]*|str_?|bytes_?"),
            "raw bytes", Pattern.compile("V[0-9]*|void"),
            "times", Pattern.compile("[Mm]8?(\\[.*])?|(datetime|timedelta)64.*"));

    /** Bytes of a character in NumPy's Unicode strings. */
    private static final int CHARACTER_BYTES = 4;

    public static EntryType of(String descriptor) {
        Precision named = NAMES.get(descriptor);
        if (named != null) {
            return new EntryType(named, ByteOrder.nativeOrder(), named.bytes());
        }
        String code = code(descriptor);
        Precision coded = CODES.get(code);
        return new EntryType(coded, order(descriptor), coded == null ? size(code) : coded.bytes());
    }

    /** A descriptor without its byte order. */
    private static String code(String descriptor) {
        return !descriptor.isEmpty() && "<>=|".indexOf(descriptor.charAt(0)) >= 0 ? descriptor.substring(1) : descriptor;
    }

    private static ByteOrder order(String descriptor) {
        return descriptor.startsWith("<") ? ByteOrder.LITTLE_ENDIAN
                : descriptor.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder();
    }

    private static long size(String code) {
        Matcher sized = SIZED.matcher(code);
        if (!sized.matches()) {
            return -1;
        }
        return Long.parseLong(sized.group(1)) * (code.startsWith("U") ? CHARACTER_BYTES : 1);
    }

    /** The kind of a descriptor that is not a readable real number, in a few words. */
    public static String kind(String descriptor) {
        String code = code(descriptor);
        if (!code.equals(descriptor) && NAMES.containsKey(code)) {
            return "a name behind a byte order";
        }
        return KINDS.entrySet().stream().filter(kind -> kind.getValue().matcher(code).matches()).map(Map.Entry::getKey)
                .findFirst().orElse("unknown");
    }
}
