package dev.gatun.reference;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The safetensors format: its header cut into tokens, whose kinds are a word of a regular language. */
public final class ReferenceSafeTensors {

    private static final String LIST = "\\[(?:n(?:,n)*+)?+]";
    private static final String OBJECT = "\\{(?:s:(?:s|" + LIST + ")(?:,s:(?:s|" + LIST + "))*+)?+}";

    /** {@code s} is a string, {@code n} a size, any other token stands for itself. */
    private static final Pattern HEADER = Pattern.compile("\\{(?:s:" + OBJECT + "(?:,s:" + OBJECT + ")*+)?+}");

    private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,17}+");

    private static final Map<String, String> TYPES = Map.of("F16", "f2", "BF16", "b2", "F32", "f4", "F64", "f8");

    private final String text;
    private final StringBuilder kinds = new StringBuilder();
    private final List<String> tokens = new ArrayList<>();

    private ReferenceSafeTensors(String text) {
        this.text = text;
    }

    /**
     * The tensors of a well formed file by name, in the order of the header; none for one whose type is not read or
     * whose shape needs another number of bytes than its offsets hold.
     */
    public static Optional<SequencedMap<String, Optional<ReferenceTensor>>> tensors(byte[] file) {
        if (file.length < 8) {
            return Optional.empty();
        }
        byte[] reversed = {file[7], file[6], file[5], file[4], file[3], file[2], file[1], file[0]};
        BigInteger length = new BigInteger(1, reversed);
        if (length.compareTo(BigInteger.valueOf(file.length - 8)) > 0) {
            return Optional.empty();
        }
        return header(Arrays.copyOfRange(file, 8, 8 + length.intValue()), file, 8 + length.intValue());
    }

    /** As above, of a file whose header is {@code text} and whose data begin at {@code start}. */
    public static Optional<SequencedMap<String, Optional<ReferenceTensor>>> header(byte[] text, byte[] file, int start) {
        try {
            String decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
            return Optional.of(new ReferenceSafeTensors(decoded).tensors(file, start));
        } catch (CharacterCodingException | IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private SequencedMap<String, Optional<ReferenceTensor>> tensors(byte[] file, int start) {
        tokenise();
        require(HEADER.matcher(kinds).matches());
        SequencedMap<String, Optional<ReferenceTensor>> tensors = new LinkedHashMap<>();
        boolean metadata = false;
        int at = 1;
        while (kinds.charAt(at) == 's') {
            String name = tokens.get(at);
            int end = kinds.indexOf("}", at);
            if (name.equals("__metadata__")) {
                require(!metadata && !kinds.substring(at, end).contains("["));
                metadata = true;
            } else {
                require(!tensors.containsKey(name));
                tensors.put(name, tensor(fields(at + 3, end), file, start));
            }
            at = end + (kinds.charAt(end + 1) == ',' ? 2 : 1);
        }
        return tensors;
    }

    /** The values of an object's fields from token {@code at} to {@code end}: the string, or the sizes. */
    private Map<String, List<String>> fields(int at, int end) {
        Map<String, List<String>> fields = new HashMap<>();
        while (at < end) {
            boolean list = kinds.charAt(at + 2) == '[';
            int valueEnd = list ? kinds.indexOf("]", at) + 1 : at + 3;
            List<String> value = new ArrayList<>();
            for (int i = at + 2; i < valueEnd; i++) {
                if (kinds.charAt(i) == 's' || kinds.charAt(i) == 'n') {
                    value.add(tokens.get(i));
                }
            }
            String key = tokens.get(at) + (list ? "[]" : "");
            require(fields.put(key, value) == null);
            at = valueEnd + 1;
        }
        return fields;
    }

    private static Optional<ReferenceTensor> tensor(Map<String, List<String>> fields, byte[] file, int start) {
        require(fields.size() == 3 && fields.containsKey("dtype") && fields.containsKey("shape[]")
                && fields.containsKey("data_offsets[]") && fields.get("data_offsets[]").size() == 2);
        long[] offsets = fields.get("data_offsets[]").stream().mapToLong(Long::parseLong).toArray();
        require(offsets[0] <= offsets[1] && offsets[1] <= file.length - start);
        String type = TYPES.get(fields.get("dtype").getFirst());
        if (type == null) {
            return Optional.empty();
        }
        long[] shape = fields.get("shape[]").stream().mapToLong(Long::parseLong).toArray();
        return Optional.of(new ReferenceTensor(file, start + (int) offsets[0], type, false, false, shape))
                .filter(tensor -> tensor.bytes().equals(BigInteger.valueOf(offsets[1] - offsets[0])));
    }

    private void tokenise() {
        Matcher size = SIZE.matcher(text);
        int at = 0;
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '"') {
                at = string(at + 1);
            } else if (size.region(at, text.length()).lookingAt()) {
                add('n', size.group());
                at = size.end();
            } else {
                require("{}[]:, \t\n\r".indexOf(next) >= 0);
                if (next > ' ') {
                    add(next, "");
                }
                at++;
            }
        }
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
        add('s', string.toString());
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
