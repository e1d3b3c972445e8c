package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Messages;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.RandomEncoder;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.internal.weights.HiddenActivation;
import dev.gatun.property.Normalisation;
import dev.gatun.property.Tokens;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Results are the same bits in JVMs with other vectors, other registers and other scalar functions. */
@Tag("any-width")
@Tag("virtual-machines")
@Tag("slow")
class OneResultTest {

    private static final int TOKENS = 70;
    private static final int MANY_TOKENS = 200;

    /** Calls of an encoder, all of one result: the first ones by plain loops or by kernels that are interpreted, the last ones compiled. */
    private static final int CALLS = 20;

    private static String expected;

    @TempDir
    Path folder;

    @BeforeAll
    static void computeHere() {
        expected = String.join("\n", Results.lines());
    }

    /** Flags that a platform does not have are ignored there. */
    static Stream<List<String>> machines() {
        return Stream.of(List.of("-XX:UseAVX=2"), List.of("-XX:MaxVectorSize=32"),
                List.of("-XX:MaxVectorSize=16", "-XX:+UnlockDiagnosticVMOptions", "-XX:-UseLibmIntrinsic"));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void resultsAreTheSameBits(List<String> options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xbatch",
                "--add-modules", "jdk.incubator.vector", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+IgnoreUnrecognizedVMOptions"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Results.class.getName()));
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(folder.resolve("err.txt").toFile())
                .start();
        assertEquals(0, process.waitFor());
        assertEquals(expected, String.join("\n", Files.readAllLines(out)));
    }

    /** Prints a line for each result: its name, a colon, and hashes of its bits. */
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
            results.operators();
            results.sinkhorn();
            results.chains();
            results.spectra();
            results.hopfield();
            results.encoders();
            return results.lines;
        }

        /** Matrices and products of all operators, with scores in float32 and in float64. */
        private void operators() {
            for (double spread : new double[] {1, 5}) {
                Scores scores = Scores.of(normal(1, spread), normal(2, spread));
                for (Normalisation normalisation : Normalisation.values()) {
                    Heads matrix = Heads.allocate(arena, 1, TOKENS, TOKENS * normalisation.width());
                    normalisation.matrix(scores, matrix);
                    Heads product = Heads.allocate(arena, 1, TOKENS, 16 * normalisation.width());
                    normalisation.apply(scores, normal(6, 1), product);
                    lines.add("%s %s: %x %x".formatted(normalisation, spread, hash(matrix.matrix(0)), hash(product.matrix(0))));
                }
            }
        }

        /** Maps of few tokens, of many, and along directed edges. */
        private void spectra() {
            for (int tokens : new int[] {TOKENS, MANY_TOKENS}) {
                Scores scores = Scores.of(normal(1, 1, tokens), normal(2, 1, tokens));
                DiffusionMap map = DiffusionMap.of(scores.diffusion(1), 0, Eigenpairs.largest(5));
                add("diffusion map of " + tokens, map.spectrum().values(), map.stationary(), map.eigenfunction(1));
                MagneticMap directed = MagneticMap.of(scores.magnetic(0.5), 0, Eigenpairs.largest(4));
                add("magnetic map of " + tokens, directed.spectrum().values(), directed.stationary(), directed.phases(0));
                addDynamics("attention of " + tokens, scores.attention());
            }
        }

        private void hopfield() {
            Hopfield hopfield = Hopfield.of(normal(7, 1), normal(8, 1));
            add("Hopfield", hopfield.eta());
            lines.add("Hopfield figures: " + hopfield.figures(normal(9, 1)));
            Heads out = Heads.allocate(arena, 1, TOKENS, 16);
            Circulation.of(Scores.of(normal(7, 1), normal(8, 1)), 0.2).withBlend(0.3).withAdaptiveBlend().apply(normal(6, 1), out);
            lines.add("circulation: %x".formatted(hash(out.matrix(0))));
        }

