package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.PartialAttention;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.machine.Kernels;
import dev.gatun.spectral.Bandwidth;
import dev.gatun.spectral.DirectedGraph;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticConvention;
import dev.gatun.spectral.MagneticMap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** In a JVM without the Vector API, or with vectors too short for the kernels, every door says so, each time, and nothing more. */
@Tag("any-width")
class UnusableVectorsTest {

    static final String ABSENT = "Gatun needs the Vector API: start java with --add-modules jdk.incubator.vector";
    static final String SHORT = "Gatun needs vectors of at least 128 bits; this JVM has 64 (a CPU without them, or a small"
            + " -XX:MaxVectorSize)";

    @TempDir
    Path folder;

    static Stream<Arguments> machines() {
        return Stream.of(Arguments.of(List.of(), ABSENT),
                Arguments.of(List.of("--add-modules", "jdk.incubator.vector", "-XX:MaxVectorSize=8"), SHORT));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void everyDoorSaysWhy(List<String> options, String reason) throws Exception {
        List<String> said = fork(options);
        assertEquals(List.of("present false"), said.subList(0, 1));
        assertEquals(List.of(), said.subList(1, said.size()).stream()
                .filter(line -> !line.endsWith(": java.lang.IllegalStateException: " + reason)).toList());
    }

    /** What only describes memory, shapes and chains goes without vectors. */
    @Test
    void whatNeedsNoVectors() throws Exception {
        List<String> said = fork(List.of());
        assertEquals(List.of(), said.stream().filter(line -> line.startsWith("memory")).toList());
    }

    /** What {@link Doors} says in a JVM of its own. */
    private List<String> fork(List<String> options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Doors.class.getName()));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertEquals(0, process.waitFor(), () -> {
            try {
                return Files.readString(err);
            } catch (IOException unread) {
                return unread.toString();
            }
        });
        return Files.readAllLines(out);
    }

    /** Calls all that computes, and says a line of what came of each call. */
    static final class Doors {

        public static void main(String[] arguments) {
            System.out.println("present " + Kernels.present());
            Arena arena = Arena.global();
            Heads q = Heads.allocate(arena, 1, 2, 4, 3);
            Matrix matrix = Matrix.allocate(arena, 4, 3);
            matrix.set(1, 1, 2);
            matrix.toArray();
            AttentionShape shape = AttentionShape.of(2, 4, 3);
            attempt("describe", Kernels::describe);
            attempt("warmUp", () -> Kernels.warmUp(8, 8, Duration.ofMillis(1)));
            attempt("Scores", () -> Scores.of(q, q));
            attempt("Scores of a head", () -> Scores.of(matrix, matrix));
            attempt("AttentionPlan", () -> AttentionPlan.of(shape, AttentionOptions.defaults()));
            attempt("DecodePlan", () -> DecodePlan.of(shape, AttentionOptions.defaults()));
            attempt("merge", () -> PartialAttention.merge(q, Heads.allocate(arena, 1, 2, 4, 1), Heads.allocate(arena, 1, 2, 4, 3),
                    Heads.allocate(arena, 1, 2, 4, 1)));
            attempt("requireFinite", () -> q.requireFinite("q"));
            attempt("Hopfield", () -> Hopfield.of(q, q).figures(q));
            attempt("Hopfield of a head", () -> Hopfield.of(matrix, matrix).eta());
            attempt("Bandwidth", () -> Bandwidth.of(matrix));
            double[][] chain = {{0.5, 0.5}, {0.25, 0.75}};
            attempt("Transitions", () -> Dynamics.of(Transitions.of(chain)).spectralGap());
            DirectedGraph graph = DirectedGraph.ofEdges(3, new int[] {0, 1, 2}, new int[] {1, 2, 0}, null);
            attempt("MagneticMap of a graph", () -> MagneticMap.of(graph, 0.25, MagneticConvention.values()[0],
                    Eigenpairs.largest(2)));
            // A class whose initialisation has failed once fails otherwise the second time.
            attempt("Scores again", () -> Scores.of(q, q));
        }

        private static void attempt(String door, Runnable call) {
            try {
                call.run();
                System.out.println(door + ": no fault");
            } catch (Throwable fault) {
                System.out.println(door + ": " + fault);
            }
        }
    }
}
