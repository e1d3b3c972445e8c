package dev.gatun.reference;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The safetensors format: its header cut into tokens, of which values are made. What the format's own reader refuses is malformed:
 * a hole in the data, an overlap, bytes behind the last tensor, a tensor of another size than its offsets say.
 */
public final class ReferenceSafeTensors {

    private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+");
    private static final Pattern WORD = Pattern.compile("true|false|null");

    /** Objects and arrays inside each other. */
    private static final int MAX_DEPTH = 128;

    private static final Map<String, String> TYPES = Map.ofEntries(Map.entry("F16", "f2"), Map.entry("BF16", "b2"),
            Map.entry("F32", "f4"), Map.entry("F64", "f8"), Map.entry("BOOL", "b1"), Map.entry("I8", "i1"),
            Map.entry("I16", "i2"), Map.entry("I32", "i4"), Map.entry("I64", "i8"), Map.entry("U8", "u1"),
            Map.entry("U16", "u2"), Map.entry("U32", "u4"), Map.entry("U64", "u8"));

    /** Bits of an entry of the types that are not read. */
    private static final Map<String, Integer> OTHER_BITS = Map.of("F4", 4, "F6_E2M3", 6, "F6_E3M2", 6, "F8_E5M2", 8,
            "F8_E4M3", 8, "F8_E8M0", 8, "F8_E4M3FNUZ", 8, "F8_E5M2FNUZ", 8, "C64", 64);

    private final String text;

    /** A quote stands for a string, 0 for a number, a for a word, any other for itself. */
    private final StringBuilder kinds = new StringBuilder();
    private final List<String> tokens = new ArrayList<>();
    private int next;

    /** A name and its value: a string, a list of values, or an object of fields. */
    private record Field(String name, Object value) {
    }

    private record Fields(List<Field> all) {

        /** The only value of that name. */
        Object only(String name) {
            List<Field> found = all.stream().filter(field -> field.name().equals(name)).toList();
            require(found.size() == 1);
            return found.getFirst().value();
        }
    }

    private record Number(String digits) {
    }

    private record Word(String word) {
    }

    /** A tensor's place in the data, and what it is if it is of a type that is read. */
    private record Entry(long begin, long end, Optional<ReferenceTensor> tensor) {
    }

    private ReferenceSafeTensors(String text) {
        this.text = text;
    }

    /** The tensors of a well formed file by name, in the order of the header; none for one whose type is not read. */
    public static Optional<SequencedMap<String, Optional<ReferenceTensor>>> tensors(byte[] file) {
        if (file.length < 8) {
            return Optional.empty();
        }
        byte[] reversed = {file[7], file[6], file[5], file[4], file[3], file[2], file[1], file[0]};
        BigInteger length = new BigInteger(1, reversed);
        if (length.compareTo(BigInteger.valueOf(file.length - 8)) > 0) {
            return Optional.empty();
        }
        int start = 8 + length.intValue();
        return header(Arrays.copyOfRange(file, 8, start), file, start, file.length - start);
    }

