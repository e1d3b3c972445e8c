package dev.gatun.internal.tokenizer;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Lines of everything that a text may hold, most of it in no language. */
final class RandomLines {

    private static final String[] CASES = {
        "\u0130stanbul", "I\u0131\u0130i", "STRASSE Stra\u00dfe STRA\u1e9eE",
        "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u03a3\u0391\u03a3 \u1f6c\u1fb3\u1fbc", "\u01c4\u01c5\u01c6 \u01f1\u01f2",
        "\ufb01\ufb03\ufb05", "\u212a\u212b\u2126", "\u00c5ngstr\u00d6m", "\u0133\u0132", "\u0149", "\u1e9e",
        "\u0390\u03b0\u1fd3\u1fe3", "\u10a0\u10d0\u1c90", "\u13a0\uab70\u13f8", "\ua64a\u1c88", "\u1e9b\u017f",
        "\ud801\udc00\ud801\udc28", "\u0345\u0399\u03b9\u1fbe",
    };

    private static final String[] EMOJI = {
        "\ud83d\ude00", "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67", "\ud83d\udc4d\ud83c\udffd", "\u2764\ufe0f",
        "\ud83c\uddf5\ud83c\udde6", "1\ufe0f\u20e3", "\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc7f", "\u263a\ufe0e",
        "\ud83e\uddd1\ud83c\udfff\u200d\ud83d\ude80",
    };

    private static final String[] SPECIAL = {
        "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[cls]", "[ SEP ]", "[[MASK]]", "[unused1]", "[CLS", "SEP]", "[MASK]s",
        "x[SEP]y", "##ing", "[\u0301SEP]", "[SEP]\u0301", "\u0130[MASK]", "[CL\u200bS]",
    };

    private static final int[] SPACES = {
        ' ', '\t', '\n', '\r', 0x0b, 0x0c, 0x85, 0xa0, 0x1680, 0x2002, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0x200b, 0xfeff, 0,
        0x1f, 0xad,
    };

    /** All marks. */
    private static final int[] MARKS = IntStream.range(0, 0x110000).filter(point -> switch (Character.getType(point)) {
        case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
        default -> false;
    }).toArray();

    /** Marks that the reference does not take off, or sorts. */
    private static final int[] KEPT = {
        0x302e, 0x302f, 0x1b44, 0x1baa, 0x1bf2, 0xa953, 0xa9c0, 0x1d165, 0x1d166, 0x1d16d, 0x8d4, 0x8e1, 0x1dfb, 0x11442, 0x11c3f,
        0x1e000, 0x1e02a, 0x1e944, 0x344, 0xf73, 0xf75, 0xf81, 0x1d15e, 0x1d15f, 0x1d1bb, 0x1d1bf, 0x16ff0, 0x1715, 0x489, 0x20dd,
    };

    /** Characters that decompose, Hangul syllables left out. */
    private static final int[] DECOMPOSED = IntStream.range(0, 0x110000).filter(point -> (point < 0xac00 || point > 0xd7a3)
            && CharacterData.decomposition(point).length > 1).toArray();

    private final Random random;
    private final List<String> tokens;

    /** @param tokens the tokens of a vocabulary, of which words are made */
    RandomLines(long seed, List<String> tokens) {
        this.random = new Random(seed);
        this.tokens = tokens;
    }

    String next() {
        StringBuilder line = new StringBuilder();
        for (int parts = random.nextInt(12); parts >= 0; parts--) {
            add(line);
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> line.append(' ');
                case 3 -> line.appendCodePoint(SPACES[random.nextInt(SPACES.length)]);
                default -> { }
            }
        }
        return line.toString();
    }

    private void add(StringBuilder line) {
        switch (random.nextInt(18)) {
            case 0, 1 -> repeat(line, 6, () -> random.nextInt(0x110000));
            case 2, 3 -> block(line);
            case 4, 5 -> words(line);
            case 6 -> line.append(one(CASES));
            case 7 -> line.append(one(EMOJI));
            case 8 -> line.append(one(SPECIAL));
            case 9 -> marks(line, MARKS);
            case 10 -> marks(line, KEPT);
            case 11 -> repeat(line, 5, () -> DECOMPOSED[random.nextInt(DECOMPOSED.length)]);
            case 12 -> repeat(line, 5, () -> random.nextBoolean() ? 0xac00 + random.nextInt(11172) : 0x1100 + random.nextInt(256));
            case 13 -> repeat(line, 6, () -> random.nextInt(3) == 0 ? 0x2b700 + random.nextInt(0x400) : 0x4e00 + random.nextInt(0x5200));
            case 14 -> repeat(line, 8, () -> random.nextInt(128));
            case 15 -> repeat(line, 4, () -> 0xd800 + random.nextInt(0x800));
            case 16 -> repeat(line, 6, () -> 0x2000 + random.nextInt(0x300));
            default -> longWord(line);
        }
    }

    private String one(String[] strings) {
        return strings[random.nextInt(strings.length)];
    }

    private void repeat(StringBuilder line, int most, java.util.function.IntSupplier point) {
        for (int i = random.nextInt(most); i >= 0; i--) {
            line.appendCodePoint(point.getAsInt());
        }
    }

    /** Characters of one block of 128, of the planes that have characters. */
    private void block(StringBuilder line) {
        int plane = random.nextInt(3) == 0 ? 1 : 0;
        int block = plane << 16 | random.nextInt(0x200) << 7;
        repeat(line, 10, () -> block + random.nextInt(128));
    }

    private void words(StringBuilder line) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            String token = tokens.get(random.nextInt(tokens.size()));
            String word = token.startsWith("##") ? token.substring(2) : token;
            line.append(random.nextInt(4) == 0 ? word.toUpperCase(java.util.Locale.ROOT) : word);
        }
    }

    /** Letters, each with marks behind it. */
    private void marks(StringBuilder line, int[] marks) {
        for (int i = random.nextInt(3); i >= 0; i--) {
            line.appendCodePoint(random.nextInt(5) == 0 ? DECOMPOSED[random.nextInt(DECOMPOSED.length)] : 'a' + random.nextInt(26));
            repeat(line, 6, () -> random.nextInt(3) == 0 ? MARKS[random.nextInt(MARKS.length)] : marks[random.nextInt(marks.length)]);
        }
    }

    /** Words about as long as the longest that are split, and longer. */
    private void longWord(StringBuilder line) {
        int length = random.nextInt(8) == 0 ? random.nextInt(2000) : 95 + random.nextInt(12);
        int kind = random.nextInt(3);
        for (int i = 0; i < length; i++) {
            line.appendCodePoint(kind == 0 ? 'a' + random.nextInt(26) : kind == 1 && i % 7 == 3 ? 0x10400 + random.nextInt(40) : 'e');
            if (kind == 2 && random.nextInt(9) == 0) {
                line.append('\u0301');
            }
        }
    }
}
