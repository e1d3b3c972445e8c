package dev.gatun.hopfield;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceHopfield;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Figures against their definitions in float64, on inputs of every shape and size: bounds are those of {@link Deviations}. */
class HopfieldOracleTest {

    /** N, d and C: edges of blocks, chunks and parts. */
    private static final int[][] SHAPES = {
            {2, 1, 1}, {3, 2, 5}, {7, 3, 16}, {13, 5, 17}, {31, 31, 3}, {63, 32, 33}, {64, 64, 64}, {65, 65, 65}, {97, 33, 48},
            {128, 8, 1}, {129, 130, 7}, {255, 12, 70}, {257, 64, 130}, {511, 7, 4}, {513, 16, 5}, {1100, 9, 6}};

    record Case(String name, Tokens tokens, float[] h, int channels) {
        static Case of(String name, Tokens tokens, int channels) {
            return new Case(name + ", " + tokens + ", C " + channels, tokens,
                    Tokens.normal(new Random(channels), tokens.rows() * channels, 1), channels);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int[] shape : SHAPES) {
            Tokens tokens = Tokens.random(shape[0] + shape[1], shape[0], shape[0], shape[1], 1);
            cases.add(Case.of("normal", tokens, shape[2]));
        }
        Tokens tokens = Tokens.random(5, 150, 150, 20, 1);
        for (double mean : new double[] {3, 1000, 1e5}) {
            double[] shift = new double[20];
            Arrays.setAll(shift, c -> mean * Math.sin(c));
            cases.add(Case.of("queries off by " + mean, tokens.shifted(shift, new double[20]), 9));
            cases.add(Case.of("both off by " + mean, tokens.shifted(shift, shift), 9));
        }
        cases.add(Case.of("huge", tokens.scaled(1e37f, 1e37f), 9));
        cases.add(Case.of("tiny", tokens.scaled(1e-30f, 1e-37f), 9));
        cases.add(Case.of("unbalanced", tokens.scaled(1e30f, 1e-30f), 9));
        float[] wide = Tokens.normal(new Random(3), 150 * 9, 1);
        for (int i = 0; i < wide.length; i++) {
            wide[i] *= (float) Math.pow(10, 9 * (i % 9 - 4));
        }
        cases.add(new Case("channels of every size", tokens, wide, 9));
        float[] offset = Tokens.normal(new Random(3), 150 * 9, 1);
        for (int i = 0; i < offset.length; i++) {
            offset[i] += 4096;
        }
        cases.add(new Case("channels far from zero", tokens, offset, 9));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void figuresAgreeWithTheirDefinitions(Case given) {
        Tokens tokens = given.tokens();
        try (Arena arena = Arena.ofConfined()) {
            Matrix h = Matrix.copyOf(arena, given.h(), tokens.rows(), given.channels());
            HopfieldFigures figures = Hopfield.of(tokens.queries(arena), tokens.keys(arena)).withScale(0.25).figures(h);
            Deviations.of(figures, tokens.queries64(), tokens.keys64(),
                    ReferenceMatrix.of(given.h(), tokens.rows(), given.channels()), 0.25).check(given.name());
            assertEquals(figures.eta(), Hopfield.of(tokens.queries(arena), tokens.keys(arena)).eta()[0]);
        }
    }

    /** Eta near 0 keeps its digits: keys that are the queries rotated by a right angle plus a part of the queries. */
    @Test
    void anEtaNearZeroIsRelativelyRight() {
        Tokens tokens = Tokens.random(9, 200, 200, 24, 1);
        double low = 0;
        double high = 1;
        for (int step = 0; step < 18; step++) {
            double part = (low + high) / 2;
            boolean skew = truth(tokens, turned(tokens, part)) < 0;
            low = skew ? part : low;
            high = skew ? high : part;
        }
        float[] k = turned(tokens, high);
        double truth = truth(tokens, k);
        assertTrue(truth > 0 && truth < 1e-4, "eta is " + truth);
        try (Arena arena = Arena.ofConfined()) {
            double eta = Hopfield.of(tokens.queries(arena), Matrix.copyOf(arena, k, 200, 24)).eta()[0];
            assertEquals(truth, eta, 1e-8 * truth);
        }
    }