        /** Stored, recomputed and bfloat16 kernels, gentle and harsh, with relaxed marginals as well. */
        private void sinkhorn() {
            Sinkhorn options = Sinkhorn.tolerance(1e-7).withMaxIterations(300);
            for (double spread : new double[] {1, 4}) {
                Scores scores = Scores.of(normal(1, spread), normal(2, spread));
                for (Divergence divergence : Divergence.values()) {
                    String name = " " + divergence + " " + spread;
                    addSolve("stored" + name, scores.sinkhorn(divergence, options));
                    addSolve("recomputed" + name, scores.sinkhorn(divergence, options.withMemory(0)));
                    addSolve("bfloat16" + name, scores.sinkhorn(divergence, Sinkhorn.tolerance(1e-3).withBfloat16Storage()));
                    addSolve("relaxed" + name, scores.sinkhorn(divergence, options.relaxed(2, 5)));
                }
            }
        }

        private void addSolve(String name, SinkhornResult result) {
            SinkhornSolution head = result.heads().getFirst();
            TransportFigures figures = result.figures(0);
            add(name, head.u(), head.v(), new double[] {head.rowError(), head.columnError(), figures.objective(),
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
            Messages messages = Messages.of(bridge, 0);
            add("messages", new double[] {messages.logEvidence()}, messages.posterior(1), messages.logPhiHat(1));
            addDynamics("attention", scores.attention());
            addDynamics("diffusion", scores.diffusion());
            addDynamics("circulation", scores.circulation(0.5));
        }

        private void addDynamics(String name, Operator operator) {
            Dynamics dynamics = Dynamics.of(operator, 0);
            add("dynamics of " + name, dynamics.rho(), new double[] {dynamics.entropyProduction(), dynamics.spectralGap(),
                dynamics.currents().total()});
            lines.add("cycles of " + name + ": " + dynamics.cycles(3));
        }

        /** Each activation, each type of weights, and each operator in place of attention, on texts that fill tiles and that do not. */
        private void encoders() {
            RandomEncoder encoder = RandomEncoder.of(2, 3, 20, 100, 140, 9);
            for (HiddenActivation activation : HiddenActivation.values()) {
                for (ElementType weights : List.of(ElementType.FLOAT32, ElementType.BFLOAT16)) {
                    EncoderModel model = encoder.with(activation).model(EncoderOptions.defaults().withWeights(weights));
                    addEncoder("encoder " + activation + " " + weights, model, CALLS, 1, 5, 31, 64, 130);
                    addEncoder("short text " + activation + " " + weights, model, CALLS, 9);
                }
            }
            for (String regime : List.of("attention beta 2", "attention-column", "backward", "backward-column", "diffusion alpha 0.5",
                    "bistochastic", "bistochastic-backward", "bistochastic-diffusion", "circulation 0.3")) {
                addEncoder("encoder " + regime, encoder.model(EncoderOptions.defaults().withRegimes(Regimes.parse(regime))), 1, 7, 70);
            }
        }

        private void addEncoder(String name, EncoderModel model, int calls, int... lengths) {
            Random random = new Random(5);
            TokenBatch batch = TokenBatch.of(Arrays.stream(lengths).mapToObj(length -> RandomEncoder.ids(random, length))
                    .toArray(int[][]::new));
            EncoderPlan plan = EncoderPlan.of(model, batch.tokens(), batch.texts());
            Matrix states = Matrix.allocate(arena, batch.tokens(), model.config().hidden());
            Matrix embeddings = Matrix.allocate(arena, batch.texts(), model.config().hidden());
            Set<List<Integer>> results = new LinkedHashSet<>();
            for (int call = 0; call < calls; call++) {
                plan.hiddenStates(batch, states);
                plan.embed(batch, embeddings);
                results.add(List.of(hash(states), hash(embeddings)));
            }
            lines.add(name + ": " + results);
        }

        private static int hash(Matrix matrix) {
            return Arrays.hashCode(matrix.segment().toArray(ValueLayout.JAVA_INT));
        }

        private Heads normal(long seed, double spread) {
            return normal(seed, spread, TOKENS);
        }

        private Heads normal(long seed, double spread, int tokens) {
            Heads heads = Heads.allocate(arena, 1, tokens, 16);
            float[] entries = Tokens.normal(new Random(seed), tokens * 16, spread);
            MemorySegment.copy(entries, 0, heads.segment(), Matrix.ENTRY, 0, entries.length);
            return heads;
        }

        private void add(String name, double[]... results) {
            StringBuilder line = new StringBuilder(name).append(':');
            for (double[] result : results) {
                line.append(' ').append(Integer.toHexString(Arrays.hashCode(result)));
            }
            lines.add(line.toString());
        }
    }
}
