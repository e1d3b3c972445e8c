package dev.gatun.internal.sinkhorn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.TransportFigures;
import dev.gatun.Workers;
import dev.gatun.model.MiniLm;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScaling;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel that is stored and one that is computed in every pass have the same solution, by whatever steps it is found. */
class SinkhornEnginesTest {

    private static final Sinkhorn STORED = Sinkhorn.tolerance(1e-5).withMaxIterations(5000);
    private static final Sinkhorn STREAMED = STORED.withMemory(0);

    private final Arena arena = Arena.ofAuto();

    /** With scores of 64 times a normal variable couplings are all but permutations: they leave potentials free. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1e-3", "7, 7, 1, 1e-3", "64, 64, 1, 1e-3", "65, 70, 1, 1e-3", "130, 33, 2, 1e-3", "100, 100, 4, 1e-2",
        "100, 100, 8, Infinity"})
    void sameSolution(int rows, int columns, double size, double potentials) {
        Tokens tokens = Tokens.random(rows + 3L * columns, rows, columns, 16, size);
        for (Divergence divergence : rows == columns ? Divergence.values() : new Divergence[] {Divergence.FORWARD}) {
            SinkhornResult stored = tokens.scores(arena).sinkhorn(divergence, STORED).requireConverged();
            SinkhornResult streamed = tokens.scores(arena).sinkhorn(divergence, STREAMED).requireConverged();
            assertSame(stored, streamed, potentials);
        }
    }

    private void assertSame(SinkhornResult one, SinkhornResult other, double potentials) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(entries(one), entries(other)), 3e-5);
        for (int h = 0; h < one.heads().size(); h++) {
            assertArrayEquals(one.heads().get(h).u(), other.heads().get(h).u(), potentials);
            assertArrayEquals(one.heads().get(h).v(), other.heads().get(h).v(), potentials);
        }
    }

    /**
     * The slowest head of the model: Newton steps by conjugate gradients alone, for no rows are stored to eliminate with.
     * Its columns are held together by 1e-5 of their mass, so that float32 sums leave the potentials free by
     * 1e-2.
     */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void streamedNewtonStepsConvergeOnTheSlowestHead(Divergence divergence) {
        int n = 64;
        MiniLm.Heads model = MiniLm.shared().run(n);
        Scores scores = Scores.of(Matrix.copyOf(arena, model.queries(0, 2), n, MiniLm.DIMENSION),
                Matrix.copyOf(arena, model.keys(0, 2), n, MiniLm.DIMENSION));
        SinkhornResult streamed = scores.sinkhorn(divergence, STREAMED).requireConverged();
        assertTrue(streamed.heads().getFirst().newtonSteps() > 0);
        assertSame(scores.sinkhorn(divergence, STORED).requireConverged(), streamed, 1e-2);
    }

