package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A step of decoding is attention over as much of the cache as there is, whatever stores it and whoever does it. */
class DecodePlanTest {

    private static final float UNTOUCHED = 77f;

    static Stream<AttentionShape> shapes() {
        return Stream.of(new AttentionShape(1, 1, 1, 1, 1, 1, 1), new AttentionShape(1, 2, 2, 1, 300, 128, 128),
                new AttentionShape(2, 6, 2, 2, 70, 5, 33), new AttentionShape(1, 4, 1, 3, 513, 33, 80),
                new AttentionShape(1, 3, 3, 1, 256, 80, 127), new AttentionShape(1, 8, 2, 1, 257, 127, 5),
                new AttentionShape(1, 2, 1, 8, 600, 64, 256), new AttentionShape(1, 1, 1, 1, 40, 256, 1));
    }

    /** Inputs and outputs of a call. */
    private record Call(Heads q, Heads k, Heads v, Heads out, Heads sums) {
        static Call of(Arena arena, AttentionShape shape, double spread, long seed) {
            Random random = new Random(seed);
            return new Call(
                    normal(arena, random, spread, shape.batch(), shape.heads(), shape.queries(), shape.dimension()),
                    normal(arena, random, spread, shape.batch(), shape.keyHeads(), shape.keys(), shape.dimension()),
                    normal(arena, random, 1, shape.batch(), shape.keyHeads(), shape.keys(), shape.valueDimension()),
                    untouched(arena, shape.batch(), shape.heads(), shape.queries(), shape.valueDimension()),
                    untouched(arena, shape.batch(), shape.heads(), shape.queries(), 1));
        }

        Call with(Heads newK, Heads newV, Arena arena) {
            return new Call(q, newK, newV, untouched(arena, out.shape()), untouched(arena, sums.shape()));
        }

        void run(DecodePlan plan, int length) {
            plan.run(q, k, v, length, out, sums);
        }
    }

