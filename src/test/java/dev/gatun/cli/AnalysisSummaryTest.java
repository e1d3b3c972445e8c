package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.ScoreFigures;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of checks that fail, which the library itself gives no occasion for. */
class AnalysisSummaryTest {

    @Test
    void faultsAreNamedInWordsTableAndJson() {
        OperatorAnalysis operator = new OperatorAnalysis(OperatorName.DIFFUSION, 0.25, Double.NaN, 1e-7, false, null,
                1e-6, List.of("row sums are off 1 by 0.250"));
        try (Arena arena = Arena.ofConfined()) {
            NamedTensor tensor = new NamedTensor("x.npy", Heads.allocate(arena, 2, 2, 3, 4));
            Inputs inputs = Inputs.of(tensor, tensor, null);
            List<HeadAnalysis> heads = List.of(
                    new HeadAnalysis(2, new ScoreFigures(-1, 1, Double.NaN), null, List.of(operator)));
            AnalysisSummary summary = new AnalysisSummary(inputs, heads);
            assertFalse(summary.passed());
            assertEquals("FAILED: head [1, 0], diffusion: row sums are off 1 by 0.250.", summary.sentences().getLast());
            String block = new AnalysisTable(inputs).block(heads.getFirst());
            assertTrue(block.matches("(?s).*  diffusion +0.250 FAIL +- +1.0e-07 ok +1.00 us\n"), block);
            String json = AnalysisJson.of(inputs, heads, summary);
            assertTrue(json.contains("\"columnDeviation\": null"), json);
            assertTrue(json.contains("\"passed\": false"), json);
            assertTrue(json.contains("\"row sums are off 1 by 0.250\""), json);
        }
    }

    @Test
    void sentencesAreBrokenBetweenWords() {
        String sentence = "word ".repeat(50).strip();
        String wrapped = AnalysisTable.wrap(sentence);
        assertEquals(sentence, wrapped.replace("\n  ", " ").strip());
        wrapped.lines().forEach(line -> assertTrue(line.length() <= 100, line));
        assertEquals(3, wrapped.lines().count());
    }
}
