package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.TransportFigures;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceRelaxed;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Laws of relaxed marginals: duality, optimality, and the effect of exchanged sides, permuted keys and other units. */
@Label("Relaxed marginals")
class RelaxedLawsTest {

    private static final double INF = Double.POSITIVE_INFINITY;

    /** A problem of penalties and masses over many orders of magnitude, rows and columns of different numbers. */
    private record Problem(Tokens tokens, double[] mu, double[] nu, double rows, double columns, double beta) {

        static Problem of(long seed) {
            Random random = new Random(seed);
            int n = 2 + random.nextInt(11);
            int m = n + 1 + random.nextInt(5);
            Tokens tokens = Tokens.random(seed, n, m, 4, Math.exp(1.5 * random.nextDouble() - 1));
            double rows = strength(random);
            return new Problem(tokens, masses(random, n), masses(random, m), rows,
                    rows == INF ? Math.exp(random.nextGaussian()) : strength(random), Math.exp(random.nextGaussian()));
        }

        private static double strength(Random random) {
            return random.nextInt(5) == 0 ? INF : Math.pow(10, 9 * random.nextDouble() - 3);
        }

        private static double[] masses(Random random, int count) {
            double spread = 6 * random.nextDouble();
            double[] masses = random.doubles(count).map(x -> Math.exp(spread * random.nextGaussian())).toArray();
            masses[random.nextInt(count)] *= random.nextInt(3) == 0 ? 0 : 1;
            return ReferenceMatrix.sum(masses) > 0 ? masses : ReferenceMatrix.constant(count, 1);
        }

        Scores scores(Arena arena) {
            return tokens.scores(arena).withBeta(beta);
        }

        Sinkhorn options(Sinkhorn.Reference reference) {
            return Sinkhorn.bistochastic().withMarginals(mu, nu).relaxed(rows, columns).withReference(reference);
        }

        /** With rows and columns exchanged. */
        Problem exchanged() {
            return new Problem(new Tokens(tokens.columns(), tokens.rows(), tokens.d(), tokens.k(), tokens.q()), nu, mu, columns,
                    rows, beta);
        }

        /** With another order of columns. */
        Problem permuted(int[] order) {
            float[] keys = new float[tokens.k().length];
            for (int j = 0; j < order.length; j++) {
                System.arraycopy(tokens.k(), order[j] * tokens.d(), keys, j * tokens.d(), tokens.d());
            }
            return new Problem(new Tokens(tokens.rows(), tokens.columns(), tokens.d(), tokens.q(), keys), mu,
                    Arrays.stream(order).mapToDouble(j -> nu[j]).toArray(), rows, columns, beta);
        }

        /** The sum of the magnitudes of the objective's terms. */
        double scale(TransportFigures figures) {
            return Math.abs(figures.transportCost()) + (Math.abs(figures.entropy()) + Math.abs(figures.klProduct())) / beta
                    + (rows == INF ? 0 : rows * figures.klRows()) + (columns == INF ? 0 : columns * figures.klColumns());
        }
    }

