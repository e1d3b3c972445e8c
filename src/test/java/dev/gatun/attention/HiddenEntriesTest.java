package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Allocation;
import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionPlanTest.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Padding may hold anything, in every kind of call; what is visible is refused by its name. */
class HiddenEntriesTest {

    private static final float[] GARBAGE = {Float.NaN, Float.POSITIVE_INFINITY, -3e38f, 1e30f};

    /** Heads done together, and so large that one is done and written after another. */
    static Stream<AttentionShape> shapes() {
        return Stream.of(new AttentionShape(2, 4, 2, 70, 90, 16, 5), new AttentionShape(1, 3, 1, 400, 410, 64, 64));
    }

    /** The last keys are hidden from all queries, and the last queries see nothing. */
    private static AttentionMask mask(Arena arena, AttentionShape shape) {
        MemorySegment bytes = arena.allocate((long) shape.queries() * shape.keys());
        for (int i = 0; i < shape.queries() - 4; i++) {
            for (int j = 0; j < padding(shape); j++) {
                bytes.set(ValueLayout.JAVA_BYTE, (long) i * shape.keys() + j, (byte) 1);
            }
        }
        return AttentionMask.of(bytes, 0, shape.queries(), shape.keys());
    }

    private static int padding(AttentionShape shape) {
        return shape.keys() - 15;
    }

    private static void fill(Heads heads, int firstRow, boolean garbage) {
        for (int index = 0; index < heads.count(); index++) {
            for (int i = firstRow; i < heads.rows(); i++) {
                for (int c = 0; c < heads.columns(); c++) {
                    heads.matrix(index).set(i, c, garbage ? GARBAGE[(index + i + c / 3) % GARBAGE.length] : 0);
                }
            }
        }
    }

    private static Call call(Arena arena, AttentionShape shape, double spread, boolean garbage) {
        Call call = Call.of(arena, shape, spread, 5);
        fill(call.q(), shape.queries() - 4, garbage);
        fill(call.k(), padding(shape), garbage);
        fill(call.v(), padding(shape), garbage);
        return call;
    }

