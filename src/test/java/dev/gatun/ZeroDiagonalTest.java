package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.model.MiniLm;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScaling;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that do not see themselves: every operator against its definition in float64, beside each other mask. */
class ZeroDiagonalTest {

    /** The bounds of {@link OperatorOracleTest}. */
    private static final double REAL = 5e-6;
    private static final double COMPLEX = 1e-5;

    private static final double PLAN = 3e-5;

    /** Packed sequences that begin and end within tiles, a token alone and a pair among them. */
    private static final int[] LENGTHS = {5, 64, 1, 70, 2, 51};

    private static final int N = Arrays.stream(LENGTHS).sum();
    private static final int D = 8;

    private final Arena arena = Arena.ofAuto();

    private Scores scores(Tokens tokens, boolean causal, boolean packed) {
        Scores scores = tokens.scores(arena).withZeroDiagonal();
        scores = causal ? scores.withCausalMask() : scores;
        return packed ? scores.withSequences(LENGTHS) : scores;
    }

    private static double[][] masked(double[][] z, boolean causal, boolean packed) {
        double[][] masked = ReferenceScores.zeroDiagonal(causal ? ReferenceScores.causal(z) : z);
        for (int i = 0; packed && i < z.length; i++) {
            for (int j = 0; j < z.length; j++) {
                masked[i][j] = sequence(i) == sequence(j) ? masked[i][j] : Double.NEGATIVE_INFINITY;
            }
        }
        return masked;
    }

    private static int sequence(int token) {
        int s = 0;
        for (int end = LENGTHS[0]; end <= token; end += LENGTHS[s]) {
            s++;
        }
        return s;
    }

    // ---- softmaxes ----

    /** In single precision and, with scores of some hundreds, in double. */
    @ParameterizedTest
    @CsvSource({"false, false, 1", "false, false, 6", "true, false, 1", "true, false, 6", "false, true, 1", "false, true, 6",
        "true, true, 1", "true, true, 6"})
    @Tag("slow")
    void operatorsAreThoseOfTheDefinitions(boolean causal, boolean packed, double size) {
        Tokens tokens = Tokens.random(3, N, N, D, size);
        double[][] s = tokens.scores64();
        double[][] forward = masked(ReferenceScores.logKernel(ReferenceScores.forward(s), 1), causal, packed);
        double[][] backward = masked(ReferenceScores.logKernel(ReferenceScores.backward(s), 1), causal, packed);
        double[][] symmetric = masked(ReferenceScores.logKernel(ReferenceScores.symmetric(s), 1), causal, packed);
        Scores scores = scores(tokens, causal, packed);
        Map<Operator, double[][]> truths = new LinkedHashMap<>();
        truths.put(scores.attention(), ReferenceSoftmax.rowSoftmax(masked(s, causal, packed)));
        truths.put(scores.attentionColumn(), ReferenceSoftmax.columnSoftmax(forward));
        truths.put(scores.backward(), ReferenceSoftmax.rowSoftmax(backward));
        truths.put(scores.backwardColumn(), ReferenceSoftmax.columnSoftmax(backward));
        truths.put(scores.diffusion(), ReferenceDiffusion.transition(symmetric, 0));
        truths.put(scores.diffusion(1), ReferenceDiffusion.transition(symmetric, 1));
        truths.put(scores.diffusion(-0.5), ReferenceDiffusion.transition(symmetric, -0.5));
        truths.put(scores.circulation(0.3),
                ReferenceSoftmax.rowSoftmax(masked(ReferenceScores.circulation(s, 0.3), causal, packed)));
        truths.forEach(this::compare);
        for (double alpha : new double[] {0, 1}) {
            compare(scores.magnetic(0.25, alpha), ReferenceMagnetic.transition(
                    ReferenceDiffusion.logNormalised(symmetric, alpha), ReferenceScores.antisymmetric(s), 0.25));
        }
    }

