package dev.gatun.bench;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** Texts padded to the longest, as peers take them. */
final class PaddedBatch {

    private final int[][] texts;
    private final int longest;

    PaddedBatch(int[][] texts) {
        this.texts = texts;
        int most = 0;
        for (int[] text : texts) {
            most = Math.max(most, text.length);
        }
        longest = most;
    }

    int texts() {
        return texts.length;
    }

    /** The tokens of each text. */
    int tokens() {
        return longest;
    }

    /** The tokens of all texts. */
    int count() {
        return texts.length * longest;
    }

    /** Whether a text is shorter than another. */
    boolean isPadded() {
        for (int[] text : texts) {
            if (text.length < longest) {
                return true;
            }
        }
        return false;
    }

    /** Puts the token ids, and 1 for each token that is no padding. */
    void put(LongBuffer ids, LongBuffer mask) {
        for (int i = 0; i < texts.length; i++) {
            for (int t = 0; t < texts[i].length; t++) {
                ids.put(i * longest + t, texts[i][t]);
                mask.put(i * longest + t, 1);
            }
        }
    }

    /** The mean of each text's states, divided by its length. */
    float[] embeddings(FloatBuffer states, int hidden) {
        float[] embeddings = new float[texts.length * hidden];
        for (int i = 0; i < texts.length; i++) {
            double[] sums = new double[hidden];
            for (int t = 0; t < texts[i].length; t++) {
                for (int c = 0; c < hidden; c++) {
                    sums[c] += states.get((i * longest + t) * hidden + c);
                }
            }
            double square = 0;
            for (double sum : sums) {
                square += sum * sum;
            }
            for (int c = 0; c < hidden; c++) {
                embeddings[i * hidden + c] = (float) (sums[c] / Math.sqrt(square));
            }
        }
        return embeddings;
    }
}
