package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.NpyFiles.Contents;
import dev.gatun.reference.ReferenceHopfield;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSoftmax;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class HopfieldTest {

    private static final int N = 21;

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 4, N, 5);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 2, N, 5);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, 2, 1, N, 3);
    }

    private String json(Object... options) {
        Object[] arguments = new Object[options.length + 7];
        System.arraycopy(new Object[] {"hopfield", "--q", q, "--k", k, "--v", v}, 0, arguments, 0, 7);
        System.arraycopy(options, 0, arguments, 7, options.length);
        return Outcome.of(arguments).assertDone().out();
    }

    private static List<Double> figures(String json, String name) {
        return Pattern.compile("\"" + name + "\": ([-0-9.E]+)").matcher(json).results()
                .map(match -> Double.valueOf(match.group(1))).toList();
    }

    private static double[][] head(Path file, int batch, int head) {
        Contents contents = NpyFiles.read(file);
        int columns = contents.shape()[3];
        double[][] matrix = new double[N][columns];
        for (int i = 0; i < N; i++) {
            for (int c = 0; c < columns; c++) {
                matrix[i][c] = contents.get(batch, head, i, c);
            }
        }
        return matrix;
    }

    /** Every head, of grouped queries, against the definitions. */
    private void requireFigures(String json, double scale, double tau, double beta, boolean causal) {
        for (int index = 0; index < 8; index++) {
            double[][] queries = head(q, index / 4, index % 4);
            double[][] keys = head(k, index / 4, index % 4 / 2);
            double[][] h = ReferenceMatrix.multiply(ReferenceSoftmax.attention(queries, keys, tau, beta, causal),
                    head(v, index / 4, 0));
            List<ReferenceHopfield.Channel> channels = IntStream.range(0, 3)
                    .mapToObj(c -> ReferenceHopfield.channel(queries, keys, h, c, scale)).toList();
            assertEquals(ReferenceHopfield.eta(ReferenceHopfield.m(queries, keys, 1)), figures(json, "eta").get(index), 1e-12);
            assertEquals(ReferenceHopfield.eta(ReferenceHopfield.m(ReferenceHopfield.centred(queries),
                    ReferenceHopfield.centred(keys), 1)), figures(json, "etaCentred").get(index), 1e-12);
            assertEquals(mean(channels.stream().map(ReferenceHopfield.Channel::energy).toList()),
                    figures(json, "energyMean").get(index), 1e-4 * scale);
            assertEquals(mean(channels.stream().map(ReferenceHopfield.Channel::instability).toList()),
                    figures(json, "instabilityFraction").get(index), 1e-12);
            assertEquals(mean(channels.stream().map(ReferenceHopfield.Channel::alignment).toList()),
                    figures(json, "alignment").get(index), 1e-5);
        }
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    @Test
    void figuresAreThoseOfTheDefinitions() {
        String json = json();
        assertTrue(json.startsWith("{\n  \"heads\": [\n"), json);
        assertTrue(json.contains("\"head\": [1, 3]"), json);
        requireFigures(json, 1, 1 / Math.sqrt(5), 1, false);
    }

    @Test
    void aScaleIsThatOfTheMatrixAndMasksAreTheRetrievals() {
        requireFigures(json("--scale", 0.3, "--beta", 2, "--causal"), 0.3, 0.3, 2, true);
        assertNotEquals(json(), json("--zero-diagonal"));
    }

    @Test
    void threadsDoNotMatter() {
        String alone = json("--threads", 1);
        for (int threads : new int[] {2, 3, 5}) {
            assertEquals(alone, json("--threads", threads));
        }
    }

    @Test
    void constantChannelsAreCounted() {
        float[] constants = new float[2 * N * 3];
        for (int e = 0; e < constants.length; e++) {
            constants[e] = e % 3 * -3.7f;
        }
        NpyFiles.float32(v, constants, 2, 1, N, 3);
        String json = json();
        assertEquals(List.of(3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0), figures(json, "constantChannels"));
        assertEquals(0, figures(json, "energyMean").getFirst());
    }

    @Test
    void whatCannotBeIsOneSentence() {
        Outcome.of("hopfield", "--q", q, "--k", k).assertRefused("--v");
        Outcome.of("hopfield", "--q", q, "--k", k, "--v", v, "--scale", "-1").assertRefused("--scale must be positive");
        Path other = NpyFiles.random(folder.resolve("other.npy"), 2, 2, 2, N + 1, 5);
        Path values = NpyFiles.random(folder.resolve("values.npy"), 2, 2, 2, N + 1, 5);
        Outcome.of("hopfield", "--q", q, "--k", other, "--v", values)
                .assertRefused("q.npy, ", "other.npy: there are 21 queries and 22 keys; hopfield compares a token with itself");
        Outcome.of("hopfield", "--q", q, "--k", k, "--v", values).assertRefused("values.npy: there are 21 keys and 22 values");
        NpyFiles.float32(k, new float[] {Float.NaN}, 1, 1);
        Outcome.of("hopfield", "--q", k, "--k", k, "--v", k).assertRefused("k.npy", "NaN");
    }
}
