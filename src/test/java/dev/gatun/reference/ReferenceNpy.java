package dev.gatun.reference;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code .npy} format as one regular expression, written from its definition and from what {@code numpy.load} of NumPy 2
 * accepts: headers of Python 2, and types in the spellings of {@code numpy.dtype} on a 64-bit system.
 */
public final class ReferenceNpy {

    private static final String SPACE = "[ \\t\\n\\r]*+";
    private static final String SIZE = "(?:0|[1-9][0-9]{0,17}+)L?+" + SPACE;

    private static final String ITEM = SPACE + "[uU]?+(['\"])(?:"
            + "descr\\1" + SPACE + ":" + SPACE + "[uU]?+(['\"])(?<type>[ -!#-&(-\\[\\]-~]*+)\\2"
            + "|fortran_order\\1" + SPACE + ":" + SPACE + "(?<truth>True|False)"
            + "|shape\\1" + SPACE + ":" + SPACE + "\\((?<shape>" + SPACE + "(?:(?:" + SIZE + "," + SPACE + ")++(?:"
            + SIZE + ")?+)?+)\\))" + SPACE;

    /** The spellings of each type of {@link ReferenceTensor}: codes behind a byte order, or names. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("f2", "[<>=|]?(f2|e)|float16|half"), Map.entry("f4", "[<>=|]?(f4|f)|float32|single"),
            Map.entry("f8", "[<>=|]?(f8|d)|float64|double|float"), Map.entry("b1", "[<>=|]?(b1|\\?)|bool_?"),
            Map.entry("i1", "[<>=|]?(i1|b)|int8|byte"), Map.entry("u1", "[<>=|]?(u1|B)|uint8|ubyte"),
            Map.entry("i2", "[<>=|]?(i2|h)|int16|short"), Map.entry("u2", "[<>=|]?(u2|H)|uint16|ushort"),
            Map.entry("i4", "[<>=|]?(i4|i)|int32|intc"), Map.entry("u4", "[<>=|]?(u4|I)|uint32|uintc"),
            Map.entry("i8", "[<>=|]?(i8|[lqpn])|int64|int_?|intp|long|longlong"),
            Map.entry("u8", "[<>=|]?(u8|[LQPN])|uint64|uint|uintp|ulong|ulonglong"));

    private static final Pattern DICTIONARY =
            Pattern.compile(SPACE + "\\{(?:" + ITEM + "(?:,|(?=})))*+" + SPACE + "}" + SPACE);

    private static final Pattern ONE_ITEM = Pattern.compile(ITEM);

    private ReferenceNpy() {
    }

    /** The first array of a file that is wholly well formed, of a type that is read. */
    public static Optional<ReferenceTensor> tensor(byte[] file) {
        return tensor(file, 0);
    }

    /** Array {@code index} of those that lie in a file one after the other, counted from 0. */
    public static Optional<ReferenceTensor> tensor(byte[] file, int index) {
        int begin = 0;
        for (int i = 0; i <= index; i++) {
            String text = new String(file, begin, file.length - begin, StandardCharsets.ISO_8859_1);
            if (!text.matches("(?s)\u0093NUMPY[\1-\3]\0.{4}.*")) {
                return Optional.empty();
            }
            int lengthBytes = text.charAt(6) == 1 ? 2 : 4;
            long length = 0;
            for (int k = lengthBytes - 1; k >= 0; k--) {
                length = length << 8 | text.charAt(8 + k);
            }
            int textStart = 8 + lengthBytes;
            if (length > 65535 || length > text.length() - textStart) {
                return Optional.empty();
            }
            int start = textStart + (int) length;
            if (i == index) {
                return header(text.substring(textStart, start), file, begin + start);
            }
            BigInteger end = bytes(text.substring(textStart, start)).map(BigInteger.valueOf(begin + start)::add)
                    .orElse(BigInteger.valueOf(Long.MAX_VALUE));
            if (end.compareTo(BigInteger.valueOf(file.length)) > 0) {
                return Optional.empty();
            }
            begin = end.intValue();
        }
        throw new IllegalArgumentException("a negative index");
    }

    /**
     * The tensor that the dictionary {@code text} describes, its entries those of {@code file} from {@code start} on, with
     * nothing behind them but another array.
     */
    public static Optional<ReferenceTensor> header(String text, byte[] file, int start) {
        MatchResult[] items = items(text);
        String spelling = only(items, "type");
        String type = TYPES.entrySet().stream().filter(one -> spelling != null && spelling.matches(one.getValue()))
                .map(Map.Entry::getKey).findFirst().orElse(null);
        if (type == null) {
            return Optional.empty();
        }
        ReferenceTensor tensor = new ReferenceTensor(file, start, type, spelling.startsWith(">"),
                only(items, "truth").equals("True"), sizes(items));
        BigInteger rest = BigInteger.valueOf(file.length - start).subtract(tensor.bytes());
        return Optional.of(tensor).filter(one -> rest.signum() == 0 || rest.compareTo(BigInteger.valueOf(6)) >= 0
                && new String(file, file.length - rest.intValue(), 6, StandardCharsets.ISO_8859_1).equals("\u0093NUMPY"));
    }

    /** The items of a dictionary that has each of the three once; none if it has not. */
    private static MatchResult[] items(String text) {
        MatchResult[] items = DICTIONARY.matcher(text).matches()
                ? ONE_ITEM.matcher(text).results().toArray(MatchResult[]::new) : new MatchResult[0];
        return items.length == 3 && only(items, "type") != null && only(items, "truth") != null
                && only(items, "shape") != null ? items : new MatchResult[0];
    }

    private static long[] sizes(MatchResult[] items) {
        return Pattern.compile("[0-9]+").matcher(only(items, "shape")).results()
                .mapToLong(size -> Long.parseLong(size.group())).toArray();
    }

    /** The bytes of the entries that a dictionary describes, of any type whose size its spelling tells. */
    private static Optional<BigInteger> bytes(String text) {
        MatchResult[] items = items(text);
        if (items.length == 0) {
            return Optional.empty();
        }
        String spelling = only(items, "type");
        Optional<String> type = TYPES.entrySet().stream().filter(one -> spelling.matches(one.getValue()))
                .map(Map.Entry::getKey).findFirst();
        Matcher other = Pattern.compile("[<>=|]?([cfSUVaMm])([0-9]{1,9})(\\[[0-9A-Za-z]*])?").matcher(spelling);
        BigInteger entry = type.isPresent() ? BigInteger.valueOf(type.get().charAt(1) - '0')
                : other.matches() ? new BigInteger(other.group(2)).multiply(BigInteger.valueOf(other.group(1).equals("U") ? 4 : 1))
                : null;
        return Optional.ofNullable(entry).map(bytes -> Arrays.stream(sizes(items)).mapToObj(BigInteger::valueOf)
                .reduce(bytes, BigInteger::multiply));
    }

    private static String only(MatchResult[] items, String group) {
        return Arrays.stream(items).map(item -> item.group(group)).filter(text -> text != null).findFirst().orElse(null);
    }
}