    private static float[] turned(Tokens tokens, double part) {
        float[] k = new float[tokens.q().length];
        for (int i = 0; i < k.length; i++) {
            k[i] = (float) ((i % 2 == 0 ? -tokens.q()[i + 1] : tokens.q()[i - 1]) + part * tokens.q()[i]);
        }
        return k;
    }

    private static double truth(Tokens tokens, float[] k) {
        return ReferenceHopfield.eta(ReferenceHopfield.m(tokens.queries64(), ReferenceMatrix.of(k, tokens.rows(), tokens.d()), 1));
    }

    /** Nearly orthogonal queries and keys: M is a millionth of the product of their lengths. */
    @Test
    void queriesAndKeysAlmostAtRightAnglesKeepTheirEta() {
        Random random = new Random(4);
        int n = 90;
        int d = 6;
        float[] q = new float[n * d];
        float[] k = new float[n * d];
        for (int t = 0; t < n; t++) {
            float a = (float) random.nextGaussian();
            float b = (float) random.nextGaussian();
            for (int c = 0; c < d; c++) {
                q[t * d + c] = (c < 3 ? a : -a) + 1e-3f * (float) random.nextGaussian();
                k[t * d + c] = b + 1e-3f * (float) random.nextGaussian();
            }
        }
        double[][] m = ReferenceHopfield.m(ReferenceMatrix.of(q, n, d), ReferenceMatrix.of(k, n, d), 1);
        try (Arena arena = Arena.ofConfined()) {
            double eta = Hopfield.of(Matrix.copyOf(arena, q, n, d), Matrix.copyOf(arena, k, n, d)).eta()[0];
            assertEquals(ReferenceHopfield.eta(m), eta, 1e-4 * Math.abs(ReferenceHopfield.eta(m)));
        }
    }

    @Test
    void headsOfAnyShapeAreThoseOfTheirMatrices() {
        try (Arena arena = Arena.ofConfined()) {
            Heads q = Heads.of(copy(arena, 1, 2 * 4 * 70 * 5), 0, 2, 4, 70, 5);
            Heads k = Heads.of(copy(arena, 2, 2 * 2 * 70 * 5), 0, 2, 2, 70, 5);
            Heads h = Heads.of(copy(arena, 3, 2 * 4 * 70 * 3), 0, 2, 4, 70, 3);
            List<HopfieldFigures> figures = Hopfield.of(q, k).figures(h);
            double[] eta = Hopfield.of(q, k).eta();
            assertEquals(8, figures.size());
            assertEquals(8, eta.length);
            for (int head = 0; head < 8; head++) {
                Matrix keys = k.matrix(head / 4, head % 4 / 2);
                assertEquals(Hopfield.of(q.matrix(head), keys).figures(h.matrix(head)), figures.get(head));
                assertEquals(figures.get(head).eta(), eta[head]);
            }
        }
    }

    private static MemorySegment copy(Arena arena, long seed, int count) {
        return Matrix.copyOf(arena, Tokens.normal(new Random(seed), count, 1), 1, count).segment();
    }

    @Test
    void constantChannelsAreLeftOutOfTheMeans() {
        Tokens tokens = Tokens.random(6, 40, 40, 4, 1);
        float[] h = Tokens.normal(new Random(8), 40 * 3, 1);
        for (int t = 0; t < 40; t++) {
            h[3 * t + 1] = 0.1f;
        }
        try (Arena arena = Arena.ofConfined()) {
            Hopfield hopfield = Hopfield.of(tokens.queries(arena), tokens.keys(arena));
            HopfieldFigures figures = hopfield.figures(Matrix.copyOf(arena, h, 40, 3));
            assertEquals(new ChannelFigures(0, 0, 0, true), figures.channels().get(1));
            assertEquals(1, figures.constantChannels());
            ChannelFigures first = figures.channels().get(0);
            ChannelFigures third = figures.channels().get(2);
            assertEquals((first.energy() + third.energy()) / 2, figures.energyMean(), 1e-15 * Math.abs(figures.energyMean()));
            assertEquals((first.instability() + third.instability()) / 2, figures.instabilityFraction(), 1e-15);
            assertEquals((first.alignment() + third.alignment()) / 2, figures.alignment(), 1e-15);
            HopfieldFigures nothing = hopfield.figures(Matrix.allocate(arena, 40, 2));
            assertEquals(List.of(2.0, 0.0, 0.0, 0.0), List.of((double) nothing.constantChannels(), nothing.energyMean(),
                    nothing.instabilityFraction(), nothing.alignment()));
        }
    }

