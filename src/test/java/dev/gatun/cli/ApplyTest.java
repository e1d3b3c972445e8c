package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.cli.NpyFiles.Contents;
import dev.gatun.cli.operator.NamedOperator;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.io.Npy;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code apply} and {@code matrix} give known results, and those of the library to the last bit. */
class ApplyTest {

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 4, 9, 6);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 9, 6);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, 1, 9, 5);
        out = folder.resolve("out.npy");
    }

    @Test
    void attentionToIdenticalKeysIsTheMeanOfTheValues() {
        float[] key = {1, -2, 3};
        float[] keys = new float[12];
        for (int i = 0; i < 4; i++) {
            System.arraycopy(key, 0, keys, 3 * i, 3);
        }
        NpyFiles.float32(k, keys, 4, 3);
        NpyFiles.random(q, 4, 5, 3);
        NpyFiles.float32(v, new float[] {1, 10, 2, 20, 3, 30, 6, 60}, 4, 2);
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out).assertDone();
        Contents result = NpyFiles.read(out);
        assertEquals("<f4", result.type());
        assertArrayEquals(new int[] {5, 2}, result.shape());
        for (int i = 0; i < 5; i++) {
            assertEquals(3, result.get(i, 0), 1e-6);
            assertEquals(30, result.get(i, 1), 1e-5);
        }
    }

    @ParameterizedTest
    @EnumSource(OperatorName.class)
    void everyOperatorIsThatOfTheLibrary(OperatorName name) {
        Outcome.of("apply", "--operator", name.label(), "--q", q, "--k", k, "--v", v, "--out", out, "--alpha", "0.5",
                "--charge=-0.1", "--circulation", "-2", "--beta", "1.5", "--scale", "0.3", "--threads", 3,
                "--tolerance", "1e-4").assertDone();
        Contents result = NpyFiles.read(out);
        assertEquals(name == OperatorName.MAGNETIC ? "<c8" : "<f4", result.type());
        assertArrayEquals(new int[] {4, 9, 5}, result.shape());
        try (Arena arena = Arena.ofConfined()) {
            Heads expected = Heads.allocate(arena, 4, 9, 5 * name.floats());
            operator(name, arena).apply(Npy.readHeads(v, arena), expected);
            assertArrayEquals(values(expected), result.values());
        }
    }

    @ParameterizedTest
    @EnumSource(OperatorName.class)
    void everyMatrixIsThatOfTheLibrary(OperatorName name) {
        Outcome.of("matrix", "--operator", name.label(), "--q", q, "--k", k, "--out", out, "--alpha", "0.5",
                "--charge=-0.1", "--circulation", "-2", "--beta", "1.5", "--scale", "0.3", "--threads", 1,
                "--tolerance", "1e-4").assertDone();
        Contents result = NpyFiles.read(out);
        assertEquals(name == OperatorName.MAGNETIC ? "<c8" : "<f4", result.type());
        assertArrayEquals(new int[] {4, 9, 9}, result.shape());
        try (Arena arena = Arena.ofConfined()) {
            Heads expected = Heads.allocate(arena, 4, 9, 9 * name.floats());
            operator(name, arena).matrix(expected);
            assertArrayEquals(values(expected), result.values());
        }
    }

    private NamedOperator operator(OperatorName name, Arena arena) {
        Scores scores = Scores.of(Npy.readHeads(q, arena), Npy.readHeads(k, arena)).withBeta(1.5).withScale(0.3);
        Sinkhorn options = Sinkhorn.tolerance(1e-4);
        return switch (name) {
            case ATTENTION -> new NamedOperator.Plain(scores.attention());
            case ATTENTION_COLUMN -> new NamedOperator.Plain(scores.attentionColumn());
            case BACKWARD -> new NamedOperator.Plain(scores.backward());
            case BACKWARD_COLUMN -> new NamedOperator.Plain(scores.backwardColumn());
            case DIFFUSION -> new NamedOperator.Plain(scores.diffusion(0.5));
            case BISTOCHASTIC -> new NamedOperator.Plain(scores.sinkhorn(options).operator());
            case BISTOCHASTIC_BACKWARD -> new NamedOperator.Plain(scores.sinkhorn(Divergence.BACKWARD, options).operator());
            case BISTOCHASTIC_DIFFUSION -> new NamedOperator.Plain(scores.sinkhorn(Divergence.SYMMETRIC, options).operator());
            case MAGNETIC -> new NamedOperator.Plain(scores.magnetic(-0.1, 0.5));
            case CIRCULATION -> new NamedOperator.Plain(scores.circulation(-2));
        };
    }

    private static double[] values(Heads heads) {
        double[] values = new double[heads.count() * heads.rows() * heads.columns()];
        int at = 0;
        for (int h = 0; h < heads.count(); h++) {
            for (float value : heads.matrix(h).toArray()) {
                values[at++] = value;
            }
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void fourDimensionsGroupedQueriesAndRectangles(int threads) {
        NpyFiles.random(q, 5, 2, 6, 7, 4);
        NpyFiles.random(k, 6, 2, 3, 11, 4);
        NpyFiles.random(v, 7, 2, 2, 11, 3);
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out, "--threads", threads)
                .assertDone();
        Contents result = NpyFiles.read(out);
        assertArrayEquals(new int[] {2, 6, 7, 3}, result.shape());
        double[] expected = attention(NpyFiles.read(q), NpyFiles.read(k), NpyFiles.read(v));
        assertArrayEquals(expected, result.values(), 1e-5);
    }

    /** Attention from its definition, in float64. */
    private static double[] attention(Contents q, Contents k, Contents v) {
        int heads = q.shape()[1];
        int keys = k.shape()[2];
        int components = v.shape()[3];
        double[] product = new double[NpyFiles.size(q.shape()) / q.shape()[3] * components];
        int at = 0;
        for (int b = 0; b < q.shape()[0]; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < q.shape()[2]; i++, at += components) {
                    double total = 0;
                    for (int j = 0; j < keys; j++) {
                        double score = 0;
                        for (int c = 0; c < q.shape()[3]; c++) {
                            score += q.get(b, h, i, c) * k.get(b, h * k.shape()[1] / heads, j, c);
                        }
                        double weight = Math.exp(score / Math.sqrt(q.shape()[3]));
                        total += weight;
                        for (int c = 0; c < components; c++) {
                            product[at + c] += weight * v.get(b, h * v.shape()[1] / heads, j, c);
                        }
                    }
                    for (int c = 0; c < components; c++) {
                        product[at + c] /= total;
                    }
                }
            }
        }
        return product;
    }

    @Test
    void aCausalMatrixIsLowerTriangularWithRowsThatSumToOne() {
        Outcome.of("matrix", "--operator", "diffusion", "--causal", "--q", q, "--k", k, "--out", out).assertDone();
        Contents result = NpyFiles.read(out);
        for (int h = 0; h < 4; h++) {
            for (int i = 0; i < 9; i++) {
                double sum = 0;
                for (int j = 0; j < 9; j++) {
                    sum += result.get(h, i, j);
                    assertEquals(j <= i, result.get(h, i, j) > 0);
                }
                assertEquals(1, sum, 1e-5);
            }
        }
    }

    @Test
    void tensorsComeFromSafeTensorsByName() {
        String header = "{\"a.b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}";
        byte[] file = new byte[8 + header.length() + 8];
        file[0] = (byte) header.length();
        System.arraycopy(header.getBytes(), 0, file, 8, header.length());
        Path model = NpyFiles.write(folder.resolve("model.safetensors"), file);
        NpyFiles.float32(v, new float[] {1, 3}, 2, 1);
        Outcome.of("apply", "--operator", "attention", "--q", model + "#a.b", "--k", model + "#a.b", "--v", v,
                "--out", out).assertDone();
        assertArrayEquals(new double[] {2, 2}, NpyFiles.read(out).values(), 1e-6);
        Outcome.of("apply", "--operator", "attention", "--q", model + "#a.b", "--k", model + "#a.b", "--v", v,
                "--out", model).assertRefused("model.safetensors: ", "is an input");
    }

    @Test
    void anEarlierOutputIsReplaced() {
        NpyFiles.write(out, new byte[] {1, 2, 3});
        Outcome.of("matrix", "--operator", "attention", "--q", q, "--k", k, "--out", out).assertDone();
        assertArrayEquals(new int[] {4, 9, 9}, NpyFiles.read(out).shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bistochastic", "bistochastic-backward"})
    void headsThatDoNotConvergeAreNamedAndNothingIsWritten(String operator) throws Exception {
        float[] values = NpyFiles.normal(8, 2 * 9 * 6);
        Arrays.fill(values, 0, 9 * 6, 0);
        NpyFiles.float32(q, values, 2, 9, 6);
        NpyFiles.float32(k, NpyFiles.normal(9, 9 * 6), 1, 9, 6);
        Outcome outcome = Outcome.of("matrix", "--operator", operator, "--max-iterations", 1, "--q", q, "--k", k,
                "--scale", 2, "--out", out).assertEnded(1, "q.npy", "k.npy", operator, "head 1: stalled");
        assertFalse(outcome.err().contains("head 0"), outcome.err());
        assertOnlyInputs();
        Outcome.of("apply", "--operator", "bistochastic-diffusion", "--causal", "--q", q, "--k", k, "--v", v,
                "--out", out).assertEnded(1, "head 0, head 1: sublinear-limit");
        assertOnlyInputs();
    }

    private void assertOnlyInputs() throws Exception {
        try (var files = Files.list(folder)) {
            assertEquals(3, files.count());
        }
    }
}
