package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScaling;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator, as a matrix and as a product with values, against its definition in float64 on the same float32
 * inputs. Prints the largest error of each.
 *
 * <p>The bounds: the entries of a softmax move by at most {@code p (1 - p) |dz|} for an error dz of the log-kernel. In
 * single precision |dz| of random vectors is below {@code 0.8 * 2^-24 * 64 log 2 = 2.1e-6} (see {@link LogKernel}), in double precision
 * the only error is the rounding of differences from a reference, which weighs less than 1e-7 in an entry; an
 * exponential, a reference and a sum add less than 2e-6 together. A phase has an error of its own, and a plan is off by
 * what its marginals are off, hence the wider bounds.
 */
class OperatorOracleTest {

    private static final double REAL = 5e-6;
    /** The logarithm of a row sum of floats is good to 2e-7, and alpha is its factor. */
    private static final double GREAT_ALPHA = REAL + 20 * 2e-7;

    private static final double COMPLEX = 1e-5;
    private static final double PLAN = 1e-5;

    /** N, d and columns of V: edges of blocks and tiles, and components that do not fill a group of four. */
    private static final int[][] SHAPES = {
            {1, 1, 1}, {1, 64, 64}, {2, 1, 3}, {2, 256, 5}, {3, 2, 4}, {3, 80, 3}, {7, 3, 5}, {13, 5, 1}, {31, 31, 31},
            {61, 33, 4}, {61, 127, 1}, {63, 32, 3}, {64, 1, 3}, {64, 64, 64}, {65, 80, 5}, {65, 256, 1}, {97, 127, 31},
            {127, 5, 64}, {128, 32, 1}, {128, 127, 4}, {129, 33, 31}, {129, 64, 4}, {131, 3, 64}, {193, 2, 4},
            {193, 256, 5}};

    private static final int[][] RECTANGLES = {
            {1, 200, 64}, {200, 1, 64}, {1, 2, 1}, {3, 1, 2}, {63, 65, 5}, {65, 64, 32}, {129, 40, 33}, {40, 130, 7}};

    private static final Map<String, Double> LARGEST = new TreeMap<>();

