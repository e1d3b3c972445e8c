package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.reference.ReferenceDynamics;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Figures of the scores do not depend on the units of queries and keys. */
@Label("units")
class UnitsLawsTest {

    /** Q times {@code 2^exponent_c} in component c, K divided by it. */
    private static Tokens inUnits(Tokens tokens, int[] exponents) {
        float[] q = tokens.q().clone();
        float[] k = tokens.k().clone();
        for (int e = 0; e < q.length; e++) {
            q[e] = Math.scalb(q[e], exponents[e % tokens.d()]);
            k[e] = Math.scalb(k[e], -exponents[e % tokens.d()]);
        }
        return new Tokens(tokens.rows(), tokens.columns(), tokens.d(), q, k);
    }

    /** The exponent at {@code share} of the way between the smallest and the largest that lose no bit of any entry. */
    private static int exponent(Tokens tokens, double share) {
        int up = Math.min(room(tokens.q(), Float.MAX_EXPONENT), -room(tokens.k(), Float.MIN_EXPONENT));
        int down = Math.min(room(tokens.k(), Float.MAX_EXPONENT), -room(tokens.q(), Float.MIN_EXPONENT));
        return (int) Math.rint(share > 0 ? share * Math.max(up, 0) : share * Math.max(down, 0));
    }

    /** From the nearest exponent of an entry to {@code limit}. */
    private static int room(float[] entries, int limit) {
        int nearest = -limit;
        for (float entry : entries) {
            if (entry != 0) {
                int exponent = Math.getExponent(entry);
                nearest = limit > 0 ? Math.max(nearest, exponent) : Math.min(nearest, exponent);
            }
        }
        return limit - nearest;
    }

    private static int[] same(int d, int exponent) {
        int[] exponents = new int[d];
        Arrays.fill(exponents, exponent);
        return exponents;
    }

    /** Figures of the scores and of the network. */
    private static double[] figures(Tokens tokens, float[] retrieved) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            double[] uniform = new double[tokens.rows()];
            Arrays.fill(uniform, 1.0 / tokens.rows());
            var range = scores.figures(0);
            Hopfield network = Hopfield.of(scores.queries(), scores.keys());
            var figures = network.figures(Heads.of(new Tokens(tokens.rows(), tokens.rows(), 1, retrieved, retrieved).queries(arena)))
                    .getFirst();
            var channel = figures.channels().getFirst();
            return new double[] {scores.curlFraction(0), network.eta()[0], figures.eta(), figures.etaCentred(), channel.energy(),
                channel.instability(), channel.alignment(), scores.entropyProduction(0, uniform), range.min(), range.max(),
                range.negativeShare()};
        }
    }

    /** The errors of the entropy production, of a sum of currents in a flow of 1, and of the gap. */
    private static final double[] ROUNDING = {1e-25, 1e-14, 1e-12};

    /** Figures of the chain, whose stationary distribution is known by construction only if keys are the queries. */
    private static double[] chain(Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Dynamics dynamics = Dynamics.of(tokens.scores(arena).attention(), 0);
            return new double[] {dynamics.entropyProduction(), dynamics.currents().total(), dynamics.spectralGap()};
        }
    }

    @Property(tries = 25)
    void figuresOfScoresAreTheSameInAllUnits(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed,
                                             @ForAll @DoubleRange(min = -1, max = 1) double share) {
        float[] retrieved = Tokens.normal(new Random(seed), tokens.rows(), 1);
        int exponent = exponent(tokens, share);
        Tokens turned = inUnits(tokens, same(tokens.d(), exponent));
        assertArrayEquals(figures(tokens, retrieved), figures(turned, retrieved), () -> "Q times 2^" + exponent);
    }

    @Property(tries = 10)
    void figuresOfTheChainAreTheSameInAllUnits(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                               @ForAll @DoubleRange(min = -1, max = 1) double share) {
        int exponent = exponent(tokens, share);
        double[] expected = chain(tokens);
        double[] actual = chain(inUnits(tokens, same(tokens.d(), exponent)));
        for (int f = 0; f < expected.length; f++) {
            assertEquals(expected[f], actual[f], 1e-9 * Math.abs(expected[f]) + ROUNDING[f], () -> "Q times 2^" + exponent);
        }
    }

    /** The same with a unit per component: float64 sums over components are the same to the last bit. */
    @Property(tries = 60)
    void curlAndEtaAreTheSameInAllUnitsOfComponents(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll long seed) {
        int[] exponents = new Random(seed).ints(tokens.d(), -100, 101).toArray();
        try (Arena arena = Arena.ofConfined()) {
            Scores plain = tokens.scores(arena);
            Scores turned = inUnits(tokens, exponents).scores(arena);
            assertEquals(plain.curlFraction(0), turned.curlFraction(0));
            assertArrayEquals(Hopfield.of(plain.queries(), plain.keys()).eta(), Hopfield.of(turned.queries(), turned.keys()).eta());
        }
    }

    /** One query or key whose magnitude differs from all others, against the definition in float64. */
    @Property(tries = 60)
    void curlIsThatOfTheDefinition(@ForAll long seed, @ForAll @IntRange(min = 3, max = 70) int n, @ForAll @IntRange(min = 2, max = 9) int d,
                                   @ForAll @IntRange(min = -60, max = 90) int exponent, @ForAll boolean ofQueries) {
        Tokens tokens = Tokens.random(seed, n, n, d, 1);
        float[] longer = ofQueries ? tokens.q() : tokens.k();
        for (int c = 0; c < d; c++) {
            longer[2 * d + c] = Math.scalb(longer[2 * d + c], exponent);
        }
        double expected = ReferenceDynamics.curlFraction(tokens.scores64());
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(expected, tokens.scores(arena).curlFraction(0), 1e-10, () -> "one of " + n + " times 2^" + exponent);
        }
    }

    /** Keys that are a symmetric map of the queries: all of the skew part is rounding, in any units. */
    @Property(tries = 30)
    void reversibleScoresHaveNoCurlInAnyUnits(@ForAll long seed, @ForAll @IntRange(min = 2, max = 40) int n,
                                              @ForAll @IntRange(min = -80, max = 80) int exponent) {
        int d = 5;
        Tokens tokens = Tokens.random(seed, n, n, d, 1);
        double[][] any = ReferenceMatrix.of(Tokens.normal(new Random(~seed), d * d, 1), d, d);
        double[][] symmetric = ReferenceMatrix.add(any, ReferenceMatrix.transpose(any));
        double[][] keys = ReferenceMatrix.multiply(tokens.queries64(), symmetric);
        for (int e = 0; e < n * d; e++) {
            tokens.k()[e] = (float) keys[e / d][e % d];
        }
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(0, inUnits(tokens, same(d, exponent)).scores(arena).curlFraction(0));
        }
    }
}
