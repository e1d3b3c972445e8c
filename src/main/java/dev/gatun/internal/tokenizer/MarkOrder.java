package dev.gatun.internal.tokenizer;

import java.util.Arrays;

/**
 * A character and the marks that follow it in canonical order: sorted by their combining classes, equal ones as they stand. Whatever
 * comes first in the decomposition of a character takes the next place in the text, in the order that has been made; the rest of it
 * shares the place before.
 */
final class MarkOrder {

    private int[] parts = new int[16];
    /** For each part the rank of its class, its index, and in the last bit whether it shares a place. */
    private long[] order = new long[16];
    private int[] places = new int[16];
    private int count;
    private int originals;

    private MarkOrder() {
    }

    /** Whether a character is a mark that others may be reordered past. */
    static boolean isMark(int point) {
        return CharacterData.classRank(CharacterData.decomposition(point)[0]) > 0;
    }

    /**
     * Reads the character at {@code from} and all marks behind it.
     *
     * @return where the first character after them is
     */
    static int read(String text, int from, CharacterTable characters, AddedTokens added, Sink sink) {
        MarkOrder marks = new MarkOrder();
        int at = from;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            int entry = characters.entry(point);
            int kind = entry & CharacterTable.KIND;
            if (kind != CharacterTable.REMOVED) {
                if (at > from && (kind != CharacterTable.MARK && !(kind == CharacterTable.REORDERED && isMark(point))
                        || (entry & CharacterTable.BEGINS_TOKEN) != 0 && added.longestAt(text, at) != null)) {
                    break;
                }
                marks.add(point, at);
            }
            at += Character.charCount(point);
        }
        marks.sort();
        marks.write(characters, sink);
        return at;
    }

    private void add(int point, int at) {
        int[] decomposed = CharacterData.decomposition(point);
        if (count + decomposed.length > parts.length) {
            int length = Math.multiplyExact(2, parts.length);
            parts = Arrays.copyOf(parts, length);
            order = Arrays.copyOf(order, length);
            places = Arrays.copyOf(places, length);
        }
        places[originals++] = at;
        for (int i = 0; i < decomposed.length; i++) {
            order[count] = (long) CharacterData.classRank(decomposed[i]) << Integer.SIZE | (long) count << 1 | Math.min(i, 1);
            parts[count++] = decomposed[i];
        }
    }

    /** Sorts each run of marks with classes. */
    private void sort() {
        for (int from = 0; from < count; from++) {
            int to = from;
            while (to < count && order[to] >>> Integer.SIZE != 0) {
                to++;
            }
            Arrays.sort(order, from, to);
            from = to;
        }
    }

    private void write(CharacterTable characters, Sink sink) {
        int place = -1;
        for (int i = 0; i < count; i++) {
            place += 1 - (int) (order[i] & 1);
            int part = parts[(int) order[i] >>> 1];
            if (!CharacterData.isMark(part)) {
                sink.accept(characters.keptEntry(part), places[place]);
            }
        }
    }
}
