package dev.gatun.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.BridgeResult;
import dev.gatun.Conjugate;
import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.KernelOperator;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.Transitions;
import dev.gatun.Workers;
import dev.gatun.dynamics.StationaryDistribution;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.Spectrum;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Solves whose rows are computed by workers that share nothing with the solve but messages, beside the same solves on one machine. */
class RowWorkerTest {

    /** Asserts that a solve that machines share is that of one machine which stores no entries. */
    private static SinkhornSolution assertSame(Scores scores, Divergence divergence, Sinkhorn options) {
        Sinkhorn streamed = options.withMemory(1);
        SinkhornSolution alone = scores.sinkhorn(divergence, streamed).heads().getFirst();
        for (int count = 1; count <= 3; count += 2) {
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, count, count);
            SinkhornSolution shared = scores.withWorkers(Workers.on(machines)).sinkhorn(divergence, options).heads().getFirst();
            SameSolution.assertSame(alone, shared);
            assertTrue(machines.requests() >= alone.iterations(), "the machines were not asked");
        }
        return alone;
    }

    @Test
    void solvesAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 700, 16, 1.5, 1), RandomPoints.of(arena, 700, 16, 1.5, 2));
            for (Divergence divergence : Divergence.values()) {
                assertSame(scores, divergence, Sinkhorn.bistochastic());
            }
            assertSame(scores, Divergence.FORWARD, Sinkhorn.tolerance(1e-9));
            assertSame(scores.withCausalMask(), Divergence.FORWARD, Sinkhorn.bistochastic().withMaxIterations(20));
        }
    }

    @Test
    void differentNumbersOfRowsAndColumnsAndMarginals() {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(3);
            double[] mu = random.doubles(700, 0.1, 2).toArray();
            double[] nu = random.doubles(411, 0.1, 2).toArray();
            mu[5] = 0;
            nu[7] = 0;
            double total = 0;
            double other = 0;
            for (double mass : mu) {
                total += mass;
            }
            for (double mass : nu) {
                other += mass;
            }
            for (int j = 0; j < nu.length; j++) {
                nu[j] *= total / other;
            }
            Scores scores = Scores.across(RandomPoints.of(arena, 700, 8, 1, 4), RandomPoints.of(arena, 411, 8, 1, 5));
            assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().withMarginals(mu, nu));
        }
    }

    /** Scores of hundreds: underflow of columns, float64, Newton steps, and continuation in beta. */
    @Test
    @Tag("any-width")
    void harshScores() {
        try (Arena arena = Arena.ofConfined()) {
            for (double size : new double[] {6, 12, 25}) {
                Scores scores = Scores.of(RandomPoints.of(arena, 400, 8, size, 6), RandomPoints.of(arena, 400, 8, size, 7));
                assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic());
            }
        }
    }

    @Test
    void relaxedSolvesAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 700, 8, 1.5, 41), RandomPoints.of(arena, 700, 8, 1.5, 42));
            for (Divergence divergence : Divergence.values()) {
                assertSame(scores, divergence, Sinkhorn.bistochastic().relaxed(1, 0.1));
            }
            assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(Double.POSITIVE_INFINITY, 2));
            assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(2, Double.POSITIVE_INFINITY));
            assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(100, 100).withReference(Sinkhorn.Reference.MARGINALS));
            assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(1, 1).plain());
            assertSame(scores.withCausalMask(), Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(1, 1));
            double[] mu = new Random(43).doubles(700, 0.1, 2).toArray();
            double[] nu = new Random(44).doubles(411, 0.1, 2).toArray();
            mu[5] = 0;
            nu[7] = 0;
            assertSame(Scores.across(RandomPoints.of(arena, 700, 8, 1, 4), RandomPoints.of(arena, 411, 8, 1, 5)), Divergence.FORWARD,
                    Sinkhorn.bistochastic().withMarginals(mu, nu).relaxed(1, 3));
        }
    }

    /** So many rows that a group of them has several parts. */
    @Test
    @Tag("any-width")
    void solvesOfManyRows() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.across(RandomPoints.of(arena, 140_000, 2, 1, 45), RandomPoints.of(arena, 20, 2, 1, 46));
            for (Sinkhorn options : List.of(Sinkhorn.bistochastic(), Sinkhorn.bistochastic().relaxed(1, 1).withMaxIterations(5))) {
                SinkhornSolution alone = assertSame(scores, Divergence.FORWARD, options);
                Workers threads = Workers.of(Thread::startVirtualThread, 3);
                SameSolution.assertSame(alone, scores.withWorkers(threads).sinkhorn(options.withMemory(1)).heads().getFirst());
            }
        }
    }

    /** Continuation in beta, and columns that underflow. */
    @Test
    @Tag("any-width")
    void relaxedSolvesOfHarshScores() {
        try (Arena arena = Arena.ofConfined()) {
            for (double size : new double[] {12, 40}) {
                Scores scores = Scores.of(RandomPoints.of(arena, 400, 8, size, 6), RandomPoints.of(arena, 400, 8, size, 7));
                assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(1, 1).withMaxIterations(60));
                assertSame(scores, Divergence.FORWARD, Sinkhorn.bistochastic().relaxed(1e4, 1e4).withMaxIterations(300));
            }
        }
    }

    /** The calling thread eliminates the Newton equations of at most 128 columns; machines compute all other passes. */
    @ParameterizedTest
    @CsvSource({"100, true", "128, true", "129, false", "200, false"})
    void relaxedSolvesOfFewColumns(int columns, boolean eliminates) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.across(RandomPoints.of(arena, 700, 8, 1.5, 45), RandomPoints.of(arena, columns, 8, 1.5, 46));
            for (Sinkhorn options : List.of(Sinkhorn.bistochastic().relaxed(100, Double.POSITIVE_INFINITY),
                    Sinkhorn.bistochastic().relaxed(1e4, 1e4))) {
                SinkhornSolution alone = scores.sinkhorn(options.withMemory(1)).heads().getFirst();
                assertTrue(alone.newtonSteps() > 0, "there were no equations");
                int here = eliminates ? alone.newtonSteps() : 0;
                for (int count = 1; count <= 3; count++) {
                    MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, count, count);
                    SameSolution.assertSame(alone, scores.withWorkers(Workers.on(machines)).sinkhorn(options).heads().getFirst());
                    assertEquals(alone.iterations() - here + 1, machines.requests());
                }
            }
        }
    }

    /** Asserts that a product that machines share is that of one machine, and how many requests it takes. */
    private static void assertSameProduct(Scores scores, Function<Scores, KernelOperator> operator, Matrix v, int requests) {
        try (Arena arena = Arena.ofConfined()) {
            KernelOperator alone = operator.apply(scores);
            int columns = alone.isComplex() ? 2 * v.columns() : v.columns();
            Matrix expected = Matrix.allocate(arena, scores.rows(), columns);
            Matrix found = Matrix.allocate(arena, scores.rows(), columns);
            alone.apply(v, expected);
            for (int count = 1; count <= 3; count++) {
                MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, count, count);
                operator.apply(scores.withWorkers(Workers.on(machines))).apply(v, found);
                assertArrayEquals(expected.toArray(), found.toArray());
                assertEquals(requests, machines.requests());
            }
        }
    }

    @Test
    void productsAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            for (double size : new double[] {1, 8}) {
                Scores scores = Scores.of(RandomPoints.of(arena, 333, 8, size, 10), RandomPoints.of(arena, 333, 8, size, 11));
                for (int components : new int[] {1, 3, 16}) {
                    Matrix v = RandomPoints.of(arena, 333, components, 1, 12);
                    assertSameProduct(scores, Scores::attention, v, 1);
                    assertSameProduct(scores.withCausalMask(), Scores::attention, v, 1);
                    assertSameProduct(scores, Scores::backward, v, 1);
                    assertSameProduct(scores, shared -> shared.circulation(1.25), v, 1);
                    assertSameProduct(scores, Scores::diffusion, v, 1);
                    assertSameProduct(scores, shared -> shared.magnetic(0.25), v, 1);
                    // Sums over all rows come first.
                    assertSameProduct(scores, Scores::attentionColumn, v, 2);
                    assertSameProduct(scores.withCausalMask(), Scores::attentionColumn, v, 2);
                    assertSameProduct(scores, Scores::backwardColumn, v, 2);
                    assertSameProduct(scores, shared -> shared.diffusion(0.5), v, 2);
                    assertSameProduct(scores, shared -> shared.magnetic(0.25, 1), v, 2);
                }
                SinkhornResult solved = scores.sinkhorn(Sinkhorn.bistochastic());
                Matrix v = RandomPoints.of(arena, 333, 3, 1e30, 13);
                Matrix expected = Matrix.allocate(arena, 333, 3);
                Matrix found = Matrix.allocate(arena, 333, 3);
                solved.operator().apply(v, expected);
                MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 14);
                solved.operator().withWorkers(Workers.on(machines)).apply(v, found);
                assertArrayEquals(expected.toArray(), found.toArray());
                assertEquals(1, machines.requests());
            }
        }
    }

    /** Row sums from 1 to 1100, whose potential at an alpha of 5 is none for float32: sums, once more in float64, and the product. */
    @Test
    void productsOfWidePotentials() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 1100, 2, 0.1, 34);
            Scores scores = Scores.of(q, q).withSequences(1, 1099);
            Matrix v = RandomPoints.of(arena, 1100, 3, 1, 35);
            assertSameProduct(scores, shared -> shared.diffusion(5), v, 3);
            assertSameProduct(scores, shared -> shared.magnetic(0.1, 5), v, 3);
        }
    }

    /** Values of any size, which are packed in units, and a coupling beyond float32. */
    @Test
    void productsOfHarshValuesAndMarginals() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.across(RandomPoints.of(arena, 200, 4, 1, 15), RandomPoints.of(arena, 130, 4, 1, 16));
            for (double size : new double[] {1e-38, 1e30}) {
                assertSameProduct(scores, Scores::attention, RandomPoints.of(arena, 130, 5, size, 17), 1);
            }
            double[] mu = new double[200];
            double[] nu = new double[130];
            Arrays.setAll(mu, i -> i % 2 == 0 ? 1e-30 : 1);
            Arrays.fill(nu, Arrays.stream(mu).sum() / 130);
            Sinkhorn options = Sinkhorn.bistochastic().withMarginals(mu, nu);
            Operator coupling = scores.sinkhorn(options.withMaxIterations(5)).operator();
            assertSameProduct(scores, shared -> coupling.withWorkers(shared.workers()), RandomPoints.of(arena, 130, 3, 1, 18), 1);
            assertSame(scores, Divergence.FORWARD, options);
        }
    }

    @Test
    @Tag("any-width")
    void bridgesAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 130, 4, 1, 36), RandomPoints.of(arena, 130, 4, 1, 37));
            double[] mu = new double[130];
            double[] ones = new double[130];
            Arrays.setAll(mu, i -> 2 * (i + 0.5) / 130);
            Arrays.fill(ones, 1);
            Sinkhorn options = Sinkhorn.bistochastic().withMarginals(mu, ones);
            Matrix v = RandomPoints.of(arena, 130, 3, 1, 39);
            for (Function<Scores, Operator> operator
                    : List.<Function<Scores, Operator>>of(Scores::attention, shared -> shared.diffusion(0.5))) {
                BridgeResult alone = operator.apply(scores).bridge(2, options);
                MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 40);
                BridgeResult shared = operator.apply(scores.withWorkers(Workers.on(machines))).bridge(2, options);
                assertArrayEquals(alone.heads().getFirst().logPhi(), shared.heads().getFirst().logPhi());
                assertTrue(machines.requests() > alone.heads().getFirst().iterations(), "the machines were not asked");
                Matrix expected = Matrix.allocate(arena, 130, 3);
                Matrix found = Matrix.allocate(arena, 130, 3);
                alone.transition(1).apply(v, expected);
                shared.transition(1).apply(v, found);
                assertArrayEquals(expected.toArray(), found.toArray());
            }
        }
    }

    @Test
    void chainsAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 1100, 4, 1, 19), RandomPoints.of(arena, 1100, 4, 1, 20));
            double[] rho = new Random(21).doubles(1100, 0, 1).toArray();
            List<Function<Scores, Operator>> operators = List.of(Scores::attention, Scores::attentionColumn, Scores::backward,
                    Scores::diffusion, shared -> shared.diffusion(1), shared -> shared.circulation(0.5));
            for (Function<Scores, Operator> operator : operators) {
                Transitions alone = operator.apply(scores).transitions(0);
                MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 22);
                Transitions shared = operator.apply(scores.withWorkers(Workers.on(machines))).transitions(0);
                int before = machines.requests();
                assertArrayEquals(alone.later(rho), shared.later(rho));
                assertArrayEquals(alone.expected(rho), shared.expected(rho));
                assertEquals(2, machines.requests() - before);
                assertTrue(machines.sources() <= 2, () -> "log-kernels are packed " + machines.sources() + " times");
            }
        }
    }

    @Test
    void stationaryDistributionsAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 2100, 4, 0.5, 23), RandomPoints.of(arena, 2100, 4, 0.5, 24));
            for (Function<Scores, Operator> operator : List.<Function<Scores, Operator>>of(Scores::attention, Scores::diffusion)) {
                StationaryDistribution alone = StationaryDistribution.of(operator.apply(scores).transitions(0));
                MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 25);
                StationaryDistribution shared = StationaryDistribution.of(
                        operator.apply(scores.withWorkers(Workers.on(machines))).transitions(0));
                assertArrayEquals(alone.pi(), shared.pi());
                assertEquals(alone.iterations(), shared.iterations());
                assertTrue(machines.requests() > alone.iterations(), "the machines were not asked");
            }
        }
    }

    /** Diffusion and magnetic diffusion at any alpha, in float32 and, with large scores, in float64; several vectors a product. */
    @Test
    void productsOfConjugatesAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            for (double size : new double[] {0.5, 6}) {
                Scores scores = Scores.of(RandomPoints.of(arena, 1100, 4, size, 28), RandomPoints.of(arena, 1100, 4, size, 29));
                List<Function<Scores, KernelOperator>> operators = List.of(Scores::diffusion, shared -> shared.diffusion(1),
                        shared -> shared.magnetic(0.25), shared -> shared.magnetic(0.1, 0.5));
                for (Function<Scores, KernelOperator> operator : operators) {
                    Conjugate alone = operator.apply(scores).conjugate(0);
                    MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 30);
                    Conjugate shared = operator.apply(scores.withWorkers(Workers.on(machines))).conjugate(0);
                    for (int count : new int[] {1, 5, 11}) {
                        double[][] x = new double[count][];
                        Arrays.setAll(x, k -> new Random(k).doubles(alone.length(), -1, 1).toArray());
                        double[][] expected = new double[count][alone.length()];
                        double[][] found = new double[count][alone.length()];
                        alone.apply(x, expected, count);
                        shared.apply(x, found, count);
                        assertArrayEquals(expected, found);
                    }
                    assertArrayEquals(alone.stationary(), shared.stationary());
                    assertTrue(machines.requests() >= 3, "the machines were not asked");
                    assertTrue(machines.sources() <= 3, () -> "tiles are made " + machines.sources() + " times");
                }
            }
        }
    }

    @Test
    void spectraAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 1100, 4, 0.5, 31), RandomPoints.of(arena, 1100, 4, 0.5, 32));
            for (Function<Scores, KernelOperator> operator
                    : List.<Function<Scores, KernelOperator>>of(Scores::diffusion, shared -> shared.magnetic(0.25))) {
                Spectrum alone = Spectrum.of(operator.apply(scores).conjugate(0), Eigenpairs.largest(2));
                Workers machines = Workers.on(new MachinesOfThisJvm(scores, 2, 33));
                Spectrum shared = Spectrum.of(operator.apply(scores.withWorkers(machines)).conjugate(0), Eigenpairs.largest(2));
                assertArrayEquals(alone.values(), shared.values());
                for (int k = 0; k < alone.count(); k++) {
                    assertArrayEquals(alone.vector(k), shared.vector(k));
                }
            }
        }
    }

    @Test
    void severalHeadsAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Heads.allocate(arena, 2, 8, 4), Heads.allocate(arena, 2, 8, 4));
            String refusal = "a kernel that machines share must be of one head, not of 2";
            assertEquals(refusal, assertThrows(IllegalArgumentException.class, () -> RowWorker.of(scores)).getMessage());
            Scores shared = scores.withWorkers(Workers.on((request, parts) -> List.of()));
            assertEquals(refusal,
                    assertThrows(IllegalArgumentException.class, () -> shared.sinkhorn(Sinkhorn.bistochastic())).getMessage());
            Heads v = Heads.allocate(arena, 2, 8, 4);
            assertEquals(refusal, assertThrows(IllegalArgumentException.class,
                    () -> shared.attention().apply(v, Heads.allocate(arena, 2, 8, 4))).getMessage());
            assertEquals(refusal,
                    assertThrows(IllegalArgumentException.class, () -> shared.attention().transitions(1)).getMessage());
            assertEquals(refusal,
                    assertThrows(IllegalArgumentException.class, () -> shared.diffusion().conjugate(1)).getMessage());
        }
    }

    @Test
    void plansAreOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Scores shared = Scores.of(RandomPoints.of(arena, 8, 4, 1, 26), RandomPoints.of(arena, 8, 4, 1, 27))
                    .withWorkers(Workers.on((request, parts) -> List.of()));
            assertEquals("a plan runs on this machine alone; other machines are for Scores.sinkhorn",
                    assertThrows(IllegalArgumentException.class, () -> shared.sinkhornPlan(Sinkhorn.bistochastic())).getMessage());
        }
    }

    @Test
    void otherObjectsAreNoRequests() {
        try (Arena arena = Arena.ofConfined()) {
            RowWorker worker = RowWorker.of(Scores.of(RandomPoints.of(arena, 8, 4, 1, 26), RandomPoints.of(arena, 8, 4, 1, 27)));
            assertEquals("a request must be one that workers were given; found text",
                    assertThrows(IllegalArgumentException.class, () -> worker.run("text", 0, 1)).getMessage());
        }
    }

    @Test
    void missingRowsAreAFault() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 600, 4, 1, 8), RandomPoints.of(arena, 600, 4, 1, 9));
            RowWorker worker = RowWorker.of(scores);
            Scores shared = scores.withWorkers(Workers.on((request, parts) -> List.of(worker.run(request, 0, parts - 1))));
            assertEquals("2 of 3 parts were computed",
                    assertThrows(IllegalStateException.class, () -> shared.sinkhorn(Sinkhorn.bistochastic())).getMessage());
        }
    }
}
