package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.dynamics.Dynamics;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory that changes after scores were made of it: the second head is refused before the first is written. */
class ChangedInputsTest {

    private static final int HEADS = 2;
    private static final int N = 70;
    private static final int D = 5;
    private static final float SENTINEL = 12345;

    private final Arena arena = Arena.ofConfined();
    private final Heads q = heads(1);
    private final Heads k = heads(2);
    private final Heads v = heads(3);
    private Scores scores;

    private static final Map<String, BiConsumer<Scores, Call>> WRITING = new LinkedHashMap<>();

    /** Values and room for results of a call. */
    record Call(Heads v, Heads out, Heads wide, Heads entries, Heads complexEntries) {
    }

    static {
        WRITING.put("attention", (s, call) -> s.attention().apply(call.v, call.out));
        WRITING.put("attention on threads", (s, call) ->
                s.withWorkers(Workers.of(Runnable::run, 2)).attention().apply(call.v, call.out));
        WRITING.put("attention column", (s, call) -> s.attentionColumn().apply(call.v, call.out));
        WRITING.put("backward", (s, call) -> s.backward().apply(call.v, call.out));
        WRITING.put("diffusion", (s, call) -> s.diffusion(1).apply(call.v, call.out));
        WRITING.put("circulation", (s, call) -> s.circulation(0).apply(call.v, call.out));
        WRITING.put("a power", (s, call) -> s.attention().power(3).apply(call.v, call.out));
        WRITING.put("a product", (s, call) -> s.attention().times(s.diffusion()).apply(call.v, call.out));
        WRITING.put("a blend", (s, call) -> Circulation.of(s, 0.5).withBlend(0.5).apply(call.v, call.out));
        WRITING.put("magnetic", (s, call) -> s.magnetic(0.25).apply(call.v, call.wide));
        WRITING.put("attention's matrix", (s, call) -> s.attention().matrix(call.entries));
        WRITING.put("attention column's matrix", (s, call) -> s.attentionColumn().matrix(call.entries));
        WRITING.put("magnetic matrix", (s, call) -> s.magnetic(0.25).matrix(call.complexEntries));
    }

    private static final Map<String, BiConsumer<Scores, Integer>> READING = Map.of(
            "curl", Scores::curlFraction,
            "figures", Scores::figures,
            "entropy", (s, head) -> s.entropyProduction(head, uniform()),
            "sums", (s, head) -> s.attention().sums(head),
            "magnetic sums", (s, head) -> s.magnetic(0.25).sums(head),
            "chain", (s, head) -> Dynamics.of(s.attention(), head),
            "conjugate", (s, head) -> s.diffusion().conjugate(head),
            "extension", (s, head) -> s.diffusion().extension(head),
            "sinkhorn", (s, head) -> s.sinkhorn(Sinkhorn.tolerance(1e-3)),
            "eta", (s, head) -> Hopfield.of(s.queries(), s.keys()).eta());

    private Heads heads(long seed) {
        Heads heads = Heads.allocate(arena, HEADS, N, D);
        Random random = new Random(seed);
        for (int e = 0; e < HEADS * N * D; e++) {
            heads.segment().setAtIndex(Matrix.ENTRY, e, (float) random.nextGaussian());
        }
        return heads;
    }

    private static double[] uniform() {
        double[] law = new double[N];
        Arrays.fill(law, 1.0 / N);
        return law;
    }

    @BeforeEach
    void makeScores() {
        scores = Scores.of(q, k);
    }

    @AfterEach
    void closeMemory() {
        arena.close();
    }

    static Stream<String> writing() {
        return WRITING.keySet().stream();
    }

    static Stream<String> reading() {
        return READING.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("writing")
    void nothingIsWritten(String what) {
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 1e25f}) {
            q.matrix(1).set(3, 2, bad);
            refusedUnwritten(what, Float.isFinite(bad) ? "too large" : "q holds " + bad + " at row 3, column 2 of head 1");
            q.matrix(1).set(3, 2, 1);
            k.matrix(1).set(N - 1, 0, bad);
            refusedUnwritten(what, Float.isFinite(bad) ? "too large" : "k holds " + bad + " at row 69, column 0 of head 1");
            k.matrix(1).set(N - 1, 0, 1);
        }
    }

    private void refusedUnwritten(String what, String part) {
        Call call = new Call(v, room(D), room(2 * D), room(N), room(2 * N));
        assertSays(part, assertThrows(IllegalArgumentException.class, () -> WRITING.get(what).accept(scores, call), what));
        for (Heads written : new Heads[] {call.out, call.wide, call.entries, call.complexEntries}) {
            float[] expected = new float[HEADS * N * written.columns()];
            Arrays.fill(expected, SENTINEL);
            assertArrayEquals(expected, written.segment().toArray(Matrix.ENTRY), what);
        }
    }

    private Heads room(int columns) {
        Heads room = Heads.allocate(arena, HEADS, N, columns);
        for (int e = 0; e < HEADS * N * columns; e++) {
            room.segment().setAtIndex(Matrix.ENTRY, e, SENTINEL);
        }
        return room;
    }

    private static void assertSays(String part, Exception refusal) {
        assertTrue(refusal.getMessage().contains(part) && !refusal.getMessage().contains("\n"), refusal.getMessage());
    }

    @ParameterizedTest
    @MethodSource("reading")
    void noFigureIsMadeOfIt(String what) {
        q.matrix(1).set(3, 2, Float.NaN);
        assertSays("q holds NaN at row 3, column 2 of head 1",
                assertThrows(IllegalArgumentException.class, () -> READING.get(what).accept(scores, 1), what));
    }

    /** A backward pair is read as well. */
    @Test
    void nothingIsWrittenOfABackwardPair() {
        Heads backward = heads(4);
        Scores apart = scores.withBackward(backward, k);
        backward.matrix(1).set(0, 0, Float.NaN);
        Heads out = room(D);
        assertSays("backward q holds NaN at row 0, column 0 of head 1",
                assertThrows(IllegalArgumentException.class, () -> apart.diffusion().apply(v, out)));
        assertEquals(SENTINEL, out.matrix(0).get(0, 0));
    }

    /** Results too large to be kept until the last head is computed. */
    @Test
    void nothingIsWrittenOfManyHeads() {
        Heads many = Heads.allocate(arena, 80, N, D);
        Heads wide = Heads.allocate(arena, 80, N, 64);
        Scores large = Scores.of(many, many);
        many.matrix(79).set(3, 2, Float.NaN);
        Heads out = Heads.allocate(arena, 80, N, 64);
        out.matrix(0).set(0, 0, SENTINEL);
        assertSays("q holds NaN at row 3, column 2 of head 79",
                assertThrows(IllegalArgumentException.class, () -> large.attention().apply(wide, out)));
        assertEquals(SENTINEL, out.matrix(0).get(0, 0));
    }

    /** What changes to other finite entries counts from the next call on. */
    @Test
    void newEntriesCount() {
        Heads out = room(D);
        q.matrix(1).set(3, 2, 2);
        scores.attention().apply(v, out);
        Heads expected = room(D);
        Scores.of(q, k).attention().apply(v, expected);
        assertArrayEquals(expected.segment().toArray(Matrix.ENTRY), out.segment().toArray(Matrix.ENTRY));
    }
}