    /** An operator, its definition and its bound. */
    record Normalisation(String name, Function<Scores, Operator> operator, Function<Problem, double[][]> truth, double bound) {
        Normalisation(String name, Function<Scores, Operator> operator, Function<Problem, double[][]> truth) {
            this(name, operator, truth, REAL);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Normalisation> RECTANGULAR = List.of(
            new Normalisation("attention", Scores::attention, p -> ReferenceSoftmax.rowSoftmax(p.logScores())),
            new Normalisation("attention-column", Scores::attentionColumn,
                    p -> ReferenceSoftmax.columnSoftmax(p.logForward())));

    private static final List<Normalisation> SQUARE = normalisations();

    private static List<Normalisation> normalisations() {
        List<Normalisation> normalisations = new ArrayList<>(RECTANGULAR);
        normalisations.add(new Normalisation("backward", Scores::backward, p -> ReferenceSoftmax.rowSoftmax(p.logBackward())));
        normalisations.add(new Normalisation("backward-column", Scores::backwardColumn,
                p -> ReferenceSoftmax.columnSoftmax(p.logBackward())));
        for (double alpha : new double[] {0, 0.5, 1, -2, 5, 20}) {
            normalisations.add(new Normalisation("diffusion, alpha " + alpha, scores -> scores.diffusion(alpha),
                    p -> ReferenceDiffusion.transition(p.logSymmetric(), alpha), alpha > 5 ? GREAT_ALPHA : REAL));
        }
        for (double c : new double[] {-1, 0, 0.5, 1}) {
            normalisations.add(new Normalisation("circulation " + c, scores -> scores.circulation(c),
                    p -> ReferenceSoftmax.rowSoftmax(p.logCirculation(c))));
        }
        return normalisations;
    }

    static Stream<Problem> squares() {
        List<Problem> problems = new ArrayList<>();
        for (int[] shape : SHAPES) {
            Tokens tokens = Tokens.random(shape[0] * 1000L + shape[1], shape[0], shape[0], shape[1], 1);
            Problem problem = Problem.of(tokens.toString(), tokens);
            problems.add(problem);
            problems.add(problem.withMask());
            problems.add(problem.withZeroDiagonal());
            problems.add(problem.withMask().withZeroDiagonal());
        }
        problems.addAll(settings(70, 48));
        problems.addAll(settings(129, 7));
        problems.addAll(nearTheSwitch(66, 40));
        return problems.stream();
    }

    /** Temperatures, scales, small and large entries, common means. */
    private static List<Problem> settings(int n, int d) {
        Tokens tokens = Tokens.random(n + d, n, n, d, 1);
        Problem problem = Problem.of(tokens.toString(), tokens);
        List<Problem> problems = new ArrayList<>(List.of(problem.withBeta(0.1), problem.withBeta(8),
                problem.withBeta(8).withMask(), problem.withScale(0.37), problem.withScale(2).withBeta(0.5)));
        for (double spread : new double[] {1e-20, 0.05, 2, 3, 5, 9}) {
            Tokens spreadOut = Tokens.random(n * d, n, n, d, spread);
            Problem spreadProblem = Problem.of("spread " + spread + ", " + spreadOut, spreadOut);
            problems.add(spreadProblem);
            problems.add(spreadProblem.withMask());
            problems.add(spreadProblem.withZeroDiagonal());
            problems.add(spreadProblem.withMask().withZeroDiagonal());
        }
        for (double mean : new double[] {3, 40, 1000}) {
            double[] toQueries = direction(1, d, mean);
            problems.add(common("queries off by " + mean, tokens.shifted(toQueries, new double[d])));
            problems.add(common("keys off by " + mean, tokens.shifted(new double[d], direction(2, d, mean))));
            problems.add(common("both off by " + mean, tokens.shifted(toQueries, direction(2, d, mean))));
            problems.add(common("both off alike by " + mean, tokens.shifted(toQueries, toQueries)));
            problems.add(common("constant component " + mean, tokens.withConstant(d / 2, (float) mean)));
        }
        return problems;
    }

    private static Problem common(String what, Tokens tokens) {
        return Problem.of(what + ", " + tokens, tokens);
    }

    private static double[] direction(long seed, int d, double length) {
        Random random = new Random(seed);
        double[] direction = random.doubles(d, -1, 1).toArray();
        double norm = Math.sqrt(Arrays.stream(direction).map(x -> x * x).sum());
        for (int c = 0; c < d; c++) {
            direction[c] *= length / norm;
        }
        return direction;
    }

    /** Temperatures just below and above that at which a log-kernel goes to double precision. */
    private static List<Problem> nearTheSwitch(int n, int d) {
        Tokens tokens = Tokens.random(5, n, n, d, 1.5);
        double weight = 1 / (Math.sqrt(d) * Math.log(2));
        LogKernelBuilder forward = new LogKernelBuilder(n, n, d).addScores(tokens.q(), tokens.k(), d, weight);
        LogKernelBuilder backward = new LogKernelBuilder(n, n, d).addScores(tokens.k(), tokens.q(), d, weight)
                .addColumnSelfScores(tokens.q(), tokens.k(), d, -weight);
        LogKernelBuilder symmetric = new LogKernelBuilder(n, n, 2 * d)
                .addScores(tokens.q(), tokens.k(), d, weight).addRowSelfScores(tokens.q(), tokens.k(), d, -weight)
                .addScores(tokens.k(), tokens.q(), d, weight).addColumnSelfScores(tokens.q(), tokens.k(), d, -weight);
        List<Problem> problems = new ArrayList<>();
        for (LogKernelBuilder builder : List.of(forward, backward, symmetric)) {
            double beta = LogKernel.MAX_FLOAT32_RANGE / builder.range(Normalised.ROWS);
            for (double factor : new double[] {0.33, 0.999, 1.001, 2}) {
                problems.add(Problem.of("near the switch", tokens).withBeta(beta * factor));
            }
        }
        return problems;
    }

    static Stream<Problem> rectangles() {
        return Stream.of(RECTANGLES).flatMap(shape -> {
            Tokens tokens = Tokens.random(shape[0] + shape[1], shape[0], shape[1], shape[2], 1.2);
            Problem problem = Problem.of(tokens.toString(), tokens);
            return Stream.of(problem, problem.withMask(), problem.withBeta(20));
        });
    }

    static Stream<Problem> ownBackwardPairs() {
        return Stream.of(new int[] {5, 3, 3}, new int[] {65, 16, 40}, new int[] {64, 9, 1}).flatMap(shape -> {
            Tokens tokens = Tokens.random(11, shape[0], shape[0], shape[1], 1.3);
            Tokens own = Tokens.random(12, shape[0], shape[0], shape[2], 0.8);
            Problem problem = Problem.of(tokens.toString(), tokens).withBackward(own);
            return Stream.of(problem, problem.withMask(), problem.withBeta(7), problem.withScale(0.4),
                    problem.withZeroDiagonal(), problem.withMask().withZeroDiagonal().withBeta(7));
        });
    }

    @ParameterizedTest
    @MethodSource({"squares", "ownBackwardPairs"})
    void softmaxesOfTokensWithThemselves(Problem problem) {
        SQUARE.forEach(normalisation -> compare(problem, normalisation));
    }

    @ParameterizedTest
    @MethodSource("rectangles")
    void softmaxesOfQueriesWithOtherKeys(Problem problem) {
        RECTANGULAR.forEach(normalisation -> compare(problem, normalisation));
    }

    private static void compare(Problem problem, Normalisation normalisation) {
        double[][] truth = normalisation.truth().apply(problem);
        try (Arena arena = Arena.ofConfined()) {
            compare(problem, normalisation.name(), normalisation.operator().apply(problem.scores(arena)), truth, normalisation.bound(),
                    arena);
        }
    }

    private static void compare(Problem problem, String what, Operator operator, double[][] truth, double bound,
                                Arena arena) {
        int rows = problem.tokens().rows();
        int columns = problem.tokens().columns();
        Matrix matrix = Matrix.allocate(arena, rows, columns);
        operator.matrix(matrix);
        assertNear(truth, matrix, bound, what + " of " + problem);
        record(what, ReferenceMatrix.maxAbsDifference(truth, entries(matrix)));

        Matrix v = values(problem, arena);
        Matrix product = Matrix.allocate(arena, rows, v.columns());
        operator.apply(v, product);
        double mass = Math.max(1, Arrays.stream(ReferenceMatrix.rowSums(truth)).max().orElseThrow());
        assertNear(ReferenceMatrix.multiply(truth, entries(v)), product, bound * mass, what + " x V of " + problem);
    }

    @ParameterizedTest
    @MethodSource({"squares", "ownBackwardPairs"})
    void magneticDiffusion(Problem problem) {
        double[][] settings = {{0, 0}, {0.25, 0}, {1.7, 0}, {0.25, 0.5}, {1.7, 1}, {0.25, 20}};
        for (double[] setting : settings) {
            double charge = setting[0];
            double alpha = setting[1];
            ReferenceMagnetic.Complex truth = ReferenceMagnetic.transition(
                    ReferenceDiffusion.logNormalised(problem.logSymmetric(), alpha), problem.direction(), charge);
            String what = "magnetic, charge " + charge + ", alpha " + alpha;
            try (Arena arena = Arena.ofConfined()) {
                compareComplex(problem, what, problem.scores(arena).magnetic(charge, alpha), truth, arena);
            }
        }
    }

    private static void compareComplex(Problem problem, String what, MagneticOperator operator,
                                       ReferenceMagnetic.Complex truth, Arena arena) {
        int n = problem.tokens().rows();
        Matrix matrix = Matrix.allocate(arena, n, 2 * n);
        operator.matrix(matrix);
        double[][] expected = interleaved(truth);
        assertNear(expected, matrix, COMPLEX, what + " of " + problem);
        record(what, ReferenceMatrix.maxAbsDifference(expected, entries(matrix)));

        Matrix v = values(problem, arena);
        Matrix product = Matrix.allocate(arena, n, 2 * v.columns());
        operator.apply(v, product);
        ReferenceMagnetic.Complex products = new ReferenceMagnetic.Complex(
                ReferenceMatrix.multiply(truth.real(), entries(v)),
                ReferenceMatrix.multiply(truth.imaginary(), entries(v)));
        assertNear(interleaved(products), product, COMPLEX, what + " x V of " + problem);
    }

    static Stream<Problem> plans() {
        return Stream.of(new int[] {1, 3}, new int[] {2, 8}, new int[] {7, 5}, new int[] {64, 16}, new int[] {65, 64},
                new int[] {129, 32}).flatMap(shape -> {
            Tokens tokens = Tokens.random(shape[0], shape[0], shape[0], shape[1], 1);
            Problem problem = Problem.of(tokens.toString(), tokens);
            List<Problem> whole = List.of(problem, problem.withBeta(0.1), problem.withBeta(2), problem.withScale(0.5),
                    problem.withBackward(Tokens.random(77, shape[0], shape[0], 6, 0.9)),
                    common("constant component", tokens.withConstant(0, 300)));
            return shape[0] == 1 ? whole.stream()
                    : Stream.concat(whole.stream(), whole.stream().map(Problem::withZeroDiagonal));
        });
    }

    /** The plan of a tolerance t is off by about t / (1 - contraction); at 1e-6 that leaves a wide margin here. */
    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-6).withMaxIterations(20_000);

