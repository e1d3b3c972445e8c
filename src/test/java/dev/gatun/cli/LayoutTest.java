package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.cli.NpyFiles.Contents;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same tensors with the heads of a token side by side give the same results, to the last bit. */
@Tag("any-width")
class LayoutTest {

    private static final int BATCH = 2;
    private static final int HEADS = 4;
    private static final int TOKENS = 9;

    @TempDir
    Path folder;

    private final Path[] first = new Path[3];
    private final Path[] second = new Path[3];

    /** Queries, keys and values, the latter of fewer heads, in both layouts. */
    @BeforeEach
    void inputs() {
        int[] heads = {HEADS, 2, 1};
        int[] components = {3, 3, 5};
        for (int t = 0; t < 3; t++) {
            float[] entries = NpyFiles.normal(7 + t, BATCH * heads[t] * TOKENS * components[t]);
            first[t] = NpyFiles.float32(folder.resolve("bhnd" + t + ".npy"), entries, BATCH, heads[t], TOKENS, components[t]);
            second[t] = NpyFiles.float32(folder.resolve("bnhd" + t + ".npy"),
                    exchanged(entries, BATCH, heads[t], TOKENS, components[t]), BATCH, TOKENS, heads[t], components[t]);
        }
    }

    /** {@code (B, H, N, d)} to {@code (B, N, H, d)}, and back where heads and tokens are given the other way round. */
    private static float[] exchanged(float[] entries, int batch, int heads, int tokens, int components) {
        float[] other = new float[entries.length];
        for (int b = 0; b < batch; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < tokens; i++) {
                    System.arraycopy(entries, ((b * heads + h) * tokens + i) * components, other,
                            ((b * tokens + i) * heads + h) * components, components);
                }
            }
        }
        return other;
    }

    private static double[] exchanged(double[] entries, int batch, int heads, int tokens, int components) {
        double[] other = new double[entries.length];
        for (int at = 0; at < entries.length; at++) {
            int row = at / components;
            int i = row % tokens;
            int h = row / tokens % heads;
            int b = row / tokens / heads;
            other[((b * tokens + i) * heads + h) * components + at % components] = entries[at];
        }
        return other;
    }

    private Outcome run(Path[] inputs, boolean values, Object... words) {
        List<Object> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--q", inputs[0], "--k", inputs[1]));
        all.addAll(values ? List.of("--v", inputs[2]) : List.of());
        all.addAll(inputs == second ? List.of("--layout", "bnhd") : List.of());
        return Outcome.of(all.toArray());
    }

    @ParameterizedTest
    @CsvSource({"attention, 1", "magnetic, 3", "bistochastic, 2", "circulation, 16"})
    void applyKeepsTheLayout(String operator, int threads) {
        Path one = folder.resolve("one.npy");
        Path other = folder.resolve("other.npy");
        run(first, true, "apply", "--operator", operator, "--threads", threads, "--out", one).assertDone();
        run(second, true, "apply", "--operator", operator, "--threads", threads, "--out", other).assertDone();
        Contents expected = NpyFiles.read(one);
        Contents found = NpyFiles.read(other);
        assertArrayEquals(new int[] {BATCH, TOKENS, HEADS, 5}, found.shape());
        assertEquals(expected.type(), found.type());
        assertArrayEquals(exchanged(expected.values(), BATCH, HEADS, TOKENS, expected.values().length / BATCH / HEADS / TOKENS),
                found.values());
    }

    /** What has a row of components for each token is laid out as the inputs are; all else has heads first. */
    @Test
    void coordinatesKeepTheLayoutAndMatricesDoNot() {
        List<Contents> outputs = new ArrayList<>();
        for (Path[] inputs : List.of(first, second)) {
            Path matrix = folder.resolve("matrix.npy");
            Path values = folder.resolve("values.npy");
            Path vectors = folder.resolve("vectors.npy");
            run(inputs, false, "matrix", "--operator", "diffusion", "--out", matrix).assertDone();
            run(inputs, false, "spectrum", "--operator", "diffusion", "--count", 3, "--out-values", values, "--out-vectors",
                    vectors).assertDone();
            outputs.addAll(List.of(NpyFiles.read(matrix), NpyFiles.read(values), NpyFiles.read(vectors)));
        }
        assertArrayEquals(outputs.get(0).values(), outputs.get(3).values());
        assertArrayEquals(outputs.get(0).shape(), outputs.get(3).shape());
        assertArrayEquals(outputs.get(1).values(), outputs.get(4).values());
        assertArrayEquals(new int[] {BATCH, TOKENS, HEADS, 3}, outputs.get(5).shape());
        assertArrayEquals(exchanged(outputs.get(2).values(), BATCH, HEADS, TOKENS, 3), outputs.get(5).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sinkhorn", "dynamics --operator attention", "hopfield"})
    void figuresAreTheSame(String command) {
        Object[] words = command.split(" ");
        boolean values = command.equals("hopfield");
        assertEquals(run(first, values, words).assertDone().out(), run(second, values, words).assertDone().out());
    }

    @Test
    void bridgesAndAnalysesAreTheSame() {
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), Arrays.stream(new double[TOKENS]).map(zero -> 1.0 / TOKENS)
                .toArray(), 1, TOKENS);
        List<String> said = new ArrayList<>();
        for (Path[] inputs : List.of(first, second)) {
            said.add(run(inputs, false, "bridge", "--mu0", mu, "--mu1", mu, "--steps", 2, "--out", folder.resolve("rho.npy"))
                    .assertDone().out());
            said.add(Arrays.toString(NpyFiles.read(folder.resolve("rho.npy")).values()));
        }
        assertEquals(said.subList(0, 2), said.subList(2, 4));
    }

    /** One batch entry, and one head, whose layouts are those of an absent dimension. */
    @Test
    void fewerDimensions() {
        float[] q = NpyFiles.normal(1, 2 * TOKENS * 3);
        Path heads = NpyFiles.float32(folder.resolve("hnd.npy"), q, 2, TOKENS, 3);
        Path tokens = NpyFiles.float32(folder.resolve("nhd.npy"), exchanged(q, 1, 2, TOKENS, 3), TOKENS, 2, 3);
        Path single = NpyFiles.float32(folder.resolve("nd.npy"), Arrays.copyOf(q, TOKENS * 3), TOKENS, 3);
        assertEquals(Outcome.of("hopfield", "--q", heads, "--k", heads, "--v", heads).assertDone().out(),
                Outcome.of("hopfield", "--q", tokens, "--k", tokens, "--v", tokens, "--layout", "bnhd").assertDone().out());
        assertEquals(Outcome.of("hopfield", "--q", single, "--k", single, "--v", single).assertDone().out(),
                Outcome.of("hopfield", "--q", single, "--k", single, "--v", single, "--layout=bnhd").assertDone().out());
    }

    @Test
    void otherLayoutsAreRefused() {
        run(first, false, "sinkhorn", "--layout", "nbhd").assertRefused("'nbhd' is not bhnd or bnhd");
    }
}
