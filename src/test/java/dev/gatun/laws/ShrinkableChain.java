package dev.gatun.laws;

import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;

/**
 * A chain and simpler ones: of fewer states, of weights that are whole or 0.
 *
 * @param kept what simpler chains have to be as well
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
        double weight = value.weights()[i][j];
        return Stream.of(0.0, 1.0, Math.rint(weight)).filter(simple -> complexity(simple) < complexity(weight))
                .flatMap(simple -> Stream.of(value.with(i, j, simple), value.with(i, j, simple).with(j, i, simple)));
    }

    @Override
    public ShrinkingDistance distance() {
        long sum = 0;
        for (double[] row : value.weights()) {
            for (double weight : row) {
                sum += complexity(weight);
            }
        }
        return ShrinkingDistance.of(value.states(), sum);
    }

    private static long complexity(double weight) {
        return weight == Math.rint(weight) ? (long) Math.min(weight, 1 << 20) : 1 << 21;
    }
}