    private void compare(Operator operator, double[][] truth) {
        double[][] entries = entries(operator);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, entries), REAL);
        assertZeros(truth, entries);
        Tokens values = Tokens.random(4, truth.length, truth.length, 3, 1);
        Matrix product = Matrix.allocate(arena, truth.length, 3);
        operator.apply(Matrix.copyOf(arena, values.q(), truth.length, 3), product);
        double mass = Math.max(1, Arrays.stream(ReferenceMatrix.rowSums(truth)).max().orElseThrow());
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.multiply(truth, values.queries64()), of(product)),
                4 * REAL * mass);
        assertSums(operator.sums(0), truth);
    }

    private void compare(MagneticOperator operator, ReferenceMagnetic.Complex truth) {
        int n = truth.real().length;
        double[][] parts = new double[2 * n][];
        for (int i = 0; i < n; i++) {
            parts[i] = truth.real()[i];
            parts[n + i] = truth.imaginary()[i];
        }
        Matrix matrix = Matrix.allocate(arena, n, 2 * n);
        operator.matrix(matrix);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(parts, parts(matrix)), COMPLEX);
        Tokens values = Tokens.random(4, n, n, 3, 1);
        Matrix product = Matrix.allocate(arena, n, 6);
        operator.apply(Matrix.copyOf(arena, values.q(), n, 3), product);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.multiply(parts, values.queries64()), parts(product)),
                4 * COMPLEX);
        double[][] moduli = new double[n][n];
        for (int i = 0; i < n; i++) {
            Arrays.setAll(moduli[i], new ModuliOfRow(truth, i)::at);
        }
        assertSums(operator.sums(0), moduli);
    }

    private record ModuliOfRow(ReferenceMagnetic.Complex matrix, int i) {
        double at(int j) {
            return Math.hypot(matrix.real()[i][j], matrix.imaginary()[i][j]);
        }
    }

    /** Real parts of a complex matrix above its imaginary ones. */
    private static double[][] parts(Matrix complex) {
        double[][] parts = new double[2 * complex.rows()][complex.columns() / 2];
        for (int i = 0; i < complex.rows(); i++) {
            for (int j = 0; j < complex.columns() / 2; j++) {
                parts[i][j] = complex.get(i, 2 * j);
                parts[complex.rows() + i][j] = complex.get(i, 2 * j + 1);
            }
        }
        return parts;
    }

    private static void assertSums(OperatorSums sums, double[][] truth) {
        assertArrayEquals(ReferenceMatrix.rowSums(truth), sums.rows(), 4 * REAL);
        assertArrayEquals(ReferenceMatrix.columnSums(truth), sums.columns(), 4 * COMPLEX);
        assertTrue(Double.isFinite(sums.asymmetry()), sums::toString);
    }

    /** What is masked is exactly zero: the diagonal in any case. */
    private static void assertZeros(double[][] truth, double[][] entries) {
        for (int i = 0; i < truth.length; i++) {
            assertEquals(0, entries[i][i]);
            for (int j = 0; j < truth.length; j++) {
                assertTrue(truth[i][j] > 0 || entries[i][j] == 0, "an entry where there is none");
            }
        }
    }

    /**
     * Where self entries are 1e10 times all others together, what is left without them would drown in what is left of them. In
     * single precision, and beyond it.
     */
    @ParameterizedTest
    @ValueSource(doubles = {14, 200})
    void selfEntriesLeaveNoTrace(double size) {
        int n = 66;
        float[] q = new float[n * n];
        Random random = new Random(5);
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < n; c++) {
                q[i * n + c] = (float) (c == i ? Math.sqrt(size * Math.sqrt(n)) : 0.1 * random.nextGaussian());
            }
        }
        Tokens tokens = new Tokens(n, n, n, q, q);
        double[][] z = masked(logKernel(tokens, Divergence.SYMMETRIC), false, false);
        Scores scores = tokens.scores(arena).withZeroDiagonal();
        compare(scores.diffusion(), ReferenceDiffusion.transition(z, 0));
        compare(scores.diffusion(1), ReferenceDiffusion.transition(z, 1));
        for (long memory : new long[] {0, 1 << 30}) {
            SinkhornResult plan = scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-6).withMemory(memory));
            assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceScaling.bistochastic(z),
                    entries(plan.requireConverged().operator())), REAL);
        }
    }

    /** Nothing is left of one token, and of two an exchange. */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 60", "2, 1", "2, 60"})
    void theFewest(int n, double size) {
        Tokens tokens = Tokens.random(7, n, n, D, size);
        Scores scores = tokens.scores(arena).withZeroDiagonal();
        double[][] exchange = new double[n][n];
        for (int i = 0; i < n; i++) {
            exchange[i][n - 1 - i] = n - 1;
        }
        for (Operator operator : new Operator[] {scores.attention(), scores.attentionColumn(), scores.backward(),
                scores.backwardColumn(), scores.diffusion(), scores.diffusion(1), scores.circulation(0)}) {
            compare(operator, exchange);
        }
        ScoreFigures figures = scores.figures(0);
        assertEquals(n == 1, Double.isNaN(figures.min()));
        assertEquals(n == 1, Double.isNaN(figures.max()));
    }

    @Test
    void figuresAreOfWhatIsSeen() {
        Tokens tokens = Tokens.random(8, 70, 70, D, 1).withConstant(0, 30);
        double[] seen = Arrays.stream(ReferenceScores.zeroDiagonal(tokens.scores64())).flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite).toArray();
        ScoreFigures figures = tokens.scores(arena).withZeroDiagonal().figures(0);
        assertEquals(Arrays.stream(seen).min().orElseThrow(), figures.min(), 1e-4);
        assertEquals(Arrays.stream(seen).max().orElseThrow(), figures.max(), 1e-4);
    }

    // ---- plans ----

    /** What keeps a kernel, and what does not. */
    enum Engine {
        KEPT, STREAMED, PLAIN;

        Sinkhorn options(double tolerance) {
            Sinkhorn options = Sinkhorn.tolerance(tolerance).withMaxIterations(5000);
            return switch (this) {
                case KEPT -> options;
                case STREAMED -> options.withMemory(0);
                case PLAIN -> options.plain().withMaxIterations(100_000);
            };
        }
    }

    /** One sequence, in single and in double precision. */
    @ParameterizedTest
    @EnumSource
    void plansAreThoseOfTheReference(Engine engine) {
        for (double size : new double[] {1, 2}) {
            Tokens tokens = Tokens.random(9, 130, 130, D, size);
            for (Divergence divergence : Divergence.values()) {
                double[][] truth = ReferenceScaling.bistochastic(masked(logKernel(tokens, divergence), false, false));
                for (double tolerance : new double[] {1e-5, 5e-7}) {
                    comparePlan(scores(tokens, false, false).sinkhorn(divergence, engine.options(tolerance)), truth);
                }
            }
        }
    }

    private static double[][] logKernel(Tokens tokens, Divergence divergence) {
        double[][] s = tokens.scores64();
        return ReferenceScores.logKernel(switch (divergence) {
            case FORWARD -> ReferenceScores.forward(s);
            case BACKWARD -> ReferenceScores.backward(s);
            case SYMMETRIC -> ReferenceScores.symmetric(s);
        }, 1);
    }

    private void comparePlan(SinkhornResult result, double[][] truth) {
        double[][] plan = entries(result.requireConverged().operator());
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, plan), PLAN);
        assertZeros(truth, plan);
        SinkhornSolution solution = result.heads().getFirst();
        assertEquals(0, ReferenceSinkhorn.error(ReferenceMatrix.rowSums(plan), ReferenceMatrix.rowSums(truth)),
                solution.rowError() + 2e-6);
        assertEquals(0, ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), ReferenceMatrix.columnSums(truth)),
                solution.columnError() + 2e-6);
    }

    /** The lone token of the packed ones has no plan, unless it has no mass. */
    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void plansOfPackedSequences(Engine engine) {
        double[] mass = ReferenceMatrix.constant(N, 1);
        mass[LENGTHS[0] + LENGTHS[1]] = 0;
        Tokens tokens = Tokens.random(10, N, N, D, 1);
        for (Divergence divergence : Divergence.values()) {
            double[][] truth = ReferenceSinkhorn.solveAccurately(masked(logKernel(tokens, divergence), false, true), mass, mass)
                    .plan();
            comparePlan(scores(tokens, false, true).sinkhorn(divergence, engine.options(1e-5).withMarginals(mass, mass)), truth);
            assertEquals(SinkhornStatus.INFEASIBLE,
                    scores(tokens, false, true).sinkhorn(divergence, engine.options(1e-5)).heads().getFirst().status());
        }
    }

    /** Strictly earlier tokens alone: the marginals are those of a kernel with mass on every visible entry. */
    @ParameterizedTest
    @EnumSource
    void plansUnderACausalMask(Engine engine) {
        Tokens tokens = Tokens.random(11, 12, 12, D, 1);
        double[][] some = ReferenceSoftmax.rowSoftmax(masked(Tokens.random(12, 12, 12, D, 1).scores64(), true, false));
        double[] mu = ReferenceMatrix.rowSums(some);
        double[] nu = ReferenceMatrix.columnSums(some);
        assertEquals(0, mu[0] + nu[11]);
        for (Divergence divergence : Divergence.values()) {
            ReferenceSinkhorn.Solution truth =
                    ReferenceSinkhorn.solveAccurately(masked(logKernel(tokens, divergence), true, false), mu, nu);
            SinkhornResult result = scores(tokens, true, false).sinkhorn(divergence, engine.options(1e-5).withMarginals(mu, nu));
            comparePlan(result, truth.plan());
            assertEquals(Double.NEGATIVE_INFINITY, result.heads().getFirst().u()[0]);
        }
    }

    /** Entries rounded to bfloat16: what is reported is the true plan's, which has no diagonal either. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void narrowEntries(Divergence divergence) {
        Tokens tokens = Tokens.random(13, 100, 100, D, 1);
        SinkhornResult narrow = scores(tokens, false, false).sinkhorn(divergence, Sinkhorn.tolerance(1e-2).withBfloat16Storage());
        double[][] plan = entries(narrow.requireConverged().operator());
        double[][] truth = ReferenceScaling.bistochastic(masked(logKernel(tokens, divergence), false, false));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, plan), 1e-2);
        assertZeros(truth, plan);
        assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), ReferenceMatrix.constant(100, 1)),
                narrow.heads().getFirst().columnError(), 1e-6);
    }

    /** A symmetric kernel has one potential for rows and columns, but for a constant. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 2})
    void plansOfTheSymmetricDivergenceHaveOnePotential(double size) {
        SinkhornSolution solution = scores(Tokens.random(14, 70, 70, D, size), false, false)
                .sinkhorn(Divergence.SYMMETRIC, Sinkhorn.bistochastic()).requireConverged().heads().getFirst();
        for (int i = 0; i < 70; i++) {
            assertEquals(solution.u()[0] - solution.v()[0], solution.u()[i] - solution.v()[i], 1e-9);
        }
    }

    @ParameterizedTest
    @EnumSource(Divergence.class)
    void plansMadeOnceSolveTheSame(Divergence divergence) {
        Scores scores = scores(Tokens.random(15, 130, 130, D, 1.5), false, false);
        SinkhornSolution expected = scores.sinkhorn(divergence, Sinkhorn.bistochastic()).heads().getFirst();
        SinkhornPlan plan = SinkhornPlan.of(scores, divergence, Sinkhorn.bistochastic());
        for (int call = 0; call < 2; call++) {
            plan.solve();
            assertArrayEquals(expected.u(), plan.head(0).solution().u());
            assertArrayEquals(expected.v(), plan.head(0).solution().v());
        }
        plan.follow();
        assertTrue(plan.converged());
    }

    /** Cost, entropy and objective are sums over the entries that are not masked. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    @Tag("slow")
    void costEntropyAndObjective(Divergence divergence) {
        Tokens tokens = Tokens.random(16, 70, 70, D, 1.3);
        double[][] z = masked(logKernel(tokens, divergence), false, false);
        double[][] plan = ReferenceScaling.bistochastic(z);
        double cost = 0;
        double negentropy = 0;
        for (int i = 0; i < 70; i++) {
            for (int j = 0; j < 70; j++) {
                cost -= i == j ? 0 : plan[i][j] * z[i][j];
                negentropy += i == j ? 0 : plan[i][j] * Math.log(plan[i][j]);
            }
        }
        SinkhornResult result = scores(tokens, false, false).sinkhorn(divergence, Sinkhorn.bistochastic()).requireConverged();
        TransportFigures figures = result.figures(0);
        assertEquals(cost, figures.transportCost(), 1e-4 * Math.abs(cost));
        assertEquals(70 - negentropy, figures.entropy(), 1e-4 * Math.abs(negentropy));
        assertEquals(cost + negentropy - 70, figures.objective(), 1e-4 * Math.abs(cost));
    }

    /** Wished marginals that cannot be had are not reached, and what sees nothing stays zero. */
    @Test
    @Tag("slow")
    void relaxedMarginals() {
        Scores scores = tokens(3).scores(arena).withZeroDiagonal().withSequences(1, 2);
        SinkhornResult result = scores.sinkhorn(Sinkhorn.bistochastic().relaxed(1, 1)).requireConverged();
        double[][] plan = entries(result.operator());
        assertEquals(0, plan[0][0] + plan[1][1] + plan[2][2]);
        assertTrue(plan[1][2] > 0 && plan[2][1] > 0);
        assertEquals(Double.NEGATIVE_INFINITY, result.heads().getFirst().u()[0]);
    }

    private static Tokens tokens(int n) {
        return Tokens.random(17, n, n, D, 1);
    }

    /** All heads of a trained model: each has its plan, which is that of the definition. */
    @Tag("thorough")
    @Test
    @Tag("slow")
    void realHeads() {
        int n = 64;
        MiniLm.Heads model = MiniLm.shared().run(n);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = 0; head < model.heads(); head++) {
                Tokens tokens = new Tokens(n, n, MiniLm.DIMENSION, model.queries(layer, head), model.keys(layer, head));
                double[][] truth = ReferenceScaling.bistochastic(masked(logKernel(tokens, Divergence.SYMMETRIC), false, false));
                comparePlan(scores(tokens, false, false).sinkhorn(Divergence.SYMMETRIC, Sinkhorn.bistochastic()), truth);
            }
        }
    }

    // ---- settings ----

    /** In whatever order masks are asked for, each is there; and asked for twice it is the same. */
    @Test
    void masksAreCombinedInAnyOrder() {
        Tokens tokens = Tokens.random(18, N, N, D, 1);
        Scores whole = tokens.scores(arena);
        double[][] expected = entries(scores(tokens, true, true).attention());
        for (Scores scores : new Scores[] {whole.withSequences(LENGTHS).withCausalMask().withZeroDiagonal(),
                whole.withCausalMask().withZeroDiagonal().withSequences(LENGTHS).withZeroDiagonal(),
                whole.withZeroDiagonal().withSequences(LENGTHS).withCausalMask().withBeta(2).withBeta(1)}) {
            assertTrue(Arrays.deepEquals(expected, entries(scores.attention())));
        }
    }

    private double[][] entries(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return of(out);
    }

    private static double[][] of(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }
}