    /** At the solution the objective is the dual of the potentials, which are those of its definition. */
    @Property(tries = 60)
    void theObjectiveIsTheDual(@ForAll long seed, @ForAll Sinkhorn.Reference reference) {
        Problem problem = Problem.of(seed);
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(problem.options(reference)).requireConverged();
            SinkhornSolution solution = result.heads().getFirst();
            TransportFigures figures = result.figures(0);
            boolean marginals = reference == Sinkhorn.Reference.MARGINALS;
            double constant = marginals ? ReferenceMatrix.sum(problem.mu) * ReferenceMatrix.sum(problem.nu) : 0;
            double dual = (constant - figures.mass()) / problem.beta
                    + side(problem.mu, solution.u(), problem.rows, problem.beta, marginals)
                    + side(problem.nu, solution.v(), problem.columns, problem.beta, marginals);
            assertEquals(dual, figures.objective(), 1e-6 * problem.scale(figures));
        }
    }

    private static double side(double[] masses, double[] potential, double rho, double beta, boolean marginals) {
        double sum = 0;
        for (int i = 0; i < masses.length; i++) {
            if (masses[i] > 0) {
                double f = (potential[i] - (marginals ? Math.log(masses[i]) : 0)) / beta;
                sum += masses[i] * (rho == INF ? f : -rho * Math.expm1(-f / rho));
            }
        }
        return sum;
    }

    /** No coupling near the solution has a smaller objective; enforced sums are kept by exchanging mass within rows or columns. */
    @Property(tries = 40)
    void noCouplingNearbyIsBetter(@ForAll long seed, @ForAll Sinkhorn.Reference reference) {
        Problem problem = Problem.of(seed);
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(problem.options(reference)).requireConverged();
            double[][] z = ReferenceMatrix.scale(problem.beta, problem.tokens.scores64());
            double[] u = result.heads().getFirst().u();
            double[] v = result.heads().getFirst().v();
            double[][] coupling = entries((i, j) -> Math.exp(z[i][j] + u[i] + v[j]), u.length, v.length);
            double best = objective(problem, coupling, z, reference);
            for (int attempt = 0; attempt < 4; attempt++) {
                double size = Math.pow(10, -attempt);
                double[][] other = entries((i, j) -> coupling[i][j] * Math.exp(size * random.nextGaussian()), u.length, v.length);
                keep(other, coupling, problem);
                double scale = problem.scale(result.figures(0));
                assertTrue(objective(problem, other, z, reference) >= best - 1e-8 * scale);
            }
        }
    }

    private static double[][] entries(BiFunction<Integer, Integer, Double> entry, int rows, int columns) {
        double[][] entries = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                entries[i][j] = entry.apply(i, j);
            }
        }
        return entries;
    }

    /** Restores the sums of enforced rows or columns. */
    private static void keep(double[][] other, double[][] coupling, Problem problem) {
        double[][] sums = {ReferenceMatrix.rowSums(coupling), ReferenceMatrix.columnSums(coupling),
            ReferenceMatrix.rowSums(other), ReferenceMatrix.columnSums(other)};
        for (int i = 0; i < other.length; i++) {
            for (int j = 0; j < other[i].length; j++) {
                double kept = problem.rows == INF ? sums[0][i] / sums[2][i]
                        : problem.columns == INF ? sums[1][j] / sums[3][j] : 1;
                other[i][j] *= other[i][j] > 0 ? kept : 1;
            }
        }
    }

    private static double objective(Problem problem, double[][] coupling, double[][] z, Sinkhorn.Reference reference) {
        ReferenceRelaxed.Figures figures = ReferenceRelaxed.figures(coupling, z, problem.mu, problem.nu, 1 / problem.beta,
                problem.rows, problem.columns);
        return figures.transportCost()
                + (reference == Sinkhorn.Reference.MARGINALS ? figures.klProduct() : -figures.entropy()) / problem.beta
                + (problem.rows == INF ? 0 : problem.rows * figures.klRows())
                + (problem.columns == INF ? 0 : problem.columns * figures.klColumns());
    }

    /** Rows and columns exchanged have the transposed coupling, and keys in another order the same values. */
    @Property(tries = 40)
    void orderAndSidesDoNotMatter(@ForAll long seed, @ForAll Sinkhorn.Reference reference) {
        Problem problem = Problem.of(seed);
        Random random = new Random(seed);
        int[] order = random.ints(0, problem.nu.length).distinct().limit(problem.nu.length).toArray();
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(problem.options(reference)).requireConverged();
            SinkhornResult transposed = problem.exchanged().scores(arena)
                    .sinkhorn(problem.exchanged().options(reference)).requireConverged();
            SinkhornResult permuted = problem.permuted(order).scores(arena)
                    .sinkhorn(problem.permuted(order).options(reference)).requireConverged();
            double[][] coupling = Entries.of(result.operator());
            double[][] exchanged = Entries.of(transposed.operator());
            double[][] other = Entries.of(permuted.operator());
            for (int i = 0; i < coupling.length; i++) {
                for (int j = 0; j < order.length; j++) {
                    assertEquals(coupling[i][j], exchanged[j][i], 1e-4 * coupling[i][j] + Float.MIN_NORMAL);
                    assertEquals(coupling[i][order[j]], other[i][j], 1e-4 * other[i][j] + Float.MIN_NORMAL);
                }
            }
            TransportFigures figures = result.figures(0);
            TransportFigures swapped = transposed.figures(0);
            assertSame(problem, figures, new TransportFigures(swapped.mass(), swapped.transportCost(), swapped.entropy(),
                    swapped.klProduct(), swapped.klColumns(), swapped.klRows(), swapped.objective()), 1);
            assertSame(problem, figures, permuted.figures(0), 1);
        }
    }

    /** In other units of scores couplings stay as they are, and costs are in those units. */
    @Property(tries = 40)
    void costsHaveTheUnitsOfScores(@ForAll long seed, @ForAll Sinkhorn.Reference reference) {
        Problem problem = Problem.of(seed);
        double unit = Math.pow(2, new Random(seed).nextInt(21) - 10);
        double scale = 1 / Math.sqrt(problem.tokens.d());
        try (Arena arena = Arena.ofConfined()) {
            TransportFigures figures = problem.scores(arena).sinkhorn(problem.options(reference)).requireConverged().figures(0);
            Problem other = new Problem(problem.tokens, problem.mu, problem.nu, unit * problem.rows, unit * problem.columns,
                    problem.beta / unit);
            assertSame(problem, figures, other.scores(arena).withScale(unit * scale).sinkhorn(other.options(reference))
                    .requireConverged().figures(0), unit);
        }
    }

    private static void assertSame(Problem problem, TransportFigures expected, TransportFigures actual, double unit) {
        double scale = problem.scale(expected);
        assertEquals(expected.mass(), actual.mass(), 1e-6 * expected.mass());
        assertEquals(unit * expected.transportCost(), actual.transportCost(), 1e-6 * unit * scale);
        assertEquals(unit * expected.objective(), actual.objective(), 1e-6 * unit * scale);
        assertEquals(expected.entropy(), actual.entropy(), 1e-6 * scale * problem.beta);
        assertEquals(expected.klRows(), actual.klRows(), 1e-5 * expected.klRows() + 1e-15);
        assertEquals(expected.klColumns(), actual.klColumns(), 1e-5 * expected.klColumns() + 1e-15);
    }
}
