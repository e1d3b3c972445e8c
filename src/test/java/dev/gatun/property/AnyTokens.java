package dev.gatun.property;

import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Tokens of every kind: scores near 0 and large, ties, repeated tokens, near-permutations, negative divergences, common components, queries
 * far longer than keys and subnormal entries; with sizes at the edges of blocks and tiles.
 */
public final class AnyTokens implements ArbitrarySupplier<Tokens> {

    /** The kinds of entries. */
    enum Kind {
        FAINT, PLAIN, STRONG, FIERCE, TIED, DOUBLED, NEAR_PERMUTATION, INDEFINITE, COMMON_COMPONENT, UNBALANCED,
        DENORMAL;

        Tokens tokens(long seed, int n, int d) {
            return switch (this) {
                case FAINT -> Tokens.random(seed, n, n, d, 1e-3);
                case PLAIN -> Tokens.random(seed, n, n, d, 1);
                case STRONG -> Tokens.random(seed, n, n, d, 4);
                case FIERCE -> Tokens.random(seed, n, n, d, 60);
                case TIED -> tied(seed, n, d);
                case DOUBLED -> Tokens.random(seed, n, n, d, 1.5).permuted(doubles(seed, n));
                case NEAR_PERMUTATION -> nearPermutation(seed, n, d);
                case INDEFINITE -> indefinite(seed, n, d);
                case COMMON_COMPONENT -> Tokens.random(seed, n, n, d, 1).withConstant(d - 1, 700);
                case UNBALANCED -> Tokens.random(seed, n, n, d, 1).scaled(300, 1 / 300f);
                case DENORMAL -> Tokens.random(seed, n, n, d, 1e-41);
            };
        }
    }

    @Override
    public Arbitrary<Tokens> get() {
        Arbitrary<Kind> kinds = Arbitraries.of(Kind.class);
        Arbitrary<Long> seeds = Arbitraries.longs();
        Arbitrary<Integer> components = Arbitraries.of(1, 2, 3, 4, 7, 16, 33);
        return Combinators.combine(kinds, seeds, sizes(), components)
                .as((kind, seed, n, d) -> kind.tokens(seed, n, d));
    }

    static Arbitrary<Integer> sizes() {
        return Arbitraries.frequencyOf(Tuple.of(6, Arbitraries.integers().between(1, 20)),
                Tuple.of(2, Arbitraries.of(63, 64, 65)), Tuple.of(1, Arbitraries.of(128, 129)));
    }

    /** Entries of -1, 0 and 1 only. */
    private static Tokens tied(long seed, int n, int d) {
        Random random = new Random(seed);
        return new Tokens(n, n, d, signs(random, n * d), signs(random, n * d));
    }

    private static float[] signs(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = random.nextInt(3) - 1;
        }
        return entries;
    }

    /** Each token is one of the first half. */
    private static int[] doubles(long seed, int n) {
        return new Random(seed).ints(n, 0, (n + 1) / 2).toArray();
    }

    /** Every query has its own key, whose score is far above the others. */
    private static Tokens nearPermutation(long seed, int n, int d) {
        Tokens tokens = Tokens.random(seed, n, n, d, 2);
        int[] order = Orders.shuffled(seed, n);
        return new Tokens(n, n, d, tokens.q(), tokens.permuted(order).q()).scaled(1, 6);
    }

    /** Keys opposite to queries: all d_ij are negative. */
    private static Tokens indefinite(long seed, int n, int d) {
        Tokens tokens = Tokens.random(seed, n, n, d, 1.5);
        return new Tokens(n, n, d, tokens.q(), tokens.q()).scaled(1, -1);
    }
}
