package dev.gatun.cli.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.ScoreFigures;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.NamedTensor;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.dynamics.Regime;
import dev.gatun.dynamics.StationaryDistribution;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The report of failed checks, which no correct operator causes. */
@Tag("any-width")
class AnalysisSummaryTest {

    @Test
    void faultsAreNamedInWordsTableAndJson() {
        OperatorAnalysis operator = new OperatorAnalysis(OperatorName.DIFFUSION, 0.25, Double.NaN, 1e-7, false, null,
                1e-6, List.of("row sums are off 1 by 0.250"));
        try (Arena arena = Arena.ofConfined()) {
            NamedTensor tensor = new NamedTensor("x.npy", Heads.allocate(arena, 2, 2, 3, 4));
            Inputs inputs = Inputs.of(tensor, tensor, null);
            List<HeadAnalysis> heads = List.of(
                    new HeadAnalysis(2, new ScoreFigures(-1, 1, Double.NaN), null, Double.NaN, List.of(operator)));
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

    /** Heads unlike those of the sample: one chain ends in a token, and one has irreversible steps. */
    @Test
    void headsWithoutAWayBackAreToldInWordsAndTable() {
        double infinite = Double.POSITIVE_INFINITY;
        StationaryDistribution stationary = new StationaryDistribution(new double[] {1}, new double[] {0},
                StationaryDistribution.Method.ELIMINATION, 1, 1, true, 0,
                0, true);
        HeadDynamics absorbed = new HeadDynamics(Regime.EQUILIBRIUM, 0, 0, 0, 0, 0, 0, 0.5, true, 1, 0.25, true, stationary);
        HeadDynamics oneWay = new HeadDynamics(Regime.NESS, infinite, 0.1, 0.2, 0.8, 1, 0, 0.5, false, 1, 0.75, false, stationary);
        ScoreFigures scores = new ScoreFigures(-1, 1, Double.NaN);
        try (Arena arena = Arena.ofConfined()) {
            NamedTensor tensor = new NamedTensor("x.npy", Heads.allocate(arena, 1, 2, 3, 4));
            Inputs inputs = Inputs.of(tensor, tensor, null);
            List<HeadAnalysis> heads = List.of(new HeadAnalysis(0, scores, absorbed, 0.5, List.of()),
                    new HeadAnalysis(1, scores, oneWay, -0.5, List.of()));
            String said = String.join(" ", new AnalysisSummary(inputs, heads).sentences());
            assertTrue(said.contains("0 of 2 heads are near equilibrium, "), said);
            assertTrue(said.contains("; 1 absorbed. Furthest"), said);
            assertTrue(said.contains("head [0, 1], with inf nats of entropy a step: "), said);
            assertTrue(said.contains("and some of its steps cannot be taken back."), said);
            AnalysisTable table = new AnalysisTable(inputs);
            assertTrue(table.block(heads.getFirst()).contains("\n  as a chain: absorbed, curl 0.250, eta 0.500, gap 0.500\n"));
            assertTrue(table.block(heads.getLast()).contains(
                    "\n  as a chain: ness, entropy inf, current 25.0% of flow, curl 0.750, eta -0.500, gap about 0.500\n"));
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
