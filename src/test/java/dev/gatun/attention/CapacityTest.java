package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionPlanTest.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A plan runs every size within its own, with the bits of a plan of that size, and reads one row of a bias or a mask for all queries. */
class CapacityTest {

    private static final AttentionShape ROOM = new AttentionShape(3, 4, 2, 150, 180, 16, 20);
    private static final double[] SLOPES = {0.3, -0.1, 0.02, 1};

    /** By turns more and less than the call before. */
    private static final int[][] SIZES = {{3, 150, 180}, {1, 1, 1}, {2, 70, 65}, {3, 9, 180}, {1, 150, 3}, {2, 64, 64}, {3, 150, 180}};

    static Stream<AttentionOptions> options() {
        AttentionOptions none = AttentionOptions.defaults().withBeta(0.7);
        return Stream.of(none, none.withCausalMask(), none.withWindow(20, 9).withDistanceSlopes(SLOPES),
                none.withSymmetricDistanceSlopes(SLOPES).withSinks(1, 2, -3, 0), none.withSoftCap(5), none.withMask(),
                none.withBias().withCausalMask(), none.withBiasBeforeSoftCap().withSoftCap(9).withMask().withWindow(30, 30));
    }

    private static AttentionShape within(int[] sizes) {
        return new AttentionShape(sizes[0], ROOM.heads(), ROOM.keyHeads(), sizes[1], sizes[2], ROOM.dimension(), ROOM.valueDimension());
    }

    private static Heads bias(AttentionOptions options, Arena arena, double spread, int... shape) {
        if (!options.settings().biased()) {
            return null;
        }
        Heads bias = Call.normal(arena, new Random(4), spread, shape);
        for (int j = 0; j < bias.columns(); j += 7) {
            bias.matrix(0).set(0, j, Float.NEGATIVE_INFINITY);
        }
        return bias;
    }