    /** As above, of a file whose header is {@code text} and whose {@code bytes} bytes of data begin at {@code start}. */
    public static Optional<SequencedMap<String, Optional<ReferenceTensor>>> header(byte[] text, byte[] file, int start,
                                                                                    long bytes) {
        try {
            String decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
            return Optional.of(new ReferenceSafeTensors(decoded).tensors(file, start, bytes));
        } catch (CharacterCodingException | IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private SequencedMap<String, Optional<ReferenceTensor>> tensors(byte[] file, int start, long bytes) {
        require(text.startsWith("{"));
        tokenise();
        Fields fields = (Fields) value(MAX_DEPTH);
        require(next == tokens.size());
        require(fields.all().stream().map(Field::name).distinct().count() == fields.all().size());
        SequencedMap<String, Optional<ReferenceTensor>> tensors = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        for (Field field : fields.all()) {
            if (field.name().equals("__metadata__")) {
                require(field.value().equals(new Word("null")) || field.value() instanceof Fields metadata
                        && metadata.all().stream().allMatch(one -> one.value() instanceof String));
            } else {
                entries.add(entry(field.value(), file, start, bytes));
                tensors.put(field.name(), entries.getLast().tensor());
            }
        }
        entries.sort(Comparator.comparing(Entry::begin).thenComparing(Entry::end));
        long at = 0;
        for (Entry entry : entries) {
            require(entry.begin() == at);
            at = entry.end();
        }
        require(at == bytes);
        return tensors;
    }

    private static Entry entry(Object value, byte[] file, int start, long bytes) {
        require(value instanceof Fields);
        Fields fields = (Fields) value;
        require(fields.only("dtype") instanceof String);
        String name = (String) fields.only("dtype");
        long[] shape = sizes(fields.only("shape"));
        long[] offsets = sizes(fields.only("data_offsets"));
        require(offsets.length == 2 && offsets[0] <= offsets[1] && offsets[1] <= bytes);
        String type = TYPES.get(name);
        int bits = type != null ? 8 * (type.charAt(1) - '0') : OTHER_BITS.getOrDefault(name, 0);
        require(bits == 0 || Arrays.stream(shape).mapToObj(BigInteger::valueOf)
                .reduce(BigInteger.valueOf(bits), BigInteger::multiply)
                .equals(BigInteger.valueOf(offsets[1] - offsets[0]).shiftLeft(3)));
        return new Entry(offsets[0], offsets[1], Optional.ofNullable(type)
                .map(read -> new ReferenceTensor(file, start + (int) offsets[0], read, false, false, shape)));
    }

    private static long[] sizes(Object value) {
        require(value instanceof List<?>);
        return ((List<?>) value).stream().mapToLong(size -> {
            require(size instanceof Number number && number.digits().matches("0|[1-9][0-9]{0,17}"));
            return Long.parseLong(((Number) size).digits());
        }).toArray();
    }

    /** The value that begins at the next token. */
    private Object value(int depth) {
        require(next < tokens.size() && depth >= 0);
        String token = tokens.get(next);
        return switch (kinds.charAt(next++)) {
            case '"' -> token;
            case '0' -> new Number(token);
            case 'a' -> new Word(token);
            case '[' -> {
                List<Object> values = new ArrayList<>();
                members(']', () -> values.add(value(depth - 1)));
                require(depth > 0);
                yield values;
            }
            case '{' -> {
                List<Field> fields = new ArrayList<>();
                members('}', () -> {
                    require(kinds.charAt(next) == '"' && kinds.charAt(next + 1) == ':');
                    String name = tokens.get(next);
                    next += 2;
                    fields.add(new Field(name, value(depth - 1)));
                });
                require(depth > 0);
                yield new Fields(fields);
            }
            default -> throw new IllegalArgumentException("malformed");
        };
    }

    private void members(char end, Runnable member) {
        require(next < tokens.size());
        for (boolean more = kinds.charAt(next) != end; more; ) {
            member.run();
            require(next < tokens.size() && (kinds.charAt(next) == ',' || kinds.charAt(next) == end));
            more = kinds.charAt(next) == ',';
            next += more ? 1 : 0;
        }
        next++;
    }

    private void tokenise() {
        int at = 0;
        while (at < text.length()) {
            char character = text.charAt(at);
            Matcher number = NUMBER.matcher(text).region(at, text.length());
            Matcher word = WORD.matcher(text).region(at, text.length());
            if (character == '"') {
                at = string(at + 1);
            } else if (number.lookingAt()) {
                add('0', number.group());
                at = number.end();
            } else if (word.lookingAt()) {
                add('a', word.group());
                at = word.end();
            } else {
                require("{}[]:, \t\n\r".indexOf(character) >= 0);
                if (character > ' ') {
                    add(character, "");
                }
                at++;
            }
        }
        // No token is one, so that a look beyond the end finds nothing.
        kinds.append("..");
    }

    private void add(char kind, String token) {
        kinds.append(kind);
        tokens.add(token);
    }

    /** Reads the string whose first character is at {@code at}, and returns what follows its quote. */
    private int string(int at) {
        StringBuilder string = new StringBuilder();
        while (charAt(at) != '"') {
            require(charAt(at) >= ' ');
            if (charAt(at) != '\\') {
                string.append(charAt(at++));
            } else if (charAt(at + 1) == 'u') {
                require(at + 6 <= text.length() && text.substring(at + 2, at + 6).matches("[0-9a-fA-F]{4}"));
                string.append((char) Integer.parseInt(text.substring(at + 2, at + 6), 16));
                at += 6;
            } else {
                int letter = "\"\\/bfnrt".indexOf(charAt(at + 1));
                require(letter >= 0);
                string.append("\"\\/\b\f\n\r\t".charAt(letter));
                at += 2;
            }
        }
        require(string.codePoints().noneMatch(point -> point >= 0xd800 && point < 0xe000));
        add('"', string.toString());
        return at + 1;
    }

    private char charAt(int at) {
        require(at < text.length());
        return text.charAt(at);
    }

    private static void require(boolean wellFormed) {
        if (!wellFormed) {
            throw new IllegalArgumentException("malformed");
        }
    }
}
