package dev.gatun.langchain4j;

import dev.gatun.encoder.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tokens of a text in parts that the model takes, each between the special tokens of the text. */
final class TextParts {

    /** Special tokens before and behind a text. */
    static final int SPECIAL_TOKENS = 2;

    private static final String INSIDE_WORD = "##";

    private final List<int[]> parts = new ArrayList<>();

    /** Tokens of the text in each part, without special ones and the prefix. */
    private final List<Integer> weights = new ArrayList<>();

    /**
     * Splits a text. Each part begins with the text's prefix.
     *
     * @param tokens the tokens of the prefix and the text
     * @param prefix the number of chars of the prefix
     * @param most   the largest number of tokens of a part, special ones included
     * @throws IllegalArgumentException if the text has more, and is to be refused
     */
    TextParts(TokenizedText tokens, int prefix, int most, LongTexts longTexts) {
        int count = tokens.count();
        if (count <= most) {
            add(tokens, 1, 1, count - 1);
            return;
        }
        switch (longTexts) {
            case SPLIT -> split(tokens, firstOfText(tokens, prefix), most - SPECIAL_TOKENS);
            case CUT -> add(tokens, 1, 1, most - 1);
            case REFUSE -> throw new IllegalArgumentException("the text has %s tokens; the model takes at most %s, special tokens included"
                    .formatted(count, most));
        }
    }

    /** The first token behind the prefix. */
    private static int firstOfText(TokenizedText tokens, int prefix) {
        int first = 1;
        while (first < tokens.count() - 1 && tokens.end(first) <= prefix) {
            first++;
        }
        return first;
    }

    private void split(TokenizedText tokens, int first, int most) {
        int last = tokens.count() - 1;
        int room = most - (first - 1);
        if (room < 1) {
            throw new IllegalArgumentException("the prefix has %s tokens and leaves no room for a text".formatted(first - 1));
        }
        for (int from = first; from < last;) {
            int to = Math.min(from + room, last);
            int word = to;
            while (word < last && word > from && tokens.token(word).startsWith(INSIDE_WORD)) {
                word--;
            }
            to = word > from ? word : to;
            add(tokens, first, from, to);
            from = to;
        }
    }

    /** Adds the tokens before {@code first}, and those from {@code from} to {@code to}. */
    private void add(TokenizedText tokens, int first, int from, int to) {
        int[] ids = new int[first + to - from + 1];
        for (int i = 0; i < first; i++) {
            ids[i] = tokens.id(i);
        }
        for (int i = from; i < to; i++) {
            ids[first + i - from] = tokens.id(i);
        }
        ids[ids.length - 1] = tokens.id(tokens.count() - 1);
        parts.add(ids);
        weights.add(to - from);
    }

    /** The token ids of each part. */
    List<int[]> parts() {
        return parts;
    }

    /** The number of tokens of all parts, prefixes included, without special ones. */
    int tokens() {
        return parts.stream().mapToInt(part -> part.length - SPECIAL_TOKENS).sum();
    }

    /**
     * The mean of the embeddings of the parts, weighted by their tokens of the text.
     *
     * @param rows embeddings of all texts
     * @param from that of the first part
     */
    float[] mean(float[][] rows, int from) {
        if (parts.size() == 1) {
            return rows[from];
        }
        double[] sums = new double[rows[from].length];
        for (int part = 0; part < parts.size(); part++) {
            int weight = weights.get(part);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += weight * (double) rows[from + part][i];
            }
        }
        int total = weights.stream().mapToInt(Integer::intValue).sum();
        float[] mean = new float[sums.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sums[i] / total);
        }
        return mean;
    }

    @Override
    public String toString() {
        return "TextParts" + Arrays.toString(parts.stream().mapToInt(part -> part.length).toArray());
    }
}