    private static AttentionMask mask(AttentionOptions options, Arena arena, int... shape) {
        if (!options.settings().masked()) {
            return null;
        }
        Random random = new Random(6);
        int pairs = 1;
        for (int size : shape) {
            pairs *= size;
        }
        byte[] bytes = new byte[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            bytes[pair] = (byte) (random.nextInt(3) == 0 ? 0 : 1);
        }
        return AttentionMask.of(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), 0, shape);
    }

    @ParameterizedTest
    @MethodSource("options")
    void callsWithinTheShapeEqualPlansOfTheirShape(AttentionOptions options) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(2)) {
            AttentionPlan alone = AttentionPlan.of(ROOM, options);
            AttentionPlan shared = AttentionPlan.of(ROOM, options.withWorkers(Workers.of(executor, 3)));
            for (double spread : new double[] {1, 30, 1}) {
                for (int[] sizes : SIZES) {
                    AttentionShape shape = within(sizes);
                    Heads bias = bias(options, arena, spread, 1, ROOM.heads(), sizes[1], sizes[2]);
                    AttentionMask mask = mask(options, arena, sizes[0], 1, sizes[1], sizes[2]);
                    Call expected = Call.of(arena, shape, spread, 3);
                    AttentionPlan.of(shape, options).run(expected.q(), expected.k(), expected.v(), bias, mask, expected.out(), expected.sums());
                    for (AttentionPlan plan : new AttentionPlan[] {alone, shared}) {
                        Call call = Call.of(arena, shape, spread, 3);
                        plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), call.sums());
                        AttentionPlanTest.assertSame(expected.out(), call.out());
                        AttentionPlanTest.assertSame(expected.sums(), call.sums());
                    }
                }
            }
        }
    }

    /** A row for all queries, by a dimension of 1 or a stride of 0, has the bits of as many copies of it. */
    @ParameterizedTest
    @MethodSource("options")
    void oneRowServesAllQueries(AttentionOptions options) {
        try (Arena arena = Arena.ofConfined()) {
            for (double spread : new double[] {1, 30}) {
                AttentionShape shape = within(new int[] {2, 70, 130});
                Heads bias = bias(options, arena, 40, 1, 1, 1, 130);
                AttentionMask mask = mask(options, arena, 2, 1, 1, 130);
                Call expected = Call.of(arena, shape, spread, 3);
                AttentionPlan plan = AttentionPlan.of(ROOM, options);
                plan.run(expected.q(), expected.k(), expected.v(), copies(bias, 70, arena), copies(mask, 70, arena), expected.out(),
                        expected.sums());
                Heads still = bias == null ? null : Heads.strided(bias.segment(), 0, new int[] {2, 4}, 70, 130, 0, 0, 0);
                AttentionMask stillMask = mask == null ? null
                        : AttentionMask.strided(mask.segment(), 0, new int[] {2, 4}, 70, 130, 130, 0, 0);
                Call call = Call.of(arena, shape, spread, 3);
                plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), call.sums());
                AttentionPlanTest.assertSame(expected.out(), call.out());
                AttentionPlanTest.assertSame(expected.sums(), call.sums());
                Call strided = Call.of(arena, shape, spread, 3);
                plan.run(strided.q(), strided.k(), strided.v(), still, stillMask, strided.out(), strided.sums());
                AttentionPlanTest.assertSame(expected.out(), strided.out());
                AttentionPlanTest.assertSame(expected.sums(), strided.sums());
            }
        }
    }

    private static Heads copies(Heads bias, int rows, Arena arena) {
        if (bias == null) {
            return null;
        }
        Heads copies = Heads.allocate(arena, 1, 1, rows, bias.columns());
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(bias.segment(), 0, copies.segment(), 4L * i * bias.columns(), 4L * bias.columns());
        }
        return copies;
    }

    private static AttentionMask copies(AttentionMask mask, int rows, Arena arena) {
        if (mask == null) {
            return null;
        }
        int columns = mask.columns();
        MemorySegment copies = arena.allocate((long) mask.batch() * rows * columns);
        for (int row = 0; row < mask.batch() * rows; row++) {
            MemorySegment.copy(mask.segment(), (long) row / rows * columns, copies, (long) row * columns, columns);
        }
        return AttentionMask.of(copies, 0, mask.batch(), 1, rows, columns);
    }

    /** Keys and values that one row of a mask or of a bias hides may hold anything. */
    @Test
    void keysHiddenFromAllQueriesMayHoldAnything() {
        AttentionShape shape = within(new int[] {2, 70, 90});
        try (Arena arena = Arena.ofConfined()) {
            for (AttentionOptions options : new AttentionOptions[] {AttentionOptions.defaults().withMask(),
                AttentionOptions.defaults().withBias()}) {
                byte[] visible = new byte[90];
                Heads bias = Heads.allocate(arena, 1, 1, 1, 90);
                for (int j = 0; j < 90; j++) {
                    visible[j] = (byte) (j < 60 ? 1 : 0);
                    bias.matrix(0).set(0, j, j < 60 ? 0.1f * j : Float.NEGATIVE_INFINITY);
                }
                AttentionMask mask = options.settings().masked() ? AttentionMask.of(MemorySegment.ofArray(visible), 0, 1, 1, 1, 90) : null;
                AttentionPlan plan = AttentionPlan.of(ROOM, options);
                Call expected = Call.of(arena, shape, 1, 3);
                plan.run(expected.q(), expected.k(), expected.v(), options.settings().biased() ? bias : null, mask, expected.out(), expected.sums());
                for (float garbage : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 3e38f, -1e20f}) {
                    Call call = Call.of(arena, shape, 1, 3);
                    for (int index = 0; index < call.k().count(); index++) {
                        for (int j = 60; j < 90; j++) {
                            call.k().matrix(index).set(j, j % 16, garbage);
                            call.v().matrix(index).set(j, j % 20, garbage);
                        }
                    }
                    plan.run(call.q(), call.k(), call.v(), options.settings().biased() ? bias : null, mask, call.out(), call.sums());
                    AttentionPlanTest.assertSame(expected.out(), call.out());
                    AttentionPlanTest.assertSame(expected.sums(), call.sums());
                }
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        AttentionPlan plan = AttentionPlan.of(ROOM, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, within(new int[] {2, 10, 12}), 1, 3);
            Call large = Call.of(arena, new AttentionShape(4, 4, 2, 151, 181, 16, 20), 1, 3);
            refused("q is Heads[4, 4, 151, 16]; the plan was made for at most (3, 4, 150, 16)",
                    () -> plan.run(large.q(), call.k(), call.v(), call.out()));
            refused("k is Heads[4, 2, 181, 16]; the plan was made for at most (3, 2, 180, 16)",
                    () -> plan.run(call.q(), large.k(), call.v(), call.out()));
            Heads other = Heads.allocate(arena, 1, 2, 12, 16);
            refused("k is Heads[1, 2, 12, 16]; expected (2, 2, 12, 16)", () -> plan.run(call.q(), other, call.v(), call.out()));
            refused("v is Heads[1, 2, 12, 16]; expected (2, 2, 12, 20)", () -> plan.run(call.q(), call.k(), other, call.out()));
            refused("out is Heads[2, 4, 10, 1]; expected (2, 4, 10, 20)", () -> plan.run(call.q(), call.k(), call.v(), call.sums()));
            Heads still = Heads.strided(call.out().segment(), 0, new int[] {2, 4}, 10, 20, 800, 200, 0);
            refused("out has a row stride of 0: its rows share memory", () -> plan.run(call.q(), call.k(), call.v(), still));
            Heads oneRow = Heads.strided(call.q().segment(), 0, new int[] {2, 4}, 10, 16, 640, 160, 0);
            plan.run(oneRow, call.k(), call.v(), call.out());
            for (int c = 0; c < 20; c++) {
                assertEquals(call.out().matrix(7).get(0, c), call.out().matrix(7).get(9, c));
            }
        }
    }

    /** The slopes of the last head alone are too steep, and the results of the others are too many to be kept. */
    @Test
    void aCallThatIsRefusedForItsLastHeadWritesNothing() {
        AttentionShape shape = new AttentionShape(2, 4, 4, 600, 600, 8, 160);
        try (Arena arena = Arena.ofConfined()) {
            for (AttentionOptions options : new AttentionOptions[] {AttentionOptions.defaults().withDistanceSlopes(0, 1, 0, 1e13),
                AttentionOptions.defaults().withSymmetricDistanceSlopes(0, 1, 0, 1e13)}) {
                AttentionPlan plan = AttentionPlan.of(shape, options);
                Call call = Call.of(arena, shape, 1, 3);
                AttentionPlanTest.refused(() -> plan.run(call.q(), call.k(), call.v(), call.out()), "too large");
                Call one = Call.of(arena, new AttentionShape(1, 4, 4, 600, 600, 8, 160), 1, 3);
                SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 3, 597);
                AttentionPlanTest.refused(() -> plan.runRagged(one.q(), one.k(), one.v(), offsets, offsets, one.out(), null), "too large");
                for (int index = 0; index < 4; index++) {
                    assertEquals(AttentionPlanTest.UNTOUCHED, call.out().matrix(index).get(0, 0));
                    assertEquals(AttentionPlanTest.UNTOUCHED, one.out().matrix(index).get(0, 0));
                }
            }
        }
    }

    private static void refused(String message, Runnable run) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, run::run).getMessage());
    }
}
