package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.BridgeSolution;
import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.OperatorSums;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornPlan;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.TransportFigures;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Masses over the range of float64: every row and column is accurate relative to its own size, or the reason names it. */
@Label("Sinkhorn with masses over 600 orders of magnitude")
class WideMassesLawsTest {

    private static final double TOLERANCE = 1e-5;

    /** The relative error of an entry that float32 inner products cause. */
    private static final double KERNEL = 3e-6;

    private static final Pattern NAMED = Pattern.compile("(row|column) (\\d+) with a mass of (\\S+) is off by (\\S+) of it .*");

    /** The masses that lie far apart. */
    enum Side { ROWS, COLUMNS, BOTH }

    /** The solvers. */
    enum Engine {
        KEPT, STREAMED, NARROW, PLAIN, FROM_ANOTHER;

        Sinkhorn options(Scores scores) {
            Sinkhorn options = Sinkhorn.tolerance(TOLERANCE);
            return switch (this) {
                case KEPT -> options;
                case STREAMED -> options.withMemory(0);
                case NARROW -> options.withBfloat16Storage();
                case PLAIN -> options.plain();
                case FROM_ANOTHER -> options.startingAt(scores.sinkhorn(options));
            };
        }
    }

    /** Row and column masses of about one total. */
    private record Masses(double[] mu, double[] nu) {

        static Masses of(int n, Side side, long seed) {
            Random random = new Random(seed);
            double top = new double[] {0, 0, 15, 37, 300}[random.nextInt(5)];
            double orders = new double[] {20, 45, 320, 600}[random.nextInt(4)];
            double[] mu = side == Side.COLUMNS ? ReferenceMatrix.constant(n, 1) : spread(random, n, top, orders);
            double[] nu = side == Side.ROWS ? ReferenceMatrix.constant(n, 1) : spread(random, n, top, orders);
            return new Masses(mu, fitted(nu, ReferenceMatrix.sum(mu)));
        }

        private static double[] spread(Random random, int n, double top, double orders) {
            double[] masses = random.doubles(n).map(x -> Math.pow(10, top - orders * x)).toArray();
            masses[random.nextInt(n)] = Math.pow(10, top);
            return masses;
        }

        private static double[] fitted(double[] masses, double total) {
            double sum = ReferenceMatrix.sum(masses);
            return Arrays.stream(masses).map(mass -> mass / sum * total).toArray();
        }
    }

