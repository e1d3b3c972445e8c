package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.cli.NpyFiles.Contents;
import dev.gatun.io.Npy;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands with {@code --scores}, {@code --bias} and {@code --across} give the library's results to the last bit. */
@Tag("any-width")
class AnyScoresCommandTest {

    private static final int N = 7;

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofAuto();
    private Path q;
    private Path k;
    private Path bias;
    private Path scores;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 4, N, 5);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, N, 5);
        bias = NpyFiles.float32(folder.resolve("b.npy"), forbidding(3, N * N), 1, N, N);
        scores = NpyFiles.float32(folder.resolve("s.npy"), forbidding(4, 4 * N * N), 4, N, N);
        out = folder.resolve("out.npy");
    }

    /** Normal entries, some off the diagonal minus infinity. */
    private static float[] forbidding(long seed, int count) {
        float[] entries = NpyFiles.normal(seed, count);
        for (int e = 3; e < count; e += 5) {
            int place = e % (N * N);
            entries[e] = place / N == place % N ? entries[e] : Float.NEGATIVE_INFINITY;
        }
        return entries;
    }

    private Heads heads(Path file) {
        return Npy.readHeads(file, arena);
    }

    private Scores biased() {
        return Scores.of(heads(q), heads(k)).withBias(heads(bias));
    }

    private void assertWritten(Scores expected, Function<Scores, dev.gatun.Operator> operator) {
        Heads truth = Heads.allocate(arena, 4, expected.rows(), expected.columns());
        operator.apply(expected).matrix(truth);
        Contents contents = NpyFiles.read(out);
        for (int head = 0; head < 4; head++) {
            for (int i = 0; i < expected.rows(); i++) {
                for (int j = 0; j < expected.columns(); j++) {
                    assertEquals(truth.matrix(head).get(i, j), (float) contents.get(head, i, j));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "5"})
    void operatorsTakeABias(String threads) {
        Outcome.of("matrix", "--operator", "diffusion", "--q", q, "--k", k, "--bias", bias, "--threads", threads, "--out", out)
                .assertDone();
        assertWritten(biased(), Scores::diffusion);
        Outcome.of("matrix", "--operator", "bistochastic", "--q", q, "--k", k, "--bias", bias, "--threads", threads, "--out", out)
                .assertDone();
        assertWritten(biased(), s -> s.sinkhorn(Sinkhorn.bistochastic()).requireConverged().operator());
    }

    @Test
    void operatorsTakeScoresOutright() {
        Outcome.of("matrix", "--operator", "backward", "--scores", scores, "--beta", "2", "--out", out).assertDone();
        assertWritten(Scores.ofEntries(heads(scores)).withBeta(2), Scores::backward);
        Path v = NpyFiles.random(folder.resolve("v.npy"), 5, 2, N, 3);
        Outcome.of("apply", "--operator", "attention", "--scores=" + scores, "--v", v, "--out", out).assertDone();
        Heads product = Heads.allocate(arena, 4, N, 3);
        Scores.ofEntries(heads(scores)).attention().apply(heads(v), product);
        assertEquals(product.matrix(3).get(6, 2), (float) NpyFiles.read(out).get(3, 6, 2));
    }

    @Test
    void acrossTwoSequencesThereAreNoSelfScores() {
        Outcome.of("matrix", "--operator", "attention-column", "--q", q, "--k", k, "--across", "--out", out).assertDone();
        assertWritten(Scores.across(heads(q), heads(k)), Scores::attentionColumn);
        Outcome.of("matrix", "--operator", "attention-column", "--scores", scores, "--across", "--out", out).assertDone();
        assertWritten(Scores.acrossEntries(heads(scores)), Scores::attentionColumn);
        Path u = folder.resolve("u.npy");
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--across", "--out-u", u).assertDone();
        double[] truth = Scores.across(heads(q), heads(k)).sinkhorn(Sinkhorn.bistochastic()).heads().get(2).u();
        Contents contents = NpyFiles.read(u);
        for (int i = 0; i < N; i++) {
            assertEquals(truth[i], contents.get(2, i));
        }
        Outcome.of("matrix", "--operator", "diffusion", "--q", q, "--k", k, "--across", "--out", out)
                .assertRefused("--across leaves no token to compare with itself, as diffusion does");
        Outcome.of("dynamics", "--operator", "attention", "--q", q, "--k", k, "--across")
                .assertRefused("--across leaves no token to compare with itself, as a Markov chain does");
        Outcome.of("spectrum", "--operator", "diffusion", "--count", "2", "--q", q, "--k", k, "--across").assertRefused("--across");
        Outcome.of("sinkhorn", "--divergence", "symmetric", "--q", q, "--k", k, "--across").assertRefused("--across");
    }

    @Test
    void chainsAndSpectraTakeThem() {
        for (Object[] source : new Object[][] {{"--q", q, "--k", k, "--bias", bias}, {"--scores", scores}}) {
            String dynamics = run("dynamics", source, "--operator", "attention");
            assertTrue(dynamics.contains("\"closedClasses\": 1"), dynamics);
            assertTrue(dynamics.contains("\"curlFraction\": null"), dynamics);
            assertTrue(dynamics.contains("\"entropyProduction\": \"inf\""), dynamics);
            assertTrue(run("spectrum", source, "--operator", "diffusion", "--count", "3").contains("\"components\": 1"));
            assertTrue(run("spectrum", source, "--operator", "magnetic", "--count", "3").contains("\"frustration\""));
            Path masses = NpyFiles.float64(folder.resolve("m.npy"), new double[] {1, 2, 1, 1, 2, 1, 1}, N);
            assertTrue(run("bridge", source, "--steps", "2", "--mu0", masses, "--mu1", masses, "--out", out)
                    .contains("\"status\": \"converged\""));
        }
    }

    /** One head, because every operator is timed. */
    @Test
    void analysisTakesThem() {
        Path one = NpyFiles.random(folder.resolve("one.npy"), 6, N, 5);
        Path json = folder.resolve("a.json");
        Outcome.of("analyze", "--q", one, "--k", one, "--bias", bias, "--json", json).assertDone();
        assertTrue(text(json).contains("\"passed\": true"), text(json));
        String across = Outcome.of("analyze", "--q", one, "--k", one, "--across").assertDone().out();
        assertFalse(across.contains("\n  diffusion") || across.contains("\n  backward"), across);
    }

    private static String run(String command, Object[] source, Object... options) {
        Object[] arguments = new Object[1 + source.length + options.length];
        arguments[0] = command;
        System.arraycopy(source, 0, arguments, 1, source.length);
        System.arraycopy(options, 0, arguments, 1 + source.length, options.length);
        return Outcome.of(arguments).assertDone().out();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    /** A token that may not see itself has no self-score. */
    @Test
    void analysisLeavesOutWhatNeedsMissingSelfScores() {
        float[] zeroDiagonal = NpyFiles.normal(5, N * N);
        for (int i = 0; i < N; i++) {
            zeroDiagonal[i * N + i] = Float.NEGATIVE_INFINITY;
        }
        Path file = NpyFiles.float32(folder.resolve("h.npy"), zeroDiagonal, N, N);
        String table = Outcome.of("analyze", "--scores", file).assertDone().out();
        assertTrue(table.contains("scores given outright, beta 1"), table);
        assertFalse(table.contains("\n  magnetic"), table);
        assertTrue(table.contains("backward-column") && table.contains("bistochastic"), table);
        Outcome.of("matrix", "--operator", "diffusion", "--scores", file, "--out", out)
                .assertRefused("diffusion needs the self-scores s_ii, but a bias of minus infinity forbids that of token 0");
        assertFalse(Files.exists(out));
    }

    @Test
    void couplingsThatAreForbiddenAreInfeasible() {
        float[] crowded = {1, Float.NEGATIVE_INFINITY, 2, Float.NEGATIVE_INFINITY};
        Path file = NpyFiles.float32(folder.resolve("c.npy"), crowded, 2, 2);
        Outcome.of("sinkhorn", "--scores", file, "--across", "--out", out)
                .assertEnded(1, "infeasible, column 1 has a mass of 1.0 but no row with mass sees it");
        assertFalse(Files.exists(out));
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        Outcome.of("matrix", "--operator", "attention", "--scores", scores, "--q", q, "--out", out)
                .assertRefused("--scores: the scores are given outright, without --q and --k");
        Outcome.of("matrix", "--operator", "attention", "--scores", scores, "--bias", bias, "--out", out)
                .assertRefused("without --bias, which may be added to them");
        Outcome.of("matrix", "--operator", "attention", "--scores", scores, "--scale", "2", "--out", out)
                .assertRefused("--scale: scores that are given outright have none; --beta multiplies them");
        Outcome.of("hopfield", "--v", k, "--q", q, "--k", k, "--bias", bias)
                .assertRefused("--bias: hopfield takes the queries and keys of one sequence, and their inner products alone");
        Outcome.of("hopfield", "--v", k, "--scores", scores).assertRefused("--scores: hopfield takes the queries and keys");
        Outcome.of("matrix", "--operator", "attention", "--q", q, "--k", k, "--bias", q, "--out", out)
                .assertRefused("q.npy: has shape [4, 7, 5]; expected 7 x 7 for ");
        Path nan = NpyFiles.float32(folder.resolve("nan.npy"), new float[] {1, 2, Float.NaN, 4}, 2, 2);
        Outcome.of("matrix", "--operator", "attention", "--scores", nan, "--out", out)
                .assertRefused("nan.npy: holds NaN at row 1, column 0");
        Outcome.of("analyze", "--bias", bias).assertRefused("analyze takes --q and --k, or --scores");
        Outcome.of("matrix", "--operator", "attention", "--scores", scores, "--out", scores).assertRefused("is an input");
        Outcome.of("matrix", "--operator", "attention", "--out", out).assertRefused("--q", "--k");
        assertFalse(Files.exists(out));
        assertArrayEquals(new int[] {4, N, N}, NpyFiles.read(scores).shape());
    }
}
