package dev.gatun.laws;

import java.util.Arrays;
import java.util.Random;

/** The kinds of queries and keys. Each has exposed a fault of some operator. */
enum HeadKind {

    /** Scores near 0: everything is nearly uniform. */
    FAINT,

    /** Normal queries and keys: scores of the order of 1. */
    PLAIN,

    /** Scores of tens. */
    STRONG,

    /** Scores of thousands: exponentials overflow unless the maximum is subtracted first. */
    FIERCE,

    /** Entries of -1, 0 and 1: many scores are equal. */
    TIED,

    /** Each token occurs twice or more. */
    DOUBLED,

    /** Every query has its own key, whose score is far above the others. */
    NEAR_PERMUTATION,

    /** Keys opposite to queries: every divergence is negative. */
    INDEFINITE,

    /** One component is large and the same for all tokens: it cancels in exact arithmetic only. */
    COMMON_COMPONENT,

    /** Queries far longer than keys. */
    UNBALANCED,

    /** Entries below the normal float32 numbers. */
    DENORMAL,

    /** All entries 0. */
    ZERO,

    /** Tokens of a head of a trained model. */
    REAL;

    /** A head of this kind, with these numbers of queries, keys and components; a real one has its own components. */
    Head head(Random random, int queries, int keys, int d) {
        return switch (this) {
            case FAINT -> normal(random, queries, keys, d, 1e-3);
            case PLAIN -> normal(random, queries, keys, d, 1);
            case STRONG -> normal(random, queries, keys, d, 4);
            case FIERCE -> normal(random, queries, keys, d, 60);
            case TIED -> head(d, signs(random, queries * d), signs(random, keys * d));
            case DOUBLED -> doubled(random, normal(random, queries, keys, d, 1.5));
            case NEAR_PERMUTATION -> nearPermutation(random, queries, keys, d);
            case INDEFINITE -> indefinite(random, queries, keys, d);
            case COMMON_COMPONENT -> commonComponent(normal(random, queries, keys, d, 1));
            case UNBALANCED -> head(d, normal(random, queries * d, 300), normal(random, keys * d, 1 / 300.0));
            case DENORMAL -> normal(random, queries, keys, d, 1e-41);
            case ZERO -> head(d, new float[queries * d], new float[keys * d]);
            case REAL -> RealHeads.tokens(random, queries, keys);
        };
    }

    private static Head head(int d, float[] queries, float[] keys) {
        return Head.of(d, queries, keys, new float[keys.length / d]);
    }

    private static Head normal(Random random, int queries, int keys, int d, double spread) {
        return head(d, normal(random, queries * d, spread), normal(random, keys * d, spread));
    }

    /** {@code count} normally distributed entries of the given spread. */
    static float[] normal(Random random, int count, double spread) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (spread * random.nextGaussian());
        }
        return entries;
    }

    private static float[] signs(Random random, int count) {
        float[] signs = new float[count];
        for (int i = 0; i < count; i++) {
            signs[i] = random.nextInt(3) - 1;
        }
        return signs;
    }

    private static Head doubled(Random random, Head head) {
        int[] queries = random.ints(head.rows(), 0, (head.rows() + 1) / 2).toArray();
        int[] keys = random.ints(head.columns(), 0, (head.columns() + 1) / 2).toArray();
        return head.chosen(queries, head.rows() == head.columns() ? queries : keys);
    }

    private static Head nearPermutation(Random random, int queries, int keys, int d) {
        float[] q = normal(random, queries * d, 2);
        int[] order = random.ints(keys, 0, queries).toArray();
        if (keys == queries) {
            Orders.shuffle(random, order);
        }
        float[] k = Head.chosen(q, d, order);
        for (int i = 0; i < k.length; i++) {
            k[i] *= 6;
        }
        return head(d, q, k);
    }

    private static Head indefinite(Random random, int queries, int keys, int d) {
        float[] longer = normal(random, Math.max(queries, keys) * d, 1.5);
        float[] q = Arrays.copyOf(longer, queries * d);
        float[] k = Arrays.copyOf(longer, keys * d);
        for (int i = 0; i < k.length; i++) {
            k[i] = -k[i];
        }
        return head(d, q, k);
    }

    private static Head commonComponent(Head head) {
        float[] q = head.queries().clone();
        float[] k = head.keys().clone();
        for (int i = head.d() - 1; i < q.length; i += head.d()) {
            q[i] = 700;
        }
        for (int j = head.d() - 1; j < k.length; j += head.d()) {
            k[j] = 700;
        }
        return head(head.d(), q, k);
    }
}
