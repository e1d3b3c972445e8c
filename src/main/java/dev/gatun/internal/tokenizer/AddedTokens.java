package dev.gatun.internal.tokenizer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Finds the longest of some tokens at a place of a text. */
final class AddedTokens {

    /** In the order of their contents, each content once. */
    private final AddedToken[] tokens;

    /** @param tokens of equal contents the first one counts */
    AddedTokens(Collection<AddedToken> tokens) {
        Map<String, AddedToken> sorted = new TreeMap<>();
        for (AddedToken token : tokens) {
            sorted.putIfAbsent(token.content(), token);
        }
        this.tokens = sorted.values().toArray(new AddedToken[0]);
    }

    boolean isEmpty() {
        return tokens.length == 0;
    }

    /** The characters that tokens begin with, in ascending order. */
    int[] beginnings() {
        int[] beginnings = new int[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            beginnings[i] = tokens[i].content().codePointAt(0);
        }
        Arrays.sort(beginnings);
        return beginnings;
    }

    /** The longest token that {@code text} has at {@code at}, or null. */
    AddedToken longestAt(CharSequence text, int at) {
        AddedToken longest = null;
        int low = 0;
        int high = tokens.length;
        for (int depth = 0; low < high && at + depth < text.length(); depth++) {
            char unit = text.charAt(at + depth);
            low = firstNotBelow(low, high, depth, unit);
            high = firstNotBelow(low, high, depth, unit + 1);
            if (low < high && tokens[low].content().length() == depth + 1) {
                longest = tokens[low];
            }
        }
        return longest;
    }

    /** The first of some tokens with equal beginnings whose unit {@code depth} is at least {@code unit}. */
    private int firstNotBelow(int low, int high, int depth, int unit) {
        while (low < high) {
            int middle = (low + high) >>> 1;
            String content = tokens[middle].content();
            if (content.length() <= depth || content.charAt(depth) < unit) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