    /** Rounded entries move potentials by what they are rounded by, and what is reported is the true coupling's. */
    @ParameterizedTest
    @CsvSource({"64, 1", "100, 2", "130, 4"})
    void bfloat16Entries(int n, double size) {
        Tokens tokens = Tokens.random(n, n, n, 16, size);
        for (Divergence divergence : Divergence.values()) {
            Sinkhorn options = Sinkhorn.tolerance(1e-2).withBfloat16Storage();
            SinkhornResult rounded = tokens.scores(arena).sinkhorn(divergence, options).requireConverged();
            SinkhornSolution solution = rounded.heads().getFirst();
            double[][] coupling = entries(rounded);
            double[] ones = ReferenceMatrix.constant(n, 1);
            assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(coupling), ones), solution.rowError(), 1e-6);
            assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(coupling), ones), solution.columnError(), 1e-6);
            double[][] truth = entries(tokens.scores(arena).sinkhorn(divergence, STORED).requireConverged());
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, coupling), 1e-2);
            SinkhornSolution exact = tokens.scores(arena).sinkhorn(divergence, STORED.withBfloat16Storage()).heads().getFirst();
            assertEquals(Math.max(exact.rowError(), exact.columnError()) <= 1e-5, exact.status() == SinkhornStatus.CONVERGED);
            assertTrue(exact.rowError() < 5e-3, exact::toString);
        }
    }

    /** Plans within 3e-5 of a float64 solution. */
    @Test
    void plansAreThoseOfTheReference() {
        Tokens tokens = Tokens.random(5, 90, 90, 16, 1.5);
        double[][] z = ReferenceScores.logKernel(ReferenceScores.forward(tokens.scores64()), 1);
        double[][] truth = ReferenceScaling.bistochastic(z);
        for (Sinkhorn options : List.of(STORED, STREAMED)) {
            SinkhornResult result = tokens.scores(arena).sinkhorn(options).requireConverged();
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, entries(result)), 3e-5);
        }
    }

    /** KL projections: the L1 error of what a half-step does not enforce never grows. */
    @Test
    void l1ErrorsOfPlainIterationNeverGrow() {
        Tokens tokens = Tokens.random(8, 40, 40, 8, 2);
        for (Sinkhorn options : List.of(STORED.plain(), STREAMED.plain())) {
            List<Double> errors = new ArrayList<>();
            for (int iterations = 1; iterations <= 40; iterations++) {
                errors.add(tokens.scores(arena).sinkhorn(options.withMaxIterations(iterations)).heads().getFirst()
                        .columnErrorL1());
            }
            for (int i = 1; i < errors.size(); i++) {
                assertTrue(errors.get(i) <= errors.get(i - 1) + 40 * 1e-6, errors::toString);
            }
            assertTrue(errors.getLast() < errors.getFirst() / 10, errors::toString);
        }
    }

    @Test
    void plainIterationSaysThatItTookNoOtherSteps() {
        SinkhornSolution plain = Tokens.random(8, 40, 40, 8, 2).scores(arena)
                .sinkhorn(STORED.plain().withMaxIterations(100_000)).requireConverged().heads().getFirst();
        assertEquals(1, plain.relaxation());
        assertEquals(0, plain.newtonSteps());
    }

    /** Beginning where a nearby problem ended saves most iterations, and leads to the same coupling. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void warmStarts(Divergence divergence) {
        Tokens tokens = Tokens.random(12, 80, 80, 8, 2);
        float[] moved = tokens.q().clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] *= 1.0005f;
        }
        Scores scores = tokens.scores(arena);
        Scores nearby = new Tokens(80, 80, 8, moved, tokens.k()).scores(arena);
        SinkhornResult before = scores.sinkhorn(divergence, STORED).requireConverged();
        SinkhornResult cold = nearby.sinkhorn(divergence, STORED).requireConverged();
        for (Sinkhorn options : List.of(STORED, STREAMED)) {
            SinkhornResult warm = nearby.sinkhorn(divergence, options.startingAt(before)).requireConverged();
            assertSame(cold, warm, 1e-2);
            assertTrue(warm.heads().getFirst().iterations() < cold.heads().getFirst().iterations());
            SinkhornResult again = scores.sinkhorn(divergence, options.startingAt(before)).requireConverged();
            assertTrue(again.heads().getFirst().iterations() <= 2);
        }
        assertThrows(IllegalArgumentException.class,
                () -> Tokens.random(1, 5, 5, 8, 1).scores(arena).sinkhorn(STORED.startingAt(before)));
    }

    /** Potentials of columns without mass are minus infinity: with mass they begin somewhere. */
    @Test
    void warmStartsOfOtherMasses() {
        double[] some = new double[20];
        Arrays.setAll(some, j -> j < 10 ? 2 : 0);
        double[] all = ReferenceMatrix.constant(20, 1);
        Scores scores = Tokens.random(13, 20, 20, 8, 1).scores(arena);
        SinkhornResult before = scores.sinkhorn(STORED.withMarginals(all, some)).requireConverged();
        SinkhornResult after = scores.sinkhorn(STORED.startingAt(before)).requireConverged();
        assertSame(scores.sinkhorn(STORED).requireConverged(), after, 1e-3);
        scores.sinkhorn(STORED.withMarginals(all, some).startingAt(after)).requireConverged();
    }

    /** Cost, entropy and objective are sums over the entries of the coupling. */
    @ParameterizedTest
    @EnumSource(Divergence.class)
    void costEntropyAndObjective(Divergence divergence) {
        Tokens tokens = Tokens.random(14, 70, 70, 8, 1.3);
        double[][] s = tokens.scores64();
        double[][] z = ReferenceScores.logKernel(switch (divergence) {
            case FORWARD -> ReferenceScores.forward(s);
            case BACKWARD -> ReferenceScores.backward(s);
            case SYMMETRIC -> ReferenceScores.symmetric(s);
        }, 1);
        double[][] coupling = ReferenceScaling.bistochastic(z);
        double cost = 0;
        double negentropy = 0;
        for (int i = 0; i < 70; i++) {
            for (int j = 0; j < 70; j++) {
                cost -= coupling[i][j] * z[i][j];
                negentropy += coupling[i][j] * Math.log(coupling[i][j]);
            }
        }
        SinkhornResult result = tokens.scores(arena).sinkhorn(divergence, STORED).requireConverged();
        TransportFigures figures = result.figures(0);
        assertEquals(cost, figures.transportCost(), 1e-4 * Math.abs(cost));
        assertEquals(70 - negentropy, figures.entropy(), 1e-4 * Math.abs(negentropy));
        assertEquals(cost + negentropy - 70, figures.objective(), 1e-4 * Math.abs(cost));
    }

    @Test
    void negativeMemoryIsRefused() {
        assertEquals("memory must not be negative, but is -1 bytes",
                assertThrows(IllegalArgumentException.class, () -> STORED.withMemory(-1)).getMessage());
    }

    /** Masses of 1e-12 to 1e12 take potentials far from each other. */
    @Test
    void massesOfManyMagnitudes() {
        int n = 50;
        double[] mu = new double[n];
        Arrays.setAll(mu, i -> Math.pow(10, i % 25 - 12));
        double[] nu = new double[n];
        Arrays.setAll(nu, j -> mu[n - 1 - j]);
        Scores scores = Tokens.random(9, n, n, 8, 1).scores(arena);
        for (Sinkhorn options : List.of(STORED, STREAMED)) {
            SinkhornSolution solution = scores.sinkhorn(options.withMarginals(mu, nu)).requireConverged().heads().getFirst();
            assertTrue(solution.columnError() <= 1e-5, solution::toString);
        }
    }

    /** Newton steps say nothing of columns with next to no mass, which are fitted by themselves: slow heads converge with them. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-7, 1e-20, 1e-36})
    void negligibleMassesOfSlowHeadsAreMet(double negligible) {
        int n = 40;
        double[] mu = ReferenceMatrix.constant(n, 1);
        mu[7] = negligible;
        mu[8] = 2 - negligible;
        double[] nu = ReferenceMatrix.constant(n, 1);
        nu[3] = negligible;
        nu[4] = 2 - negligible;
        Scores scores = Tokens.random(1, n, n, 8, 4).scores(arena);
        for (Sinkhorn options : List.of(STORED, STREAMED)) {
            SinkhornResult result = scores.sinkhorn(options.withMarginals(mu, nu)).requireConverged();
            assertTrue(result.heads().getFirst().newtonSteps() > 0);
            double[][] coupling = entries(result);
            assertTrue(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(coupling), mu) <= 1e-5);
            assertTrue(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(coupling), nu) <= 1e-5);
        }
    }

    /** Large scores and negligible masses: all entries of a column underflow in a stored kernel. */
    @ParameterizedTest
    @CsvSource({"4, 30", "14, 30", "37, 12"})
    void columnsThatVanishAreSolvedForByTheirLogarithms(long seed, int n) {
        Random random = new Random(seed);
        Tokens tokens = new Tokens(n, n, 4, Tokens.normal(random, 4 * n, 40), Tokens.normal(random, 4 * n, 40));
        double[] mu = new double[n];
        double[] nu = new double[n];
        for (int placed = 0; placed < 2 * n; placed++) {
            int i = random.nextInt(n);
            int j = random.nextInt(n);
            double mass = Math.pow(10, -23.9 * random.nextDouble());
            mu[i] += mass;
            nu[j] += mass;
        }
        SinkhornResult result = tokens.scores(arena).sinkhorn(
                Sinkhorn.tolerance(1e-5).withMarginals(mu, nu).plain().withMaxIterations(100));
        SinkhornSolution solution = result.heads().getFirst();
        double[][] coupling = entries(result);
        assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(coupling), mu), solution.rowError(), 1e-9);
        double columnError = ReferenceSinkhorn.error(ReferenceMatrix.columnSums(coupling), nu);
        assertEquals(columnError, solution.columnError(), 1e-9 * columnError);
        assertTrue(solution.rowError() <= 1e-5 && columnError < Double.POSITIVE_INFINITY, solution::toString);
    }

    /** Masses that are solved for by their logarithms: bitwise the same for any number of workers. */
    @Test
    void threadsChangeNothingOfMassesThatLieFarApart() {
        int n = 130;
        double[] mu = new double[n];
        Arrays.setAll(mu, i -> Math.pow(10, i % 25 * 25 - 300));
        double[] nu = new double[n];
        Arrays.setAll(nu, j -> mu[n - 1 - j]);
        Scores scores = Tokens.random(9, n, n, 8, 1).scores(arena);
        SinkhornSolution alone = scores.sinkhorn(STORED.withMarginals(mu, nu)).heads().getFirst();
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            SinkhornSolution shared = scores.withWorkers(Workers.of(executor, 3)).sinkhorn(STORED.withMarginals(mu, nu)).heads()
                    .getFirst();
            assertArrayEquals(alone.u(), shared.u());
            assertArrayEquals(alone.v(), shared.v());
            assertEquals(alone.reason(), shared.reason());
        }
    }

    private double[][] entries(SinkhornResult result) {
        Operator operator = result.operator();
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }
}
