package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Allocation;
import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionPlanTest.Call;
import dev.gatun.internal.view.TensorView;
import dev.gatun.reference.ReferenceScores;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What options add to the scores and the sums of a plan is what their definitions say, in float64. */
class AttentionOptionsTest {

    private static final double BETA = 0.8;

    static Stream<AttentionShape> shapes() {
        return Stream.of(new AttentionShape(1, 1, 1, 1, 1, 1, 1), AttentionShape.of(3, 65, 33),
                new AttentionShape(2, 4, 2, 70, 90, 16, 5), new AttentionShape(1, 2, 2, 130, 64, 8, 31));
    }

    /** What becomes of a score {@code s}, of query i and key j of head {@code index}, before beta. */
    private interface Change {
        double of(int index, int i, int j, double s);
    }

    private static final Change NOTHING = (index, i, j, s) -> s;

    /** The causal mask with a window of {@code before}, and slopes, on top of another change. */
    private static Change causal(AttentionShape shape, int before, double[] slopes, Change change) {
        return (index, i, j, s) -> {
            int distance = j - (i + shape.keys() - shape.queries());
            return distance > 0 || distance < -before ? Double.NEGATIVE_INFINITY
                    : change.of(index, i, j, s) + slopes[index % shape.heads()] * distance;
        };
    }

    /**
     * Against the definition with every score changed by hand; {@code sinks} may be null. Harsh scores are right too,
     * for those that matter are near the largest.
     */
    private static void assertDefinition(Call call, AttentionShape shape, Change change, double[] sinks) {
        for (int index = 0; index < shape.sizes().count(); index++) {
            double[][] s = ReferenceScores.scores(AttentionPlanTest.entries(call.q().matrix(index)),
                    AttentionPlanTest.entries(call.k().matrix(shape.sizes().keyIndex(index))));
            double[][] v = AttentionPlanTest.entries(call.v().matrix(shape.sizes().keyIndex(index)));
            double sink = sinks == null ? Double.NEGATIVE_INFINITY : BETA * sinks[index % shape.heads()];
            for (int i = 0; i < s.length; i++) {
                for (int j = 0; j < s[i].length; j++) {
                    s[i][j] = BETA * change.of(index, i, j, s[i][j]);
                }
                assertRow(s[i], sink, v, call, index, i);
            }
        }
    }

    private static void assertRow(double[] z, double sink, double[][] v, Call call, int index, int i) {
        double most = Math.max(sink, Arrays.stream(z).max().orElseThrow());
        double[] expected = new double[v[0].length];
        double sum = 0;
        if (most > Double.NEGATIVE_INFINITY) {
            sum = Math.exp(sink - most);
            for (int j = 0; j < z.length; j++) {
                double weight = Math.exp(z[j] - most);
                sum += weight;
                for (int c = 0; c < expected.length; c++) {
                    expected[c] += weight * v[j][c];
                }
            }
        }
        String place = "row " + i + " of head " + index;
        for (int c = 0; c < expected.length; c++) {
            assertEquals(sum == 0 ? 0 : expected[c] / sum, call.out().matrix(index).get(i, c), 1e-5, place);
        }
        double logSum = sum == 0 ? Double.NEGATIVE_INFINITY : most + Math.log(sum);
        assertEquals(logSum, call.sums().matrix(index).get(i, 0), 1e-6 * Math.max(8, Math.abs(logSum)), place);
    }

    private static AttentionOptions options() {
        return AttentionOptions.defaults().withBeta(BETA);
    }

