package dev.gatun.internal.tokenizer;

import java.text.Normalizer;

/**
 * What the tokenizer that models are published with knows of characters: general categories of Unicode 8, canonical decompositions and
 * combining classes of Unicode 9, and lower case of Unicode 17. The tables of the JDK are of one later version, so that characters which
 * Unicode added, or moved to another category, in between are told apart here.
 */
final class CharacterData {

    /**
     * First and last of the ranges that hold all marks, punctuation, format characters and decomposable characters which Unicode added
     * after version 8, and none of them that it had before.
     */
    private static final int[] LATER = {
        0x61D, 0x61D, 0x7FD, 0x7FD, 0x890, 0x8E2, 0x9FD, 0xA00, 0xA76, 0xA80, 0xAFA, 0xB00, 0xB55, 0xB55, 0xC04, 0xC3C, 0xC77, 0xC77,
        0xC84, 0xC84, 0xCF3, 0xD00, 0xD3B, 0xD3C, 0xD81, 0xD81, 0xEBA, 0xEBA, 0xECE, 0xECF, 0x1715, 0x171E, 0x180F, 0x180F,
        0x1ABF, 0x1AFF, 0x1B4E, 0x1B4F, 0x1B7D, 0x1B7F, 0x1CF7, 0x1CF7, 0x1DF6, 0x1DFB, 0x2E43, 0x2E7F, 0xA82C, 0xA82F,
        0xA8C5, 0xA8CD, 0xA8FF, 0xA8FF, 0x105C9, 0x105E4, 0x10D24, 0x10FAF, 0x11070, 0x11074, 0x110C2, 0x110CF, 0x11145, 0x11146,
        0x111CE, 0x111CF, 0x1123E, 0x1127F, 0x1133B, 0x1133B, 0x11383, 0x1145E, 0x11660, 0x1167F, 0x116B9, 0x116BF,
        0x1182C, 0x11FFF, 0x12FF1, 0x1612F, 0x16D68, 0x16F4F, 0x16F7F, 0x16F8E, 0x16FE2, 0x16FFF, 0x1CF00, 0x1CF4F,
        0x1E000, 0x1E7DF, 0x1E944, 0x1EC70,
    };

    /** First and last of the ranges that hold all marks with a combining class which Unicode 9 added, and none of a later version. */
    private static final int[] CLASSES_OF_UNICODE_9 = {
        0x8D4, 0x8E1, 0x1DFB, 0x1DFB, 0x11442, 0x11446, 0x11C3F, 0x11C3F, 0x1E000, 0x1E02A, 0x1E944, 0x1E94A,
    };

    /** No character before this one decomposes. */
    private static final int FIRST_DECOMPOSED = 0xC0;

    /** One mark of each combining class of Unicode 9, in the order of the classes. */
    private static final String MARK_OF_CLASS = "\u0334\u093c\u3099\u094d\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bb"
            + "\u05bc\u05bd\u05bf\u05c1\u05c2\ufb1e\u064b\u064c\u064d\u0618\u0619\u061a\u0651\u0652\u0670\u0711\u0c55\u0c56\u0e38\u0e48"
            + "\u0eb8\u0ec8\u0f71\u0f72\u0f74\u0321\u1dce\u031b\u302a\u0316\u059a\u302e\ud834\udd6d\u05ae\u0300\u0315\u035c\u035d\u0345";

    private static final int[] MARKS = marks();

    private CharacterData() {
    }

    private static int[] marks() {
        int[] marks = new int[MARK_OF_CLASS.codePointCount(0, MARK_OF_CLASS.length())];
        for (int i = 0, at = 0; i < marks.length; i++, at = MARK_OF_CLASS.offsetByCodePoints(at, 1)) {
            marks[i] = MARK_OF_CLASS.codePointAt(at);
        }
        return marks;
    }

    /** The general category in Unicode 8 of a mark, of punctuation, or of a character that is no text. */
    private static int category(int point) {
        return switch (point) {
            case 0x166D, 0x111C9 -> Character.OTHER_PUNCTUATION;
            case 0x1734, 0x1171E -> Character.NON_SPACING_MARK;
            case 0x1885, 0x1886 -> Character.OTHER_LETTER;
            case 0xA9BD -> Character.COMBINING_SPACING_MARK;
            default -> isLater(point) ? Character.UNASSIGNED : Character.getType(point);
        };
    }

