package dev.gatun.cli.report;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.ScoreFigures;
import dev.gatun.Scores;
import dev.gatun.cli.analysis.HeadDynamics;
import dev.gatun.cli.analysis.HeadHopfield;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import dev.gatun.hopfield.HopfieldFigures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All that a page holds of one head. Its arrays are in the block of the page. */
final class HeadPart {

    private final int[] position;
    private final ScoreFigures scoreFigures;
    private final double eta;
    private final List<CouplingPart> couplings;
    private final ChainPart chain;
    private final EmbeddingPart embedding;
    private final BridgePart bridge;
    private final Computed<HopfieldFigures> hopfield;

    /**
     * Computes the figures of one head.
     *
     * @param scores the scores of one head
     * @param values its values, or null
     */
    HeadPart(int[] position, Scores scores, Heads values, HeadsSettings settings, Extent extent, NumberBlock block) {
        this.position = position.clone();
        this.scoreFigures = scores.figures(0);
        this.eta = scores.eta(0);
        int steps = extent.traceSteps();
        this.couplings = List.of(
                new CouplingPart("bistochastic", Divergence.FORWARD, scores, settings.sinkhorn(), steps, block),
                new CouplingPart("bistochastic-backward", Divergence.BACKWARD, scores, settings.sinkhorn(), steps, block),
                new CouplingPart("bistochastic-diffusion", Divergence.SYMMETRIC, scores, settings.sinkhorn(), steps, block));
        this.chain = new ChainPart(scores, block);
        this.embedding = new EmbeddingPart(scores, settings, extent, block);
        this.bridge = new BridgePart(scores, settings, extent.steps(), block);
        this.hopfield = values == null ? new Computed<>(null, "there are no values, which attention retrieves")
                : Computed.of(() -> HeadHopfield.of(scores, values, settings.factor()).getFirst());
    }

    /** Writes members of an object that has been begun. */
    void write(JsonWriter json) {
        json.name("head").value(position).name("figures").beginObject();
        figures().forEach((name, value) -> json.name(name).value(value));
        json.end();
        chain.write(json);
        json.name("hopfield").beginObject();
        if (hopfield.result() != null) {
            HeadHopfield.writeMembers(json, hopfield.result());
        }
        hopfield.writeReason(json);
        json.end().name("couplings").beginObject();
        couplings.forEach(coupling -> coupling.write(json));
        json.end();
        embedding.write(json);
        bridge.write(json);
    }

    /** The figures of {@link OverviewFigure}, and the range of the scores. Those that the head does not have are NaN. */
    private Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("leastScore", scoreFigures.min());
        figures.put("greatestScore", scoreFigures.max());
        figures.put("negativeShare", scoreFigures.negativeShare());
        figures.put("eta", eta);
        HeadDynamics dynamics = chain.figures();
        boolean isChain = dynamics != null;
        figures.put("entropyProduction", isChain ? dynamics.entropyProduction() : Double.NaN);
        figures.put("spectralGap", isChain ? dynamics.spectralGap() : Double.NaN);
        figures.put("curlFraction", isChain ? dynamics.curlFraction() : Double.NaN);
        figures.put("iterations", couplings.getFirst().iterations());
        return figures;
    }
}
