package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSinkhorn;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Laws of Sinkhorn's scaling: sums, gauge invariance, closure under products. */
@Label("Sinkhorn")
class SinkhornLawsTest {

    private static final double TOLERANCE = 1e-6;
    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(TOLERANCE).withMaxIterations(5000);
    private static final Sinkhorn TRY = Sinkhorn.tolerance(1e-5).withMaxIterations(60);

    /** Mild tokens contract by a half or more each iteration, so errors of a solution are a few tolerances. */
    private static final double ROUNDING = 1e-5;

    /** {@code Pi_ij >= 0}; sums are 1 within the reported errors, and a converged result is within the tolerance. */
    @Property(tries = 40)
    void couplingsAreAsBistochasticAsReported(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                         @ForAll Divergence divergence, @ForAll boolean hollow) {
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = masked(tokens.scores(arena), hollow).sinkhorn(divergence, TRY);
            SinkhornSolution solution = result.heads().getFirst();
            double[][] coupling = Entries.of(result.operator());
            for (double[] row : coupling) {
                for (double entry : row) {
                    assertTrue(entry >= 0, () -> "an entry of " + entry);
                }
            }
            double[] ones = ReferenceMatrix.constant(tokens.rows(), 1);
            double rowError = ReferenceMatrix.maxAbsDifference(ReferenceMatrix.rowSums(coupling), ones);
            double columnError = ReferenceMatrix.maxAbsDifference(ReferenceMatrix.columnSums(coupling), ones);
            assertEquals(solution.rowError(), rowError, 1e-6 * (1 + rowError), "entries are rounded relative to sums");
            assertEquals(solution.columnError(), columnError, 1e-6 * (1 + columnError));
            boolean within = Math.max(solution.rowError(), solution.columnError()) <= 1e-5;
            assertEquals(within, solution.status() == SinkhornStatus.CONVERGED);
        }
    }

    /** With a zero diagonal, two tokens or more have a coupling, and three or more have potentials that are unique up to a constant. */
    private static Scores masked(Scores scores, boolean hollow) {
        return hollow && scores.rows() > 2 ? scores.withZeroDiagonal() : scores;
    }

    /** The solver and its options. */
    enum Engine {
        KEPT, STREAMED, NARROW, PLAIN;

        Sinkhorn options(Sinkhorn of) {
            return switch (this) {
                case KEPT -> of;
                case STREAMED -> of.withMemory(0);
                case NARROW -> of.withBfloat16Storage();
                case PLAIN -> of.plain();
            };
        }
    }

    /**
     * For all tokens, masses and masks, a solve ends, its status is true, and a coupling has no NaN. Masses are powers of ten or 0, and
     * sequences have any lengths.
     */
    @Property(tries = 150)
    void statusesAreTrue(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll Engine engine, @ForAll long seed,
                         @ForAll boolean causal, @ForAll boolean packed, @ForAll boolean hollow, @ForAll boolean equal) {
        Random random = new Random(seed);
        int n = tokens.rows();
        double[] mu = masses(random, n, equal);
        double[] nu = masses(random, n, equal);
        double ratio = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu);
        Arrays.setAll(nu, j -> ratio * nu[j]);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            scores = hollow ? scores.withZeroDiagonal() : scores;
            Scores masked = packed && n > 1 ? scores.withSequences(1 + (n - 1) / 3, n - 1 - (n - 1) / 3) : scores;
            SinkhornResult result = masked.sinkhorn(engine.options(TRY).withMarginals(mu, nu));
            SinkhornSolution solution = result.heads().getFirst();
            assertTrue(solution.iterations() <= 60 + 20, solution::toString);
            assertEquals(solution.status() == SinkhornStatus.CONVERGED, solution.reason().isEmpty());
            if (solution.status() != SinkhornStatus.INFEASIBLE) {
                double[][] coupling = Entries.of(result.operator());
                assertTrue(Arrays.stream(coupling).flatMapToDouble(Arrays::stream).allMatch(entry -> entry >= 0));
                assertTrue(Arrays.stream(solution.u()).noneMatch(Double::isNaN), solution::toString);
                assertTrue(Arrays.stream(solution.v()).noneMatch(Double::isNaN), solution::toString);
                double error = Math.max(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(coupling), mu),
                        ReferenceSinkhorn.error(ReferenceMatrix.columnSums(coupling), nu));
                assertTrue(solution.status() != SinkhornStatus.CONVERGED || error <= 1e-5 + 2e-6,
                        () -> "%s, but an error of %s".formatted(solution.status(), error));
            }
        }
    }

    private static double[] masses(Random random, int count, boolean equal) {
        double[] masses = new double[count];
        Arrays.setAll(masses, i -> equal ? 1 : random.nextInt(5) == 0 ? 0 : Math.pow(10, random.nextInt(7) - 3));
        masses[random.nextInt(count)] += 1e-3;
        return masses;
    }

    /** A solve of mild tokens converges. */
    @Property(tries = 30)
    void mildTokensConverge(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll Divergence divergence) {
        try (Arena arena = Arena.ofConfined()) {
            assertTrue(tokens.scores(arena).sinkhorn(divergence, SOLVE).converged());
        }
    }

    /**
     * {@code Sinkhorn(z + f_i + g_j) = Sinkhorn(z)}: a vector c added to all queries adds {@code tau <c, k_j>} to the
     * columns and subtracts {@code tau <c, k_i>} from the rows of {@code -d>}; the potentials compensate for it.
     */
    @Property(tries = 30)
    void gaugesGoIntoThePotentials(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                   @ForAll @LongRange(min = -50, max = 50) long shift, @ForAll boolean hollow) {
        int n = tokens.rows();
        double[] c = ReferenceMatrix.constant(tokens.d(), shift);
        double[] g = gauge(tokens.keys64(), c);
        double mean = ReferenceMatrix.sum(g) / n;
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult plain = masked(tokens.scores(arena), hollow).sinkhorn(SOLVE);
            SinkhornResult shifted =
                    masked(tokens.shifted(c, new double[tokens.d()]).scores(arena), hollow).sinkhorn(SOLVE);
            assertNear(Entries.of(plain.operator()), Entries.of(shifted.operator()));
            SinkhornSolution expected = plain.heads().getFirst();
            SinkhornSolution actual = shifted.heads().getFirst();
            for (int i = 0; i < n; i++) {
                assertEquals(expected.u()[i] + g[i] - mean, actual.u()[i], 10 * ROUNDING);
                assertEquals(expected.v()[i] - g[i] + mean, actual.v()[i], 10 * ROUNDING);
            }
        }
    }

    /**
     * The same for M keys of N queries, where {@code z = s}: a vector added to all keys adds {@code f_i = tau <q_i, c>}
     * and only u moves, one added to all queries adds {@code g_j} and only v moves.
     */
    @Property(tries = 30)
    void gaugesOfOtherKeys(@ForAll(supplier = MildTokens.class) Tokens tokens,
                           @ForAll @LongRange(min = -50, max = 50) long shift) {
        Tokens queries = firstQueries(tokens);
        double[] c = ReferenceMatrix.constant(tokens.d(), shift);
        double[] none = new double[tokens.d()];
        double[] f = gauge(queries.queries64(), c);
        try (Arena arena = Arena.ofConfined()) {
            SinkhornSolution plain = queries.scores(arena).sinkhorn(SOLVE).heads().getFirst();
            SinkhornSolution keysMoved = queries.shifted(none, c).scores(arena).sinkhorn(SOLVE).heads().getFirst();
            SinkhornSolution queriesMoved = queries.shifted(c, none).scores(arena).sinkhorn(SOLVE).heads().getFirst();
            double[] g = gauge(queries.keys64(), c);
            double mean = ReferenceMatrix.sum(g) / g.length;
            for (int i = 0; i < f.length; i++) {
                assertEquals(plain.u()[i] - f[i], keysMoved.u()[i], 10 * ROUNDING);
                assertEquals(plain.u()[i] - mean, queriesMoved.u()[i], 10 * ROUNDING);
            }
            for (int j = 0; j < g.length; j++) {
                assertEquals(plain.v()[j], keysMoved.v()[j], 10 * ROUNDING);
                assertEquals(plain.v()[j] - g[j] + mean, queriesMoved.v()[j], 10 * ROUNDING);
            }
        }
    }

    /**
     * A component that only one token has changes its score with itself only, and all divergences from it by the same amount: a coupling
     * with a zero diagonal does not change (Landa, Coifman and Kluger 2021).
     */
    @Property(tries = 30)
    void componentsOfOneTokenDoNotChangeZeroDiagonalCouplings(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                                        @ForAll Divergence divergence, @ForAll long seed) {
        if (tokens.rows() < 2) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            assertNear(hollowPlan(extended(tokens, new Random(seed), 0), divergence, arena),
                    hollowPlan(extended(tokens, new Random(seed), 2), divergence, arena));
        }
    }

    private static double[][] hollowPlan(Tokens tokens, Divergence divergence, Arena arena) {
        return Entries.of(tokens.scores(arena).withZeroDiagonal().sinkhorn(divergence, SOLVE).requireConverged().operator());
    }

    /** The tokens with one more component per token, in which all other tokens are 0. */
    private static Tokens extended(Tokens tokens, Random random, double size) {
        int n = tokens.rows();
        int d = tokens.d();
        float[] q = new float[n * (d + n)];
        float[] k = new float[n * (d + n)];
        for (int i = 0; i < n; i++) {
            System.arraycopy(tokens.q(), i * d, q, i * (d + n), d);
            System.arraycopy(tokens.k(), i * d, k, i * (d + n), d);
            q[i * (d + n) + d + i] = (float) (size * random.nextGaussian());
            k[i * (d + n) + d + i] = (float) (size * random.nextGaussian());
        }
        return new Tokens(n, n, d + n, q, k);
    }

    /** The product of bistochastic matrices is bistochastic, within the sum of their errors. */
    @Property(tries = 30)
    void productsAreBistochastic(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            SinkhornResult forward = scores.sinkhorn(Divergence.FORWARD, TRY);
            SinkhornResult symmetric = scores.sinkhorn(Divergence.SYMMETRIC, TRY);
            double[][] product = ReferenceMatrix.multiply(Entries.of(forward.operator()),
                    Entries.of(symmetric.operator()));
            SinkhornSolution a = forward.heads().getFirst();
            SinkhornSolution b = symmetric.heads().getFirst();
            double[] ones = ReferenceMatrix.constant(tokens.rows(), 1);
            double rowBound = (1 + a.rowError()) * (1 + b.rowError()) - 1 + 1e-6;
            double columnBound = (1 + a.columnError()) * (1 + b.columnError()) - 1 + 1e-6;
            assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.rowSums(product), ones), rowBound);
            assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.columnSums(product), ones), columnBound);
        }
    }

    /** {@code A-+ = (A+-)^T}. */
    @Property(tries = 30)
    void backwardCouplingIsTheForwardOneTransposed(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        assertNear(ReferenceMatrix.transpose(coupling(tokens, Divergence.FORWARD)), coupling(tokens, Divergence.BACKWARD));
    }

    /** The coupling of the symmetric divergence is symmetric. */
    @Property(tries = 30)
    void symmetricCouplingIsSymmetric(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        double[][] coupling = coupling(tokens, Divergence.SYMMETRIC);
        assertNear(coupling, ReferenceMatrix.transpose(coupling));
    }

    /** Each plain iteration is two projections: the L1 error of the columns, rows being exact, never grows. */
    @Property(tries = 30)
    void errorsNeverGrow(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean backward) {
        Divergence divergence = backward ? Divergence.BACKWARD : Divergence.FORWARD;
        double rounding = 2e-6 * tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            double before = 2.0 * tokens.rows();
            for (int iterations = 1; iterations <= 6; iterations++) {
                SinkhornSolution solution = scores.sinkhorn(divergence,
                        Sinkhorn.tolerance(1e-15).plain().withMaxIterations(iterations)).heads().getFirst();
                assertTrue(solution.columnErrorL1() <= before + rounding, "%d iterations: %s after %s".formatted(
                        iterations, solution.columnErrorL1(), before));
                assertEquals(0, solution.rowErrorL1(), rounding);
                before = solution.columnErrorL1();
            }
        }
    }

    /** {@code Pi_ij = exp(z_ij + u_i + v_j)} with the potentials of the result and z by definition. */
    @Property(tries = 30)
    void potentialsGiveTheCoupling(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = firstQueries(tokens).scores(arena).sinkhorn(SOLVE);
            SinkhornSolution solution = result.heads().getFirst();
            double[][] coupling = ReferenceSinkhorn.plan(firstQueries(tokens).scores64(), solution.u(), solution.v());
            assertNear(coupling, Entries.of(result.operator()));
        }
    }

    private static double[][] coupling(Tokens tokens, Divergence divergence) {
        try (Arena arena = Arena.ofConfined()) {
            return Entries.of(tokens.scores(arena).sinkhorn(divergence, SOLVE).requireConverged().operator());
        }
    }

    /** A half of the queries with all keys, so that there are no self-scores: one query with two keys at least. */
    private static Tokens firstQueries(Tokens tokens) {
        if (tokens.rows() == 1) {
            float[] twice = new float[2 * tokens.d()];
            System.arraycopy(tokens.k(), 0, twice, tokens.d(), tokens.d());
            return new Tokens(1, 2, tokens.d(), tokens.q(), twice);
        }
        int rows = tokens.rows() / 2;
        return new Tokens(rows, tokens.columns(), tokens.d(),
                Arrays.copyOf(tokens.q(), rows * tokens.d()), tokens.k());
    }

    /** {@code tau <x_i, c>}. */
    private static double[] gauge(double[][] x, double[] c) {
        double[] gauge = ReferenceMatrix.multiply(x, c);
        for (int i = 0; i < gauge.length; i++) {
            gauge[i] /= Math.sqrt(c.length);
        }
        return gauge;
    }

    private static void assertNear(double[][] expected, double[][] actual) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), ROUNDING);
    }
}
