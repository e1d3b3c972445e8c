package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.dynamics.Dynamics;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Results are the same bits in JVMs with other vectors, other registers and other scalar functions. */
@Tag("any-width")
@Tag("slow")
class OneResultTest {

    private static final int TOKENS = 70;

    @TempDir
    Path folder;

    /** Flags that a platform does not have are ignored there. */
    static Stream<List<String>> machines() {
        return Stream.of(List.of("-XX:UseAVX=2"), List.of("-XX:MaxVectorSize=32"), List.of("-XX:MaxVectorSize=16"),
                List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-UseLibmIntrinsic"));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void resultsAreTheSameBits(List<String> options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "-Xmx512m", "-XX:+IgnoreUnrecognizedVMOptions"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Results.class.getName()));
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(folder.resolve("err.txt").toFile())
                .start();
        assertEquals(0, process.waitFor());
        assertEquals(String.join("\n", Results.lines()), String.join("\n", Files.readAllLines(out)));
    }

    /** Prints a hash of the bits of each result. */
    static final class Results {

        private final List<String> lines = new ArrayList<>();
        private final Arena arena = Arena.ofAuto();

        private Results() {
        }

        public static void main(String[] arguments) {
            lines().forEach(System.out::println);
        }

        static List<String> lines() {
            Results results = new Results();
            results.sinkhorn();
            results.chains();
            return results.lines;
        }

        /** Stored, recomputed and bfloat16 kernels, gentle and harsh, with relaxed marginals as well. */
        private void sinkhorn() {
            Sinkhorn options = Sinkhorn.tolerance(1e-7).withMaxIterations(300);
            for (double spread : new double[] {1, 4}) {
                Scores scores = Scores.of(normal(1, spread), normal(2, spread));
                for (Divergence divergence : Divergence.values()) {
                    solve("stored", scores, divergence, options);
                    solve("recomputed", scores, divergence, options.withMemory(0));
                    solve("bfloat16", scores, divergence, Sinkhorn.tolerance(1e-3).withBfloat16Storage());
                    solve("relaxed", scores, divergence, options.relaxed(2, 5));
                }
            }
        }

        private void solve(String name, Scores scores, Divergence divergence, Sinkhorn options) {
            SinkhornResult result = scores.sinkhorn(divergence, options);
            SinkhornSolution head = result.heads().getFirst();
            TransportFigures figures = result.figures(0);
            add(name + " " + divergence, head.u(), head.v(), new double[] {head.rowError(), head.columnError(), figures.objective(),
                figures.entropy(), figures.transportCost()});
        }

        private void chains() {
            Scores scores = Scores.of(normal(3, 1), normal(4, 1));
            double[] first = new double[TOKENS];
            first[3] = 1;
            double[] last = new double[TOKENS];
            Arrays.fill(last, 1.0 / TOKENS);
            BridgeResult bridge = scores.attention().bridge(3, Sinkhorn.tolerance(1e-6).withMarginals(first, last));
            add("bridge", bridge.heads().getFirst().marginals());
            for (Operator operator : List.of(scores.attention(), scores.diffusion(), scores.circulation(0.5))) {
                Dynamics dynamics = Dynamics.of(operator, 0);
                add("dynamics", dynamics.rho(), new double[] {dynamics.entropyProduction(), dynamics.spectralGap()});
            }
        }

        private Heads normal(long seed, double spread) {
            Heads heads = Heads.allocate(arena, 1, TOKENS, 16);
            float[] entries = Tokens.normal(new Random(seed), TOKENS * 16, spread);
            MemorySegment.copy(entries, 0, heads.segment(), Matrix.ENTRY, 0, entries.length);
            return heads;
        }

        private void add(String name, double[]... results) {
            StringBuilder line = new StringBuilder(name);
            for (double[] result : results) {
                line.append(' ').append(Integer.toHexString(Arrays.hashCode(result)));
            }
            lines.add(line.toString());
        }
    }
}
