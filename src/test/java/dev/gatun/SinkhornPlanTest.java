package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A plan finds what a single solve finds, for whatever it is given, and leaves nothing on the heap. */
class SinkhornPlanTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5).withMaxIterations(5000);

    private final Arena arena = Arena.ofAuto();

    private Heads normal(long seed, double spread, int... shape) {
        int count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        Heads heads = Heads.allocate(arena, shape);
        fill(heads, Tokens.normal(new Random(seed), count, spread));
        return heads;
    }

    private static void fill(Heads heads, float[] entries) {
        MemorySegment.copy(entries, 0, heads.segment(), Matrix.ENTRY, 0, entries.length);
    }

    /** Gentle heads, harsh ones in double precision, and such as must be heated up, one after the other. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    @Tag("slow")
    void solutionsAreThoseOfASingleSolve(Divergence divergence) {
        for (Sinkhorn options : new Sinkhorn[] {SOLVE, SOLVE.withMemory(0), SOLVE.plain().withMaxIterations(30)}) {
            SinkhornPlan plan = SinkhornPlan.of(Scores.of(normal(1, 1, 2, 2, 37, 8), normal(2, 1, 2, 1, 37, 8)), divergence, options);
            double[] spreads = {1, 4, 20, 1, 20};
            for (int call = 0; call < spreads.length; call++) {
                Heads q = normal(3 + call, spreads[call], 2, 2, 37, 8);
                Heads k = normal(30 + call, spreads[call], 2, 1, 37, 8);
                plan.solve(q, k);
                assertEqual(Scores.of(q, k).sinkhorn(divergence, options), plan);
            }
        }
    }

    private static void assertEqual(SinkhornResult expected, SinkhornPlan plan) {
        assertEquals(expected.converged(), plan.converged());
        for (int h = 0; h < plan.count(); h++) {
            SinkhornSolution one = expected.heads().get(h);
            SinkhornSolution other = plan.head(h).solution();
            assertArrayEquals(one.u(), other.u());
            assertArrayEquals(one.v(), other.v());
            assertEquals(figures(one), figures(other));
        }
    }

    private static SinkhornSolution figures(SinkhornSolution solution) {
        return new SinkhornSolution(solution.status(), solution.iterations(), solution.rowError(), solution.columnError(),
                solution.rowErrorL1(), solution.columnErrorL1(), solution.contraction(), null, null,
                solution.relaxation(), solution.newtonSteps(), solution.reason(), solution.trace());
    }

    /** What a head says of itself is what its copy says; before the first solve it says that there is none. */
    @Test
    void headsSayWhatTheirCopiesDo() {
        SinkhornPlan plan = Scores.of(normal(1, 1.5, 3, 20, 4), normal(2, 1.5, 3, 20, 4)).sinkhornPlan(SOLVE);
        assertEquals(3, plan.count());
        for (int index : new int[] {-1, 3}) {
            assertEquals("head %d does not exist: there are 3".formatted(index),
                    assertThrows(IndexOutOfBoundsException.class, () -> plan.head(index)).getMessage());
        }
        SinkhornSolution none = plan.head(2).solution();
        assertEquals(new SinkhornSolution(SinkhornStatus.STALLED, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN,
                null, null, 1, 0, none.reason(), List.of()), figures(none));
        assertTrue(Double.isNaN(plan.head(2).u(0)) && Double.isNaN(plan.head(2).v(19)));
        plan.solve();
        SinkhornSolution cold = plan.head(2).solution();
        for (int h = 0; h < 3; h++) {
            HeadSolution head = plan.head(h);
            SinkhornSolution copy = head.solution();
            assertEquals(new SinkhornSolution(head.status(), head.iterations(), head.rowError(), head.columnError(),
                    head.rowErrorL1(), head.columnErrorL1(), head.contraction(), null, null,
                    head.relaxation(), head.newtonSteps(), head.reason(), List.of()), figures(copy));
            assertTrue(head.iterations() > 1 && head.columnErrorL1() > 0 && head.contraction() > 0 && head.relaxation() >= 1);
            assertEquals(copy.u()[7], head.u(7));
            assertEquals(copy.v()[11], head.v(11));
        }
        plan.follow();
        assertTrue(plan.head(2).iterations() < cold.iterations(), "the last solve's potentials are as good as they can be");
    }

    @Test
    void anyNumberOfThreadsFindsTheSame() {
        Heads q = normal(5, 3, 6, 40, 8);
        Heads k = normal(6, 3, 6, 40, 8);
        SinkhornResult expected = Scores.of(q, k).sinkhorn(SOLVE);
        for (int threads : new int[] {2, 3, 8}) {
            try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
                SinkhornPlan plan = Scores.of(q, k).withWorkers(Workers.of(pool, threads)).sinkhornPlan(SOLVE);
                for (int call = 0; call < 3; call++) {
                    plan.solve();
                    assertEqual(expected, plan);
                }
            }
        }
    }

    /** Rows of two whole groups and one of a single block of 64. */
    private static final int SHARED_ROWS = 520;

    /** Fewer heads than threads, and rows enough for several groups: threads share the rows of each head, warm and from scratch. */
    @Test
    @Tag("slow")
    void threadsThatShareAHeadFindTheSame() {
        for (double spread : new double[] {1, 4}) {
            Heads q = normal(7, spread, 2, SHARED_ROWS, 8);
            Heads k = normal(8, spread, 2, SHARED_ROWS, 8);
            for (Sinkhorn options : new Sinkhorn[] {SOLVE, SOLVE.withMemory(0), Sinkhorn.tolerance(1e-3).withBfloat16Storage()}) {
                SinkhornPlan alone = Scores.of(q, k).sinkhornPlan(options);
                alone.solve();
                alone.follow();
                int threads = spread == 1 ? 3 : 8;
                try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
                    Scores shared = Scores.of(q, k).withWorkers(Workers.of(pool, threads));
                    SinkhornPlan plan = shared.sinkhornPlan(options);
                    assertEqual(shared.sinkhorn(options), solved(plan));
                    plan.follow();
                    for (int h = 0; h < 2; h++) {
                        for (int i = 0; i < SHARED_ROWS; i++) {
                            assertEquals(alone.head(h).u(i), plan.head(h).u(i));
                            assertEquals(alone.head(h).v(i), plan.head(h).v(i));
                        }
                    }
                }
            }
        }
    }

    private static SinkhornPlan solved(SinkhornPlan plan) {
        plan.solve();
        return plan;
    }

    @Test
    void otherQueriesThanKeysWithMarginalsOfTheirOwn() {
        double[] mu = {0, 1, 2, 3, 4};
        double[] nu = {4, 0, 2.5, 3.5};
        Scores scores = Scores.of(normal(7, 1, 1, 5, 3), normal(8, 1, 1, 4, 3));
        SinkhornPlan plan = scores.sinkhornPlan(SOLVE.withMarginals(mu, nu));
        plan.solve();
        assertTrue(plan.converged());
        assertEqual(scores.sinkhorn(SOLVE.withMarginals(mu, nu)), plan);
        assertEquals(Double.NEGATIVE_INFINITY, plan.head(0).u(0));
        assertEquals(plan.head(0).solution().v()[2], plan.head(0).v(2));
    }

    /** The memory that the plan was made with is read anew. */
    @Test
    void whatIsInMemoryNowCounts() {
        Heads q = normal(9, 1, 3, 20, 4);
        Heads k = normal(10, 1, 3, 20, 4);
        SinkhornPlan plan = Scores.of(q, k).sinkhornPlan(SOLVE);
        HeadSolution head = plan.head(1);
        plan.solve();
        fill(q, Tokens.normal(new Random(11), 240, 1));
        plan.solve();
        assertEqual(Scores.of(q, k).sinkhorn(SOLVE), plan);
        assertSame(head, plan.head(1));
    }

    /** What has hardly changed is soon found again, and is as good. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void followingTakesAFewPasses(Divergence divergence) {
        Heads q = normal(12, 1.5, 2, 50, 8);
        Heads k = normal(13, 1.5, 2, 50, 8);
        SinkhornPlan plan = SinkhornPlan.of(Scores.of(q, k), divergence, SOLVE);
        plan.solve();
        int[] before = {plan.head(0).iterations(), plan.head(1).iterations()};
        float[] moved = Tokens.normal(new Random(12), 800, 1.5 * 1.0002);
        Heads nearby = Heads.allocate(arena, 2, 50, 8);
        fill(nearby, moved);
        plan.follow(nearby, k);
        assertTrue(plan.converged());
        for (int h = 0; h < 2; h++) {
            assertTrue(plan.head(h).iterations() < before[h], plan.head(h).iterations() + " after " + before[h]);
        }
        SinkhornResult cold = Scores.of(nearby, k).sinkhorn(divergence, SOLVE);
        for (int h = 0; h < 2; h++) {
            assertArrayEquals(cold.heads().get(h).u(), plan.head(h).solution().u(), 1e-3);
        }
    }

    @Test
    void aHeadWithoutAPlanSaysSo() {
        Scores causal = Scores.of(normal(14, 1, 2, 6, 4), normal(15, 1, 2, 6, 4)).withCausalMask();
        SinkhornPlan plan = causal.sinkhornPlan(SOLVE.withMarginals(new double[] {2, 1, 1, 1, 1, 1}, new double[] {1, 1, 1, 1, 1, 2}));
        for (int call = 0; call < 2; call++) {
            plan.follow(causal.queries(), causal.keys());
            assertFalse(plan.converged());
            assertEquals(SinkhornStatus.INFEASIBLE, plan.head(0).status());
            assertEquals("columns from 1 on have a mass of 6.0, but the rows that see any of them, from 1 on, one of 5.0",
                    plan.head(1).reason());
        }
        SinkhornPlan limit = causal.sinkhornPlan(SOLVE);
        limit.solve();
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, limit.head(0).status());
        assertEquals(1, limit.head(0).iterations());
    }

    /** Nothing is solved where one head cannot be. */
    @Test
    void badInputLeavesSolutionsAlone() {
        Heads q = normal(16, 1, 2, 7, 4);
        Heads k = normal(17, 1, 2, 7, 4);
        SinkhornPlan plan = Scores.of(q, k).sinkhornPlan(SOLVE);
        plan.solve();
        SinkhornResult before = Scores.of(q, k).sinkhorn(SOLVE);
        assertRefused(plan, before, normal(18, 1, 2, 8, 4), k, "q is Heads[2, 8, 4]; the plan was made for Heads[2, 7, 4]");
        assertRefused(plan, before, q, normal(18, 1, 1, 7, 4), "k is Heads[1, 7, 4]; the plan was made for Heads[2, 7, 4]");
        Heads broken = normal(19, 1, 2, 7, 4);
        broken.segment().setAtIndex(Matrix.ENTRY, 40, Float.NaN);
        assertRefused(plan, before, broken, k, "q holds NaN");
        Heads huge = normal(20, 1, 2, 7, 4);
        huge.segment().setAtIndex(Matrix.ENTRY, 40, 1e20f);
        assertRefused(plan, before, huge, k, "scores of up to");
        plan.solve(q, k);
        assertEqual(before, plan);
    }

    private static void assertRefused(SinkhornPlan plan, SinkhornResult before, Heads q, Heads k, String message) {
        String said = assertThrows(IllegalArgumentException.class, () -> plan.solve(q, k)).getMessage();
        assertTrue(said.startsWith(message), said);
        assertEqual(before, plan);
    }

    @Test
    void whatAPlanCannotDoIsRefused() {
        Scores scores = Scores.of(normal(21, 1, 3, 4), normal(22, 1, 5, 4));
        assertThrows(IllegalArgumentException.class, () -> SinkhornPlan.of(scores, Divergence.SYMMETRIC, SOLVE));
        assertThrows(IllegalArgumentException.class, () -> scores.sinkhornPlan(SOLVE.relaxed(1, 1)));
        assertThrows(IllegalArgumentException.class,
                () -> scores.sinkhornPlan(SOLVE.withMarginals(new double[] {1, 1}, new double[] {1, 1})));
        assertThrows(IndexOutOfBoundsException.class, () -> scores.sinkhornPlan(SOLVE).head(1));
        Heads own = normal(23, 1, 4, 4);
        assertThrows(IllegalArgumentException.class, () -> Scores.of(own, own).withBackward(own, own).sinkhornPlan(SOLVE));
    }

    /** Gentle heads, ones in double precision, and ones that take Newton steps, kept and streamed, from scratch and warm. */
    @Tag("allocation")
    @ParameterizedTest
    @EnumSource(Divergence.class)
    @Tag("slow")
    void solvingAllocatesNothing(Divergence divergence) {
        Heads gentleQ = normal(24, 1, 2, 70, 8);
        Heads gentleK = normal(25, 1, 2, 70, 8);
        Heads harshQ = normal(26, 5, 2, 70, 8);
        Heads harshK = normal(27, 5, 2, 70, 8);
        for (Sinkhorn options : new Sinkhorn[] {SOLVE, SOLVE.withMemory(0), SOLVE.withBfloat16Storage()}) {
            SinkhornPlan plan = SinkhornPlan.of(Scores.of(gentleQ, gentleK), divergence, options);
            plan.solve(harshQ, harshK);
            assertTrue(plan.head(0).newtonSteps() > 0);
            SinkhornPlan packed = SinkhornPlan.of(Scores.of(gentleQ, gentleK).withSequences(30, 40), divergence, options);
            SinkhornPlan zeroDiagonal = SinkhornPlan.of(Scores.of(gentleQ, gentleK).withZeroDiagonal(), divergence, options);
            Allocation.assertSettlesAtNothing(call -> {
                packed.solve(gentleQ, gentleK);
                zeroDiagonal.solve(gentleQ, gentleK);
                plan.solve(gentleQ, gentleK);
                plan.follow(gentleQ, gentleK);
                plan.solve(harshQ, harshK);
            });
        }
    }

    /** With an executor that allocates nothing to accept a task. */
    @Tag("allocation")
    @Test
    @Tag("slow")
    void sharingAHeadAllocatesNothing() {
        Heads q = normal(28, 1, 1, 300, 8);
        Heads k = normal(29, 1, 1, 300, 8);
        try (OneThread helper = new OneThread()) {
            for (Sinkhorn options : new Sinkhorn[] {SOLVE, SOLVE.withMemory(0)}) {
                SinkhornPlan plan = Scores.of(q, k).withWorkers(Workers.of(helper, 2)).sinkhornPlan(options);
                Allocation.assertSettlesAtNothing(call -> plan.solve());
            }
        }
    }

    /** Runs the last task that it was given, on a thread of its own. */
    private static final class OneThread implements Executor, AutoCloseable {
        private final AtomicReference<Runnable> task = new AtomicReference<>();
        private final Thread thread = Thread.ofPlatform().daemon().start(this::work);
        private volatile boolean closed;

        private void work() {
            while (!closed) {
                Runnable next = task.getAndSet(null);
                if (next == null) {
                    LockSupport.park();
                } else {
                    next.run();
                }
            }
        }

        @Override
        public void execute(Runnable next) {
            task.set(next);
            LockSupport.unpark(thread);
        }

        @Override
        public void close() {
            closed = true;
            LockSupport.unpark(thread);
        }
    }
}