    /**
     * A solve reports convergence only if the sums of its matrix in float64 are within the tolerance; otherwise it names the row or column
     * with the largest error. Its potentials meet all masses in float64, also where float32 does not hold the entries.
     */
    @Property(tries = 80)
    void sumsAreRightOrNamed(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll Side side, @ForAll Engine engine,
                             @ForAll Divergence divergence, @ForAll long seed) {
        Masses masses = Masses.of(tokens.rows(), side, seed);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Sinkhorn options = engine.options(scores).withMarginals(masses.mu, masses.nu);
            SinkhornResult result = scores.sinkhorn(divergence, options);
            SinkhornSolution solution = result.heads().getFirst();
            double[][] coupling = Entries.of(result.operator());
            double[] rowErrors = errors(ReferenceMatrix.rowSums(coupling), masses.mu);
            double[] columnErrors = errors(ReferenceMatrix.columnSums(coupling), masses.nu);
            double rowError = largest(rowErrors);
            double columnError = largest(columnErrors);
            assertNear(rowError, solution.rowError());
            assertNear(columnError, solution.columnError());
            assertEquals(Math.max(rowError, columnError) <= TOLERANCE ? SinkhornStatus.CONVERGED : SinkhornStatus.STALLED,
                    solution.status());
            if (!result.converged()) {
                Matcher named = NAMED.matcher(solution.reason());
                assertTrue(named.matches(), solution::reason);
                boolean row = named.group(1).equals("row");
                int index = Integer.parseInt(named.group(2));
                assertEquals((row ? masses.mu : masses.nu)[index], Double.parseDouble(named.group(3)));
                assertNear(Math.max(rowError, columnError), (row ? rowErrors : columnErrors)[index]);
            }
            assertHasNoNaN(result, coupling, new Random(seed), arena);
            if (engine != Engine.NARROW) {
                double[][] z = logKernel(tokens, divergence);
                assertMet(logSums(z, solution.u(), solution.v()), masses.mu);
                assertMet(logSums(ReferenceMatrix.transpose(z), solution.v(), solution.u()), masses.nu);
            }
        }
    }

    /** The masks. */
    enum Visible {
        CAUSAL, HOLLOW, BOTH, PACKED;

        Scores of(Scores scores, int cut) {
            return switch (this) {
                case CAUSAL -> scores.withCausalMask();
                case HOLLOW -> scores.withZeroDiagonal();
                case BOTH -> scores.withCausalMask().withZeroDiagonal();
                case PACKED -> scores.withSequences(cut, scores.rows() - cut);
            };
        }

        boolean at(int i, int j, int cut) {
            return switch (this) {
                case CAUSAL -> j <= i;
                case HOLLOW -> j != i;
                case BOTH -> j < i;
                case PACKED -> i < cut == j < cut;
            };
        }
    }

    /** The same under masks, for any tokens and the masses of some coupling of the visible entries. */
    @Property(tries = 80)
    void maskedSumsAreRightOrTheStatusIsAnother(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Visible visible,
                                                @ForAll Engine engine, @ForAll long seed) {
        int n = tokens.rows();
        Assume.that(n > 1);
        Random random = new Random(seed);
        int cut = 1 + random.nextInt(n - 1);
        Masses masses = placed(n, visible, cut, random);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = visible.of(tokens.scores(arena), cut);
            SinkhornResult result = scores.sinkhorn(
                    engine.options(scores).withMarginals(masses.mu, masses.nu).withMaxIterations(60));
            SinkhornSolution solution = result.heads().getFirst();
            assertNotEquals(SinkhornStatus.INFEASIBLE, solution.status(), solution::reason);
            double[][] coupling = Entries.of(result.operator());
            double error = Math.max(largest(errors(ReferenceMatrix.rowSums(coupling), masses.mu)),
                    largest(errors(ReferenceMatrix.columnSums(coupling), masses.nu)));
            assertNear(error, Math.max(solution.rowError(), solution.columnError()));
            assertEquals(error <= TOLERANCE, result.converged());
            assertEquals(result.converged(), solution.reason().isEmpty());
            assertHasNoNaN(result, coupling, random, arena);
        }
    }

    private static Masses placed(int n, Visible visible, int cut, Random random) {
        double[] mu = new double[n];
        double[] nu = new double[n];
        double top = new double[] {0, 20, 300}[random.nextInt(3)];
        double orders = new double[] {20, 45, 600}[random.nextInt(3)];
        for (int placed = 0, i = 1, j = 0; placed <= n; i = random.nextInt(n), j = random.nextInt(n)) {
            if (visible.at(i, j, cut) || placed == 0) {
                int row = placed == 0 && visible == Visible.PACKED ? 0 : i;
                double mass = Math.pow(10, placed == 0 ? top : top - orders * random.nextDouble());
                mu[row] += mass;
                nu[j] += mass;
                placed++;
            }
        }
        return new Masses(mu, nu);
    }

    private static double largest(double[] errors) {
        return Arrays.stream(errors).max().orElseThrow();
    }

    /** A reused plan finds the same solution. */
    @Property(tries = 20)
    void plansForServersSayTheSame(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll Side side, @ForAll long seed) {
        Masses masses = Masses.of(tokens.rows(), side, seed);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Sinkhorn options = Sinkhorn.tolerance(TOLERANCE).withMarginals(masses.mu, masses.nu);
            SinkhornPlan plan = scores.sinkhornPlan(options);
            SinkhornSolution expected = scores.sinkhorn(options).heads().getFirst();
            for (int call = 0; call < 2; call++) {
                plan.solve();
                SinkhornSolution found = plan.head(0).solution();
                assertEquals(expected.reason(), found.reason());
                assertEquals(expected.status(), found.status());
                assertTrue(Arrays.equals(expected.u(), found.u()) && Arrays.equals(expected.v(), found.v()));
            }
            plan.follow();
            assertEquals(expected.status(), plan.head(0).status());
        }
    }

    /** Bridges keep their marginals in float64: the chain of the reference takes phi backward and phi^ forward. */
    @Property(tries = 40)
    void bridgesAreRight(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll Side side, @ForAll boolean several,
                         @ForAll long seed) {
        Masses masses = Masses.of(tokens.rows(), side, seed);
        int steps = several ? 3 : 1;
        try (Arena arena = Arena.ofConfined()) {
            BridgeSolution bridge = tokens.scores(arena).attention()
                    .bridge(steps, Sinkhorn.tolerance(TOLERANCE).withMarginals(masses.mu, masses.nu)).requireConverged().heads()
                    .getFirst();
            double[][] z = logKernel(tokens, Divergence.FORWARD);
            double[] u = Arrays.stream(logSums(z, new double[tokens.rows()], new double[tokens.rows()])).map(x -> -x).toArray();
            double[] phi = bridge.logPhi()[steps];
            double[] phiHat = bridge.logPhiHat()[0];
            for (int t = 0; t < steps; t++) {
                phi = logSums(z, u, phi);
                phiHat = logSums(ReferenceMatrix.transpose(z), new double[phi.length], sum(u, phiHat));
            }
            assertMet(sum(phi, bridge.logPhiHat()[0]), masses.mu);
            assertMet(sum(phiHat, bridge.logPhi()[steps]), masses.nu);
            assertTrue(Arrays.stream(bridge.marginals()).flatMapToDouble(Arrays::stream).allMatch(x -> x >= 0));
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

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }

    /** {@code u_i + log sum_j exp(z_ij + v_j)}. */
    private static double[] logSums(double[][] z, double[] u, double[] v) {
        double[] sums = new double[z.length];
        for (int i = 0; i < sums.length; i++) {
            double max = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < v.length; j++) {
                max = Math.max(max, z[i][j] + v[j]);
            }
            double sum = 0;
            for (int j = 0; j < v.length; j++) {
                sum += Math.exp(z[i][j] + v[j] - max);
            }
            sums[i] = max == Double.NEGATIVE_INFINITY ? max : u[i] + max + Math.log(sum);
        }
        return sums;
    }

    private static void assertMet(double[] logSums, double[] masses) {
        for (int i = 0; i < masses.length; i++) {
            if (masses[i] == 0) {
                assertEquals(Double.NEGATIVE_INFINITY, logSums[i]);
            } else {
                assertEquals(0, Math.expm1(logSums[i] - Math.log(masses[i])), TOLERANCE + KERNEL, "mass " + masses[i]);
            }
        }
    }

    /** A product of entries rounded to float32, down to the smallest one that float32 holds. */
    private static void assertProduct(double[] row, Matrix values, int c, float product) {
        double expected = 0;
        double size = 0;
        double largest = 0;
        for (int j = 0; j < row.length; j++) {
            expected += row[j] * values.get(j, c);
            size += Math.abs(row[j] * values.get(j, c));
            largest = Math.max(largest, Math.abs(values.get(j, c)));
        }
        assertFalse(Float.isNaN(product));
        if (size < Float.MAX_VALUE) {
            assertEquals(expected, product, 3e-6 * size + row.length * Float.MIN_NORMAL * Math.max(largest, 1));
        }
    }

    private static double[] errors(double[] sums, double[] masses) {
        double[] errors = new double[sums.length];
        Arrays.setAll(errors, i -> Math.abs(sums[i] - masses[i]) == 0 ? 0 : Math.abs(sums[i] / masses[i] - 1));
        return errors;
    }

    /** Sums of the same float32 in another order. The factor of a row may be the neighbouring float32, once in a hundred million. */
    private static void assertNear(double expected, double actual) {
        if (expected < Double.POSITIVE_INFINITY) {
            assertEquals(expected, actual, 0x1p-23 + 1e-9 * expected);
        } else {
            assertEquals(expected, actual);
        }
    }

    private static void assertHasNoNaN(SinkhornResult result, double[][] coupling, Random random, Arena arena) {
        SinkhornSolution solution = result.heads().getFirst();
        Operator operator = result.operator();
        int n = operator.rows();
        Matrix values = Matrix.copyOf(arena, Tokens.normal(random, 3 * n, random.nextBoolean() ? 1 : 1e36), n, 3);
        Matrix product = Matrix.allocate(arena, n, 3);
        operator.apply(values, product);
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < 3; c++) {
                assertProduct(coupling[i], values, c, product.get(i, c));
            }
        }
        OperatorSums sums = operator.sums(0);
        TransportFigures figures = result.figures(0);
        for (double[] numbers : new double[][] {solution.u(), solution.v(), sums.rows(), sums.columns(),
                {sums.asymmetry(), solution.rowErrorL1(), solution.columnErrorL1()},
                {figures.mass(), figures.transportCost(), figures.entropy(), figures.klProduct(), figures.objective()}}) {
            assertTrue(Arrays.stream(numbers).noneMatch(Double::isNaN), () -> Arrays.toString(numbers));
        }
    }
}
