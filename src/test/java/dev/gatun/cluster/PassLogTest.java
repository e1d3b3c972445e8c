package dev.gatun.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import java.io.IOException;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Solves that are interrupted at any pass and begun again. */
@Tag("any-width")
class PassLogTest {

    @TempDir
    private Path folder;

    /** Machines that fail after a number of requests. */
    private record Failing(Workers.Machines machines, int[] left) implements Workers.Machines {
        @Override
        public List<Serializable> run(Serializable request, int parts) {
            if (left[0]-- == 0) {
                throw new IllegalStateException("the machines are gone");
            }
            return machines.run(request, parts);
        }
    }

    private static SinkhornSolution solve(Scores scores, Workers.Machines machines, Sinkhorn options) {
        return scores.withWorkers(Workers.on(machines)).sinkhorn(options).heads().getFirst();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSolveGoesOnWhereItWasInterrupted(boolean relaxed) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 600, 8, 2, 1), RandomPoints.of(arena, 600, 8, 2, 2));
            Sinkhorn options = relaxed ? Sinkhorn.bistochastic().relaxed(1, 1) : Sinkhorn.bistochastic();
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 3);
            SinkhornSolution expected = solve(scores, machines, options);
            int passes = machines.requests();
            for (int interrupted = 0; interrupted < passes; interrupted += 3) {
                Path own = folder.resolve("at-" + interrupted);
                Workers.Machines failing = PassLog.in(own, scores, new Failing(machines, new int[] {interrupted}));
                assertThrows(IllegalStateException.class, () -> solve(scores, failing, options));
                int before = machines.requests();
                SameSolution.assertSame(expected, solve(scores, PassLog.in(own, scores, machines), options));
                assertEquals(passes - interrupted, machines.requests() - before);
            }
        }
    }

    @Test
    void solvesAndProductsOfAnyScoresShareAFolder() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 400, 8, 1, 4), RandomPoints.of(arena, 400, 8, 1, 5));
            Scores hotter = scores.withBeta(0.5);
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 1, 6);
            MachinesOfThisJvm others = new MachinesOfThisJvm(hotter, 1, 7);
            SinkhornSolution expected = solve(scores, machines, Sinkhorn.bistochastic());
            SinkhornSolution expectedOther = solve(hotter, others, Sinkhorn.bistochastic());
            Matrix v = RandomPoints.of(arena, 400, 3, 1, 13);
            Matrix product = Matrix.allocate(arena, 400, 3);
            scores.attention().apply(v, product);
            for (int round = 0; round < 2; round++) {
                int before = machines.requests() + others.requests();
                PassLog log = PassLog.in(folder, scores, machines);
                SameSolution.assertSame(expected, solve(scores, log, Sinkhorn.bistochastic()));
                Matrix found = Matrix.allocate(arena, 400, 3);
                scores.withWorkers(Workers.on(log)).attention().apply(v, found);
                assertArrayEquals(product.toArray(), found.toArray());
                SameSolution.assertSame(expectedOther, solve(hotter, PassLog.in(folder, hotter, others), Sinkhorn.bistochastic()));
                assertEquals(round == 0, machines.requests() + others.requests() > before);
            }
        }
    }

    /** Steps of chains and products of conjugates come back from their files. */
    @Test
    void everyKindOfResultIsKept() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 1100, 4, 0.5, 14), RandomPoints.of(arena, 1100, 4, 0.5, 15));
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 16);
            double[] rho = scores.diffusion().conjugate(0).stationary();
            double[] later = scores.attention().transitions(0).later(rho);
            int first = 0;
            for (int round = 0; round < 2; round++) {
                Scores shared = scores.withWorkers(Workers.on(PassLog.in(folder, scores, machines)));
                assertArrayEquals(rho, shared.diffusion().conjugate(0).stationary());
                assertArrayEquals(later, shared.attention().transitions(0).later(rho));
                first = round == 0 ? machines.requests() : first;
            }
            assertEquals(first, machines.requests());
        }
    }

    /** A relaxed solve of harsh scores also has passes whose results are numbers of rows alone. */
    @Test
    void resultsWithoutColumnSumsAreKept() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 300, 8, 40, 17), RandomPoints.of(arena, 300, 8, 40, 18));
            Sinkhorn options = Sinkhorn.bistochastic().relaxed(1e4, 1e4).withMaxIterations(250);
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 2, 19);
            Set<String> asked = new HashSet<>();
            Workers.Machines noted = (request, parts) -> {
                asked.add(request.toString());
                return machines.run(request, parts);
            };
            SinkhornSolution expected = scores.sinkhorn(options.withMemory(1)).heads().getFirst();
            SameSolution.assertSame(expected, solve(scores, PassLog.in(folder, scores, noted), options));
            assertEquals(Set.of("fits the rows and sums the columns", "multiplies by the coupling and its transpose",
                    "measures the range of the kernel", "sums the columns in the log domain", "sums rows and columns"), asked);
            int before = machines.requests();
            SameSolution.assertSame(expected, solve(scores, PassLog.in(folder, scores, noted), options));
            assertEquals(before, machines.requests());
        }
    }

    @Test
    void filesThatCannotBeReadAreComputedAgain() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(RandomPoints.of(arena, 400, 8, 1, 8), RandomPoints.of(arena, 400, 8, 1, 9));
            MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 1, 10);
            SinkhornSolution expected = solve(scores, PassLog.in(folder, scores, machines), Sinkhorn.bistochastic());
            String[] files = folder.toFile().list();
            byte[] bytes = Files.readAllBytes(folder.resolve(files[0]));
            Files.write(folder.resolve(files[0]), Arrays.copyOf(bytes, bytes.length / 2));
            Files.writeString(folder.resolve(files[1]), "not a pass");
            int before = machines.requests();
            SameSolution.assertSame(expected, solve(scores, PassLog.in(folder, scores, machines), Sinkhorn.bistochastic()));
            assertEquals(2, machines.requests() - before);
        }
    }

    @Test
    void aMaskHasPassesOfItsOwn() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 300, 8, 1, 17);
            List<Scores> masked = List.of(Scores.of(q, q), Scores.of(q, q).withCausalMask(), Scores.of(q, q).withSequences(100, 200),
                    Scores.of(q, q).withSequences(200, 100), Scores.of(q, q).withZeroDiagonal());
            Matrix v = RandomPoints.of(arena, 300, 3, 1, 18);
            for (int round = 0; round < 2; round++) {
                for (Scores scores : masked) {
                    MachinesOfThisJvm machines = new MachinesOfThisJvm(scores, 1, 19);
                    Matrix expected = Matrix.allocate(arena, 300, 3);
                    Matrix found = Matrix.allocate(arena, 300, 3);
                    scores.attention().apply(v, expected);
                    scores.withWorkers(Workers.on(PassLog.in(folder, scores, machines))).attention().apply(v, found);
                    assertArrayEquals(expected.toArray(), found.toArray());
                    assertEquals(1 - round, machines.requests());
                }
            }
        }
    }

    @Test
    void aBiasAndSeveralHeadsAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 8, 4, 1, 11);
            Scores biased = Scores.of(q, q).withBias(RandomPoints.of(arena, 8, 8, 1, 12));
            assertEquals("passes are kept of scores without a bias",
                    assertThrows(IllegalArgumentException.class, () -> PassLog.in(folder, biased, (request, parts) -> List.of())).getMessage());
            Scores two = Scores.of(Heads.allocate(arena, 2, 8, 4), Heads.allocate(arena, 2, 8, 4));
            assertEquals("passes are kept of one head, not of 2",
                    assertThrows(IllegalArgumentException.class, () -> PassLog.in(folder, two, (request, parts) -> List.of())).getMessage());
        }
    }
}
