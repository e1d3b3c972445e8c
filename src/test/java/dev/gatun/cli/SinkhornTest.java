package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.TransportFigures;
import dev.gatun.cli.NpyFiles.Contents;
import dev.gatun.io.Npy;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class SinkhornTest {

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path u;
    private Path v;
    private Path coupling;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 2, 8, 5);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 1, 10, 5);
        u = folder.resolve("u.npy");
        v = folder.resolve("v.npy");
        coupling = folder.resolve("z.npy");
    }

    @Test
    void potentialsMakeThePlanAndThePlanHasItsMarginals() {
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--out-u", u, "--out-v", v, "--out", coupling);
        outcome.assertDone();
        Contents rows = NpyFiles.read(u);
        Contents columns = NpyFiles.read(v);
        Contents entries = NpyFiles.read(coupling);
        assertEquals(List.of("<f8", "<f8", "<f4"), List.of(rows.type(), columns.type(), entries.type()));
        assertArrayEquals(new int[] {2, 2, 8}, rows.shape());
        assertArrayEquals(new int[] {2, 2, 10}, columns.shape());
        assertArrayEquals(new int[] {2, 2, 8, 10}, entries.shape());
        Contents queries = NpyFiles.read(q);
        Contents keys = NpyFiles.read(k);
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 2; h++) {
                for (int i = 0; i < 8; i++) {
                    double sum = 0;
                    for (int j = 0; j < 10; j++) {
                        double score = 0;
                        for (int c = 0; c < 5; c++) {
                            score += queries.get(b, h, i, c) * keys.get(b, 0, j, c) / Math.sqrt(5);
                        }
                        double expected = Math.exp(score + rows.get(b, h, i) + columns.get(b, h, j));
                        assertEquals(expected, entries.get(b, h, i, j), 1e-5 * expected);
                        sum += entries.get(b, h, i, j);
                    }
                    assertEquals(1, sum, 1.1e-5);
                }
            }
        }
    }

    @Test
    void theJsonHasTheFiguresOfTheLibrary() {
        String json = Outcome.of("sinkhorn", "--q", q, "--k", k, "--threads", 1, "--tolerance", "1e-3")
                .assertDone().out();
        try (Arena arena = Arena.ofConfined()) {
            List<SinkhornSolution> solutions = Scores.of(Npy.readHeads(q, arena), Npy.readHeads(k, arena))
                    .sinkhorn(Sinkhorn.tolerance(1e-3)).heads();
            int at = 0;
            for (int i = 0; i < 4; i++) {
                SinkhornSolution solution = solutions.get(i);
                for (String member : List.of("\"head\": [" + i / 2 + ", " + i % 2 + "]", "\"status\": \"converged\"",
                        "\"iterations\": " + solution.iterations(), "\"rowError\": " + solution.rowError(),
                        "\"columnError\": " + solution.columnError(), "\"rowErrorL1\": " + solution.rowErrorL1(),
                        "\"columnErrorL1\": " + solution.columnErrorL1())) {
                    int found = json.indexOf(member, at);
                    assertTrue(found >= at, () -> member + " is not in order in " + json);
                    at = found;
                }
            }
        }
        assertFalse(json.contains("reason"), json);
    }

    /** The option adds one member to each head, and changes nothing before it. */
    @Test
    void theJsonHasTheTraceOnRequest() {
        String plain = Outcome.of("sinkhorn", "--q", q, "--k", k).assertDone().out();
        String json = Outcome.of("sinkhorn", "--q", q, "--k", k, "--trace").assertDone().out();
        assertFalse(plain.contains("trace"), plain);
        assertEquals(plain, json.replaceAll(",\\s*\"trace\": \\[[^]]*]", ""));
        try (Arena arena = Arena.ofConfined()) {
            List<SinkhornSolution> solutions = Scores.of(Npy.readHeads(q, arena), Npy.readHeads(k, arena))
                    .sinkhorn(Sinkhorn.bistochastic().withTrace()).heads();
            int at = 0;
            for (SinkhornSolution solution : solutions) {
                for (SinkhornSolution.Step step : solution.trace()) {
                    String member = "{\"iteration\": %s, \"kind\": \"%s\", \"error\": %s}"
                            .formatted(step.iteration(), step.kind().label(), step.error());
                    int found = json.replaceAll("\\s+", " ").replace("{ ", "{").replace(" }", "}").indexOf(member, at);
                    assertTrue(found >= at, () -> member + " is not in order in " + json);
                    at = found + 1;
                }
            }
        }
        assertTrue(json.contains("\"kind\": \"over-relaxed\"") && json.contains("\"kind\": \"result\""), json);
    }

    /** A head without a coupling has a trace without steps. */
    @Test
    void anInfeasibleHeadHasNoSteps() {
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), filled(8, 2), 8);
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--trace");
        outcome.assertEnded(1, "infeasible");
        assertEquals(4, Pattern.compile("\"trace\": \\[]").matcher(outcome.out()).results().count());
    }

    /** A soft constraint on each side, in units of scores at any temperature, with totals that differ. */
    @Test
    void relaxedMarginals() {
        double[] rows = {1, 2, 0, 1, 1, 1, 1, 1};
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), rows, 8);
        Sinkhorn options = Sinkhorn.bistochastic().withMarginals(new double[][] {rows}, null);
        for (String reference : List.of("kernel", "marginals")) {
            String json = Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--beta", "2", "--relax-rows", "1e4",
                    "--relax-columns", "3", "--reference", reference, "--out", coupling, "--out-u", u).assertDone().out();
            try (Arena arena = Arena.ofConfined()) {
                SinkhornResult result = Scores.of(Npy.readHeads(q, arena), Npy.readHeads(k, arena)).withBeta(2)
                        .sinkhorn(options.relaxed(1e4, 3).withReference(Sinkhorn.Reference.valueOf(reference.toUpperCase(Locale.ROOT))));
                Contents entries = NpyFiles.read(coupling);
                Contents potentials = NpyFiles.read(u);
                for (int head = 0; head < 4; head++) {
                    assertFigures(json, result.figures(head));
                    assertEquals(result.heads().get(head).u()[1], potentials.get(head / 2, head % 2, 1));
                    double mass = 0;
                    for (int at = head * 80; at < (head + 1) * 80; at++) {
                        mass += entries.values()[at];
                    }
                    assertEquals(result.figures(head).mass(), mass, 1e-5 * mass);
                }
            }
            assertFalse(json.contains("reason"), json);
        }
    }

    private static void assertFigures(String json, TransportFigures figures) {
        for (String member : List.of("\"mass\": " + figures.mass(), "\"transportCost\": " + figures.transportCost(),
                "\"entropy\": " + figures.entropy(), "\"klProduct\": " + figures.klProduct(),
                "\"klRows\": " + figures.klRows(), "\"klColumns\": " + figures.klColumns(),
                "\"objective\": " + figures.objective())) {
            assertTrue(json.contains(member), () -> member + " is not in " + json);
        }
    }

    /** Enforced marginals have the same figures without KL terms. One side may be relaxed alone, and inf enforces it. */
    @Test
    void figuresOfEnforcedMarginals() {
        String json = Outcome.of("sinkhorn", "--q", q, "--k", k).assertDone().out();
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Npy.readHeads(q, arena), Npy.readHeads(k, arena));
            TransportFigures figures = scores.sinkhorn(Sinkhorn.bistochastic()).figures(3);
            assertFigures(json, figures);
            assertEquals(0, figures.klRows() + figures.klColumns());
            String relaxed = Outcome.of("sinkhorn", "--q", q, "--k", k, "--relax-columns", "2", "--relax-rows", "inf")
                    .assertDone().out();
            assertFigures(relaxed, scores.sinkhorn(Sinkhorn.bistochastic().relaxed(Double.POSITIVE_INFINITY, 2)).figures(0));
        }
        assertEquals(json, Outcome.of("sinkhorn", "--q", q, "--k", k, "--relax-rows", "inf").assertDone().out());
    }

    @Test
    void badWeightsAreNamed() {
        for (String bad : List.of("0", "-1", "NaN", "much")) {
            Outcome.of("sinkhorn", "--q", q, "--k", k, "--relax-rows", bad)
                    .assertRefused("--relax-rows", "'" + bad + "' is not a positive number or inf");
        }
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--reference", "uniform").assertRefused("'uniform' is not kernel or marginals");
    }

    /** The reason names a value that float32 cannot hold. */
    @Test
    void aRelaxedSolveThatStallsSaysWhy() {
        double[] rows = {1e-200, 2, 0, 1, 1, 1, 1, 1};
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), rows, 8);
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--relax-columns", "1");
        outcome.assertEnded(1, "head [0, 0]", "stalled", "row 0 must sum to 1.00e-200");
        assertTrue(outcome.out().contains("\"reason\": \"row 0 must sum to 1.00e-200"), outcome.out());
        assertTrue(outcome.out().contains("\"rowError\": 1.0,"), outcome.out());
    }

    @Test
    void marginalsForAllHeadsOrForEach() {
        double[] rows = {1, 2, 0, 1, 1, 1, 1, 1};
        double[] columns = new double[40];
        for (int i = 0; i < 40; i++) {
            columns[i] = i % 10 == i / 10 ? 3.5 : 0.5;
        }
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), rows, 8);
        Path nu = NpyFiles.float64(folder.resolve("nu.npy"), columns, 2, 2, 10);
        for (int threads = 1; threads <= 2; threads++) {
            Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--nu", nu, "--out", coupling, "--out-u", u,
                    "--threads", threads).assertDone();
            Contents entries = NpyFiles.read(coupling);
            double[] rowSums = new double[32];
            double[] columnSums = new double[40];
            for (int at = 0; at < entries.values().length; at++) {
                rowSums[at / 10] += entries.values()[at];
                columnSums[at / 80 * 10 + at % 10] += entries.values()[at];
            }
            for (int i = 0; i < 32; i++) {
                assertEquals(rows[i % 8], rowSums[i], 1e-4);
            }
            assertArrayEquals(columns, columnSums, 1e-4);
            assertEquals(Double.NEGATIVE_INFINITY, NpyFiles.read(u).get(0, 0, 2));
        }
    }

    @Test
    void aStalledSolveIsToldAndStillWritten() {
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--max-iterations", 1, "--out-u", u,
                "--out", coupling);
        outcome.assertEnded(1, "4 of 4", "head [0, 0]", "head [1, 1]", "stalled");
        assertEquals(4, Pattern.compile("\"status\": \"stalled\"").matcher(outcome.out()).results().count());
        assertEquals(4, Pattern.compile("\"reason\": \"(row|column) [0-9] with a mass of (1|0.8)").matcher(outcome.out()).results().count());
        assertTrue(outcome.out().contains("\"contraction\": null"), outcome.out());
        assertTrue(Files.exists(u) && Files.exists(coupling));
    }

    /** Tails of a float64 softmax: a column with entries beyond float32 is named, and no NaN is written. */
    @Test
    void massesBelowFloatsAreNamed() {
        NpyFiles.random(k, 3, 8, 5);
        NpyFiles.random(q, 4, 8, 5);
        double[] tail = {1, 1, 1e-30, 1, 1e-50, 1, 1, 1e-300};
        double total = Arrays.stream(tail).sum();
        double[] masses = Arrays.stream(tail).map(mass -> mass / total * 8).toArray();
        Path nu = NpyFiles.float64(folder.resolve("nu.npy"), masses, 8);
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--nu", nu, "--out-u", u, "--out-v", v, "--out", coupling);
        outcome.assertEnded(1, "stalled, column 4 with a mass of " + masses[4], "too small for float32; 1 other");
        for (Path file : new Path[] {u, v, coupling}) {
            assertTrue(Arrays.stream(NpyFiles.read(file).values()).noneMatch(Double::isNaN), file::toString);
        }
        assertFalse(outcome.out().contains("NaN") || outcome.out().contains("null"), outcome.out());
        masses[4] = 0;
        masses[7] = 0;
        NpyFiles.float64(nu, masses, 8);
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--nu", nu).assertDone();
    }

    /** Ten times 0.799999 is a mass of 8 within 1e-5, but not within 1e-6. */
    @Test
    void totalsMayDifferByTheTolerance() {
        double[] rounded = new double[10];
        Arrays.fill(rounded, 0.799999);
        Path nu = NpyFiles.float64(folder.resolve("nu.npy"), rounded, 10);
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--nu", nu).assertDone();
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--nu", nu, "--tolerance", 1e-6).assertEnded(1, "infeasible");
    }

    @Test
    void aCausalKernelHasALimitOnly() {
        NpyFiles.random(k, 3, 8, 5);
        NpyFiles.random(q, 4, 8, 5);
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--causal", "--divergence", "symmetric");
        outcome.assertEnded(1, "head 0", "sublinear-limit");
        assertTrue(outcome.out().contains("\"status\": \"sublinear-limit\""), outcome.out());
    }

    @Test
    void withoutAPlanThereIsNoFile() throws Exception {
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), new double[] {2, 2, 2, 2, 2, 2, 2, 2}, 8);
        Outcome outcome = Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--out-u", u, "--out-v", v,
                "--out", coupling);
        outcome.assertEnded(1, "infeasible", "16");
        assertTrue(outcome.out().contains("\"rowError\": null"), outcome.out());
        assertTrue(outcome.out().contains("\"objective\": null"), outcome.out());
        try (var files = Files.list(folder)) {
            assertEquals(3, files.count());
        }
    }

    @Test
    void badMarginalsAreNamed() {
        Path mu = folder.resolve("mu.npy");
        refuse(NpyFiles.float64(mu, new double[7], 7), "mu.npy: has 7 entries", "q.npy", "8 queries");
        refuse(NpyFiles.float64(mu, filled(24, 1), 3, 8), "mu.npy: is given for heads [3]");
        refuse(NpyFiles.float64(mu, filled(8, -1), 8), "mu.npy: holds -1.0 at entry 0");
        refuse(NpyFiles.float64(mu, filled(8, Double.NaN), 8), "mu.npy: holds NaN");
        refuse(NpyFiles.float64(mu, filled(8, Double.POSITIVE_INFINITY), 8), "mu.npy: holds Infinity");
        refuse(NpyFiles.float64(mu, filled(8, 0), 8), "mu.npy: has a total mass of 0");
        refuse(NpyFiles.float64(mu, filled(16, 1), 1, 1, 2, 8), "mu.npy: shape (1, 1, 2, 8)");
        refuse(folder.resolve("none.npy"), "none.npy: no such file");
    }

    private static double[] filled(int length, double value) {
        double[] filled = new double[length];
        Arrays.fill(filled, value);
        return filled;
    }

    private void refuse(Path mu, String... parts) {
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--out", coupling).assertRefused(parts);
        assertFalse(Files.exists(coupling));
    }

    @Test
    void outputsMustDiffer() {
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--out-u", u, "--out-v", u).assertRefused("u.npy: ", "two outputs");
        Path mu = NpyFiles.float64(u, filled(8, 1), 8);
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu, "--out-u", u).assertRefused("u.npy: ", "is an input");
    }

    @Test
    void aDivergenceNeedsSelfScores() {
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--divergence", "backward")
                .assertRefused("q.npy, ", "k.npy: there are 8 queries and 10 keys", "backward divergence");
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--divergence", "sideways").assertRefused("'sideways'", "symmetric");
    }
}
