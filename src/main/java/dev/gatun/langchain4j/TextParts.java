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

    /**
     * Splits a text.
     *
     * @param most the largest number of tokens of a part, special ones included
     * @throws IllegalArgumentException if the text has more, and is to be refused
     */
    TextParts(TokenizedText tokens, int most, LongTexts longTexts) {
        int count = tokens.count();
        if (count <= most) {
            parts.add(tokens.ids());
            return;
        }
        switch (longTexts) {
            case SPLIT -> split(tokens, most - SPECIAL_TOKENS);
            case CUT -> add(tokens, 1, most - 1);
            case REFUSE -> throw new IllegalArgumentException("the text has %s tokens; the model takes at most %s, special tokens included"
                    .formatted(count, most));
        }
    }

    private void split(TokenizedText tokens, int most) {
        int last = tokens.count() - 1;
        for (int from = 1; from < last;) {
            int to = Math.min(from + most, last);
            int word = to;
            while (word < last && word > from && tokens.token(word).startsWith(INSIDE_WORD)) {
                word--;
            }
            to = word > from ? word : to;
            add(tokens, from, to);
            from = to;
        }
    }

    private void add(TokenizedText tokens, int from, int to) {
        int[] ids = new int[to - from + SPECIAL_TOKENS];
        ids[0] = tokens.id(0);
        for (int i = from; i < to; i++) {
            ids[i - from + 1] = tokens.id(i);
        }
        ids[ids.length - 1] = tokens.id(tokens.count() - 1);
        parts.add(ids);
    }

    /** The token ids of each part. */
    List<int[]> parts() {
        return parts;
    }

    /** The number of tokens of all parts, without special ones. */
    int tokens() {
        return parts.stream().mapToInt(part -> part.length - SPECIAL_TOKENS).sum();
    }

    /**
     * The mean of the embeddings of the parts, weighted by their tokens.
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
            int weight = parts.get(part).length - SPECIAL_TOKENS;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += weight * (double) rows[from + part][i];
            }
        }
        int weights = tokens();
        float[] mean = new float[sums.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sums[i] / weights);
        }
        return mean;
    }

    @Override
    public String toString() {
        return "TextParts" + Arrays.toString(parts.stream().mapToInt(part -> part.length).toArray());
    }
}
