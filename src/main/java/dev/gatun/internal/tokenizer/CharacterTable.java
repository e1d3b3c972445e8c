package dev.gatun.internal.tokenizer;

import java.util.Arrays;

/**
 * What becomes of each character under some settings, as one int: a kind, and for {@link #WORD}, {@link #ALONE} and {@link #SPACE} the
 * character that takes its place. Blocks of the table are filled when a text first asks for them.
 */
final class CharacterTable {

    /** Bits of an entry that hold a character. */
    static final int POINT = (1 << 21) - 1;
    private static final int KIND_SHIFT = 21;
    /** Bits of an entry that hold its kind. */
    static final int KIND = 7 << KIND_SHIFT;

    /** A part of a word. */
    static final int WORD = 0;
    /** White space. */
    static final int SPACE = 1 << KIND_SHIFT;
    /** A word by itself: punctuation, or a Chinese character. */
    static final int ALONE = 2 << KIND_SHIFT;
    /** Left out of clean text, before anything else. */
    static final int REMOVED = 3 << KIND_SHIFT;
    /** A mark with a combining class that is left out. */
    static final int MARK = 4 << KIND_SHIFT;
    /**
     * A character that leaves marks with a combining class behind, whose order depends on the marks around it; the entry holds it if it
     * does not decompose.
     */
    static final int REORDERED = 5 << KIND_SHIFT;
    /** Any other number of characters than one: see {@link #several}. */
    static final int SEVERAL = 6 << KIND_SHIFT;

    /** A flag of characters that tokens in the raw text begin with. */
    static final int BEGINS_TOKEN = 1 << 24;

    private static final int BLOCK_SHIFT = 7;
    private static final int BLOCK = 1 << BLOCK_SHIFT;

    /** Its fields are final, so that a thread that sees a block sees it filled. */
    private record Block(int[] entries, int[][] several) {
    }

    private final NormaliserSettings settings;
    private final int[] beginnings;
    private final Block[] blocks = new Block[(Character.MAX_CODE_POINT + 1) >> BLOCK_SHIFT];

    /** @param beginnings the characters that tokens in the raw text begin with, in ascending order */
    CharacterTable(NormaliserSettings settings, int[] beginnings) {
        this.settings = settings;
        this.beginnings = beginnings;
    }

    /** The entry of a character. A surrogate without its other half counts as U+FFFD. */
    int entry(int point) {
        return block(point).entries[point & BLOCK - 1];
    }

    /** The entries of the characters that take the place of a {@link #SEVERAL}. */
    int[] several(int point) {
        return block(point).several[point & BLOCK - 1];
    }

    /** The entries of the first 128 characters. */
    int[] ascii() {
        return block(0).entries;
    }

    private Block block(int point) {
        Block block = blocks[point >> BLOCK_SHIFT];
        return block != null ? block : fill(point >> BLOCK_SHIFT);
    }

    /** Threads may fill the same block at the same time, with the same entries. */
    private Block fill(int index) {
        int[] entries = new int[BLOCK];
        int[][] several = new int[BLOCK][];
        for (int i = 0; i < BLOCK; i++) {
            int point = (index << BLOCK_SHIFT) + i;
            int[] become = describe(point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xFFFD : point);
            entries[i] = become.length == 1 ? become[0] : SEVERAL;
            several[i] = become.length == 1 ? null : become;
            if (Arrays.binarySearch(beginnings, point) >= 0) {
                entries[i] |= BEGINS_TOKEN;
            }
        }
        Block block = new Block(entries, several);
        blocks[index] = block;
        return block;
    }

    private int[] describe(int point) {
        if (settings.cleanText() && CharacterData.isRemoved(point)) {
            return new int[] {REMOVED};
        }
        if (CharacterData.isWhiteSpace(point)) {
            return new int[] {SPACE | (settings.cleanText() ? ' ' : point)};
        }
        if (!settings.stripAccents()) {
            // The dotted capital I: its lower case is two characters, unless its dot has been taken off as an accent.
            return entries(point, settings.lowerCase() && point == 0x130 ? new int[] {'i', 0x307} : new int[] {point});
        }
        int[] parts = CharacterData.decomposition(point);
        int rank = CharacterData.classRank(parts[0]);
        int kept = 0;
        int[] left = new int[parts.length];
        for (int part : parts) {
            if (!CharacterData.isMark(part)) {
                if (CharacterData.classRank(part) > 0) {
                    return new int[] {REORDERED | (parts.length == 1 ? part : 0)};
                }
                left[kept++] = part;
            }
        }
        return rank > 0 ? new int[] {MARK} : entries(point, Arrays.copyOf(left, kept));
    }

    private int[] entries(int point, int[] parts) {
        boolean apart = settings.chineseApart() && CharacterData.isChinese(point);
        int[] entries = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            entries[i] = apart ? ALONE | parts[i] : keptEntry(parts[i]);
        }
        return entries;
    }

    /** The entry of a normalised character. */
    static int entryOf(int point) {
        return point | (CharacterData.isWhiteSpace(point) ? SPACE : CharacterData.isPunctuation(point) ? ALONE : WORD);
    }

    /** The entry of a character that stays: its lower case, if the settings are so. */
    int keptEntry(int point) {
        return entryOf(settings.lowerCase() ? CharacterData.lowerCase(point) : point);
    }
}
