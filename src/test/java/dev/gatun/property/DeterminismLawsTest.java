package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Results are the same to the last bit for any workers and any layout of inputs and output. */
@Label("determinism")
class DeterminismLawsTest {

    private static ExecutorService executor;

    private static final int COLUMNS = 3;

    /** Not in a static initialiser: the class may run again after the threads have been stopped. */
    @BeforeContainer
    static void startThreads() {
        executor = Executors.newFixedThreadPool(3);
    }

    @AfterContainer
    static void stopThreads() {
        executor.shutdown();
    }

    @Provide
    Arbitrary<Layout> layouts() {
        return Combinators.combine(Arbitraries.of(Layout.Memory.class), Arbitraries.integers().between(0, 67),
                Arbitraries.integers().between(0, 9), Arbitraries.integers().between(0, 5)).as(Layout::new);
    }

    /** One worker, two or three: the same bits, with more heads than workers and with fewer. */
    @Property(tries = 20)
    void workersDoNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Normalisation normalisation,
                            @ForAll @IntRange(min = 1, max = 5) int heads, @ForAll boolean hollow) {
        UnaryOperator<Scores> masked = scores -> hollow && scores.rows() > 1 ? scores.withZeroDiagonal() : scores;
        try (Arena arena = Arena.ofConfined()) {
            float[][] alone = results(tokens, normalisation, heads, arena, masked);
            for (int threads = 2; threads <= 3; threads++) {
                Workers workers = Workers.of(executor, threads);
                float[][] shared = results(tokens, normalisation, heads, arena, scores -> masked.apply(scores).withWorkers(workers));
                assertArrayEquals(alone[0], shared[0]);
                assertArrayEquals(alone[1], shared[1]);
            }
        }
    }

    /** An executor that runs tasks late, on the calling thread or not at all, changes nothing either. */
    @Property(tries = 10)
    void executorsDoNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Normalisation normalisation) {
        try (Arena arena = Arena.ofConfined()) {
            float[][] alone = results(tokens, normalisation, 3, arena, scores -> scores);
            Executor rejecting = task -> {
                throw new RejectedExecutionException("full");
            };
            for (Executor other : List.<Executor>of(Runnable::run, task -> { }, rejecting)) {
                Workers workers = Workers.of(other, 3);
                float[][] others = results(tokens, normalisation, 3, arena, scores -> scores.withWorkers(workers));
                assertArrayEquals(alone[0], others[0]);
                assertArrayEquals(alone[1], others[1]);
            }
        }
    }

    /** The same for Sinkhorn solves: potentials, iterations and errors. */
    @Property(tries = 15)
    void workersDoNotMatterToSolves(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                    @ForAll Divergence divergence) {
        Sinkhorn options = Sinkhorn.tolerance(1e-4).withMaxIterations(10);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            SinkhornSolution alone = scores.sinkhorn(divergence, options).heads().getFirst();
            SinkhornSolution shared = scores.withWorkers(Workers.of(executor, 3)).sinkhorn(divergence, options)
                    .heads().getFirst();
            assertArrayEquals(alone.u(), shared.u());
            assertArrayEquals(alone.v(), shared.v());
            assertEquals(alone.iterations(), shared.iterations());
            assertEquals(alone.columnErrorL1(), shared.columnErrorL1());
            assertEquals(alone.rowErrorL1(), shared.rowErrorL1());
        }
    }

    /** Any memory, byte offset and stride of each tensor; the memory around the output is not changed. */
    @Property(tries = 50)
    void layoutDoesNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Normalisation normalisation,
                             @ForAll("layouts") Layout ofQ, @ForAll("layouts") Layout ofK,
                             @ForAll("layouts") Layout ofV, @ForAll("layouts") Layout ofOut) {
        int n = tokens.rows();
        int d = tokens.d();
        float[] values = values(tokens, 1);
        try (Arena arena = Arena.ofConfined()) {
            Heads plainOut = Layout.DENSE.room(arena, 1, n, COLUMNS * normalisation.width());
            normalisation.apply(Scores.of(Layout.DENSE.place(arena, tokens.q(), 1, n, d),
                    Layout.DENSE.place(arena, tokens.k(), 1, n, d)),
                    Layout.DENSE.place(arena, values, 1, n, COLUMNS), plainOut);
            Heads q = Layout.readOnly(ofQ.place(arena, tokens.q(), 1, n, d), ofQ);
            Heads k = ofK.place(arena, tokens.k(), 1, n, d);
            Heads v = Layout.readOnly(ofV.place(arena, values, 1, n, COLUMNS), ofV);
            Heads out = ofOut.room(arena, 1, n, COLUMNS * normalisation.width());
            normalisation.apply(Scores.of(q, k), v, out);
            assertArrayEquals(entries(plainOut), entries(out));
            assertTrue(ofOut.marginsUntouched(out), "the memory around the output was written");
        }
    }

    /** The same for matrices. */
    @Property(tries = 30)
    void layoutOfMatricesDoesNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Normalisation normalisation,
                                       @ForAll("layouts") Layout ofQ, @ForAll("layouts") Layout ofOut) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Heads k = Layout.DENSE.place(arena, tokens.k(), 1, n, tokens.d());
            Heads plainOut = Layout.DENSE.room(arena, 1, n, n * normalisation.width());
            Heads out = ofOut.room(arena, 1, n, n * normalisation.width());
            normalisation.matrix(Scores.of(Layout.DENSE.place(arena, tokens.q(), 1, n, tokens.d()), k), plainOut);
            normalisation.matrix(Scores.of(ofQ.place(arena, tokens.q(), 1, n, tokens.d()), k), out);
            assertArrayEquals(entries(plainOut), entries(out));
            assertTrue(ofOut.marginsUntouched(out), "the memory around the output was written");
        }
    }

    /** Two applications of an operator return the same. */
    @Property(tries = 15)
    void repetitionDoesNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Normalisation normalisation) {
        try (Arena arena = Arena.ofConfined()) {
            float[][] once = results(tokens, normalisation, 1, arena, scores -> scores);
            float[][] again = results(tokens, normalisation, 1, arena, scores -> scores);
            assertArrayEquals(once[0], again[0]);
            assertArrayEquals(once[1], again[1]);
        }
    }

    /** The product with values, and the matrix, of several heads: the tokens, each time in another order. */
    private static float[][] results(Tokens tokens, Normalisation normalisation, int heads, Arena arena,
                                     UnaryOperator<Scores> setting) {
        int n = tokens.rows();
        float[] q = new float[heads * tokens.q().length];
        float[] k = new float[heads * tokens.k().length];
        for (int h = 0; h < heads; h++) {
            Tokens permuted = tokens.permuted(Orders.shuffled(h, n));
            System.arraycopy(permuted.q(), 0, q, h * permuted.q().length, permuted.q().length);
            System.arraycopy(tokens.k(), 0, k, h * tokens.k().length, tokens.k().length);
        }
        Scores scores = setting.apply(Scores.of(Layout.DENSE.place(arena, q, heads, n, tokens.d()),
                Layout.DENSE.place(arena, k, heads, n, tokens.d())));
        Heads v = Layout.DENSE.place(arena, values(tokens, heads), heads, n, COLUMNS);
        Heads product = Layout.DENSE.room(arena, heads, n, COLUMNS * normalisation.width());
        Heads matrix = Layout.DENSE.room(arena, heads, n, n * normalisation.width());
        normalisation.apply(scores, v, product);
        normalisation.matrix(scores, matrix);
        return new float[][] {entries(product), entries(matrix)};
    }

    private static float[] values(Tokens tokens, int heads) {
        return Tokens.normal(new Random(tokens.rows()), heads * tokens.rows() * COLUMNS, 1);
    }

    private static float[] entries(Heads heads) {
        float[] entries = new float[0];
        for (int h = 0; h < heads.count(); h++) {
            float[] ofHead = heads.matrix(h).toArray();
            int from = entries.length;
            entries = Arrays.copyOf(entries, from + ofHead.length);
            System.arraycopy(ofHead, 0, entries, from, ofHead.length);
        }
        return entries;
    }
}