    /** Results for values that are the same at all tokens differ by rounding only: constant channels. */
    @Test
    void channelsThatOperatorsMakeOfConstantsAreConstant() {
        int n = 300;
        Tokens tokens = Tokens.random(16, n, n, 16, 1);
        float[] v = Tokens.normal(new Random(17), n * 5, 1);
        for (int t = 0; t < n; t++) {
            v[5 * t] = 0.1f;
            v[5 * t + 1] = -3.7f;
            v[5 * t + 2] = 1e-30f;
            v[5 * t + 3] = 1e30f;
        }
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Matrix h = Matrix.allocate(arena, n, 5);
            for (Operator operator : List.of(scores.attention(), scores.backward(), scores.diffusion(1), scores.circulation(0.3))) {
                operator.apply(Matrix.copyOf(arena, v, n, 5), h);
                HopfieldFigures figures = Hopfield.of(tokens.queries(arena), tokens.keys(arena)).figures(h);
                assertEquals(4, figures.constantChannels());
                assertEquals(figures.channels().get(4).energy(), figures.energyMean());
                Deviations.of(figures, tokens.queries64(), tokens.keys64(), ReferenceMatrix.of(h.toArray(), n, 5), 1)
                        .check("constants retrieved");
            }
        }
    }

    /** A constant channel with one entry that differs by some ULP. */
    @ParameterizedTest
    @CsvSource({"1.0, 64, true", "1.0, 66, false", "-3.7, 64, true", "-3.7, 65, false", "3e38, 64, true", "3e38, 65, false",
        "1.4e-45, 63, true", "1.4e-45, 64, true", "1.4e-45, 65, false", "0, 64, true", "0, 65, false"})
    void aSpreadOf64StepsIsConstant(float entry, int steps, boolean constant) {
        float[] h = new float[40];
        Arrays.fill(h, entry);
        h[7] = (float) (entry - Math.copySign((double) steps * Math.ulp(entry), entry));
        Tokens tokens = Tokens.random(6, 40, 40, 4, 1);
        try (Arena arena = Arena.ofConfined()) {
            HopfieldFigures figures = Hopfield.of(tokens.queries(arena), tokens.keys(arena)).figures(Matrix.copyOf(arena, h, 40, 1));
            assertEquals(constant, figures.channels().getFirst().constant());
        }
    }

    /** A single token, zero queries, and equal queries: zeros, never NaN. */
    @Test
    void degenerateHeadsHaveZeros() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix one = Matrix.copyOf(arena, new float[] {3, -2}, 1, 2);
            HopfieldFigures alone = Hopfield.of(one, one).figures(one);
            assertEquals(new HopfieldFigures(1, 0, List.of(new ChannelFigures(0, 0, 0, true), new ChannelFigures(0, 0, 0, true))),
                    alone);
            Matrix zeros = Matrix.allocate(arena, 50, 2);
            Matrix h = Matrix.copyOf(arena, Tokens.normal(new Random(1), 100, 1), 50, 2);
            assertEquals(new HopfieldFigures(0, 0, List.of(new ChannelFigures(0, 0, 0, false), new ChannelFigures(0, 0, 0, false))),
                    Hopfield.of(zeros, zeros).figures(h));
            float[] same = new float[100];
            Arrays.fill(same, 0.3f);
            Matrix constant = Matrix.copyOf(arena, same, 50, 2);
            HopfieldFigures flat = Hopfield.of(constant, constant).figures(h);
            assertEquals(List.of(1.0, 0.0, 0.0, 0.0, 0.0), List.of(flat.eta(), flat.etaCentred(), flat.energyMean() + 0.0,
                    flat.instabilityFraction(), flat.alignment()));
        }
    }
}
