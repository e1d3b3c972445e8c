package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.operator.OperatorName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyzeTest {

    private static final int WIDEST = 100;

    @TempDir
    Path folder;

    @Test
    void theSampleIsAnalysedWithoutInputs() throws Exception {
        Path json = folder.resolve("figures.json");
        String table = Outcome.of("analyze", "--json", json).assertDone().out();
        assertTrue(table.startsWith("sample of all-MiniLM-L6-v2: 6 heads of 64 tokens, d = 32\n"), table);
        assertTrue(table.contains("\nAll checks passed.\nDynamics of attention: "), table);
        for (int head = 0; head < 6; head++) {
            assertTrue(table.contains("\nhead " + head + ": s from "), table);
        }
        assertTrue(table.contains("d < 0 for 98.0% of pairs"), table);
        for (OperatorName name : OperatorName.values()) {
            assertEquals(6, matches("(?m)^  " + name.label() + " .* (us|ms|s)$", table), name.label());
        }
        String figure = "[0-9.]+";
        assertEquals(6, matches("(?m)^  as a chain: ness, entropy " + figure + ", current " + figure + "% of flow, curl " + figure
                + ", eta -?" + figure + ", gap " + figure + "$", table), table);
        String flat = table.replaceAll("\\s+", " ");
        assertTrue(flat.contains("Dynamics of attention: 0 of 6 heads are near equilibrium, "), table);
        assertTrue(flat.contains("Furthest from it is head 4, with 3.47 nats of entropy a step: "), table);
        assertTrue(flat.contains("a step of it is 32.2 times as likely as its reverse"), table);
        assertFalse(table.contains("FAIL"), table);
        table.lines().forEach(line -> assertTrue(line.length() <= WIDEST, line));
        assertTrue(table.chars().allMatch(character -> character == '\n' || character >= ' ' && character <= '~'));

        String figures = Files.readString(json);
        assertEquals(6, matches("\"head\": \\[0, [0-5]\\]", figures));
        assertEquals(60, matches("\"rowDeviation\": [0-9]", figures));
        assertEquals(18, matches("\"sinkhorn\": \\{", figures));
        assertEquals(6, matches("\"dynamics\": \\{\\s+\"regime\": \"ness\",\\s+\"entropyProduction\": [0-9]", figures));
        assertTrue(figures.endsWith("}\n"), figures);
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    private static long matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }

    @Tag("any-width")
    @Test
    void aStalledHeadIsAFinding() {
        String table = Outcome.of("analyze", "--max-iterations", 1).assertDone().out();
        assertTrue(table.contains("bistochastic: 0 of 6 heads have this coupling; head 0: stalled, "), table);
        assertTrue(table.contains("stalled 1 "), table);
    }

    @Tag("any-width")
    @Test
    void rectanglesHaveTheOperatorsThatAreDefined() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 4, 5, 3);
        Path k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 2, 7, 3);
        String table = Outcome.of("analyze", "--q", q, "--k", k).assertDone().out();
        assertTrue(table.contains("q.npy: 8 heads of 5 queries and 7 keys, d = 3"), table);
        assertTrue(table.contains("\nhead [1, 3]: s from "), table);
        assertTrue(table.contains("bistochastic: 8 of 8 heads have this coupling.\n"), table);
        assertFalse(table.contains("  diffusion"), table);
        assertFalse(table.contains("as a chain"), table);
        assertFalse(table.contains("Dynamics"), table);
        assertTrue(table.endsWith("All checks passed.\n"), table);
    }

    @Tag("any-width")
    @Test
    void aCausalMaskLeavesRowsThatSeeNothingOut() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 9, 3);
        Path k = NpyFiles.random(folder.resolve("k.npy"), 2, 7, 3);
        Path v = NpyFiles.random(folder.resolve("v.npy"), 3, 7, 2);
        String table = Outcome.of("analyze", "--q", q, "--k", k, "--v", v, "--causal").assertDone().out();
        assertTrue(table.contains("infeasible 0"), table);
        assertTrue(table.endsWith("All checks passed.\n"), table);
        String square = Outcome.of("analyze", "--q", q, "--k", q, "--causal").assertDone().out();
        assertTrue(square.contains("sublinear-limit 1"), square);
        assertTrue(square.contains("  as a chain: absorbed, curl 0, eta 1.00, gap 0."), square);
        assertTrue(square.contains("Dynamics of attention: every chain ends for good in single tokens"), square);
        assertTrue(square.contains("\nAll checks passed.\nDynamics"), square);
    }

    /** Then the first token sees nothing, and nobody sees the last one. */
    @Tag("any-width")
    @Test
    void bothMasksLeaveNoChain() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 9, 3);
        Path k = NpyFiles.random(folder.resolve("k.npy"), 2, 9, 3);
        String table = Outcome.of("analyze", "--q", q, "--k", k, "--causal", "--zero-diagonal").assertDone().out();
        assertFalse(table.contains("as a chain"), table);
        assertTrue(table.endsWith("All checks passed.\n"), table);
    }

    @Tag("any-width")
    @Test
    void pointsAreInEquilibrium() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 9, 3);
        String table = Outcome.of("analyze", "--q", q, "--k", q).assertDone().out();
        assertEquals(2, matches("as a chain: equilibrium, entropy .*, curl 0, eta 1[.]00, gap 0[.]", table), table);
        String flat = table.replaceAll("\\s+", " ");
        assertTrue(flat.contains("2 of 2 heads are near equilibrium, "), table);
        assertTrue(flat.contains("None has a current."), table);
    }

    /** Three tokens that follow each other in a circle, and the same with scores a hundredth as large. */
    @Tag("any-width")
    @Test
    void headsNearEquilibriumAreCounted() {
        float[] keys = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0.01f, 0, 0, 0, 0.01f, 0.01f, 0, 0};
        float[] queries = {0, 9, 0, 0, 0, 9, 9, 0, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0};
        Path q = NpyFiles.float32(folder.resolve("q.npy"), queries, 2, 3, 3);
        Path k = NpyFiles.float32(folder.resolve("k.npy"), keys, 2, 3, 3);
        String flat = Outcome.of("analyze", "--q", q, "--k", k).assertDone().out().replaceAll("\\s+", " ");
        assertTrue(flat.contains("1 of 2 heads is near equilibrium, "), flat);
        assertTrue(flat.contains("Furthest from it is head 0, "), flat);
    }

    @Tag("any-width")
    @Test
    void dynamicsAreThoseThatTheCommandTells() throws Exception {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 9, 3);
        Path k = NpyFiles.random(folder.resolve("k.npy"), 2, 1, 9, 3);
        Path file = folder.resolve("figures.json");
        Outcome.of("analyze", "--q", q, "--k", k, "--beta", 2, "--json", file).assertDone();
        String told = Outcome.of("dynamics", "--operator", "attention", "--q", q, "--k", k, "--beta", 2).assertDone().out();
        Pattern figures = Pattern.compile("\"regime\"[^}\\[]*\"iterations\": [0-9]+");
        assertEquals(figures.matcher(told).results().map(found -> found.group().replaceAll("\\s+", " ")).toList(),
                figures.matcher(Files.readString(file)).results().map(found -> found.group().replaceAll("\\s+", " ")).toList());
        assertEquals(2, matches("\"regime\"", told));
    }

    @Tag("any-width")
    @Test
    void queriesAndKeysGoTogether() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 5, 3);
        Outcome.of("analyze", "--q", q).assertRefused("--q and --k");
        Outcome.of("analyze", "--k", q).assertRefused("--q and --k");
        Outcome.of("analyze", "--v", q).assertRefused("--q and --k");
    }

    @Tag("any-width")
    @Test
    void theJsonFileMustBeWritableAndNoInput() throws Exception {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 5, 3);
        byte[] before = Files.readAllBytes(q);
        Outcome.of("analyze", "--q", q, "--k", q, "--json", q).assertRefused("q.npy: ", "is an input");
        assertEquals(0, java.util.Arrays.compare(before, Files.readAllBytes(q)));
        Outcome.of("analyze", "--json", folder).assertRefused(folder + ": cannot be written: is a directory");
        Outcome.of("analyze", "--json", folder.resolve("no").resolve("x.json"))
                .assertRefused("x.json", "does not exist");
    }
}