    /** Mild scores and harsh ones, alone and by three workers, in memory of every type. */
    @ParameterizedTest
    @MethodSource("shapes")
    void paddingMayHoldAnything(AttentionShape shape) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(2)) {
            AttentionMask mask = mask(arena, shape);
            for (double spread : new double[] {1, 30}) {
                Call expected = call(arena, shape, spread, false);
                AttentionOptions options = AttentionOptions.defaults().withMask();
                AttentionPlan.of(shape, options).run(expected.q(), expected.k(), expected.v(), null, mask, expected.out(),
                        expected.sums());
                for (int threads : new int[] {1, 3}) {
                    AttentionPlan plan = AttentionPlan.of(shape, options.withWorkers(Workers.of(executor, threads)));
                    Call call = call(arena, shape, spread, true);
                    plan.run(call.q(), call.k(), call.v(), null, mask, call.out(), call.sums());
                    AttentionPlanTest.assertSame(expected.out(), call.out());
                    AttentionPlanTest.assertSame(expected.sums(), call.sums());
                }
            }
            Call wide = call(arena, shape, 1, true);
            for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
                AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withMask());
                plan.run(DecodePlanTest.narrowed(arena, wide.q(), type), DecodePlanTest.narrowed(arena, wide.k(), type),
                        DecodePlanTest.narrowed(arena, wide.v(), type), null, mask, wide.out(), wide.sums());
                assertEquals(0f, wide.out().matrix(0).get(shape.queries() - 1, 0));
                assertEquals(Float.NEGATIVE_INFINITY, wide.sums().matrix(0).get(shape.queries() - 1, 0));
                wide.out().requireFinite("out");
            }
        }
    }

    /** Behind hidden garbage in all three, one entry that a query sees: it is named, and nothing is written. */
    @ParameterizedTest
    @MethodSource("shapes")
    void whatIsVisibleIsRefusedByName(AttentionShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            AttentionMask mask = mask(arena, shape);
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withMask());
            int lastQuery = shape.batch() * shape.heads() - 1;
            int lastKey = shape.batch() * shape.keyHeads() - 1;
            for (float strange : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
                Call call = call(arena, shape, 1, true);
                call.q().matrix(lastQuery).set(shape.queries() - 5, 2, strange);
                assertRefused(plan, call, mask, "q holds %s at row %d, column 2 of head %d;".formatted(strange,
                        shape.queries() - 5, lastQuery));
                call = call(arena, shape, 1, true);
                call.k().matrix(lastKey).set(padding(shape) - 1, 1, strange);
                assertRefused(plan, call, mask, "k holds %s at row %d, column 1".formatted(strange, padding(shape) - 1));
                call = call(arena, shape, 1, true);
                call.v().matrix(lastKey).set(0, 4, strange);
                assertRefused(plan, call, mask, "v holds %s at row 0, column 4".formatted(strange));
            }
            Call call = call(arena, shape, 1, true);
            call.k().matrix(lastKey).set(padding(shape) - 1, 1, 1e30f);
            assertRefused(plan, call, mask, "too large");
        }
    }

    private static void assertRefused(AttentionPlan plan, Call call, AttentionMask mask, String part) {
        AttentionPlanTest.refused(() -> plan.run(call.q(), call.k(), call.v(), null, mask, call.out(), call.sums()), part);
        assertEquals(AttentionPlanTest.UNTOUCHED, call.out().matrix(0).get(0, 0));
        assertEquals(AttentionPlanTest.UNTOUCHED, call.sums().matrix(0).get(0, 0));
    }

    /** A window that ends before the keys do, and queries before the first key, without any mask of pairs. */
    @Test
    void whatWindowsHideMayBeAnything() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 20, 90, 16, 5);
        AttentionShape tall = new AttentionShape(1, 2, 1, 90, 20, 16, 5);
        try (Arena arena = Arena.ofConfined()) {
            AttentionPlan window = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask().withWindow(9, 0));
            AttentionPlan causal = AttentionPlan.of(tall, AttentionOptions.defaults().withCausalMask());
            for (double spread : new double[] {1, 30}) {
                Call[] calls = {Call.of(arena, shape, spread, 3), Call.of(arena, shape, spread, 3)};
                Call[] tallCalls = {Call.of(arena, tall, spread, 3), Call.of(arena, tall, spread, 3)};
                for (int garbage = 0; garbage < 2; garbage++) {
                    for (int i = 0; i < 61; i++) {
                        for (int c = 0; c < 5; c++) {
                            calls[garbage].k().matrix(0).set(i, c, garbage * GARBAGE[(i + c) % 4]);
                            calls[garbage].v().matrix(0).set(i, c, garbage * GARBAGE[(i + c) % 4]);
                            tallCalls[garbage].q().matrix(1).set(i, c, garbage * GARBAGE[(i + c) % 4]);
                        }
                    }
                    Call call = calls[garbage];
                    window.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    call = tallCalls[garbage];
                    causal.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                }
                for (Call[] pair : new Call[][] {calls, tallCalls}) {
                    AttentionPlanTest.assertSame(pair[0].out(), pair[1].out());
                    AttentionPlanTest.assertSame(pair[0].sums(), pair[1].sums());
                }
            }
            Call call = Call.of(arena, shape, 1, 3);
            call.k().matrix(0).set(61, 3, Float.NaN);
            AttentionPlanTest.refused(() -> window.run(call.q(), call.k(), call.v(), call.out()),
                    "k holds NaN at row 61, column 3");
        }
    }

    /** Of a bias too: what a mask or the causal mask hides of it may be anything, what is visible is refused by name. */
    @Test
    void hiddenBiasesMayBeAnything() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 70, 90, 16, 5);
        try (Arena arena = Arena.ofConfined()) {
            AttentionMask mask = mask(arena, shape);
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withMask().withBias().withCausalMask());
            for (double spread : new double[] {1, 30}) {
                Call[] calls = {Call.of(arena, shape, spread, 3), Call.of(arena, shape, spread, 3)};
                Heads bias = Heads.allocate(arena, 1, 70, 90);
                for (int garbage = 0; garbage < 2; garbage++) {
                    for (int i = 0; i < 70; i++) {
                        for (int j = 0; j < 90; j++) {
                            boolean hidden = j > i + 20 || j >= padding(shape) || i >= 66;
                            bias.matrix(0).set(i, j, hidden ? garbage * GARBAGE[(i + j) % 4] : i % 5 - j % 3);
                        }
                    }
                    plan.run(calls[garbage].q(), calls[garbage].k(), calls[garbage].v(), bias, mask, calls[garbage].out(),
                            calls[garbage].sums());
                }
                AttentionPlanTest.assertSame(calls[0].out(), calls[1].out());
                AttentionPlanTest.assertSame(calls[0].sums(), calls[1].sums());
                bias.matrix(0).set(65, 74, Float.NaN);
                Call call = calls[0];
                AttentionPlanTest.refused(() -> plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), null),
                        "bias holds NaN at row 65, column 74 of head 0");
            }
        }
    }

    /** Decoding: more new tokens than there are in the cache, and a window behind which nothing is read. */
    @Test
    void decodingLooksAtNothingHidden() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 6, 90, 16, 5);
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
        try (Arena arena = Arena.ofConfined()) {
            Call clean = Call.of(arena, shape, 1, 3);
            Call call = Call.of(arena, shape, 1, 3);
            fill(call.k(), 4, true);
            fill(call.v(), 4, true);
            for (int c = 0; c < 16; c++) {
                call.q().matrix(1).set(1, c, GARBAGE[c % 4]);
            }
            plan.run(clean.q(), clean.k(), clean.v(), 4, clean.out(), clean.sums());
            plan.run(call.q(), call.k(), call.v(), 4, call.out(), call.sums());
            AttentionPlanTest.assertSame(clean.out(), call.out());
            AttentionPlanTest.assertSame(clean.sums(), call.sums());
            call.q().matrix(1).set(2, 7, Float.NaN);
            String message = assertThrows(IllegalArgumentException.class,
                    () -> plan.run(call.q(), call.k(), call.v(), 4, call.out())).getMessage();
            assertEquals("q holds NaN at row 2, column 7 of head 1; every entry must be finite", message);
        }
    }

    @Tag("allocation")
    @Test
    @Tag("slow")
    void garbageAllocatesNothing() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 128, 130, 32, 32);
        try (Arena arena = Arena.ofConfined()) {
            AttentionMask mask = mask(arena, shape);
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withMask());
            Call mild = call(arena, shape, 1, true);
            Call harsh = call(arena, shape, 30, true);
            Allocation.assertSettlesAtNothing(run -> {
                Call call = run % 2 == 0 ? mild : harsh;
                plan.run(call.q(), call.k(), call.v(), null, mask, call.out(), call.sums());
            });
            AttentionPlan biased = AttentionPlan.of(shape, AttentionOptions.defaults().withBiasBeforeSoftCap().withSoftCap(9)
                    .withSymmetricDistanceSlopes(AttentionOptions.alibiSlopes(2)));
            Heads bias = Call.normal(arena, new java.util.Random(3), 1, 1, 128, 130);
            for (int i = 0; i < 128; i++) {
                for (int j = padding(shape); j < 130; j++) {
                    bias.matrix(0).set(i, j, Float.NEGATIVE_INFINITY);
                }
            }
            fill(mild.q(), 124, false);
            Allocation.assertSettlesAtNothing(run ->
                    biased.run(mild.q(), mild.k(), mild.v(), bias, null, mild.out(), mild.sums()));
        }
    }
}
