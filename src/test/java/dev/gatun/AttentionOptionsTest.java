package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.gatun.AttentionPlanTest.Call;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
     * Against the definition with every score changed by hand; {@code sinks} may be null. Harsh scores are right too, for
     * those that matter are near the largest.
     */
    private static void assertDefinition(Call call, AttentionShape shape, Change change, double[] sinks) {
        for (int index = 0; index < shape.count(); index++) {
            double[][] s = ReferenceScores.scores(AttentionPlanTest.entries(call.q().matrix(index)),
                    AttentionPlanTest.entries(call.k().matrix(shape.keyIndex(index))));
            double[][] v = AttentionPlanTest.entries(call.v().matrix(shape.keyIndex(index)));
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
        AttentionPlanTest.refused(() -> DecodePlan.of(shape, options().withSinks(1, 2)), "no sinks");
    }

    /** What a plan is run on. */
    private interface Run {
        void of(AttentionPlan plan, Call call);
    }

    private static void assertWorkersChangeNothing(AttentionShape shape, AttentionOptions options, Arena arena, Run run) {
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
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AttentionPlan plan = AttentionPlan.of(shape, options);
        try (Arena arena = Arena.ofConfined()) {
            Call gentle = Call.of(arena, shape, 1, 10);
            Call harsh = Call.of(arena, shape, 30, 10);
            long start = System.nanoTime();
            long allocated = Long.MAX_VALUE;
            while (allocated > 0 && System.nanoTime() - start < 60e9) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int call = 0; call < 20; call++) {
                    run.of(plan, gentle);
                    run.of(plan, harsh);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertEquals(0, allocated, "bytes allocated by 40 calls");
        }
    }

    @Test
    void sinksAllocateNothingAndAreSharedAmongWorkers() {
        AttentionShape shape = AttentionShape.of(2, 128, 32);
        AttentionOptions options = options().withSinks(1, 2);
        Run run = (plan, call) -> plan.run(call.q(), call.k(), call.v(), call.out(), call.sums());
        assertAllocatesNothing(shape, options, run);
        try (Arena arena = Arena.ofShared()) {
            assertWorkersChangeNothing(shape, options, arena, run);
        }
    }
}
