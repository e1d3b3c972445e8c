package dev.gatun.property;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;
import net.jqwik.api.Combinators;

/**
 * Tokens whose scores are a few units at most, so that a Sinkhorn solve converges fast and no exponential underflows.
 * Entries are multiples of 1/64: whole numbers up to a thousand can be added to them exactly.
 */
public final class MildTokens implements ArbitrarySupplier<Tokens> {

    private static final float STEP = 64;

    @Override
    public Arbitrary<Tokens> get() {
        Arbitrary<Long> seeds = Arbitraries.longs();
        Arbitrary<Integer> components = Arbitraries.of(1, 2, 3, 8, 17);
        Arbitrary<Double> spreads = Arbitraries.of(0.1, 0.4, 0.8);
        return Combinators.combine(seeds, AnyTokens.sizes(), components, spreads)
                .as((seed, n, d, spread) -> stepped(Tokens.random(seed, n, n, d, spread)));
    }

    private static Tokens stepped(Tokens tokens) {
        return new Tokens(tokens.rows(), tokens.columns(), tokens.d(), stepped(tokens.q()), stepped(tokens.k()));
    }

    private static float[] stepped(float[] entries) {
        float[] stepped = entries.clone();
        for (int i = 0; i < stepped.length; i++) {
            stepped[i] = Math.round(entries[i] * STEP) / STEP;
        }
        return stepped;
    }
}
