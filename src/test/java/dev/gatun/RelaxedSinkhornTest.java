package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.RowGroups;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceRelaxed;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unbalanced couplings against a float64 oracle, and against the conditions that make them optimal. */
class RelaxedSinkhornTest {

    private static final int N = 30;
    private static final int M = 21;
    private static final double INF = Double.POSITIVE_INFINITY;

    private final Arena arena = Arena.ofAuto();
    private final Tokens tokens = Tokens.random(4, N, M, 8, 1);
    private final double[] mu = new double[N];
    private final double[] nu = new double[M];

    RelaxedSinkhornTest() {
        Arrays.setAll(mu, i -> 0.5 + i % 3);
        Arrays.setAll(nu, j -> 1.0 + j % 4);
    }

    private Sinkhorn relaxed(double rows, double columns) {
        return Sinkhorn.tolerance(1e-6).withMarginals(mu, nu).relaxed(rows, columns);
    }

    private double[][] plan(SinkhornResult result) {
        Operator operator = result.operator();
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    private static SinkhornSolution only(SinkhornResult result) {
        return result.heads().getFirst();
    }

    /** Entries, potentials and every figure, weights being in units of scores at any temperature. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "0.1, 5, 2.5", "20, 0.5, 0.3", "Infinity, 2, 2.5", "3, Infinity, 1", "1000, 1000, 1", "1e4, 1e4, 2.5",
            "1e4, 1e-3, 1", "1e-12, 1e-12, 1", "Infinity, 1e4, 0.3"})
    void couplingsAndFiguresAreThoseOfTheOracle(double rows, double columns, double beta) {
        double[] some = mu.clone();
        some[3] = 0;
        double[][] z = ReferenceMatrix.scale(beta, tokens.scores64());
        SinkhornResult result = tokens.scores(arena).withBeta(beta)
                .sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(some, nu).relaxed(rows, columns)).requireConverged();
        double[][] potentials = ReferenceRelaxed.solve(z, some, nu, 1 / beta, rows, columns);
        double[][] truth = ReferenceSinkhorn.plan(z, potentials[0], potentials[1]);
        assertNear(truth, plan(result), 1e-5);
        assertFigures(ReferenceRelaxed.figures(truth, z, some, nu, 1 / beta, rows, columns), result.figures(0), 1e-7);
        double objective = objective(result.figures(0), -result.figures(0).entropy() / beta, rows, columns);
        assertEquals(objective, result.figures(0).objective(), 1e-12 * Math.abs(objective));
        for (int i = 0; i < N; i++) {
            assertClose(potentials[0][i], only(result).u()[i], 1e-6);
        }
        for (int j = 0; j < M; j++) {
            assertClose(potentials[1][j], only(result).v()[j], 1e-6);
        }
    }

    private static double objective(TransportFigures figures, double regularisation, double rows, double columns) {
        return figures.transportCost() + regularisation + (rows < INF ? rows * figures.klRows() : 0)
                + (columns < INF ? columns * figures.klColumns() : 0);
    }

    private static void assertNear(double[][] expected, double[][] actual, double part) {
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                assertEquals(expected[i][j], actual[i][j], part * expected[i][j], "entry " + i + ", " + j);
            }
        }
    }

    private static void assertFigures(ReferenceRelaxed.Figures expected, TransportFigures actual, double part) {
        assertClose(expected.mass(), actual.mass(), part);
        assertClose(expected.transportCost(), actual.transportCost(), part);
        assertClose(expected.entropy(), actual.entropy(), part);
        assertClose(expected.klProduct(), actual.klProduct(), part);
        assertClose(expected.klRows(), actual.klRows(), part);
        assertClose(expected.klColumns(), actual.klColumns(), part);
    }

    private static void assertClose(double expected, double actual, double part) {
        if (expected != actual) {
            assertEquals(expected, actual, part * Math.abs(expected));
        }
    }

    /** The objective has no slope along any entry of the coupling. */
    @ParameterizedTest
    @CsvSource({"1, 1", "0.1, 5", "20, 0.5", "Infinity, 2", "3, Infinity"})
    void noEntryCanBeBettered(double rows, double columns) {
        SinkhornResult result = tokens.scores(arena).sinkhorn(relaxed(rows, columns)).requireConverged();
        double[][] plan = plan(result);
        double[][] z = tokens.scores64();
        double[] rowSums = ReferenceMatrix.rowSums(plan);
        double[] columnSums = ReferenceMatrix.columnSums(plan);
        double[] u = only(result).u();
        double[] v = only(result).v();
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < M; j++) {
                double ofRow = rows == INF ? -u[i] : rows * Math.log(rowSums[i] / mu[i]);
                double ofColumn = columns == INF ? -v[j] : columns * Math.log(columnSums[j] / nu[j]);
                double slope = Math.log(plan[i][j]) - z[i][j] + ofRow + ofColumn;
                assertEquals(0, slope, 2e-5 * (1 + (rows < 1e9 ? rows : 0) + (columns < 1e9 ? columns : 0)));
            }
        }
    }

    /** Large weights take no more passes than small ones, whatever the totals, and lose no digits. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 10, 100, 1000, 1e4, 1e6, 1e300})
    void passesDoNotGrowWithTheWeight(double rho) {
        int[] passes = new int[10];
        for (int problem = 0; problem < passes.length; problem++) {
            Random random = new Random(problem);
            double spread = problem % 2 == 0 ? 0.7 : 4;
            double[] rows = random.doubles(60).map(x -> Math.exp(spread * random.nextGaussian())).toArray();
            double[] columns = random.doubles(60).map(x -> 3 * Math.exp(spread * random.nextGaussian())).toArray();
            Scores scores = Tokens.random(100 + problem, 60, 60, 8, 1.5).scores(arena);
            double rowWeight = problem % 5 == 4 ? INF : rho;
            SinkhornSolution solution = only(scores.sinkhorn(
                    Sinkhorn.bistochastic().withMarginals(rows, columns).relaxed(rowWeight, rho)).requireConverged());
            passes[problem] = solution.iterations();
            assertTrue(solution.rowError() <= 1e-5 && solution.columnError() <= 1e-5);
        }
        Arrays.sort(passes);
        assertTrue(passes[9] <= 40, () -> "passes: " + Arrays.toString(passes));
    }

    /** Scores of hundreds make a coupling all but a permutation, to which the head is led from a smaller inverse temperature. */
    @Test
    void sharpScoresAreHeatedUp() {
        Scores scores = Tokens.random(5, 40, 40, 8, 30).scores(arena);
        double[] rows = new Random(3).doubles(40, 0.1, 2).toArray();
        double[] columns = new Random(4).doubles(40, 0.1, 4).toArray();
        Sinkhorn options = Sinkhorn.bistochastic().withMarginals(rows, columns).relaxed(1e4, 1e4);
        SinkhornSolution solution = only(scores.sinkhorn(options).requireConverged());
        assertTrue(solution.iterations() > 200 && solution.iterations() <= 600, solution::toString);
        for (int most : new int[] {1, 2, 199, 201, 202, 203, 204, 210}) {
            SinkhornSolution cut = only(scores.sinkhorn(options.withMaxIterations(most)));
            assertEquals(SinkhornStatus.STALLED, cut.status());
            assertTrue(cut.iterations() <= most + 1, cut::toString);
        }
    }

    /** Masses near either end of float64 leave figures that are no NaN, and in proportion. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-290, 1e-30, 1e30})
    void figuresOfAnyMass(double unit) {
        double[] rows = Arrays.stream(mu).map(mass -> unit * mass).toArray();
        double[] columns = Arrays.stream(nu).map(mass -> unit * mass).toArray();
        TransportFigures one = tokens.scores(arena).sinkhorn(relaxed(1e12, 1e12)).figures(0);
        TransportFigures other = tokens.scores(arena).sinkhorn(
                Sinkhorn.bistochastic().withMarginals(rows, columns).relaxed(1e12, 1e12)).figures(0);
        assertClose(unit * one.klRows(), other.klRows(), 1e-6);
        assertClose(unit * one.klColumns(), other.klColumns(), 1e-6);
        assertTrue(Double.isFinite(other.objective()) && other.mass() / unit > 1 && other.mass() / unit < 1000);
    }

    /** Sums beyond float64 are told from sums, and never NaN. */
    @Test
    void kernelsBeyondFloat64AreNamed() {
        Scores scores = Tokens.random(5, 20, 20, 8, 30).scores(arena);
        for (double rho : new double[] {1e-6, 1}) {
            SinkhornSolution solution = only(scores.sinkhorn(Sinkhorn.bistochastic().relaxed(rho, rho)));
            assertEquals(SinkhornStatus.STALLED, solution.status());
            assertTrue(solution.reason().endsWith("because its entries are rounded to float32"), solution::toString);
            assertTrue(Math.max(solution.rowError(), solution.columnError()) >= 1, solution::toString);
            assertTrue(Arrays.stream(solution.u()).allMatch(Double::isFinite));
        }
    }

    /** Without a limit of the weight the mass is the geometric mean of the totals, and the coupling that of enforced marginals. */
    @Test
    void infiniteWeightsMeetBetweenTheTotals() {
        double rowTotal = ReferenceMatrix.sum(mu);
        double columnTotal = ReferenceMatrix.sum(nu);
        double[] rows = Arrays.stream(mu).map(mass -> mass * Math.sqrt(columnTotal / rowTotal)).toArray();
        double[] columns = Arrays.stream(nu).map(mass -> mass * Math.sqrt(rowTotal / columnTotal)).toArray();
        Scores scores = tokens.scores(arena);
        double[][] enforced = plan(scores.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(rows, columns)).requireConverged());
        SinkhornResult result = scores.sinkhorn(relaxed(1e300, 1e300)).requireConverged();
        assertNear(enforced, plan(result), 1e-5);
        TransportFigures figures = result.figures(0);
        assertEquals(Math.sqrt(rowTotal * columnTotal), figures.mass(), 1e-12 * figures.mass());
        double ofRows = figures.mass() * Math.log(figures.mass() / rowTotal) - figures.mass() + rowTotal;
        assertEquals(ofRows, figures.klRows(), 1e-9 * ofRows);
    }

    /** Sequences that do not see each other have shifts of their own; with one for both the solve takes three times as long. */
    @Test
    void everyComponentHasItsOwnShift() {
        double[] rows = new double[N];
        double[] columns = new double[N];
        Arrays.setAll(rows, i -> 1 + i % 2);
        Arrays.setAll(columns, j -> j < 12 ? 0.1 : 5);
        Scores scores = Tokens.random(6, N, N, 8, 1).scores(arena).withSequences(12, N - 12);
        SinkhornSolution solution = only(scores.sinkhorn(
                Sinkhorn.bistochastic().withMarginals(rows, columns).relaxed(1e4, 1e4)).requireConverged());
        assertTrue(solution.iterations() <= 15, solution::toString);
    }

    /** With weights of nothing marginals do not matter, and the coupling is the kernel. */
    @Test
    void smallWeightsLeaveTheKernel() {
        SinkhornResult result = tokens.scores(arena).sinkhorn(relaxed(1e-300, 1e-300)).requireConverged();
        assertNear(ReferenceSinkhorn.plan(tokens.scores64(), new double[N], new double[M]), plan(result), 1e-5);
        assertTrue(only(result).iterations() <= 3);
    }

    @Test
    void massesWithoutRoomAndWithoutMassAreZeros() {
        double[] some = mu.clone();
        some[3] = 0;
        Scores causal = Tokens.random(5, N, M, 8, 1).scores(arena).withCausalMask();
        SinkhornResult result = causal.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(some, nu).relaxed(1, 1))
                .requireConverged();
        double[][] plan = plan(result);
        for (double[] row : plan) {
            for (double entry : row) {
                assertTrue(entry >= 0 && entry < 100);
            }
        }
        assertEquals(0, ReferenceMatrix.sum(plan[0]), "the first queries of more queries than keys see nothing");
        assertEquals(0, ReferenceMatrix.sum(plan[3]));
        assertEquals(Double.NEGATIVE_INFINITY, only(result).u()[0]);
        double lost = Arrays.stream(some, 0, N - M).sum() - some[3];
        assertTrue(result.figures(0).klRows() >= lost, "rows of zeros cost their mass");
    }

    /** A row that must have its mass and sees no column is named; where it may do without it is zero. */
    @Test
    void enforcedSumsThatCannotBeHadAreInfeasible() {
        Scores causal = tokens.scores(arena).withCausalMask();
        SinkhornSolution solution = only(causal.sinkhorn(relaxed(INF, 1)));
        assertEquals(SinkhornStatus.INFEASIBLE, solution.status());
        assertEquals("row 0 has a mass of 0.5 but sees no column with mass", solution.reason());
        causal.sinkhorn(relaxed(1, INF)).requireConverged();
        double[] first = new double[N];
        first[0] = 1;
        assertEquals("column 0 has a mass of 1.0 but no row with mass sees it", only(causal.sinkhorn(
                Sinkhorn.bistochastic().withMarginals(first, nu).relaxed(1, INF))).reason());
    }

    /** A bias of minus infinity leaves row 7 column 4 alone, and column 9 row 3; one of each pair has no mass. */
    @Test
    void pairsThatABiasForbidsAreNotSeen() {
        Matrix bias = Matrix.allocate(arena, N, M);
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < M; j++) {
                bias.set(i, j, i == 7 && j != 4 || j == 9 && i != 3 ? Float.NEGATIVE_INFINITY : 0);
            }
        }
        mu[3] = 0;
        nu[4] = 0;
        Scores scores = tokens.scores(arena).withBias(bias);
        assertEquals("row 7 has a mass of 1.5 but sees no column with mass", only(scores.sinkhorn(relaxed(INF, 1))).reason());
        assertEquals("column 9 has a mass of 2.0 but no row with mass sees it", only(scores.sinkhorn(relaxed(1, INF))).reason());
        SinkhornSolution solution = only(scores.sinkhorn(relaxed(1, 1)).requireConverged());
        assertEquals(Double.NEGATIVE_INFINITY, solution.u()[7]);
        assertEquals(Double.NEGATIVE_INFINITY, solution.v()[9]);
    }

    /** Masses that float32 entries cannot hold are named, and the others are right. */
    @Test
    void sumsBelowFloat32AreNamed() {
        double[] rows = mu.clone();
        rows[7] = 1e-200;
        SinkhornResult result = tokens.scores(arena).sinkhorn(Sinkhorn.bistochastic().withMarginals(rows, nu).relaxed(INF, 10));
        assertEquals(SinkhornStatus.STALLED, only(result).status());
        assertEquals("row 7 must sum to 1.00e-200 and is off by 1.0 of it, because its entries are rounded to float32",
                only(result).reason());
        assertEquals(1, only(result).rowError());
        double[][] z = tokens.scores64();
        double[][] potentials = ReferenceRelaxed.solve(z, rows, nu, 1, INF, 10);
        double[][] truth = ReferenceSinkhorn.plan(z, potentials[0], potentials[1]);
        double[][] plan = plan(result);
        truth[7] = plan[7];
        assertNear(truth, plan, 1e-5);
        assertEquals(potentials[0][7], only(result).u()[7], 1e-6);
    }

    @Test
    void weightsAreChecked() {
        Sinkhorn options = Sinkhorn.bistochastic();
        for (double bad : new double[] {0, -1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> options.relaxed(bad, 1));
            assertThrows(IllegalArgumentException.class, () -> options.relaxed(1, bad));
        }
        assertThrows(IllegalArgumentException.class, () -> options.relaxed(INF, INF));
        assertThrows(NullPointerException.class, () -> options.withReference(null));
    }

    /** Options are honoured or refused, in whatever order they are given. */
    @Test
    void everyOptionCounts() {
        String refusal = "relaxed marginals are solved for in float64; bfloat16 entries are for enforced ones";
        assertEquals(refusal, assertThrows(IllegalArgumentException.class, () -> relaxed(1, 1).withBfloat16Storage()).getMessage());
        assertEquals(refusal, assertThrows(IllegalArgumentException.class,
                () -> Sinkhorn.bistochastic().withBfloat16Storage().relaxed(1, 1)).getMessage());
        Scores scores = tokens.scores(arena);
        SinkhornResult cold = scores.sinkhorn(relaxed(30, 20)).requireConverged();
        SinkhornResult warm = scores.sinkhorn(relaxed(30, 20).startingAt(cold)).requireConverged();
        assertTrue(only(warm).iterations() <= 2, () -> "it took " + only(warm).iterations());
        SinkhornResult plain = scores.sinkhorn(relaxed(30, 20).plain()).requireConverged();
        assertEquals(0, only(plain).newtonSteps());
        assertTrue(only(plain).iterations() > 5 * only(cold).iterations(), () -> "it took " + only(plain).iterations());
        assertNear(plan(cold), plan(plain), 2e-4);
        assertTrue(only(scores.sinkhorn(relaxed(30, 20).plain().startingAt(cold))).iterations() <= 2);
        SinkhornSolution streamed = only(scores.sinkhorn(relaxed(30, 20).withMemory(0)));
        assertArrayEquals(only(cold).u(), streamed.u(), 1e-6);
        SinkhornSolution cut = only(scores.sinkhorn(relaxed(30, 20).withMaxIterations(4)));
        assertEquals(SinkhornStatus.STALLED, cut.status());
        assertEquals(4, cut.iterations());
        assertTrue(cut.reason().matches("a marginal is still off by .* after 4 iterations"), cut.reason());
    }

    /** Conjugate gradients, without memory for elimination, and any number of workers find the same. */
    @Test
    void memoryAndWorkersDoNotChangeTheCoupling() {
        int several = 2 * 4 * Lanes.BLOCK + 66;
        assertEquals(3, new RowGroups(several).count());
        Tokens many = Tokens.random(8, several, 132, 8, 1);
        double[] rows = new Random(1).doubles(several, 0.1, 2).toArray();
        double[] columns = new Random(2).doubles(132, 0.1, 2).toArray();
        Sinkhorn options = Sinkhorn.bistochastic().withMarginals(rows, columns).relaxed(100, 1000);
        Scores scores = many.scores(arena);
        SinkhornResult expected = scores.sinkhorn(options).requireConverged();
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            SinkhornSolution shared = only(scores.withWorkers(Workers.of(pool, 3)).sinkhorn(options));
            assertArrayEquals(only(expected).u(), shared.u());
            assertArrayEquals(only(expected).v(), shared.v());
            assertEquals(expected.figures(0), scores.withWorkers(Workers.of(pool, 3)).sinkhorn(options).figures(0));
        }
        SinkhornResult streamed = scores.sinkhorn(options.withMemory(0)).requireConverged();
        assertNear(plan(expected), plan(streamed), 1e-5);
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            SinkhornSolution shared = only(scores.withWorkers(Workers.of(pool, 3)).sinkhorn(options.withMemory(0)));
            assertArrayEquals(only(streamed).u(), shared.u());
            assertArrayEquals(only(streamed).v(), shared.v());
        }
    }

    /** Rows and columns are measured on the float entries, against the sums that the potentials ask for. */
    @Test
    void errorsAreThoseOfTheEntries() {
        SinkhornResult result = tokens.scores(arena).withBeta(2).sinkhorn(relaxed(3, 7)).requireConverged();
        double[][] plan = plan(result);
        double[] u = only(result).u();
        double[] v = only(result).v();
        double[] rowTargets = new double[N];
        double[] columnTargets = new double[M];
        Arrays.setAll(rowTargets, i -> mu[i] * Math.exp(-u[i] / 6));
        Arrays.setAll(columnTargets, j -> nu[j] * Math.exp(-v[j] / 14));
        double[] rowSums = ReferenceMatrix.rowSums(plan);
        double[] columnSums = ReferenceMatrix.columnSums(plan);
        assertEquals(ReferenceSinkhorn.error(rowSums, rowTargets), only(result).rowError(), 1e-10);
        assertEquals(ReferenceSinkhorn.error(columnSums, columnTargets), only(result).columnError(), 1e-10);
        assertEquals(ReferenceSinkhorn.l1Error(rowSums, rowTargets), only(result).rowErrorL1(), 1e-9);
        assertEquals(ReferenceSinkhorn.l1Error(columnSums, columnTargets), only(result).columnErrorL1(), 1e-9);
        assertTrue(only(result).rowError() > 0);
    }

    // ---- other libraries ----

    private static final double[][] COST = {{0, 1}, {1, 0}};

    /** Scores of two tokens whose divergence is {@link #COST}. */
    private Scores two() {
        float[] identity = {1, 0, 0, 1};
        return Scores.of(Matrix.copyOf(arena, identity, 2, 2), Matrix.copyOf(arena, identity, 2, 2)).withScale(1);
    }

    /** The couplings and the cost that POT's documentation prints for its default, reg_type "kl", with reg = reg_m = 1. */
    @Test
    void potExamples() {
        Sinkhorn options = Sinkhorn.tolerance(1e-6).relaxed(1, 1).withReference(Sinkhorn.Reference.MARGINALS);
        double[] half = {0.5, 0.5};
        double[][] plan = plan(two().sinkhorn(options.withMarginals(half, half)).requireConverged());
        assertNear(new double[][] {{0.3220536, 0.1184769}, {0.1184769, 0.3220536}}, plan, 1e-6);
        SinkhornResult result = two().sinkhorn(options.withMarginals(new double[] {0.5, 0.1}, half)).requireConverged();
        assertEquals(0.19600125, result.figures(0).transportCost(), 5e-8);
    }

    /** POT's log["total_cost"] leaves out the terms -p + q of every divergence; relative to the kernel it is 0 at the optimum. */
    @ParameterizedTest
    @CsvSource({"KERNEL, 2, 3", "MARGINALS, 2, 3", "KERNEL, Infinity, 3", "MARGINALS, 2, Infinity"})
    void potTotalCost(Sinkhorn.Reference reference, double rows, double columns) {
        double beta = 1.7;
        SinkhornResult result = tokens.scores(arena).withBeta(beta)
                .sinkhorn(relaxed(rows, columns).withReference(reference)).requireConverged();
        double[][] plan = plan(result);
        double total = 0;
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < M; j++) {
                double ofReference = reference == Sinkhorn.Reference.KERNEL ? 1 : mu[i] * nu[j];
                total += plan[i][j] * (Math.log(plan[i][j] / ofReference) / beta - tokens.scores64()[i][j]);
            }
        }
        double[] rowSums = ReferenceMatrix.rowSums(plan);
        double[] columnSums = ReferenceMatrix.columnSums(plan);
        for (int i = 0; i < N && rows < INF; i++) {
            total += rows * rowSums[i] * Math.log(rowSums[i] / mu[i]);
        }
        for (int j = 0; j < M && columns < INF; j++) {
            total += columns * columnSums[j] * Math.log(columnSums[j] / nu[j]);
        }
        double rowTotal = ReferenceMatrix.sum(mu);
        double columnTotal = ReferenceMatrix.sum(nu);
        TransportFigures figures = result.figures(0);
        double left = (figures.mass() - (reference == Sinkhorn.Reference.KERNEL ? 0 : rowTotal * columnTotal)) / beta
                + (rows < INF ? rows * (figures.mass() - rowTotal) : 0)
                + (columns < INF ? columns * (figures.mass() - columnTotal) : 0);
        assertEquals(total, figures.objective() + left, 1e-6 * Math.abs(left));
    }

    /** OTT's reg_ot_cost is the dual of the coupling relative to the marginals, at the potentials eps (u - log mu). */
    @ParameterizedTest
    @CsvSource({"2, 3", "50, 7", "Infinity, 3"})
    void ottRegularisedCost(double rows, double columns) {
        double beta = 0.6;
        SinkhornResult result = tokens.scores(arena).withBeta(beta)
                .sinkhorn(relaxed(rows, columns).withReference(Sinkhorn.Reference.MARGINALS)).requireConverged();
        double dual = (ReferenceMatrix.sum(mu) * ReferenceMatrix.sum(nu) - result.figures(0).mass()) / beta;
        for (int i = 0; i < N; i++) {
            double f = (only(result).u()[i] - Math.log(mu[i])) / beta;
            dual += rows == INF ? mu[i] * f : -rows * mu[i] * Math.expm1(-f / rows);
        }
        for (int j = 0; j < M; j++) {
            double f = (only(result).v()[j] - Math.log(nu[j])) / beta;
            dual -= columns * nu[j] * Math.expm1(-f / columns);
        }
        assertEquals(dual, result.figures(0).objective(), 1e-9 * Math.abs(dual));
    }

    /** Relative to the marginals it is the kernel with log masses added; enforced, only the objective differs. */
    @Test
    void referencesOfTheEntropy() {
        double[][] z = ReferenceMatrix.shift(tokens.scores64(), Arrays.stream(mu).map(Math::log).toArray(),
                Arrays.stream(nu).map(Math::log).toArray());
        double[][] potentials = ReferenceRelaxed.solve(z, mu, nu, 1, 5, 200);
        SinkhornResult result = tokens.scores(arena).sinkhorn(relaxed(5, 200).withReference(Sinkhorn.Reference.MARGINALS));
        assertNear(ReferenceSinkhorn.plan(z, potentials[0], potentials[1]), plan(result.requireConverged()), 1e-5);
        double[] same = Arrays.stream(nu).map(x -> x * ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu)).toArray();
        Sinkhorn enforced = Sinkhorn.tolerance(1e-6).withMarginals(mu, same);
        SinkhornResult kernel = tokens.scores(arena).sinkhorn(enforced).requireConverged();
        SinkhornResult marginals = tokens.scores(arena).sinkhorn(enforced.withReference(Sinkhorn.Reference.MARGINALS));
        assertArrayEquals(only(kernel).v(), only(marginals).v());
        TransportFigures figures = marginals.figures(0);
        assertEquals(0, figures.klRows() + figures.klColumns());
        assertEquals(figures.transportCost() - figures.entropy(), kernel.figures(0).objective(), 1e-12 * figures.entropy());
        assertEquals(figures.transportCost() + figures.klProduct(), figures.objective(), 1e-12 * Math.abs(figures.objective()));
    }

    /** Divergences of tokens with themselves are costs of their own, as the balanced solve has them. */
    @Test
    void divergences() {
        Tokens square = Tokens.random(9, 25, 25, 8, 1);
        double[][] s = square.scores64();
        double[] masses = new Random(3).doubles(25, 0.1, 2).toArray();
        for (Divergence divergence : Divergence.values()) {
            double[][] z = ReferenceScores.logKernel(switch (divergence) {
                case FORWARD -> ReferenceScores.forward(s);
                case BACKWARD -> ReferenceScores.backward(s);
                case SYMMETRIC -> ReferenceScores.symmetric(s);
            }, 1);
            SinkhornResult result = square.scores(arena).sinkhorn(divergence,
                    Sinkhorn.tolerance(1e-6).withMarginals(masses, masses).relaxed(2, 50)).requireConverged();
            double[][] potentials = ReferenceRelaxed.solve(z, masses, masses, 1, 2, 50);
            double[][] truth = ReferenceSinkhorn.plan(z, potentials[0], potentials[1]);
            assertNear(truth, plan(result), 2e-5);
            assertFigures(ReferenceRelaxed.figures(truth, z, masses, masses, 1, 2, 50), result.figures(0), 1e-8);
        }
    }
}
