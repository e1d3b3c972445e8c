package dev.gatun.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shows that the heads taken out of the model are the ones that the model attends with. */
@Tag("any-width")
class MiniLmTest {

    private static final int TOKENS = 16;
    private static final double TOLERANCE = 1e-5;

    static Stream<Arguments> everyHead() {
        return IntStream.range(0, MiniLm.LAYERS * MiniLm.HEADS)
                .mapToObj(index -> Arguments.of(index / MiniLm.HEADS, index % MiniLm.HEADS));
    }

    @ParameterizedTest
    @MethodSource("everyHead")
    void softmaxRowsSumToOne(int layer, int head) {
        float[] softmax = MiniLm.shared().run(TOKENS).softmax(layer, head);
        assertEquals(TOKENS * TOKENS, softmax.length);
        for (int row = 0; row < TOKENS; row++) {
            int start = row * TOKENS;
            double sum = IntStream.range(start, start + TOKENS).mapToDouble(i -> softmax[i]).sum();
            assertEquals(1, sum, TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("everyHead")
    void queriesAndKeysGiveTheModelsOwnSoftmax(int layer, int head) {
        MiniLm.Heads heads = MiniLm.shared().run(TOKENS);
        double[] scores = ScoreMatrix.of(heads.queries(layer, head), heads.keys(layer, head), TOKENS);
        float[] softmax = heads.softmax(layer, head);
        for (int row = 0; row < TOKENS; row++) {
            int start = row * TOKENS;
            double largest = IntStream.range(start, start + TOKENS).mapToDouble(i -> scores[i]).max().orElseThrow();
            double total = IntStream.range(start, start + TOKENS).mapToDouble(i -> Math.exp(scores[i] - largest)).sum();
            for (int i = start; i < start + TOKENS; i++) {
                assertEquals(Math.exp(scores[i] - largest) / total, softmax[i], TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyHead")
    void softmaxAndValuesGiveWhatTheModelAttendsTo(int layer, int head) {
        MiniLm.Heads heads = MiniLm.shared().run(TOKENS);
        float[] softmax = heads.softmax(layer, head);
        float[] values = heads.values(layer, head);
        float[] attended = heads.attended(layer, head);
        for (int i = 0; i < attended.length; i++) {
            int row = i / MiniLm.DIMENSION;
            int component = i % MiniLm.DIMENSION;
            double expected = IntStream.range(0, TOKENS)
                    .mapToDouble(j -> (double) softmax[row * TOKENS + j] * values[j * MiniLm.DIMENSION + component])
                    .sum();
            assertEquals(expected, attended[i], TOLERANCE);
        }
    }

    @Test
    void everyLengthOfTheProseIsCutExactly() {
        for (int tokens : new int[] {2, 3, 16, 129, 256}) {
            MiniLm.Heads heads = MiniLm.shared().run(tokens);
            assertEquals(tokens, heads.tokens());
            assertEquals(tokens * MiniLm.DIMENSION, heads.queries(0, 0).length);
            assertEquals(tokens * tokens, heads.softmax(5, 11).length);
        }
    }

    @Test
    void theSameLengthIsRunOnlyOnce() {
        assertSame(MiniLm.shared().run(TOKENS), MiniLm.shared().run(TOKENS));
    }

    @Test
    void aTextIsNeitherPaddedNorCut() {
        assertEquals(4, MiniLm.shared().run("Rain falls").tokens());
        assertEquals(302, MiniLm.shared().run("rain ".repeat(300)).tokens());
    }

    @Test
    void whatTheCallerWritesStaysWithTheCaller() {
        MiniLm.Heads heads = MiniLm.shared().run(TOKENS);
        float[] before = heads.queries(1, 2);
        heads.queries(1, 2)[0] = Float.NaN;
        assertArrayEquals(before, heads.queries(1, 2));
    }

    @Test
    void lengthsAndHeadsOutOfRangeAreRefused() {
        MiniLm model = MiniLm.shared();
        assertThrows(IllegalArgumentException.class, () -> model.run(1));
        assertThrows(IllegalArgumentException.class, () -> model.run(MiniLm.MAX_TOKENS + 1));
        assertThrows(IllegalArgumentException.class, () -> model.run("rain ".repeat(MiniLm.MAX_TOKENS)));
        MiniLm.Heads heads = model.run(TOKENS);
        assertThrows(IndexOutOfBoundsException.class, () -> heads.keys(0, MiniLm.HEADS));
        assertThrows(IndexOutOfBoundsException.class, () -> heads.keys(MiniLm.LAYERS, 0));
    }
}
