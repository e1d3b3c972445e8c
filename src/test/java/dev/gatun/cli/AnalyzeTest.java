package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyzeTest {

    private static final int WIDEST = 110;

    @TempDir
    Path folder;

    @Test
    void theSampleIsAnalysedWithoutInputs() throws Exception {
        Path json = folder.resolve("figures.json");
        String table = Outcome.of("analyze", "--json", json).assertDone().out();
        assertTrue(table.startsWith("sample of all-MiniLM-L6-v2: 6 heads of 64 tokens, d = 32\n"), table);
        assertTrue(table.endsWith("All checks passed.\n"), table);
        for (int head = 0; head < 6; head++) {
            assertTrue(table.contains("\nhead " + head + ": s from "), table);
        }
        assertTrue(table.contains("d < 0 for 98.0% of pairs"), table);
        for (OperatorName name : OperatorName.values()) {
            assertEquals(6, matches("(?m)^  " + name.label() + " .* (us|ms|s)$", table), name.label());
        }
        assertFalse(table.contains("FAIL"), table);
        table.lines().forEach(line -> assertTrue(line.length() <= WIDEST, line));
        assertTrue(table.chars().allMatch(character -> character == '\n' || character >= ' ' && character <= '~'));

        String figures = Files.readString(json);
        assertEquals(6, matches("\"head\": \\[0, [0-5]\\]", figures));
        assertEquals(60, matches("\"rowDeviation\": [0-9]", figures));
        assertEquals(18, matches("\"sinkhorn\": \\{", figures));
        assertTrue(figures.endsWith("}\n"), figures);
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    private static long matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }

    @Test
    void aStalledHeadIsAFinding() {
        String table = Outcome.of("analyze", "--max-iterations", 1).assertDone().out();
        assertTrue(table.contains("bistochastic: 0 of 6 heads have one; head 0: stalled, "), table);
        assertTrue(table.contains("stalled 1 "), table);
    }

    @Test
    void rectanglesHaveTheOperatorsThatAreDefined() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 4, 5, 3);
        Path k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 2, 7, 3);
        String table = Outcome.of("analyze", "--q", q, "--k", k).assertDone().out();
        assertTrue(table.contains("q.npy: 8 heads of 5 queries and 7 keys, d = 3"), table);
        assertTrue(table.contains("\nhead [1, 3]: s from "), table);
        assertTrue(table.contains("bistochastic: 8 of 8 heads have one.\n"), table);
        assertFalse(table.contains("  diffusion"), table);
        assertTrue(table.endsWith("All checks passed.\n"), table);
    }

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
        assertTrue(square.endsWith("All checks passed.\n"), square);
    }

    @Test
    void queriesAndKeysGoTogether() {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 5, 3);
        Outcome.of("analyze", "--q", q).assertRefused("--q and --k");
        Outcome.of("analyze", "--k", q).assertRefused("--q and --k");
        Outcome.of("analyze", "--v", q).assertRefused("--q and --k");
    }

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