    @ParameterizedTest
    @MethodSource("plans")
    void bistochasticPlans(Problem problem) {
        comparePlan(problem, Divergence.FORWARD, problem.logForward());
        comparePlan(problem, Divergence.BACKWARD, problem.logBackward());
        comparePlan(problem, Divergence.SYMMETRIC, problem.logSymmetric());
    }

    private static void comparePlan(Problem problem, Divergence divergence, double[][] z) {
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(divergence, SOLVE);
            assertTrue(result.converged(), () -> divergence + " of " + problem + ": " + result.heads());
            compare(problem, "plan " + divergence, result.operator(), ReferenceScaling.bistochastic(z), PLAN, arena);
        }
    }

    /** Rows sum to 1 and columns to N / M where N and M differ. */
    @ParameterizedTest
    @MethodSource("rectangularPlans")
    void plansOfQueriesWithOtherKeys(Problem problem) {
        int rows = problem.tokens().rows();
        int columns = problem.tokens().columns();
        double[][] truth = ReferenceSinkhorn.solveAccurately(problem.logScores(), ReferenceMatrix.constant(rows, 1),
                ReferenceMatrix.constant(columns, (double) rows / columns)).plan();
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(SOLVE).requireConverged();
            compare(problem, "plan, rectangular", result.operator(), truth, PLAN, arena);
        }
    }

    static Stream<Problem> rectangularPlans() {
        return rectangles().filter(problem -> !problem.causal() && problem.beta() == 1);
    }

    /** Marginals of all sizes, some of them zero: potentials, plan and product. */
    @ParameterizedTest
    @MethodSource("rectangularPlans")
    void plansOfGivenMarginals(Problem problem) {
        double[] mu = masses(3, problem.tokens().rows());
        double[] nu = masses(4, problem.tokens().columns());
        ReferenceSinkhorn.Solution truth = ReferenceSinkhorn.solveAccurately(problem.logScores(), mu, nu);
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = problem.scores(arena).sinkhorn(SOLVE.withMarginals(mu, nu)).requireConverged();
            compare(problem, "plan, marginals", result.operator(), truth.plan(), PLAN, arena);
            assertTrue(ReferenceMatrix.maxAbsDifference(truth.u(), result.heads().getFirst().u()) < 1e-4);
            assertTrue(ReferenceMatrix.maxAbsDifference(truth.v(), result.heads().getFirst().v()) < 1e-4);
        }
    }

    /** Masses between 0.5 and 1.5, each seventh zero, with a total of 1. */
    private static double[] masses(long seed, int count) {
        double[] masses = new Random(seed).doubles(count, 0.5, 1.5).toArray();
        for (int i = 6; i < count; i += 7) {
            masses[i] = 0;
        }
        double total = ReferenceMatrix.sum(masses);
        for (int i = 0; i < count; i++) {
            masses[i] /= total;
        }
        return masses;
    }

    private static Matrix values(Problem problem, Arena arena) {
        int n = problem.tokens().rows();
        int columns = Stream.of(SHAPES).filter(s -> s[0] == n && s[1] == problem.tokens().d()).map(s -> s[2])
                .findFirst().orElse(5);
        float[] entries = new float[problem.tokens().columns() * columns];
        Random random = new Random(columns);
        for (int i = 0; i < entries.length; i++) {
            entries[i] = 2 * random.nextFloat() - 1;
        }
        return Matrix.copyOf(arena, entries, problem.tokens().columns(), columns);
    }

    private static double[][] interleaved(ReferenceMagnetic.Complex matrix) {
        int columns = matrix.real()[0].length;
        double[][] interleaved = new double[matrix.real().length][2 * columns];
        for (int i = 0; i < interleaved.length; i++) {
            for (int j = 0; j < columns; j++) {
                interleaved[i][2 * j] = matrix.real()[i][j];
                interleaved[i][2 * j + 1] = matrix.imaginary()[i][j];
            }
        }
        return interleaved;
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    private static void assertNear(double[][] expected, Matrix actual, double bound, String what) {
        double error = ReferenceMatrix.maxAbsDifference(expected, entries(actual));
        assertEquals(0, error, bound, what);
    }

    private static void record(String what, double error) {
        LARGEST.merge(what, error, Math::max);
    }

    @AfterAll
    static void print() {
        LARGEST.forEach((what, error) -> System.out.printf(Locale.ROOT, "%-36s %.2g%n", what, error));
    }
}