    private static double[] random(int count, double least, double greatest) {
        return new Random(3).doubles(count, least, greatest).toArray();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void sinksTakePartInTheSums(AttentionShape shape) {
        double[] slopes = random(shape.heads(), -0.1, 0.4);
        for (double spread : new double[] {1, 4, 30}) {
            for (double shift : new double[] {-2000, -3, 3, 70, 2000}) {
                double[] sinks = random(shape.heads(), shift, shift + 2);
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, 31);
                    AttentionPlan.of(shape, options().withSinks(sinks))
                            .run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, NOTHING, sinks);
                    AttentionPlan.of(shape, options().withSinks(sinks).withCausalMask().withWindow(40, 0)
                            .withDistanceSlopes(slopes)).run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, NOTHING), sinks);
                }
            }
        }
    }

    /** A query that sees no key has its sink alone: nothing comes out, and the logarithm is the sink's. */
    @Test
    void sinksAreAllThatUnseeingQueriesHave() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 6, 2, 3, 3);
        try (Arena arena = Arena.ofConfined()) {
            for (double spread : new double[] {1, 300}) {
                Call call = Call.of(arena, shape, spread, 8);
                AttentionPlan.of(shape, options().withCausalMask().withSinks(2, -5000))
                        .run(call.q(), call.k(), call.v(), call.out(), call.sums());
                assertEquals(0f, call.out().matrix(0).get(3, 2));
                assertEquals((float) (BETA * 2), call.sums().matrix(0).get(3, 0), 1e-6f);
                assertEquals((float) (BETA * -5000), call.sums().matrix(1).get(0, 0), 1e-3f);
                assertTrue(Float.isFinite(call.sums().matrix(1).get(5, 0)));
            }
        }
    }

    @Test
    void whatSinksCannotBeIsRefused() {
        AttentionShape shape = AttentionShape.of(2, 20, 4);
        AttentionPlanTest.refused(() -> options().withSinks(1, Double.NaN), "sink must be finite");
        AttentionPlanTest.refused(() -> AttentionPlan.of(shape, options().withSinks(1)), "expected 2");
        AttentionPlanTest.refused(() -> AttentionPlan.of(shape, options().withBeta(10).withSinks(1e308, 1)), "finite");
        AttentionPlanTest.refused(() -> DecodePlan.of(shape, options().withSinks(1)), "expected 2");
    }

    private static final int[][] BROADCASTS = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};

    /** Normal biases, one in five minus infinity, and in row 0 all. */
    private static Heads bias(Arena arena, AttentionShape shape, int[] broadcast, double spread) {
        Random random = new Random(17);
        Heads bias = Call.normal(arena, random, spread, broadcast[0] == 0 ? 1 : shape.batch(),
                broadcast[1] == 0 ? 1 : shape.heads(), shape.queries(), shape.keys());
        for (int index = 0; index < bias.count(); index++) {
            for (int i = 0; i < shape.queries(); i++) {
                for (int j = 0; j < shape.keys(); j++) {
                    if (random.nextInt(5) == 0 || i == 0 && shape.queries() > 1) {
                        bias.matrix(index).set(i, j, Float.NEGATIVE_INFINITY);
                    }
                }
            }
        }
        return bias;
    }

    private static double bias(Heads bias, AttentionShape shape, int index, int i, int j) {
        int batch = bias.batch() == 1 ? 0 : index / shape.heads();
        return bias.matrix(batch, bias.heads() == 1 ? 0 : index % shape.heads()).get(i, j);
    }

    /** A mask with room between its rows; row 0 is all hidden. */
    private record Bytes(AttentionMask mask, int stride) {
        static Bytes of(Arena arena, AttentionShape shape, int[] broadcast) {
            int batch = broadcast[0] == 0 ? 1 : shape.batch();
            int heads = broadcast[1] == 0 ? 1 : shape.heads();
            int stride = shape.keys() + 3;
            MemorySegment memory = arena.allocate((long) batch * heads * shape.queries() * stride + 1, 1);
            Random random = new Random(19);
            for (long at = 1; at < memory.byteSize(); at++) {
                boolean first = shape.queries() > 1 && (at - 1) / stride % shape.queries() == 0;
                boolean hidden = first || random.nextInt(3) == 0;
                memory.set(ValueLayout.JAVA_BYTE, at, (byte) (hidden ? 0 : 1 + random.nextInt(255)));
            }
            long headStride = (long) shape.queries() * stride;
            return new Bytes(AttentionMask.strided(memory, 1, new int[] {batch, heads}, shape.queries(), shape.keys(),
                    heads * headStride, headStride, stride), stride);
        }

        boolean visible(AttentionShape shape, int index, int i, int j) {
            int batch = mask.batch() == 1 ? 0 : index / shape.heads();
            int head = mask.heads() == 1 ? 0 : index % shape.heads();
            long row = (long) (batch * mask.heads() + head) * shape.queries() + i;
            return mask.segment().get(ValueLayout.JAVA_BYTE, 1 + row * stride + j) != 0;
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void biasesAreAddedToTheScores(AttentionShape shape) {
        double[] slopes = random(shape.heads(), -0.1, 0.4);
        AttentionOptions biased = options().withBias();
        AttentionPlan plan = AttentionPlan.of(shape, biased);
        AttentionPlan causal = AttentionPlan.of(shape,
                biased.withCausalMask().withWindow(40, 0).withDistanceSlopes(slopes));
        for (int[] broadcast : BROADCASTS) {
            for (double[] spreads : new double[][] {{1, 1}, {1, 12}, {30, 1}, {4, 1e4}}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spreads[0], 41);
                    Heads bias = bias(arena, shape, broadcast, spreads[1]);
                    Change added = (index, i, j, s) -> s + bias(bias, shape, index, i, j);
                    plan.run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
                    assertDefinition(call, shape, added, null);
                    causal.run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, added), null);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void masksHideKeys(AttentionShape shape) {
        double[] slopes = random(shape.heads(), -0.1, 0.4);
        double[] sinks = random(shape.heads(), -1, 1);
        AttentionOptions options = options().withMask().withBias();
        AttentionPlan masked = AttentionPlan.of(shape, options().withMask());
        AttentionPlan both = AttentionPlan.of(shape, options.withSinks(sinks).withCausalMask().withWindow(40, 0)
                .withDistanceSlopes(slopes));
        for (int[] broadcast : BROADCASTS) {
            for (double spread : new double[] {1, 30}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, 43);
                    Heads bias = bias(arena, shape, new int[] {0, 1}, 1);
                    Bytes mask = Bytes.of(arena, shape, broadcast);
                    Change hidden = (index, i, j, s) ->
                            mask.visible(shape, index, i, j) ? s : Double.NEGATIVE_INFINITY;
                    masked.run(call.q(), call.k(), call.v(), null, mask.mask, call.out(), call.sums());
                    assertDefinition(call, shape, hidden, null);
                    both.run(call.q(), call.k(), call.v(), bias, mask.mask, call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, (index, i, j, s) ->
                            hidden.of(index, i, j, s) + bias(bias, shape, index, i, j)), sinks);
                }
            }
        }
    }

    /** The lowest float masks as minus infinity does; one that is only very low is a number like others. */
    @Test
    void lowBiasesAreNumbersAndTheLowestMask() {
        AttentionShape shape = AttentionShape.of(1, 2, 1);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 3);
            Heads bias = Heads.allocate(arena, 2, 2);
            TensorView.of(bias).set(0, new float[] {-Float.MAX_VALUE, -Float.MAX_VALUE, -1e9f, -1e9f}, 0, bias.rows());
            AttentionPlan.of(shape, options().withBias())
                    .run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
            assertEquals(0f, call.out().matrix(0).get(0, 0));
            assertEquals(Float.NEGATIVE_INFINITY, call.sums().matrix(0).get(0, 0));
            assertEquals((float) (BETA * -1e9), call.sums().matrix(0).get(1, 0), 100f);
            double share = 1 / (1 + Math.exp(BETA * call.q().matrix(0).get(1, 0)
                    * ((double) call.k().matrix(0).get(1, 0) - call.k().matrix(0).get(0, 0))));
            assertEquals(share * call.v().matrix(0).get(0, 0) + (1 - share) * call.v().matrix(0).get(1, 0),
                    call.out().matrix(0).get(1, 0), 1e-5);
        }
    }

    /** Offset, strides and alignment of a bias change nothing; nor does its being of 16 bits, where it fits in them. */
    @Test
    void layoutOfTheBiasChangesNothing() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 70, 90, 8, 5);
        try (Arena arena = Arena.ofConfined()) {
            Call dense = Call.of(arena, shape, 1, 3);
            Heads bias = bias(arena, shape, new int[] {0, 1}, 1);
            for (int index = 0; index < 2; index++) {
                float[] entries = bias.matrix(index).toArray();
                for (int at = 0; at < entries.length; at++) {
                    entries[at] = Float.intBitsToFloat(Float.floatToRawIntBits(entries[at]) & 0xFFFF0000);
                }
                TensorView.of(bias).set(index, entries, 0, bias.rows());
            }
            AttentionPlan plan = AttentionPlan.of(shape, options().withBias());
            plan.run(dense.q(), dense.k(), dense.v(), bias, null, dense.out(), dense.sums());
            MemorySegment memory = arena.allocate(4 * 2 * 70 * 93 + 1, 1);
            Heads strided = Heads.strided(memory, 1, new int[] {2}, 70, 90, 0, 70 * 93, 93);
            for (int index = 0; index < 2; index++) {
                TensorView.of(strided).set(index, bias.matrix(index).toArray(), 0, strided.rows());
            }
            for (Heads other : new Heads[] {strided, DecodePlanTest.narrowed(arena, bias, ElementType.BFLOAT16)}) {
                Call call = Call.of(arena, shape, 1, 3);
                plan.run(call.q(), call.k(), call.v(), other, null, call.out(), call.sums());
                AttentionPlanTest.assertSame(dense.out(), call.out());
                AttentionPlanTest.assertSame(dense.sums(), call.sums());
            }
        }
    }

    @Test
    void biasesAndMasksThatDoNotFitAreRefused() {
        AttentionShape shape = new AttentionShape(2, 4, 4, 20, 30, 4, 4);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 3);
            AttentionPlan plan = AttentionPlan.of(shape, options().withBias());
            AttentionPlan masked = AttentionPlan.of(shape, options().withMask());
            Heads bias = Heads.allocate(arena, 1, 4, 20, 30);
            AttentionMask mask = AttentionMask.of(arena.allocate(600), 0, 20, 30);
            refused(plan, call, null, null, "bias is missing");
            refused(plan, call, bias, mask, "mask is given");
            refused(AttentionPlan.of(shape, options()), call, bias, null, "bias is given");
            refused(masked, call, null, null, "mask is missing");
            refused(plan, call, Heads.allocate(arena, 3, 20, 30), null, "(1 or 2, 1 or 4, 1 or 20, 30)");
            refused(masked, call, null, AttentionMask.of(arena.allocate(600), 0, 30, 20), "mask is [");
            refused(masked, call, null, AttentionMask.of(call.out().segment(), 0, 20, 30), "shares memory with mask");
            for (float entry : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -Float.NaN}) {
                bias.matrix(2).set(3, 29, entry);
                refused(plan, call, bias, null, "bias holds " + entry + " at row 3, column 29 of head 2");
            }
            bias.matrix(2).set(3, 29, 3e13f);
            refused(AttentionPlan.of(shape, options().withSoftCap(1).withBiasBeforeSoftCap()), call, bias, null, "too large");
        }
        MemorySegment tooShort = MemorySegment.ofArray(new byte[599]);
        AttentionPlanTest.refused(() -> AttentionMask.of(tooShort, 0, 20, 30), "covers bytes");
    }

    private static void refused(AttentionPlan plan, Call call, Heads bias, AttentionMask mask, String part) {
        AttentionPlanTest.refused(
                () -> plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), call.sums()), part);
        assertEquals(AttentionPlanTest.UNTOUCHED, call.out().matrix(0).get(0, 0));
        assertEquals(AttentionPlanTest.UNTOUCHED, call.sums().matrix(0).get(0, 0));
    }

    /** Where one head is done and written after another, each has its own bias, mask and sink; refusals come first. */
    @Test
    void headsThatAreDoneOneByOneHaveTheirOwn() {
        AttentionShape shape = new AttentionShape(1, 3, 1, 600, 610, 64, 64);
        double[] sinks = {-1, 0, 1};
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 3);
            Heads bias = bias(arena, shape, new int[] {0, 1}, 1);
            Bytes mask = Bytes.of(arena, shape, new int[] {0, 1});
            AttentionPlan plan = AttentionPlan.of(shape,
                    options().withBias().withMask().withSoftCap(3).withSinks(sinks));
            int seen = 609;
            while (!mask.visible(shape, 2, 599, seen)) {
                seen--;
            }
            bias.matrix(2).set(599, seen, Float.NaN);
            refused(plan, call, bias, mask.mask, "bias holds NaN at row 599, column %d of head 2".formatted(seen));
            bias.matrix(2).set(599, seen, -300f);
            plan.run(call.q(), call.k(), call.v(), bias, mask.mask, call.out(), call.sums());
            assertDefinition(call, shape, (index, i, j, s) -> mask.visible(shape, index, i, j)
                    ? 3 * Math.tanh(s / 3) + bias(bias, shape, index, i, j) : Double.NEGATIVE_INFINITY, sinks);
        }
    }

    private static final AttentionShape WIDE = new AttentionShape(1, 2, 2, 128, 130, 32, 32);

    /** In a confined arena the calling thread works alone, in a shared one others help: to the same result. */
    @Test
    void biasesAndMasksAreSharedAmongWorkers() {
        AttentionShape shape = WIDE;
        AttentionOptions options = options().withBias().withMask();
        try (Arena confined = Arena.ofConfined(); Arena open = Arena.ofShared()) {
            for (Arena arena : new Arena[] {confined, open}) {
                Heads bias = bias(arena, shape, new int[] {0, 1}, 1);
                AttentionMask mask = Bytes.of(arena, shape, new int[] {0, 0}).mask;
                assertWorkersChangeNothing(shape, options, open, (plan, call) ->
                        plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), call.sums()));
            }
        }
    }

    @Tag("allocation")
    @Test
    @Tag("slow")
    void biasesAndMasksAllocateNothing() {
        try (Arena arena = Arena.ofConfined()) {
            Heads bias = bias(arena, WIDE, new int[] {0, 1}, 1);
            AttentionMask mask = Bytes.of(arena, WIDE, new int[] {0, 0}).mask;
            assertAllocatesNothing(WIDE, options().withBias().withMask(), (plan, call) ->
                    plan.run(call.q(), call.k(), call.v(), bias, mask, call.out(), call.sums()));
        }
    }

    /** Caps below the scores, among them and far above, as good as none; alone and with all that comes after. */
    @ParameterizedTest
    @MethodSource("shapes")
    void softCapsBoundTheScores(AttentionShape shape) {
        double[] slopes = random(shape.heads(), -0.1, 0.4);
        double[] sinks = random(shape.heads(), -1, 1);
        for (double cap : new double[] {0.3, 5, 50, 1e7}) {
            AttentionOptions capped = options().withSoftCap(cap);
            AttentionPlan plan = AttentionPlan.of(shape, capped);
            AttentionPlan all = AttentionPlan.of(shape, capped.withCausalMask().withWindow(40, 0)
                    .withDistanceSlopes(slopes).withSinks(sinks).withBias());
            for (double spread : new double[] {1, 2.5, 30}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, 51);
                    shift(call.q());
                    Change change = (index, i, j, s) -> cap * Math.tanh(s / cap);
                    plan.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, change, null);
                    Heads bias = bias(arena, shape, new int[] {1, 0}, 1);
                    all.run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, (index, i, j, s) ->
                            change.of(index, i, j, s) + bias(bias, shape, index, i, j)), sinks);
                }
            }
        }
    }

    /** Caps of every magnitude, beyond float32 and where beta times the cap leaves the range of doubles as well. */
    @Test
    void softCapsMayBeOfAnyMagnitude() {
        AttentionShape shape = new AttentionShape(1, 2, 2, 70, 66, 8, 5);
        for (double cap : new double[] {Double.MIN_VALUE, 1e-300, 1e-45, 1e-30, 1e20, 1e22, 2e38, 3e38, 1e39, 1e300,
                Double.MAX_VALUE, Double.POSITIVE_INFINITY}) {
            AttentionPlan plan = AttentionPlan.of(shape, options().withSoftCap(cap));
            for (double spread : new double[] {1, 30, 1e4}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, 51);
                    plan.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, (index, i, j, s) -> cap < 1e100 ? cap * Math.tanh(s / cap) : s, null);
                }
            }
        }
        assertScaled(1e-300, 1e300, 1e307);
        assertScaled(1e-300, 1e300, Double.MIN_VALUE);
        assertScaled(1e300, 1e-300, 1e10);
        assertScaled(1e300, 1e-300, Double.MAX_VALUE);
    }

    /** Scores that beta makes ordinary again: the cap is one of the scores before it. */
    private static void assertScaled(double beta, double scale, double cap) {
        AttentionShape shape = AttentionShape.of(1, 40, 8);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 51);
            Heads expected = Heads.allocate(arena, 1, 40, 8);
            double relative = cap * beta < 1e-200 ? Double.MIN_VALUE : Double.POSITIVE_INFINITY;
            AttentionPlan.of(shape, AttentionOptions.defaults().withScale(1).withSoftCap(relative))
                    .run(call.q(), call.k(), call.v(), expected);
            AttentionPlan.of(shape, AttentionOptions.defaults().withScale(scale).withBeta(beta).withSoftCap(cap))
                    .run(call.q(), call.k(), call.v(), call.out());
            for (int i = 0; i < 40; i++) {
                assertEquals(expected.matrix(0).get(i, 0), call.out().matrix(0).get(i, 0), 1e-6f);
            }
        }
    }

    /** A mean, which may not be taken off what is to be capped. */
    private static void shift(Heads heads) {
        for (int index = 0; index < heads.count(); index++) {
            float[] entries = heads.matrix(index).toArray();
            for (int at = 0; at < entries.length; at++) {
                entries[at] += 0.25f;
            }
            TensorView.of(heads).set(index, entries, 0, heads.rows());
        }
    }

    private static final Run PLAIN = (plan, call) -> plan.run(call.q(), call.k(), call.v(), call.out(), call.sums());

    @Test
    void softCapsAreSharedAmongWorkers() {
        try (Arena arena = Arena.ofShared()) {
            assertWorkersChangeNothing(AttentionShape.of(2, 128, 32), options().withSoftCap(1), arena, PLAIN);
        }
    }

    @Tag("allocation")
    @Test
    @Tag("slow")
    void softCapsAllocateNothing() {
        assertAllocatesNothing(AttentionShape.of(2, 128, 32), options().withSoftCap(20), PLAIN);
    }

    @Test
    void whatSoftCapsCannotBeIsRefused() {
        AttentionShape shape = AttentionShape.of(1, 2, 2);
        for (double cap : new double[] {0, -1, Double.NaN, Double.NEGATIVE_INFINITY}) {
            AttentionPlanTest.refused(() -> options().withSoftCap(cap), "soft cap must be positive, not " + cap);
        }
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1e15, 51);
            AttentionPlan plan = AttentionPlan.of(shape, options().withSoftCap(1));
            AttentionPlanTest.refused(() -> plan.run(call.q(), call.k(), call.v(), call.out()), "too large");
            assertEquals(AttentionPlanTest.UNTOUCHED, call.out().matrix(0).get(0, 0));
        }
    }

    /** What a plan is run on. */
    private interface Run {
        void of(AttentionPlan plan, Call call);
    }

    private static void assertWorkersChangeNothing(AttentionShape shape, AttentionOptions options, Arena arena,
                                                   Run run) {
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            Call alone = Call.of(arena, shape, 1, 5);
            run.of(AttentionPlan.of(shape, options), alone);
            for (int threads : new int[] {2, 3}) {
                Call shared = Call.of(arena, shape, 1, 5);
                run.of(AttentionPlan.of(shape, options.withWorkers(Workers.of(executor, threads))), shared);
                AttentionPlanTest.assertSame(alone.out(), shared.out());
                AttentionPlanTest.assertSame(alone.sums(), shared.sums());
            }
        }
    }

    /** Once compiled, calls allocate nothing: in single and in double precision. */
    private static void assertAllocatesNothing(AttentionShape shape, AttentionOptions options, Run run) {
        AttentionPlan plan = AttentionPlan.of(shape, options);
        try (Arena arena = Arena.ofConfined()) {
            Call gentle = Call.of(arena, shape, 1, 10);
            Call harsh = Call.of(arena, shape, 30, 10);
            Allocation.assertSettlesAtNothing(call -> {
                run.of(plan, gentle);
                run.of(plan, harsh);
            });
        }
    }

    @Test
    void sinksAreSharedAmongWorkers() {
        try (Arena arena = Arena.ofShared()) {
            assertWorkersChangeNothing(AttentionShape.of(2, 128, 32), options().withSinks(1, 2), arena, PLAIN);
        }
    }

    @Tag("allocation")
    @Test
    @Tag("slow")
    void sinksAllocateNothing() {
        assertAllocatesNothing(AttentionShape.of(2, 128, 32), options().withSinks(1, 2), PLAIN);
    }

    /**
     * Low finite biases for padding, as models have them. Of mild scores they give to the last bit what minus infinity gives: the
     * head stays in single precision, as it does without padding.
     */
    @ParameterizedTest
    @ValueSource(floats = {-1e4f, -65504, -1e9f, -3e11f})
    void lowBiasesOfPaddingMaskIt(float low) {
        AttentionShape shape = new AttentionShape(2, 2, 1, 70, 90, 16, 5);
        for (double spread : new double[] {0.3, 1, 2.5, 30}) {
            try (Arena arena = Arena.ofConfined()) {
                AttentionPlan plan = AttentionPlan.of(shape, options().withBias());
                Call call = Call.of(arena, shape, spread, 61);
                Call masked = Call.of(arena, shape, spread, 61);
                padded(call, shape, plan, low, arena);
                padded(masked, shape, plan, Float.NEGATIVE_INFINITY, arena);
                if (spread <= 1) {
                    AttentionPlanTest.assertSame(masked.out(), call.out());
                    AttentionPlanTest.assertSame(masked.sums(), call.sums());
                }
            }
        }
    }

    /** Keys from 60 on are padding, beside random biases on the others. */
    private static void padded(Call call, AttentionShape shape, AttentionPlan plan, float low, Arena arena) {
        Heads bias = Call.normal(arena, new Random(5), 1, 1, 1, shape.queries(), shape.keys());
        for (int i = 0; i < shape.queries(); i++) {
            for (int j = 60; j < shape.keys(); j++) {
                bias.matrix(0).set(i, j, low);
            }
        }
        plan.run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
        assertDefinition(call, shape, (index, i, j, s) -> s + bias.matrix(0).get(i, j), null);
    }

    /**
     * Padding on the left of causal sequences: some queries see padding alone, some nothing. With masks, sinks, caps and slopes
     * beside it; biases of any magnitude and sign, a row's all far from 0 together.
     */
    @ParameterizedTest
    @MethodSource("shapes")
    void rowsOfFarBiasesAreRight(AttentionShape shape) {
        double[] slopes = random(shape.heads(), 0, 0.4);
        double[] sinks = random(shape.heads(), -1, 1);
        for (float far : new float[] {-65504, -1e4f, -1e9f, 300, 1e7f, -150, -60, 3e9f}) {
            try (Arena arena = Arena.ofConfined()) {
                for (double spread : new double[] {1, 30}) {
                    Call call = Call.of(arena, shape, spread, 67);
                    Heads bias = Call.normal(arena, new Random(7), 1, 1, 1, shape.queries(), shape.keys());
                    Bytes mask = Bytes.of(arena, shape, new int[] {1, 0});
                    for (int i = 0; i < shape.queries(); i++) {
                        for (int j = 0; j < shape.keys(); j++) {
                            if (j < 20 || i % 7 == 3) {
                                bias.matrix(0).set(i, j, far + (i % 2 == 0 ? 0 : Math.round(bias.matrix(0).get(i, j))));
                            }
                        }
                    }
                    Change added = (index, i, j, s) -> s + bias.matrix(0).get(i, j);
                    AttentionPlan.of(shape, options().withBias().withCausalMask().withWindow(40, 0).withDistanceSlopes(slopes))
                            .run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, added), null);
                    AttentionPlan.of(shape, options().withBias().withMask().withSinks(sinks).withSoftCap(9))
                            .run(call.q(), call.k(), call.v(), bias, mask.mask, call.out(), call.sums());
                    assertDefinition(call, shape, (index, i, j, s) -> mask.visible(shape, index, i, j)
                            ? added.of(index, i, j, 9 * Math.tanh(s / 9)) : Double.NEGATIVE_INFINITY, sinks);
                }
            }
        }
    }

    /** What a call adds may be capped with the scores: biases below, at and above the cap, and those that mask. */
    @ParameterizedTest
    @MethodSource("shapes")
    void biasesBeforeTheCapAreCapped(AttentionShape shape) {
        double[] slopes = random(shape.heads(), -0.1, 0.4);
        AttentionOptions first = options().withBiasBeforeSoftCap();
        for (double cap : new double[] {0.5, 5, 1e300}) {
            AttentionPlan plan = AttentionPlan.of(shape, first.withSoftCap(cap));
            AttentionPlan all = AttentionPlan.of(shape, first.withSoftCap(cap).withCausalMask().withWindow(40, 0)
                    .withDistanceSlopes(slopes).withMask());
            for (double[] spreads : new double[][] {{1, 1}, {1, 12}, {30, 1}, {4, 1e4}}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spreads[0], 71);
                    Heads bias = bias(arena, shape, new int[] {0, 1}, spreads[1]);
                    Bytes mask = Bytes.of(arena, shape, new int[] {1, 0});
                    Change capped = (index, i, j, s) -> {
                        double b = bias(bias, shape, index, i, j);
                        double sum = s + b;
                        return b == Double.NEGATIVE_INFINITY ? b : cap < 1e100 ? cap * Math.tanh(sum / cap) : sum;
                    };
                    plan.run(call.q(), call.k(), call.v(), bias, null, call.out(), call.sums());
                    assertDefinition(call, shape, capped, null);
                    all.run(call.q(), call.k(), call.v(), bias, mask.mask, call.out(), call.sums());
                    assertDefinition(call, shape, causal(shape, 40, slopes, (index, i, j, s) ->
                            mask.visible(shape, index, i, j) ? capped.of(index, i, j, s) : Double.NEGATIVE_INFINITY), null);
                }
            }
        }
    }

    /** Without a cap the order does not matter, to the last bit. */
    @Test
    void biasesBeforeNoCapAreBiases() {
        AttentionShape shape = AttentionShape.of(2, 70, 8);
        try (Arena arena = Arena.ofConfined()) {
            Call one = Call.of(arena, shape, 1, 3);
            Call other = Call.of(arena, shape, 1, 3);
            Heads bias = bias(arena, shape, new int[] {0, 0}, 300);
            AttentionPlan.of(shape, options().withBias()).run(one.q(), one.k(), one.v(), bias, null, one.out(), one.sums());
            AttentionPlan.of(shape, options().withBiasBeforeSoftCap())
                    .run(other.q(), other.k(), other.v(), bias, null, other.out(), other.sums());
            AttentionPlanTest.assertSame(one.out(), other.out());
            AttentionPlanTest.assertSame(one.sums(), other.sums());
        }
    }
}
