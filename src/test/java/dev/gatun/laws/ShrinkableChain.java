package dev.gatun.laws;

import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;

/**
 * A chain that shrinks to chains of fewer states, and of rates that are 0 or integers.
 *
 * @param value the chain
 * @param kept  the condition that simpler chains must meet as well
 */
record ShrinkableChain(Chain value, Predicate<Chain> kept) implements Shrinkable<Chain> {

    @Override
    public Stream<Shrinkable<Chain>> shrink() {
        Stream<Chain> fewer = ShrinkableHead.without(value.states()).map(value::of);
        Stream<Chain> simpler = IntStream.range(0, value.states() * value.states()).boxed()
                .flatMap(at -> simpler(at / value.states(), at % value.states()));
        return Stream.concat(fewer, simpler).filter(chain -> chain.isSound() && kept.test(chain))
                .map(chain -> new ShrinkableChain(chain, kept));
    }

    private Stream<Chain> simpler(int i, int j) {
        double rate = value.rates()[i][j];
        return Stream.of(0.0, 1.0, Math.rint(rate)).filter(simple -> complexity(simple) < complexity(rate))
                .flatMap(simple -> Stream.of(value.with(i, j, simple), value.with(i, j, simple).with(j, i, simple)));
    }

    @Override
    public ShrinkingDistance distance() {
        long sum = 0;
        for (double[] row : value.rates()) {
            for (double rate : row) {
                sum += complexity(rate);
            }
        }
        return ShrinkingDistance.of(value.states(), sum);
    }

    private static long complexity(double rate) {
        return rate == Math.rint(rate) ? (long) Math.min(rate, 1 << 20) : 1 << 21;
    }
}
