package dev.gatun.internal.encoder;

import dev.gatun.Heads;
import dev.gatun.kernel.LogTwo;

/** Attention of heads as a model computes it, for tests. */
public final class Attended {

    private Attended() {
    }

    /** Attention of each head of {@code (H, N, d)}, written side by side to {@code N x H d}. */
    public static void heads(Heads q, Heads k, Heads v, float[] context) {
        int tokens = q.rows();
        int d = q.columns();
        int hidden = q.heads() * d;
        float[] sideBySide = new float[tokens * 3 * hidden];
        for (int t = 0; t < tokens; t++) {
            for (int c = 0; c < hidden; c++) {
                sideBySide[3 * t * hidden + c] = q.matrix(0, c / d).get(t, c % d);
                sideBySide[3 * t * hidden + hidden + c] = k.matrix(0, c / d).get(t, c % d);
                sideBySide[3 * t * hidden + 2 * hidden + c] = v.matrix(0, c / d).get(t, c % d);
            }
        }
        HeadAttention attention = new HeadAttention(tokens, d, false);
        for (int head = 0; head < q.heads(); head++) {
            attention.apply(sideBySide, head * d, 3 * hidden, hidden, tokens, LogTwo.fromNatural(1 / Math.sqrt(d)), false, context,
                    head * d, hidden);
        }
    }
}
