package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Allocation;
import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.internal.view.TensorView;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A plan gives what {@link Scores#attention()} gives, call after call, and allocates nothing. */
class AttentionPlanTest {

    static final float UNTOUCHED = 77f;

    static Stream<AttentionShape> shapes() {
        return Stream.of(new AttentionShape(1, 1, 1, 1, 1, 1, 1), AttentionShape.of(12, 128, 32),
                AttentionShape.of(3, 65, 33), new AttentionShape(2, 6, 2, 70, 70, 16, 5),
                new AttentionShape(1, 4, 1, 1, 200, 64, 64), new AttentionShape(1, 2, 2, 130, 64, 8, 31));
    }

    /** Inputs and output of a call. */
    record Call(Heads q, Heads k, Heads v, Heads out, Heads sums) {
        static Call of(Arena arena, AttentionShape shape, double spread, long seed) {
            Random random = new Random(seed);
            return new Call(
                    normal(arena, random, spread, shape.batch(), shape.heads(), shape.queries(), shape.dimension()),
                    normal(arena, random, spread, shape.batch(), shape.keyHeads(), shape.keys(), shape.dimension()),
                    normal(arena, random, 1, shape.batch(), shape.keyHeads(), shape.keys(), shape.valueDimension()),
                    filled(arena, shape.batch(), shape.heads(), shape.queries(), shape.valueDimension()),
                    filled(arena, shape.batch(), shape.heads(), shape.queries(), 1));
        }

        static Heads normal(Arena arena, Random random, double spread, int... shape) {
            Heads heads = Heads.allocate(arena, shape);
            MemorySegment memory = heads.segment();
            for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
                memory.set(ValueLayout.JAVA_FLOAT, at, (float) (spread * random.nextGaussian()));
            }
            return heads;
        }

        private static Heads filled(Arena arena, int... shape) {
            Heads heads = Heads.allocate(arena, shape);
            for (int index = 0; index < heads.count(); index++) {
                float[] entries = new float[heads.rows() * heads.columns()];
                Arrays.fill(entries, UNTOUCHED);
                TensorView.of(heads).set(index, entries, 0, heads.rows());
            }
            return heads;
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void callsOfOnePlanEqualTheOperator(AttentionShape shape) {
        for (boolean causal : new boolean[] {false, true}) {
            AttentionOptions options = AttentionOptions.defaults().withBeta(1.5);
            AttentionPlan plan = AttentionPlan.of(shape, causal ? options.withCausalMask() : options);
            for (double spread : new double[] {1, 30, 0.1, 1}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, Double.hashCode(spread));
                    plan.run(call.q, call.k, call.v, call.out);
                    assertSame(operator(call, causal, arena), call.out);
                }
            }
        }
    }

    /** A scale of one's own is that of the operator, and of a plan for decoding; beta comes on top of it. */
    @Test
    void aScaleOfOnesOwnIsThatOfTheScores() {
        AttentionShape shape = new AttentionShape(1, 2, 2, 70, 70, 9, 5);
        AttentionOptions options = AttentionOptions.defaults().withScale(0.7).withBeta(1.5);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 3);
            AttentionPlan.of(shape, options).run(call.q, call.k, call.v, call.out);
            Heads expected = Heads.allocate(arena, call.out.shape());
            Scores.of(call.q, call.k).withScale(0.7).withBeta(1.5).attention().apply(call.v, expected);
            assertSame(expected, call.out);
            DecodePlan decoding = DecodePlan.of(shape, options);
            assertEquals(shape, decoding.shape());
            decoding.run(call.q, call.k, call.v, 70, call.out);
            for (int index = 0; index < shape.sizes().count(); index++) {
                assertArrayEquals(expected.matrix(index).toArray(), call.out.matrix(index).toArray(), 1e-5f);
            }
        }
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refused(() -> AttentionOptions.defaults().withScale(bad), "scale must be positive and finite, not " + bad);
            refused(() -> AttentionOptions.defaults().withBeta(bad), "beta must be positive and finite, not " + bad);
        }
    }

    /** Inputs of 16 bits give what they give as float32, in a confined arena and, by several workers, in a shared one. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void narrowInputsAreWidened(ElementType type) {
        AttentionShape shape = new AttentionShape(2, 4, 2, 70, 90, 33, 20);
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Call call = Call.of(arena, shape, 1, 21);
            Heads q = DecodePlanTest.narrowed(arena, call.q, type);
            Heads k = DecodePlanTest.narrowed(arena, call.k, type);
            Heads v = DecodePlanTest.narrowed(arena, call.v, type);
            AttentionPlan.of(shape, AttentionOptions.defaults()).run(DecodePlanTest.widened(arena, q),
                    DecodePlanTest.widened(arena, k), DecodePlanTest.widened(arena, v), call.out, call.sums);
            for (Workers workers : new Workers[] {Workers.caller(), Workers.of(executor, 3)}) {
                Call narrow = Call.of(arena, shape, 1, 21);
                AttentionPlan.of(shape, AttentionOptions.defaults().withWorkers(workers))
                        .run(q, k, v, narrow.out, narrow.sums);
                assertSame(call.out, narrow.out);
                assertSame(call.sums, narrow.sums);
            }
        }
    }

    /** Of heads that are packed one after another, one that is refused is found before any is written, in inputs of any type. */
    @ParameterizedTest
    @EnumSource
    void headsThatAreDoneOneByOneAreRefusedBeforehand(ElementType type) {
        AttentionShape shape = new AttentionShape(1, 3, 3, 600, 610, 64, 64);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 5);
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults());
            for (int wrong = 0; wrong < 3; wrong++) {
                Heads input = List.of(call.q, call.k, call.v).get(wrong);
                float kept = input.matrix(2).get(599, 63);
                input.matrix(2).set(599, 63, Float.NEGATIVE_INFINITY);
                Heads[] inputs = narrowed(arena, call, type);
                refused(() -> plan.run(inputs[0], inputs[1], inputs[2], call.out, call.sums),
                        "qkv".charAt(wrong) + " holds -Infinity at row 599, column 63 of head 2");
                input.matrix(2).set(599, 63, kept);
            }
            Heads[] inputs = narrowed(arena, call, type);
            AttentionPlan cold = AttentionPlan.of(shape, AttentionOptions.defaults().withBeta(1e13));
            refused(() -> cold.run(inputs[0], inputs[1], inputs[2], call.out, call.sums), "too large");
            assertEquals(UNTOUCHED, call.out.matrix(0).get(0, 0));
            assertEquals(UNTOUCHED, call.sums.matrix(0).get(0, 0));
            plan.run(inputs[0], inputs[1], inputs[2], call.out, call.sums);
            Call wide = Call.of(arena, shape, 1, 5);
            Heads[] widened = Stream.of(inputs)
                    .map(heads -> type == ElementType.FLOAT32 ? heads : DecodePlanTest.widened(arena, heads)).toArray(Heads[]::new);
            plan.run(widened[0], widened[1], widened[2], wide.out, wide.sums);
            assertSame(wide.out, call.out);
            assertEquals(shape, plan.shape());
        }
    }

    private static Heads[] narrowed(Arena arena, Call call, ElementType type) {
        return Stream.of(call.q, call.k, call.v)
                .map(heads -> type == ElementType.FLOAT32 ? heads : DecodePlanTest.narrowed(arena, heads, type))
                .toArray(Heads[]::new);
    }

    private static Heads operator(Call call, boolean causal, Arena arena) {
        Scores scores = Scores.of(call.q, call.k).withBeta(1.5);
        Heads expected = Heads.allocate(arena, call.out.shape());
        (causal ? scores.withCausalMask() : scores).attention().apply(call.v, expected);
        return expected;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void workersChangeNothing(AttentionShape shape) {
        try (Arena confined = Arena.ofConfined(); Arena open = Arena.ofShared()) {
            workersChangeNothing(shape, confined);
            workersChangeNothing(shape, open);
        }
    }

    private static void workersChangeNothing(AttentionShape shape, Arena arena) {
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            Call call = Call.of(arena, shape, 1, 5);
            AttentionPlan.of(shape, AttentionOptions.defaults()).run(call.q, call.k, call.v, call.out, call.sums);
            for (int threads : new int[] {2, 3}) {
                Call shared = Call.of(arena, shape, 1, 5);
                AttentionPlan.of(shape, AttentionOptions.defaults().withWorkers(Workers.of(executor, threads)))
                        .run(shared.q, shared.k, shared.v, shared.out, shared.sums);
                assertSame(call.out, shared.out);
                assertSame(call.sums, shared.sums);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void logarithmsOfSumsAreRight(AttentionShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 2, 6);
            AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask())
                    .run(call.q, call.k, call.v, call.out, call.sums);
            for (int index = 0; index < shape.sizes().count(); index++) {
                double[][] z = ReferenceScores.causal(ReferenceScores.scores(
                        entries(call.q.matrix(index)), entries(call.k.matrix(shape.sizes().keyIndex(index)))));
                for (int i = 0; i < shape.queries(); i++) {
                    double expected = ReferenceSoftmax.logSumExp(z[i]);
                    assertEquals(expected, call.sums.matrix(index).get(i, 0), 1e-6 * Math.max(8, Math.abs(expected)));
                }
            }
        }
    }

    /** Sliding windows, alone and under the causal mask, and biases by distance: against scores masked and biased by hand. */
    @ParameterizedTest
    @MethodSource("shapes")
    void windowsAndSlopesAreThoseOfTheDefinition(AttentionShape shape) {
        double[] slopes = new Random(11).doubles(shape.heads(), -0.1, 0.5).toArray();
        int[][] windows = {{0, 0}, {3, 1}, {70, 5}, {200, 200}};
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 12);
            for (int[] window : windows) {
                for (boolean causal : new boolean[] {false, true}) {
                    AttentionOptions options = AttentionOptions.defaults().withWindow(window[0], window[1])
                            .withBeta(0.8).withDistanceSlopes(slopes);
                    AttentionPlan.of(shape, causal ? options.withCausalMask() : options)
                            .run(call.q, call.k, call.v, call.out, call.sums);
                    for (int index = 0; index < shape.sizes().count(); index++) {
                        assertWindowed(call, shape, index, window[0], causal ? 0 : window[1],
                                slopes[index % shape.heads()]);
                    }
                }
            }
        }
    }

    private static void assertWindowed(Call call, AttentionShape shape, int index, int before, int after,
                                       double slope) {
        double[][] z = ReferenceScores.scores(entries(call.q.matrix(index)),
                entries(call.k.matrix(shape.sizes().keyIndex(index))));
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z[i].length; j++) {
                int distance = j - (i + shape.keys() - shape.queries());
                z[i][j] = distance < -before || distance > after ? Double.NEGATIVE_INFINITY
                        : 0.8 * (z[i][j] + slope * distance);
            }
        }
        double[][] expected = ReferenceMatrix.multiply(ReferenceSoftmax.rowSoftmax(z),
                entries(call.v.matrix(shape.sizes().keyIndex(index))));
        assertTrue(ReferenceMatrix.maxAbsDifference(expected, entries(call.out.matrix(index))) <= 1e-5);
        for (int i = 0; i < z.length; i++) {
            assertEquals(ReferenceSoftmax.logSumExp(z[i]), call.sums.matrix(index).get(i, 0), 1e-5);
        }
    }

    /**
     * Two parts of the keys, merged, are the whole. Parts are packed by themselves, so that each score may be off by what
     * single precision allows of its range, {@code 0.8 * 2^-24 * 64} in units of log 2, and by another amount in the whole.
     * Logarithms are rounded to float besides, which moves the shares of the parts by as much as a step of the largest.
     */
    @Test
    void partsMergeToTheWhole() {
        try (Arena arena = Arena.ofConfined()) {
            AttentionShape whole = new AttentionShape(1, 2, 2, 40, 100, 16, 8);
            Call call = Call.of(arena, whole, 2, 7);
            AttentionPlan.of(whole, AttentionOptions.defaults()).run(call.q, call.k, call.v, call.out, call.sums);
            Call parts = Call.of(arena, whole, 2, 7);
            Call rest = Call.of(arena, whole, 2, 7);
            part(parts, 0, 30);
            part(rest, 30, 70);
            PartialAttention.merge(parts.out, parts.sums, rest.out, rest.sums);
            for (int index = 0; index < 2; index++) {
                float[] sums = call.sums.matrix(index).toArray();
                float step = Math.ulp(greatest(sums)) + (float) (0.8 * 0x1p-24 * 64 * Math.log(2));
                assertArrayEquals(sums, parts.sums.matrix(index).toArray(), 2 * step);
                assertArrayEquals(call.out.matrix(index).toArray(), parts.out.matrix(index).toArray(),
                        step * 2 * greatest(call.v.matrix(index).toArray()));
            }
        }
    }

    private static float greatest(float[] entries) {
        float greatest = 0;
        for (float entry : entries) {
            greatest = Math.max(greatest, Math.abs(entry));
        }
        return greatest;
    }

    private static void part(Call call, int first, int count) {
        AttentionShape shape = new AttentionShape(1, 2, 2, 40, count, 16, 8);
        Heads k = Heads.strided(call.k.segment(), 4L * first * 16, new int[] {1, 2}, count, 16, 0, 1600, 16);
        Heads v = Heads.strided(call.v.segment(), 4L * first * 8, new int[] {1, 2}, count, 8, 0, 800, 8);
        AttentionPlan.of(shape, AttentionOptions.defaults()).run(call.q, k, v, call.out, call.sums);
    }

    /** A part that a query does not see adds nothing; what nobody sees stays zeros with minus infinity. */
    @Test
    void unseenPartsAddNothing() {
        try (Arena arena = Arena.ofConfined()) {
            AttentionShape shape = new AttentionShape(1, 1, 1, 4, 2, 3, 3);
            Call call = Call.of(arena, shape, 1, 8);
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
            plan.run(call.q, call.k, call.v, call.out, call.sums);
            assertEquals(Float.NEGATIVE_INFINITY, call.sums.matrix(0).get(0, 0));
            assertEquals(0f, call.out.matrix(0).get(0, 2));
            Call other = Call.of(arena, shape, 1, 8);
            plan.run(other.q, other.k, other.v, other.out, other.sums);
            PartialAttention.merge(call.out, call.sums, other.out, other.sums);
            assertEquals(Float.NEGATIVE_INFINITY, call.sums.matrix(0).get(1, 0));
            assertArrayEquals(other.out.matrix(0).toArray(), call.out.matrix(0).toArray(), 1e-6f);
        }
    }

    @Test
    void whatThePlanWasNotMadeForIsRefused() {
        AttentionShape shape = AttentionShape.of(2, 20, 4);
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 9);
            Call other = Call.of(arena, AttentionShape.of(2, 21, 4), 1, 9);
            refused(() -> plan.run(other.q, call.k, call.v, call.out), "q is");
            refused(() -> plan.run(call.q, other.k, call.v, call.out), "k is");
            refused(() -> plan.run(call.q, call.k, other.v, call.out), "v is");
            refused(() -> plan.run(call.q, call.k, call.v, other.out), "out is");
            refused(() -> plan.run(call.q, call.k, call.v, call.out, call.out), "logSumExp is");
            refused(() -> plan.run(call.q, call.k, call.v, call.q), "shares memory");
            call.k.matrix(1).set(3, 2, Float.NaN);
            refused(() -> plan.run(call.q, call.k, call.v, call.out), "k holds NaN at row 3, column 2 of head 1");
            call.k.matrix(1).set(3, 2, 3e38f);
            call.q.matrix(1).set(3, 2, 3e38f);
            refused(() -> plan.run(call.q, call.k, call.v, call.out), "too large");
            assertEquals(UNTOUCHED, call.out.matrix(0).get(0, 0));
        }
        assertThrows(IllegalArgumentException.class, () -> new AttentionShape(1, 3, 2, 1, 1, 1, 1));
        refused(() -> AttentionOptions.defaults().withWindow(-1, 0), "must not be negative");
        refused(() -> AttentionOptions.defaults().withDistanceSlopes(Double.NaN), "slope must be finite");
        refused(() -> AttentionPlan.of(shape, AttentionOptions.defaults().withDistanceSlopes(1)), "expected 2");
    }

    /** Workers that wait for heads to be packed are let go when one is refused; the plan serves the next call. */
    @Test
    @Tag("slow")
    void workersDoNotWaitForWhatIsRefused() {
        AttentionShape shape = AttentionShape.of(6, 70, 8);
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(3)) {
            AttentionPlan plan = AttentionPlan.of(shape,
                    AttentionOptions.defaults().withWorkers(Workers.of(executor, 4)));
            Call call = Call.of(arena, shape, 1, 33);
            Call expected = Call.of(arena, shape, 1, 33);
            AttentionPlan.of(shape, AttentionOptions.defaults())
                    .run(expected.q, expected.k, expected.v, expected.out, expected.sums);
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                for (int round = 0; round < 300; round++) {
                    Matrix faulty = (round % 2 == 0 ? call.k : call.v).matrix(round % 6);
                    float kept = faulty.get(3, 2);
                    faulty.set(3, 2, Float.NaN);
                    Call fresh = Call.of(arena, shape, 1, 34);
                    refused(() -> plan.run(call.q, call.k, call.v, fresh.out, fresh.sums), "holds NaN at row 3");
                    assertEquals(UNTOUCHED, fresh.out.matrix(round % 5).get(69, 7));
                    faulty.set(3, 2, kept);
                    plan.run(call.q, call.k, call.v, call.out, call.sums);
                    assertSame(expected.out, call.out);
                }
            });
        }
    }

    static void refused(Runnable run, String part) {
        String message = assertThrows(IllegalArgumentException.class, run::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    /** Once compiled, a call by the calling thread allocates nothing: in single and in double precision. */
    @Tag("allocation")
    @ParameterizedTest
    @CsvSource({"2, 128, 32", "1, 200, 64", "1, 130, 80", "1, 128, 128"})
    @Tag("slow")
    void callsAllocateNothing(int heads, int tokens, int d) {
        AttentionShape shape = AttentionShape.of(heads, tokens, d);
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
        try (Arena arena = Arena.ofConfined()) {
            Call gentle = Call.of(arena, shape, 1, 10);
            Call harsh = Call.of(arena, shape, 30, 10);
            Allocation.assertSettlesAtNothing(call -> {
                plan.run(gentle.q, gentle.k, gentle.v, gentle.out, gentle.sums);
                plan.run(harsh.q, harsh.k, harsh.v, harsh.out, harsh.sums);
            });
        }
    }

    static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    static void assertSame(Heads expected, Heads actual) {
        for (int index = 0; index < expected.count(); index++) {
            assertArrayEquals(expected.matrix(index).toArray(), actual.matrix(index).toArray(), "head " + index);
        }
    }
}