    private static boolean isLater(int point) {
        return isWithin(point, LATER);
    }

    /** Whether one of the ranges, in ascending order, holds {@code point}. */
    private static boolean isWithin(int point, int[] ranges) {
        int low = 0;
        int high = ranges.length / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (point > ranges[2 * middle + 1]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < ranges.length / 2 && point >= ranges[2 * low];
    }

    /** Whether {@code point} is a nonspacing mark, such as an accent. */
    static boolean isMark(int point) {
        return category(point) == Character.NON_SPACING_MARK;
    }

    /** Whether {@code point} stands apart from words: punctuation of Unicode,
            and every printable ASCII character but letters and digits. */
    static boolean isPunctuation(int point) {
        if (point < 0x80) {
            return point > ' ' && point < 0x7F && !Character.isLetterOrDigit(point);
        }
        return switch (category(point)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
                 Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION,
                 Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    /** Whether clean text lacks {@code point}: a control other than tab and the ends of lines, a format or private character, U+FFFD. */
    static boolean isRemoved(int point) {
        if (point == '\t' || point == '\n' || point == '\r') {
            return false;
        }
        return switch (category(point)) {
            case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE -> true;
            default -> point == 0xFFFD;
        };
    }

    /** Whether {@code point} has Unicode's property White_Space. */
    static boolean isWhiteSpace(int point) {
        return Character.isSpaceChar(point) || point >= '\t' && point <= '\r' || point == 0x85;
    }

    /** Whether {@code point} is in a block of Chinese characters, as the published tokenizer lists them. */
    static boolean isChinese(int point) {
        return point >= 0x4E00 && point <= 0x9FFF || point >= 0x3400 && point <= 0x4DBF || point >= 0xF900 && point <= 0xFAFF
                || point >= 0x20000 && point <= 0x2A6DF || point >= 0x2A700 && point <= 0x2B81F
                || point >= 0x2B920 && point <= 0x2CEAF || point >= 0x2F800 && point <= 0x2FA1F;
    }

    /** Whether {@code point} may be a part of a word, as the {@code \w} of regular expressions has it. */
    static boolean isWordCharacter(int point) {
        return Character.isAlphabetic(point) || Character.isDigit(point) || isAnyMark(point) || point == 0x200C || point == 0x200D
                || Character.getType(point) == Character.CONNECTOR_PUNCTUATION;
    }

    private static boolean isAnyMark(int point) {
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }

    /** The lower case of one character by itself: U+0130, which has two characters, is left to the caller. */
    static int lowerCase(int point) {
        if (point >= 0x16EA0 && point <= 0x16EB8) {
            return point + 0x1B;
        }
        return point == 0xA7CE || point == 0xA7D2 || point == 0xA7D4 ? point + 1 : Character.toLowerCase(point);
    }

    /** The canonical decomposition of {@code point}: the character itself for most. */
    static int[] decomposition(int point) {
        if (point < FIRST_DECOMPOSED) {
            return new int[] {point};
        }
        String text = Character.toString(point);
        if (isLater(point) || Normalizer.isNormalized(text, Normalizer.Form.NFD)) {
            return new int[] {point};
        }
        return Normalizer.normalize(text, Normalizer.Form.NFD).codePoints().toArray();
    }

    /**
     * The rank of a character's combining class among all classes, from 1 on; 0 for a character that no mark is reordered past.
     *
     * @param point a character that does not decompose
     */
    static int classRank(int point) {
        if (!isAnyMark(point) || isLater(point) && !isWithin(point, CLASSES_OF_UNICODE_9)
                || !follows(point, MARKS[0]) && !follows(MARKS[MARKS.length - 1], point)) {
            return 0;
        }
        int low = 0;
        int high = MARKS.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (follows(point, MARKS[middle])) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low + 1;
    }

    /** Whether the class of mark {@code a} comes after that of mark {@code b}: the normal form then has them the other way round. */
    private static boolean follows(int a, int b) {
        return !Normalizer.isNormalized(Character.toString(a) + Character.toString(b), Normalizer.Form.NFD);
    }
}
