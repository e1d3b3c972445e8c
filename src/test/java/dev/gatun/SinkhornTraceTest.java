package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.SinkhornSolution.Step;
import dev.gatun.SinkhornSolution.Step.Kind;
import dev.gatun.model.MiniLm;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSinkhorn;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A trace tells what a solve did, after which pass and to which error, and changes nothing. */
class SinkhornTraceTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5).withMaxIterations(5000);

    /** Column sums of float32 entries differ from those of the oracle by this much. */
    private static final double ROUNDING = 2e-6;

    /** Steps of each kind that every trace keeps. */
    private static final int KEPT = 64;

    private static final Set<Kind> NEWTON = EnumSet.of(Kind.NEWTON, Kind.NEWTON_ELIMINATED, Kind.NEWTON_SYMMETRIC);
    private static final Set<Kind> STARTS = EnumSet.of(Kind.START, Kind.CONTINUATION, Kind.LOG_DOMAIN);

    private final Arena arena = Arena.ofAuto();

    private static SinkhornSolution only(SinkhornResult result) {
        return result.heads().getFirst();
    }

    private static Set<Kind> kinds(SinkhornSolution solution) {
        return solution.trace().stream().map(Step::kind).collect(Collectors.toCollection(() -> EnumSet.noneOf(Kind.class)));
    }

    /** A head of the model whose columns are held together by its neighbours alone. */
    private Scores slowestHead(int n) {
        MiniLm.Heads model = MiniLm.shared().run(n);
        return Scores.of(Matrix.copyOf(arena, model.queries(0, 2), n, MiniLm.DIMENSION),
                Matrix.copyOf(arena, model.keys(0, 2), n, MiniLm.DIMENSION));
    }

    /** What every trace of a solve that has a coupling must be. */
    private static void assertSound(SinkhornSolution solution) {
        List<Step> trace = solution.trace();
        assertTrue(STARTS.contains(trace.getFirst().kind()), trace::toString);
        assertEquals(new Step(solution.iterations(), Kind.RESULT, solution.columnError()), trace.getLast());
        int newtonSteps = 0;
        for (int s = 0; s < trace.size(); s++) {
            Step step = trace.get(s);
            newtonSteps += NEWTON.contains(step.kind()) ? 1 : 0;
            assertEquals(s == trace.size() - 1, step.kind() == Kind.RESULT);
            assertTrue(step.iteration() >= (s == 0 ? 1 : trace.get(s - 1).iteration()), trace::toString);
        }
        assertTrue(trace.get(trace.size() - 2).iteration() <= solution.iterations(), trace::toString);
        if (solution.newtonSteps() <= KEPT) {
            assertEquals(solution.newtonSteps(), newtonSteps);
        }
        if (trace.stream().filter(step -> STARTS.contains(step.kind())).count() == 1) {
            assertEquals(solution.relaxation() > 1, kinds(solution).contains(Kind.OVER_RELAXED));
        }
    }

    private static void assertSameBits(SinkhornSolution expected, SinkhornSolution actual) {
        assertArrayEquals(expected.u(), actual.u());
        assertArrayEquals(expected.v(), actual.v());
        assertEquals(withoutTrace(expected), withoutTrace(actual));
    }

    private static SinkhornSolution withoutTrace(SinkhornSolution solution) {
        return new SinkhornSolution(solution.status(), solution.iterations(), solution.rowError(), solution.columnError(),
                solution.rowErrorL1(), solution.columnErrorL1(), solution.contraction(), null, null, solution.relaxation(),
                solution.newtonSteps(), solution.reason(), List.of());
    }

    /** Errors after each pass, from the definition: rows fitted, columns summed, columns fitted. */
    private static List<Double> plainErrors(double[][] z, double[] mu, double[] nu, int passes) {
        double[][] transposed = ReferenceMatrix.transpose(z);
        double[] v = new double[nu.length];
        List<Double> errors = new ArrayList<>();
        for (int pass = 0; pass < passes; pass++) {
            double[] u = fitted(z, mu, v);
            errors.add(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(ReferenceSinkhorn.plan(z, u, v)), nu));
            v = fitted(transposed, nu, u);
        }
        return errors;
    }

    private static double[] fitted(double[][] z, double[] masses, double[] potential) {
        double[] fitted = new double[masses.length];
        for (int i = 0; i < fitted.length; i++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < potential.length; j++) {
                largest = Math.max(largest, z[i][j] + potential[j]);
            }
            double sum = 0;
            for (int j = 0; j < potential.length; j++) {
                sum += Math.exp(z[i][j] + potential[j] - largest);
            }
            fitted[i] = Math.log(masses[i]) - largest - Math.log(sum);
        }
        return fitted;
    }

    /** Queries with a mean of 0, for which the plain solver starts at column potentials of 0. */
    private static Tokens centred(Tokens tokens) {
        double[] mean = new double[tokens.d()];
        for (int at = 0; at < tokens.q().length; at++) {
            mean[at % mean.length] -= (double) tokens.q()[at] / tokens.rows();
        }
        return tokens.shifted(mean, new double[tokens.d()]);
    }

    @ParameterizedTest
    @CsvSource({"30, 30, 1", "64, 64, 1.5", "70, 33, 1.2", "20, 130, 2"})
    void errorsOfPlainIterationAreThoseOfTheOracle(int rows, int columns, double spread) {
        Tokens tokens = centred(Tokens.random(rows + columns, rows, columns, 8, spread));
        double[] mu = new double[rows];
        double[] nu = new double[columns];
        Arrays.setAll(mu, i -> 1.0 + i % 3);
        double total = Arrays.stream(mu).sum();
        Arrays.setAll(nu, j -> 2.0 + j % 4);
        double other = Arrays.stream(nu).sum();
        Arrays.setAll(nu, j -> nu[j] / other * total);
        for (Sinkhorn options : List.of(SOLVE, SOLVE.withMemory(0))) {
            SinkhornSolution solution = only(tokens.scores(arena)
                    .sinkhorn(options.plain().withMaxIterations(40).withMarginals(mu, nu).withTrace()));
            List<Double> expected = plainErrors(tokens.scores64(), mu, nu, solution.iterations());
            List<Step> steps = solution.trace().stream().filter(step -> step.kind() != Kind.RESULT).toList();
            assertEquals(solution.iterations(), steps.size());
            for (int s = 0; s < steps.size(); s++) {
                assertEquals(s + 1, steps.get(s).iteration());
                assertEquals(s == 0 ? Kind.START : Kind.PLAIN, steps.get(s).kind());
                assertEquals(expected.get(s), steps.get(s).error(), ROUNDING + 1e-5 * expected.get(s));
            }
            assertSound(solution);
        }
    }

    /** A solve that is cut off after k passes ends with the error that the trace of the whole one has after them. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void errorsAreThoseOfTheSolveCutOff(Divergence divergence) {
        Scores scores = Tokens.random(64, 64, 64, 8, divergence == Divergence.SYMMETRIC ? 0.7 : 1.5).scores(arena);
        SinkhornSolution whole = only(scores.sinkhorn(divergence, SOLVE.withTrace()));
        assertEquals(EnumSet.of(Kind.START, Kind.PLAIN, Kind.OVER_RELAXED, Kind.RESULT), kinds(whole));
        assertSound(whole);
        for (Step step : whole.trace().subList(0, whole.trace().size() - 2)) {
            SinkhornSolution cut = only(scores.sinkhorn(divergence, SOLVE.withMaxIterations(step.iteration())));
            assertEquals(cut.columnError(), step.error(), ROUNDING + 1e-5 * step.error());
        }
    }

    /** Newton steps, by conjugate gradients where no entries are stored and by elimination where they are. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void newtonStepsOfAHeadOfTheModelAreTold(Divergence divergence) {
        Scores scores = slowestHead(64);
        for (Sinkhorn options : List.of(SOLVE, SOLVE.withMemory(0))) {
            SinkhornSolution solution = only(scores.sinkhorn(divergence, options.withTrace()));
            assertEquals(SinkhornStatus.CONVERGED, solution.status());
            assertSound(solution);
            assertTrue(solution.newtonSteps() > 0);
            assertEquals(divergence == Divergence.SYMMETRIC, kinds(solution).contains(Kind.AVERAGED));
            assertEquals(divergence == Divergence.SYMMETRIC, kinds(solution).contains(Kind.NEWTON_SYMMETRIC));
            Step before = solution.trace().get(solution.trace().size() - 2);
            assertTrue(before.error() <= 1e-5, solution.trace()::toString);
            assertSameBits(only(scores.sinkhorn(divergence, options)), solution);
        }
    }

    /** Every kind of step happens somewhere, and no trace changes a result. */
    @Test
    @Tag("slow")
    void everyKindHappens() {
        EnumSet<Kind> met = EnumSet.noneOf(Kind.class);
        for (double spread : new double[] {1.5, 5, 100}) {
            for (Divergence divergence : Divergence.values()) {
                for (Sinkhorn options : List.of(SOLVE, SOLVE.withMemory(0))) {
                    Scores scores = Tokens.random(30, 30, 30, 8, spread).scores(arena);
                    SinkhornSolution solution = only(scores.sinkhorn(divergence, options.withTrace()));
                    assertSound(solution);
                    assertSameBits(only(scores.sinkhorn(divergence, options)), solution);
                    met.addAll(kinds(solution));
                }
            }
        }
        met.addAll(kinds(only(slowestHead(128).sinkhorn(SOLVE.withTrace()))));
        double[] wide = {1e-100, 1, 1, 1, 1, 1, 1, 1};
        Scores few = Tokens.random(8, 8, 8, 4, 1).scores(arena);
        met.addAll(kinds(only(few.sinkhorn(SOLVE.withMarginals(wide, wide).withTrace()))));
        for (int seed = 0; seed < 4; seed++) {
            Scores harsh = Tokens.random(seed, 20, 20, 8, 5).scores(arena);
            met.addAll(kinds(only(harsh.sinkhorn(Divergence.BACKWARD, SOLVE.relaxed(100, 50).withTrace()))));
        }
        assertEquals(EnumSet.allOf(Kind.class), met);
    }

    /** Errors are relative to the sums that soft marginals ask for, and those of the iteration are of real passes. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1000, 1000, 1", "Infinity, 10, 1", "5, Infinity, 3", "100, 100, 30"})
    void softMarginals(double rho1, double rho2, double spread) {
        Scores scores = Tokens.random(9, 40, 21, 8, spread).scores(arena);
        Sinkhorn options = SOLVE.relaxed(rho1, rho2);
        SinkhornSolution solution = only(scores.sinkhorn(options.withTrace()));
        assertSound(solution);
        assertSameBits(only(scores.sinkhorn(options)), solution);
        SinkhornSolution plain = only(scores.sinkhorn(options.plain().withMaxIterations(12).withTrace()));
        assertSound(plain);
        for (Step step : plain.trace().subList(0, plain.trace().size() - 1)) {
            SinkhornSolution cut = only(scores.sinkhorn(options.plain().withMaxIterations(step.iteration())));
            assertEquals(cut.columnError(), step.error(), ROUNDING + 1e-5 * step.error());
        }
    }

    /** Several heads have each its own trace, whatever the number of threads; plans have the same one at every call. */
    @ParameterizedTest
    @ValueSource(ints = {30, 600})
    @Tag("slow")
    void headsPlansAndThreads(int n) {
        Heads q = heads(1, n);
        Heads k = heads(2, n);
        List<SinkhornSolution> expected = Scores.of(q, k).sinkhorn(SOLVE.withTrace()).heads();
        assertNotEquals(expected.get(0).trace(), expected.get(2).trace());
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            Scores shared = Scores.of(q, k).withWorkers(Workers.of(pool, n == 30 ? 2 : 8));
            List<SinkhornSolution> found = shared.sinkhorn(SOLVE.withTrace()).heads();
            SinkhornPlan plan = shared.sinkhornPlan(SOLVE.withTrace());
            for (int call = 0; call < 3; call++) {
                plan.solve();
                for (int h = 0; h < plan.count(); h++) {
                    assertSound(expected.get(h));
                    assertEquals(expected.get(h).trace(), found.get(h).trace());
                    assertEquals(expected.get(h).trace(), plan.head(h).solution().trace());
                }
            }
            List<Step> cold = plan.head(0).solution().trace();
            plan.follow();
            assertSound(plan.head(0).solution());
            assertTrue(plan.head(0).solution().trace().getFirst().error() < 1e-3 * cold.getFirst().error());
        }
    }

    private Heads heads(long seed, int n) {
        Heads heads = Heads.allocate(arena, 3, n, 8);
        for (int h = 0; h < 3; h++) {
            float[] entries = Tokens.random(seed + 10 * h, n, n, 8, 1.2 + 0.5 * h).q();
            for (int i = 0; i < n; i++) {
                for (int c = 0; c < 8; c++) {
                    heads.matrix(h).set(i, c, entries[i * 8 + c]);
                }
            }
        }
        return heads;
    }

    /** Of a long solve the first steps are kept and then one in ever more, and the last one always. */
    @Test
    void longTracesAreThinnedOut() {
        SinkhornSolution solution = only(Tokens.random(64, 20, 20, 8, 20).scores(arena)
                .sinkhorn(Sinkhorn.tolerance(1e-13).plain().withMaxIterations(20_000).withTrace()));
        assertTrue(solution.iterations() >= 20_000, solution::toString);
        List<Step> steps = solution.trace().stream().filter(step -> step.kind() == Kind.PLAIN).toList();
        for (int s = 1; s < steps.size(); s++) {
            int before = steps.get(s - 1).iteration();
            int gap = steps.get(s).iteration() - before;
            assertTrue(s < KEPT || gap >= before / 12 && gap <= before / 8, steps::toString);
        }
        assertTrue(steps.size() > 100 && steps.size() < 150, () -> "there are " + steps.size());
        assertEquals(new Step(solution.iterations(), Kind.RESULT, solution.columnError()), solution.trace().getLast());
    }

    @Test
    void withoutATraceThereIsNone() {
        Scores scores = Tokens.random(1, 8, 8, 4, 1).scores(arena);
        assertEquals(List.of(), only(scores.sinkhorn(SOLVE)).trace());
        assertEquals(List.of(), only(scores.sinkhorn(SOLVE.relaxed(1, 1))).trace());
        SinkhornPlan plan = scores.sinkhornPlan(SOLVE.withTrace());
        assertEquals(List.of(), plan.head(0).solution().trace());
        double[] none = {1, 1, 1, 1, 1, 1, 1, 1};
        double[] other = {9, 1, 1, 1, 1, 1, 1, 1};
        SinkhornSolution infeasible = only(scores.sinkhorn(SOLVE.withMarginals(none, other).withTrace()));
        assertEquals(SinkhornStatus.INFEASIBLE, infeasible.status());
        assertEquals(List.of(), infeasible.trace());
    }

    /** All options keep a trace that was asked for before them, and nobody can change a trace. */
    @Test
    void optionsKeepTheTrace() {
        double[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
        Scores scores = Tokens.random(1, 8, 8, 4, 1).scores(arena);
        Sinkhorn traced = SOLVE.withTrace();
        for (Sinkhorn options : List.of(traced.plain(), traced.withMaxIterations(9), traced.withMemory(0),
                traced.withBfloat16Storage(), traced.startingAt(scores.sinkhorn(SOLVE)), traced.relaxed(1, 2),
                traced.withReference(Sinkhorn.Reference.MARGINALS), traced.withMarginals(ones, ones))) {
            assertSound(only(scores.sinkhorn(options)));
        }
        List<Step> trace = only(scores.sinkhorn(traced)).trace();
        assertThrows(UnsupportedOperationException.class, trace::clear);
    }
}
