package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.dynamics.Dynamics;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.VisiblePairs;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceBridge;
import dev.gatun.reference.ReferenceDynamics;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSoftmax;
import dev.gatun.reference.ReferenceSpectrum;
import dev.gatun.reference.ReferenceSupport;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Couplings, chains, bridges and spectra of scores with a bias, and of scores given by their entries, against float64. */
class AnyScoresChainsTest {

    private static final double PLAN = 1e-5;

    private final Arena arena = Arena.ofAuto();

    private double[][] matrix(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    static Stream<BiasedProblem> problems() {
        return Stream.of(BiasedProblem.of(1, 7, 7, 5, 1, 0, true), BiasedProblem.of(2, 66, 66, 0, 1, 6, true),
                BiasedProblem.of(3, 65, 65, 8, 1, 5, true), BiasedProblem.of(4, 30, 30, 8, 1, 6, true).withZeroDiagonal());
    }

    static Stream<BiasedProblem> small() {
        return problems().filter(problem -> problem.n() < 64);
    }

    /** Kept and streamed, in single and in double precision; of every divergence. */
    @ParameterizedTest
    @MethodSource("problems")
    void couplings(BiasedProblem problem) {
        double[][][] kernels = {problem.logForward(), problem.logBackward(), problem.logSymmetric()};
        for (Divergence divergence : Divergence.values()) {
            double[] ones = ReferenceMatrix.constant(problem.n(), 1);
            double[][] z = kernels[divergence.ordinal()];
            assertEquals(ReferenceSupport.Kind.SCALABLE, ReferenceSupport.classify(z, ones, ones));
            double[][] truth = ReferenceSinkhorn.solveAccurately(z, ones, ones).plan();
            for (Sinkhorn options : new Sinkhorn[] {Sinkhorn.tolerance(1e-6), Sinkhorn.tolerance(1e-6).withMemory(0),
                    Sinkhorn.tolerance(8e-7)}) {
                SinkhornResult result = problem.scores(arena).sinkhorn(divergence, options.withMaxIterations(20_000));
                assertTrue(result.converged(), () -> divergence + " of " + problem + ": " + result.heads());
                assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, matrix(result.operator())), PLAN,
                        divergence + " of " + problem);
            }
        }
    }

    /** Forbidden pairs, those of a token with itself among them, between sources and targets of given masses. */
    @Test
    void forbiddenCouplings() {
        for (int d : new int[] {0, 4}) {
            BiasedProblem problem = BiasedProblem.of(5, 40, 33, d, 1.5, 4, false);
            double[] mu = new Random(1).doubles(40, 0.5, 1.5).toArray();
            double[] nu = new Random(2).doubles(33, 0.5, 1.5).toArray();
            double scale = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu);
            Arrays.setAll(nu, j -> nu[j] * scale);
            ReferenceSinkhorn.Solution truth = ReferenceSinkhorn.solveAccurately(problem.logScores(), mu, nu);
            SinkhornResult result = problem.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu, nu)).requireConverged();
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.plan(), matrix(result.operator())), PLAN);
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.u(), result.heads().getFirst().u()), 1e-4);
            SinkhornResult relaxed = problem.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu, nu).relaxed(2, 3));
            double[][] plan = matrix(relaxed.requireConverged().operator());
            for (int e = 0; e < problem.bias().length; e++) {
                assertEquals(problem.bias()[e] > Float.NEGATIVE_INFINITY, plan[e / 33][e % 33] > 0);
            }
        }
        BiasedProblem blind = BiasedProblem.of(6, 20, 20, 4, 1, 3, false);
        double[][] truth = ReferenceSinkhorn.bistochasticAccurately(blind.logScores()).plan();
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, matrix(
                blind.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-6)).requireConverged().operator())), PLAN);
    }

    /** Whether there is a coupling, and whether every visible pair may carry mass, as by the definitions. */
    @Test
    void supportFollowsFromFiniteEntries() {
        Random random = new Random(7);
        int[] counts = new int[3];
        for (int trial = 0; trial < 300; trial++) {
            int n = 1 + random.nextInt(6);
            int m = trial % 2 == 0 ? n : 1 + random.nextInt(6);
            float[] bias = new float[n * m];
            for (int e = 0; e < bias.length; e++) {
                bias[e] = random.nextInt(5) < 2 ? Float.NEGATIVE_INFINITY : 0;
            }
            int most = 2 + random.nextInt(3);
            double[] mu = random.ints(n, most / 3, most).asDoubleStream().toArray();
            double[] nu = random.ints(m, most / 3, most).asDoubleStream().toArray();
            mu[0] = 1;
            nu[0] = 1;
            if (n == m && trial % 3 < 2) {
                Arrays.fill(mu, 1);
                Arrays.fill(nu, 1);
            }
            double total = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu);
            if (random.nextInt(8) > 0) {
                Arrays.setAll(nu, j -> nu[j] * total);
            }
            PairMask mask = new PairMask(Band.ALL, VisiblePairs.of(StoredRows.of(bias, m), n, m));
            Support found = HeadMarginals.of(mask, 1, mu, nu, 1e-6).support();
            int kind = ReferenceSupport.classify(ReferenceMatrix.of(bias, n, m), mu, nu).ordinal();
            assertEquals(kind, found.ordinal(), () -> Arrays.toString(bias) + Arrays.toString(mu) + Arrays.toString(nu));
            assertEquals(found == Support.TOTAL, HeadMarginals.of(mask, 1, mu, nu, 1e-6).why().isEmpty());
            counts[kind]++;
        }
        assertTrue(Arrays.stream(counts).min().orElseThrow() > 20, () -> Arrays.toString(counts));
    }

    @Test
    void couplingsThatCannotBeAreRefused() {
        float hidden = Float.NEGATIVE_INFINITY;
        Scores crowded = Scores.acrossEntries(Matrix.copyOf(arena, new float[] {1, hidden, hidden, 2, hidden, hidden, 1, 1, 1}, 3, 3));
        SinkhornSolution none = crowded.sinkhorn(Sinkhorn.bistochastic()).heads().getFirst();
        assertEquals(SinkhornStatus.INFEASIBLE, none.status());
        assertEquals("a mass of 2.0 on row 1 and 1 others is more than the 1.0 of all columns seen from there", none.reason());
        Scores tight = Scores.acrossEntries(Matrix.copyOf(arena, new float[] {1, hidden, 3, 4}, 2, 2));
        SinkhornSolution limit = tight.sinkhorn(Sinkhorn.bistochastic()).heads().getFirst();
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, limit.status());
        assertTrue(limit.reason().startsWith("some visible entries are zero in every coupling"), limit.reason());
    }

    @ParameterizedTest
    @MethodSource("problems")
    void chains(BiasedProblem problem) {
        double[][] p = ReferenceSoftmax.rowSoftmax(problem.logScores());
        Transitions chain = problem.scores(arena).attention().transitions(0);
        for (int i = 0; i < problem.n(); i++) {
            double[] row = chain.row(i);
            for (int j = 0; j < problem.n(); j++) {
                assertEquals(p[i][j], Math.pow(2, row[j]), 1e-12);
            }
        }
        Dynamics dynamics = Dynamics.of(chain);
        double[] pi = ReferenceDynamics.stationary(p);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(pi, dynamics.stationary().pi()), 1e-9);
        assertEquals(ReferenceDynamics.closedClasses(p), dynamics.stationary().closedClasses());
        assertEquals(ReferenceDynamics.entropyProduction(p, pi), dynamics.entropyProduction(), 1e-8);
        assertTrue(ReferenceDynamics.closedClasses(p) == 1);
        double[][] back = ReferenceMatrix.transpose(ReferenceSoftmax.columnSoftmax(problem.logBackward()));
        double[] first = problem.scores(arena).backwardColumn().transitions(0).row(0);
        for (int j = 0; j < problem.n(); j++) {
            assertEquals(back[0][j], Math.pow(2, first[j]), 1e-12);
        }
    }

    @ParameterizedTest
    @MethodSource("problems")
    void bridges(BiasedProblem problem) {
        int n = problem.n();
        double[] mu = new Random(1).doubles(n, 0.5, 1.5).toArray();
        double[] nu = new Random(2).doubles(n, 0.5, 1.5).toArray();
        double scale = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu);
        Arrays.setAll(nu, j -> nu[j] * scale);
        ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(ReferenceSoftmax.rowSoftmax(problem.logScores()), mu, nu, 2, 1e-9, 10_000);
        BridgeResult result = problem.scores(arena).attention().bridge(2, Sinkhorn.tolerance(2e-6).withMarginals(mu, nu));
        BridgeSolution solution = result.heads().getFirst();
        assertEquals(SinkhornStatus.CONVERGED, solution.status());
        for (int t = 0; t <= 2; t++) {
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.rho()[t], solution.marginals()[t]), 1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("problems")
    void spectra(BiasedProblem problem) {
        double[] truth = ReferenceSpectrum.diffusion(problem.logSymmetric()).values();
        int count = Math.min(5, problem.n());
        DiffusionMap map = DiffusionMap.of(problem.scores(arena).diffusion(), 0, Eigenpairs.largest(count));
        for (int k = 0; k < count; k++) {
            assertEquals(truth[k], map.spectrum().value(k), 2e-6, problem.name());
        }
        double[][] plan = ReferenceSinkhorn.bistochasticAccurately(problem.logSymmetric()).plan();
        double[] bistochastic = ReferenceSpectrum.symmetric(plan).values();
        SinkhornResult solved = problem.scores(arena).sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-6)).requireConverged();
        DiffusionMap doubly = DiffusionMap.of(solved.operator(), 0, Eigenpairs.largest(count));
        for (int k = 0; k < count; k++) {
            assertEquals(bistochastic[k], doubly.spectrum().value(k), 5e-6, problem.name());
        }
    }

    @ParameterizedTest
    @MethodSource("small")
    void magneticSpectra(BiasedProblem problem) {
        int count = Math.min(5, problem.n());
        double[] magnetic = ReferenceSpectrum.hermitian(
                ReferenceMagnetic.conjugate(problem.logSymmetric(), problem.direction(), 0.25));
        MagneticMap hermitian = MagneticMap.of(problem.scores(arena).magnetic(0.25), 0, Eigenpairs.largest(count));
        for (int k = 0; k < count; k++) {
            assertEquals(magnetic[k], hermitian.spectrum().value(k), 2e-6, problem.name());
        }
    }

    /** Components are those of the finite entries; an extension to the head's own tokens is the operator. */
    @Test
    void componentsAndExtensions() {
        BiasedProblem problem = BiasedProblem.of(9, 12, 12, 3, 1, 4, true);
        Operator diffusion = problem.scores(arena).diffusion(0.5);
        double[] f = new Random(3).doubles(12).toArray();
        double[] extended = diffusion.extension(0).apply(new double[][] {f})[0];
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.multiply(matrix(diffusion), f), extended), 1e-5);
        float[] blocks = problem.bias().clone();
        for (int e = 0; e < blocks.length; e++) {
            blocks[e] = e / 12 % 2 == e % 2 ? Math.max(blocks[e], -3) : Float.NEGATIVE_INFINITY;
        }
        Operator split = problem.tokens().scores(arena).withBias(Matrix.copyOf(arena, blocks, 12, 12)).diffusion();
        assertEquals(2, split.conjugate(0).components());
        Matrix one = problem.tokens().queries(arena);
        assertEquals("a new token needs scores that are inner products; these have a bias",
                assertThrows(IllegalArgumentException.class, () -> diffusion.extension(0, one, one)).getMessage());
    }

    /** Symmetric scores are in detailed balance. */
    @Test
    void symmetricScoresAreReversible() {
        BiasedProblem entries = BiasedProblem.of(10, 20, 20, 0, 1, 0, true).symmetric();
        Scores scores = entries.scores(arena);
        assertTrue(scores.attention().transitions(0).reversible());
        assertEquals(0, scores.curlFraction(0));
        assertEquals(1, scores.eta(0));
        Tokens tokens = Tokens.random(1, 20, 20, 4, 1);
        Tokens points = new Tokens(20, 20, 4, tokens.q(), tokens.q());
        Scores biased = points.scores(arena).withBias(Matrix.copyOf(arena, entries.bias(), 20, 20));
        assertTrue(biased.attention().transitions(0).reversible());
        entries.bias()[1] += 1;
        assertFalse(points.scores(arena).withBias(Matrix.copyOf(arena, entries.bias(), 20, 20)).attention().transitions(0).reversible());
    }

    @Test
    void figuresOfTheSkewPart() {
        for (int d : new int[] {0, 6}) {
            BiasedProblem problem = BiasedProblem.of(11, 70, 70, d, 1, 0, true);
            double[][] s = problem.s();
            assertEquals(ReferenceDynamics.curlFraction(s), problem.scores(arena).curlFraction(0), 1e-9);
            double products = 0;
            double squares = 0;
            for (int i = 0; i < 70; i++) {
                for (int j = 0; j < 70; j++) {
                    products += s[i][j] * s[j][i];
                    squares += s[i][j] * s[i][j];
                }
            }
            assertEquals(products / squares, problem.scores(arena).eta(0), 1e-9);
            assertTrue(Double.isNaN(BiasedProblem.of(12, 7, 7, d, 1, 2, true).scores(arena).curlFraction(0)));
        }
        float[] gradient = new float[25];
        for (int e = 0; e < 25; e++) {
            gradient[e] = 3 * (e / 5) - 1.5f * (e % 5 * (e % 5)) + (e / 5 * (e % 5));
        }
        assertEquals(0, Scores.ofEntries(Matrix.copyOf(arena, gradient, 5, 5)).curlFraction(0), 1e-25);
    }

    /** Over the pairs that are not forbidden. */
    @Test
    void rangeAndNegativeShare() {
        BiasedProblem problem = BiasedProblem.of(13, 9, 9, 4, 1, 3, true);
        double[][] s = problem.s();
        double[][] z = problem.logSymmetric();
        double least = Double.POSITIVE_INFINITY;
        int pairs = 0;
        int negative = 0;
        for (int i = 0; i < 9; i++) {
            for (int j = 0; j < 9; j++) {
                least = s[i][j] == Double.NEGATIVE_INFINITY ? least : Math.min(least, s[i][j]);
                pairs += i == j || z[i][j] == Double.NEGATIVE_INFINITY ? 0 : 1;
                negative += i != j && z[i][j] > 0 ? 1 : 0;
            }
        }
        ScoreFigures figures = problem.scores(arena).figures(0);
        assertEquals(least, figures.min(), 1e-5);
        assertEquals(negative / (double) pairs, figures.negativeShare(), 1e-12);
        assertTrue(Double.isNaN(BiasedProblem.of(13, 9, 9, 0, 1, 2, false).scores(arena).figures(0).negativeShare()));
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        Tokens tokens = Tokens.random(1, 4, 4, 3, 1);
        Scores scores = tokens.scores(arena);
        Matrix bias = Matrix.allocate(arena, 4, 4);
        refused("bias is Heads[3, 4]; expected (1 or 1, 1 or 1, 4, 4)", () -> scores.withBias(Matrix.allocate(arena, 3, 4)));
        Matrix nan = Matrix.allocate(arena, 4, 4);
        nan.set(2, 1, Float.NaN);
        refused("bias holds NaN at row 2, column 1 of head 0; every entry must be finite or minus infinity", () -> scores.withBias(nan));
        refused("scores holds NaN at row 2, column 1 of head 0; every entry must be finite or minus infinity",
                () -> Scores.ofEntries(nan));
        refused("scores that are given by their entries have no scale; beta multiplies them", () -> Scores.ofEntries(bias).withScale(2));
        refused("scores that are given by their entries take no bias; add it to the entries", () -> Scores.ofEntries(bias).withBias(bias));
        refused("a backward divergence with queries and keys of its own needs scores that are inner products; these have a bias",
                () -> scores.withBias(bias).withBackward(Heads.of(tokens.queries(arena)), Heads.of(tokens.keys(arena))));
        refused("a plan of Sinkhorn needs scores that are inner products; these are given by their entries",
                () -> Scores.ofEntries(bias).sinkhornPlan(Sinkhorn.bistochastic()));
        refused("entropy production in one pass needs scores that are inner products; these have a bias",
                () -> scores.withBias(bias).entropyProduction(0, new double[] {1, 0, 0, 0}));
        Matrix blind = Matrix.allocate(arena, 4, 4);
        blind.set(1, 1, Float.NEGATIVE_INFINITY);
        String why = " needs the self-scores s_ii, but a bias of minus infinity forbids that of token 1 of head 0; "
                + "withZeroDiagonal hides a pair and keeps its score";
        Scores blinded = scores.withBias(blind);
        refused("diffusion" + why, blinded::diffusion);
        refused("attention-column" + why, blinded::attentionColumn);
        refused("backward" + why, blinded::backward);
        refused("magnetic" + why, () -> blinded.magnetic(1));
        refused("the symmetric divergence" + why, () -> blinded.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.bistochastic()));
        refused("a relaxed coupling within a sequence" + why, () -> blinded.sinkhorn(Sinkhorn.bistochastic().relaxed(1, 1)));
        Matrix huge = Matrix.allocate(arena, 4, 4);
        huge.set(0, 1, 1e13f);
        Matrix out = Matrix.allocate(arena, 4, 4);
        refused("scores of up to 1.00e+13 are too large: at most 1e+12 can be told apart",
                () -> scores.withBias(huge).attention().matrix(out));
        refused("out shares memory with bias", () -> scores.withBias(bias).attention().matrix(bias));
    }

    /** A bias counts as it is when an operator is applied. */
    @Test
    void biasesThatChange() {
        Tokens tokens = Tokens.random(1, 4, 4, 3, 1);
        Matrix bias = Matrix.allocate(arena, 4, 4);
        Scores scores = tokens.scores(arena).withBias(bias);
        Operator attention = scores.attention();
        Operator diffusion = scores.diffusion();
        bias.set(1, 2, 500);
        bias.set(3, 0, Float.NEGATIVE_INFINITY);
        double[][] s = ReferenceMatrix.add(tokens.scores64(), ReferenceMatrix.of(bias.toArray(), 4, 4));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceSoftmax.rowSoftmax(s), matrix(attention)), 1e-6);
        bias.set(2, 2, Float.NEGATIVE_INFINITY);
        s[2][2] = Double.NEGATIVE_INFINITY;
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceSoftmax.rowSoftmax(s), matrix(attention)), 1e-6);
        refused("the bias now forbids the self-score of token 2", () -> matrix(diffusion));
        bias.set(0, 1, Float.NaN);
        refused("bias holds NaN at row 0, column 1 of head 0; every entry must be finite or minus infinity", () -> matrix(attention));
    }

    private static void refused(String message, Runnable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use::run).getMessage());
    }
}