    private static Heads normal(Arena arena, Random random, double spread, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        MemorySegment memory = heads.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, (float) (spread * random.nextGaussian()));
        }
        return heads;
    }

    private static Heads untouched(Arena arena, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        MemorySegment memory = heads.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, UNTOUCHED);
        }
        return heads;
    }

    /** Lengths on either side of the edges of blocks and pieces. */
    private static int[] lengths(AttentionShape shape) {
        return Stream.of(1, 7, 8, 64, 255, 256, 257, 512, shape.keys()).mapToInt(length -> length)
                .filter(length -> length <= shape.keys()).distinct().toArray();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void stepsAreThoseOfTheDefinition(AttentionShape shape) {
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            for (double spread : new double[] {0.3, 1, 30}) {
                Call call = Call.of(arena, shape, spread, 1);
                for (int length : lengths(shape)) {
                    call.run(plan, length);
                    assertDefined(call, shape, length, 1, Integer.MAX_VALUE, Integer.MAX_VALUE,
                            new double[shape.heads()]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void masksAndSlopesCountFromTheLastKey(AttentionShape shape) {
        double[] slopes = new Random(11).doubles(shape.heads(), -0.1, 0.5).toArray();
        int[][] windows = {{0, 0}, {3, 1}, {70, 5}, {300, 0}, {Integer.MAX_VALUE, 0}};
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 2);
            for (int[] window : windows) {
                AttentionOptions options = AttentionOptions.defaults().withBeta(0.8).withDistanceSlopes(slopes);
                DecodePlan plan = DecodePlan.of(shape, window[0] == Integer.MAX_VALUE ? options.withCausalMask()
                        : options.withWindow(window[0], window[1]));
                for (int length : lengths(shape)) {
                    call.run(plan, length);
                    assertDefined(call, shape, length, 0.8, window[0], window[1], slopes);
                }
            }
        }
    }

    private static void assertDefined(Call call, AttentionShape shape, int length, double beta, int before, int after,
                                      double[] slopes) {
        for (int index = 0; index < shape.sizes().count(); index++) {
            double[][] k = Arrays.copyOf(entries(call.k.matrix(shape.sizes().keyIndex(index))), length);
            double[][] v = Arrays.copyOf(entries(call.v.matrix(shape.sizes().keyIndex(index))), length);
            double[][] z = ReferenceScores.scores(entries(call.q.matrix(index)), k);
            for (int i = 0; i < z.length; i++) {
                boolean seen = false;
                for (int j = 0; j < length; j++) {
                    long distance = j - (i + (long) length - shape.queries());
                    boolean visible = distance >= -(long) before && distance <= after;
                    seen |= visible;
                    z[i][j] = visible ? beta * (z[i][j] + slopes[index % shape.heads()] * distance)
                            : Double.NEGATIVE_INFINITY;
                }
                assertRow(call, index, i, z[i], v, seen);
            }
        }
    }

    private static void assertRow(Call call, int index, int i, double[] z, double[][] v, boolean seen) {
        float logSum = call.sums.matrix(index).get(i, 0);
        double[] expected = new double[v[0].length];
        if (seen) {
            expected = ReferenceMatrix.multiply(ReferenceSoftmax.rowSoftmax(new double[][] {z}), v)[0];
            double expectedSum = ReferenceSoftmax.logSumExp(z);
            assertEquals(expectedSum, logSum, 1e-6 * Math.max(8, Math.abs(expectedSum)));
        } else {
            assertEquals(Float.NEGATIVE_INFINITY, logSum);
        }
        for (int c = 0; c < expected.length; c++) {
            assertEquals(expected[c], call.out.matrix(index).get(i, c), seen ? 5e-6 : 0,
                    "head " + index + ", row " + i);
        }
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    /** A narrow cache gives, to the last bit, what float32 of the same numbers gives. */
    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"FLOAT16", "BFLOAT16"})
    @Tag("slow")
    void narrowCachesAreWidenedExactly(ElementType type) {
        shapes().forEach(shape -> {
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
            try (Arena arena = Arena.ofConfined()) {
                for (double spread : new double[] {1e-6, 1, 30}) {
                    Call call = Call.of(arena, shape, spread, 3);
                    Heads k = narrowed(arena, call.k, type);
                    Heads v = narrowed(arena, call.v, type);
                    Call narrow = call.with(k, v, arena);
                    narrow.run(plan, shape.keys());
                    Call wide = call.with(widened(arena, k), widened(arena, v), arena);
                    wide.run(plan, shape.keys());
                    assertSame(wide, narrow);
                }
            }
        });
    }

    static Heads narrowed(Arena arena, Heads heads, ElementType type) {
        MemorySegment from = heads.segment();
        MemorySegment to = arena.allocate(from.byteSize() / 2, 64);
        for (long i = 0; i < from.byteSize() / Float.BYTES; i++) {
            float entry = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            to.setAtIndex(ValueLayout.JAVA_SHORT, i, type == ElementType.FLOAT16 ? Float.floatToFloat16(entry)
                    : (short) (Float.floatToRawIntBits(entry) >>> 16));
        }
        return Heads.of(to, 0, type, heads.shape());
    }

    static Heads widened(Arena arena, Heads narrow) {
        Heads wide = Heads.allocate(arena, narrow.shape());
        for (long i = 0; i < wide.segment().byteSize() / Float.BYTES; i++) {
            short bits = narrow.segment().getAtIndex(ValueLayout.JAVA_SHORT, i);
            wide.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, narrow.type() == ElementType.FLOAT16
                    ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16));
        }
        return wide;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void workersChangeNothing(AttentionShape shape) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(3)) {
            for (double spread : new double[] {1, 30}) {
                Call call = Call.of(arena, shape, spread, 4);
                call.run(DecodePlan.of(shape, AttentionOptions.defaults()), shape.keys());
                for (int threads : new int[] {2, 3}) {
                    Call shared = call.with(call.k, call.v, arena);
                    shared.run(DecodePlan.of(shape,
                            AttentionOptions.defaults().withWorkers(Workers.of(executor, threads))), shape.keys());
                    assertSame(call, shared);
                }
            }
        }
    }

    /** Memory of a confined arena is the calling thread's alone: it does all of the work, whatever the workers. */
    @Test
    void confinedMemoryIsReadByTheCaller() {
        AttentionShape shape = new AttentionShape(1, 2, 2, 1, 600, 16, 16);
        try (Arena arena = Arena.ofConfined(); ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Call call = Call.of(arena, shape, 1, 4);
            call.run(DecodePlan.of(shape, AttentionOptions.defaults()), 600);
            Call shared = call.with(call.k, call.v, arena);
            shared.run(DecodePlan.of(shape, AttentionOptions.defaults().withWorkers(Workers.of(executor, 3))), 600);
            assertSame(call, shared);
        }
    }

    /** Heads side by side in a row, at an odd offset, on and off the heap. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    @Tag("slow")
    void placesChangeNothing(ElementType type) {
        shapes().forEach(shape -> {
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
            try (Arena arena = Arena.ofConfined()) {
                Call call = Call.of(arena, shape, 2, 5);
                if (type != ElementType.FLOAT32) {
                    call = call.with(narrowed(arena, call.k, type), narrowed(arena, call.v, type), arena);
                }
                call.run(plan, shape.keys());
                Call moved = call.with(moved(call.k, false, arena), moved(call.v, true, arena), arena);
                moved.run(plan, shape.keys());
                assertSame(call, moved);
                Call movedAgain = call.with(moved(call.k, true, arena), moved(call.v, false, arena), arena);
                movedAgain.run(plan, shape.keys());
                assertSame(call, movedAgain);
            }
        });
    }

    private static Heads moved(Heads heads, boolean onHeap, Arena arena) {
        int bytes = heads.type().bytes();
        long rowStride = (long) heads.heads() * heads.columns() + 3;
        long batchStride = heads.rows() * rowStride;
        long size = 5 + bytes * heads.batch() * batchStride;
        MemorySegment memory = onHeap ? MemorySegment.ofArray(new byte[(int) size]) : arena.allocate(size, 64);
        for (int index = 0; index < heads.count(); index++) {
            for (int i = 0; i < heads.rows(); i++) {
                long to = 5 + bytes * (index / heads.heads() * batchStride
                        + (long) index % heads.heads() * heads.columns() + i * rowStride);
                MemorySegment.copy(heads.segment(), TensorView.of(heads).start(index) + bytes * i * TensorView.of(heads).rowStride(), memory, to,
                        (long) bytes * heads.columns());
            }
        }
        return Heads.strided(memory, 5, heads.type(), new int[] {heads.batch(), heads.heads()}, heads.rows(),
                heads.columns(), batchStride, heads.columns(), rowStride);
    }

    /** What lies beyond the length is not read; what is read and not finite is named, and nothing is written. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    @Tag("slow")
    void whatIsNotFiniteIsNamed(ElementType type) {
        AttentionShape shape = new AttentionShape(1, 4, 2, 2, 300, 33, 80);
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
        for (float fault : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int column : new int[] {0, 32}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, 1, 6);
                    Heads k = call.k;
                    k.matrix(1).set(280, column, fault);
                    Call ofKeys = faulty(arena, call, type);
                    ofKeys.run(plan, 280);
                    Call untouched = call.with(ofKeys.k, ofKeys.v, arena);
                    refused(() -> untouched.run(plan, 281),
                            "k holds %s at row 280, column %d of head 1".formatted(fault, column));
                    k.matrix(1).set(280, column, 0);
                    call.v.matrix(0).set(7, column * 2, fault);
                    Call ofValues = faulty(arena, call, type);
                    refused(() -> ofValues.run(plan, 281),
                            "v holds %s at row 7, column %d of head 0".formatted(fault, column * 2));
                    for (Call refused : new Call[] {untouched, ofValues}) {
                        assertEquals(UNTOUCHED, refused.out.matrix(0).get(0, 0));
                        assertEquals(UNTOUCHED, refused.sums.matrix(3).get(1, 0));
                    }
                }
            }
        }
    }

    private static Call faulty(Arena arena, Call call, ElementType type) {
        return type == ElementType.FLOAT32 ? call.with(call.k, call.v, arena)
                : call.with(narrowed(arena, call.k, type), narrowed(arena, call.v, type), arena);
    }

    /** Entries near both ends of float32: no sum overflows, none vanishes. */
    @Test
    void extremeValuesAreKept() {
        AttentionShape shape = new AttentionShape(1, 1, 1, 1, 300, 16, 20);
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            for (float value : new float[] {Float.MAX_VALUE, 1e38f, 1e-38f, 1e-42f}) {
                Call call = Call.of(arena, shape, 0, 7);
                for (int j = 0; j < 300; j++) {
                    for (int c = 0; c < 20; c++) {
                        call.v.matrix(0).set(j, c, value);
                    }
                }
                call.run(plan, 300);
                assertEquals(value, call.out.matrix(0).get(0, 19), 2e-6 * value);
            }
            Call call = Call.of(arena, shape, 1e19, 8);
            call.q.segment().fill((byte) 0);
            call.k.segment().set(ValueLayout.JAVA_FLOAT, 0, 3e38f);
            call.run(plan, 300);
            assertEquals(Math.log(300), call.sums.matrix(0).get(0, 0), 1e-6);
        }
    }

    @Test
    void whatThePlanWasNotMadeForIsRefused() {
        AttentionShape shape = new AttentionShape(1, 2, 2, 1, 20, 4, 4);
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 9);
            Call other = Call.of(arena, new AttentionShape(1, 2, 2, 2, 21, 4, 4), 1, 9);
            refused(() -> plan.run(other.q, call.k, call.v, 1, call.out), "q is");
            refused(() -> plan.run(call.q, other.k, call.v, 1, call.out), "k is");
            refused(() -> plan.run(call.q, call.k, other.v, 1, call.out), "v is");
            refused(() -> plan.run(call.q, call.k, call.v, 1, other.out), "out is");
            refused(() -> plan.run(call.q, call.k, call.v, -1, call.out), "length must be 0 to 20");
            refused(() -> plan.run(call.q, call.k, call.v, 21, call.out), "length must be 0 to 20");
            refused(() -> plan.run(call.q, call.k, call.v, 1, call.q), "shares memory");
            refused(() -> plan.run(call.q, call.k, call.v, 1, call.out, call.out), "logSumExp is");
            Heads readOnly = Heads.of(call.out.segment().asReadOnly(), 0, call.out.shape());
            refused(() -> plan.run(call.q, call.k, call.v, 1, readOnly), "read-only");
            Heads half = narrowed(arena, call.q, ElementType.FLOAT16);
            refused(() -> plan.run(call.q, call.k, call.v, 1, half), "expected float32");
            Heads inside = Heads.of(call.out.segment(), 2, ElementType.BFLOAT16, 1, 2, 1, 4);
            refused(() -> DecodePlan.of(new AttentionShape(1, 2, 2, 1, 1, 4, 4), AttentionOptions.defaults())
                    .run(call.q, inside, inside, 1, call.out), "shares memory");
            call.k.matrix(1).set(3, 2, 3e38f);
            call.q.matrix(1).set(0, 2, 3e38f);
            refused(() -> plan.run(call.q, call.k, call.v, 20, call.out), "too large");
            assertEquals(UNTOUCHED, call.out.matrix(0).get(0, 0));
        }
        Arena closed = Arena.ofConfined();
        Call call = Call.of(closed, shape, 1, 9);
        closed.close();
        assertThrows(IllegalStateException.class, () -> plan.run(call.q, call.k, call.v, 1, call.out));
    }

    /** A bias that float64 does not resolve beside scores is refused; as far below zero it hides its pair. */
    @Test
    void biasesBeyondAllScoresAreRefusedOrHide() {
        AttentionShape shape = new AttentionShape(1, 2, 2, 1, 20, 4, 4);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 9);
            for (AttentionOptions options : new AttentionOptions[] {AttentionOptions.defaults().withBias(),
                    AttentionOptions.defaults().withSoftCap(2).withBiasBeforeSoftCap()}) {
                DecodePlan plan = DecodePlan.of(shape, options);
                Heads bias = Heads.allocate(arena, 1, 20);
                bias.matrix(0).set(0, 7, 3e13f);
                refused(() -> plan.run(call.q, call.k, call.v, 20, bias, null, call.out, null), "too large");
                assertEquals(UNTOUCHED, call.out.matrix(0).get(0, 0));
                bias.matrix(0).set(0, 7, -3e13f);
                call.k.matrix(0).set(7, 2, Float.NaN);
                call.v.matrix(1).set(7, 2, Float.NaN);
                Call other = call.with(call.k, call.v, arena);
                plan.run(call.q, call.k, call.v, 20, bias, null, other.out, other.sums);
                other.out.requireFinite("out");
                bias.matrix(0).set(0, 8, -9e11f);
                plan.run(call.q, call.k, call.v, 20, bias, null, other.out, other.sums);
                call.k.matrix(0).set(7, 2, 0);
                call.v.matrix(1).set(7, 2, 0);
            }
        }
    }

    /** What reads float32 alone says so of anything else. */
    @Test
    void otherOperatorsTakeFloat32() {
        try (Arena arena = Arena.ofConfined()) {
            AttentionShape shape = AttentionShape.of(2, 20, 4);
            Call call = Call.of(arena, shape, 1, 10);
            Heads narrow = narrowed(arena, call.k, ElementType.BFLOAT16);
            refused(() -> Scores.of(call.q, narrow), "of bfloat16; expected float32");
            refused(() -> narrow.matrix(0), "expected float32");
            assertEquals(2, narrow.type().bytes());
        }
    }

    private static void refused(Runnable run, String part) {
        String message = assertThrows(IllegalArgumentException.class, run::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    /** Once compiled, a call by the calling thread allocates nothing: of any type, in single and double precision. */
    @Tag("allocation")
    @ParameterizedTest
    @EnumSource(ElementType.class)
    @Tag("slow")
    void callsAllocateNothing(ElementType type) {
        AttentionShape shape = new AttentionShape(1, 4, 2, 1, 600, 128, 144);
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
        try (Arena arena = Arena.ofConfined()) {
            Call gentle = faulty(arena, Call.of(arena, shape, 1, 10), type);
            Call harsh = faulty(arena, Call.of(arena, shape, 30, 10), type);
            Allocation.assertSettlesAtNothing(call -> {
                gentle.run(plan, 600 - call);
                harsh.run(plan, 600 - call);
            });
        }
    }

    private static void assertSame(Call expected, Call actual) {
        for (int index = 0; index < expected.out.count(); index++) {
            assertArrayEquals(expected.out.matrix(index).toArray(), actual.out.matrix(index).toArray());
            assertArrayEquals(expected.sums.matrix(index).toArray(), actual.sums.matrix(index).toArray());
        }
    }
}
