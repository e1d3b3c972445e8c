package dev.gatun.reference;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The {@code .npy} format as one regular expression, written from its definition. */
public final class ReferenceNpy {

    private static final String SPACE = "[ \\t\\n\\r]*+";
    private static final String SIZE = "(?:0|[1-9][0-9]{0,17}+)" + SPACE;

    private static final String ITEM = SPACE + "(['\"])(?:"
            + "descr\\1" + SPACE + ":" + SPACE + "(['\"])(?<order>[<>])(?<type>f[248])\\2"
            + "|fortran_order\\1" + SPACE + ":" + SPACE + "(?<truth>True|False)"
            + "|shape\\1" + SPACE + ":" + SPACE + "\\((?<shape>" + SPACE + "(?:(?:" + SIZE + "," + SPACE + ")++(?:"
            + SIZE + ")?+)?+)\\))" + SPACE;

    private static final Pattern DICTIONARY =
            Pattern.compile(SPACE + "\\{(?:" + ITEM + "(?:,|(?=})))*+" + SPACE + "}" + SPACE);

    private static final Pattern ONE_ITEM = Pattern.compile(ITEM);

    private ReferenceNpy() {
    }

    /** The tensor of a file that is wholly well formed, of a type that is read. */
    public static Optional<ReferenceTensor> tensor(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        if (!text.matches("(?s)\u0093NUMPY[\1-\3]\0.{4}.*")) {
            return Optional.empty();
        }
        int lengthBytes = file[6] == 1 ? 2 : 4;
        long length = 0;
        for (int k = lengthBytes - 1; k >= 0; k--) {
            length = length << 8 | text.charAt(8 + k);
        }
        int textStart = 8 + lengthBytes;
        if (length > 65535 || length > file.length - textStart) {
            return Optional.empty();
        }
        int start = textStart + (int) length;
        return header(text.substring(textStart, start), file, start);
    }

    /** The tensor that the dictionary {@code text} describes, its entries all of {@code file} from {@code start} on. */
    public static Optional<ReferenceTensor> header(String text, byte[] file, int start) {
        MatchResult[] items = DICTIONARY.matcher(text).matches()
                ? ONE_ITEM.matcher(text).results().toArray(MatchResult[]::new) : new MatchResult[0];
        String order = only(items, "order");
        String truth = only(items, "truth");
        String shape = only(items, "shape");
        if (items.length != 3 || order == null || truth == null || shape == null) {
            return Optional.empty();
        }
        long[] sizes = Pattern.compile("[0-9]+").matcher(shape).results()
                .mapToLong(size -> Long.parseLong(size.group())).toArray();
        ReferenceTensor tensor = new ReferenceTensor(file, start, only(items, "type"), order.equals(">"),
                truth.equals("True"), sizes);
        return Optional.of(tensor).filter(one -> one.bytes().equals(BigInteger.valueOf(file.length - start)));
    }

    private static String only(MatchResult[] items, String group) {
        return Arrays.stream(items).map(item -> item.group(group)).filter(text -> text != null).findFirst().orElse(null);
    }
}
