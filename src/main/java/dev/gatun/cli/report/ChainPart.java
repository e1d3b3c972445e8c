package dev.gatun.cli.report;

import dev.gatun.Scores;
import dev.gatun.cli.analysis.HeadDynamics;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import dev.gatun.dynamics.Current;
import dev.gatun.dynamics.Cycle;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import java.util.List;

/** Attention of a head as a Markov chain: its figures, its stationary distribution, the strongest currents and cycles. */
final class ChainPart {

    private static final int MAX_CURRENTS = 40;
    private static final int MAX_CYCLES = 5;

    private final Computed<HeadDynamics> figures;
    private final Part stationary;
    private final Part entropyByToken;
    private final List<Current> currents;
    private final List<Cycle> cycles;

    ChainPart(Scores scores, NumberBlock block) {
        Computed<Dynamics> dynamics = Computed.of(() -> Dynamics.of(scores.attention(), 0));
        this.figures = dynamics.then(chain -> HeadDynamics.of(chain, scores.curlFraction(0)));
        boolean exists = figures.result() != null;
        this.stationary = exists ? block.add(dynamics.result().stationary().pi()) : null;
        this.entropyByToken = exists ? block.add(dynamics.result().currents().entropyByToken()) : null;
        // Currents in equilibrium are rounding errors, and so are their cycles.
        boolean flows = exists && figures.result().regime() != Regime.EQUILIBRIUM;
        this.currents = exists ? dynamics.result().currents(MAX_CURRENTS) : List.of();
        this.cycles = flows ? dynamics.result().cycles(MAX_CYCLES) : List.of();
    }

    /** The figures; null if the head is no chain. */
    HeadDynamics figures() {
        return figures.result();
    }

    /** Writes members of an object that has been begun. */
    void write(JsonWriter json) {
        json.name("regime").value(figures.result() == null ? "" : figures.result().regime().label());
        json.name("dynamics").beginObject();
        if (figures.result() != null) {
            figures.result().writeMembers(json);
        }
        figures.writeReason(json);
        json.end();
        Part.write(json.name("stationary"), stationary);
        Part.write(json.name("entropyProductionByToken"), entropyByToken);
        json.name("currents").beginArray();
        currents.forEach(current -> json.beginObject()
                .name("from").value(current.from())
                .name("to").value(current.to())
                .name("current").value((float) current.current())
                .end());
        json.end().name("cycles").beginArray();
        cycles.forEach(cycle -> json.beginObject()
                .name("tokens").value(cycle.tokens().stream().mapToInt(Integer::intValue).toArray())
                .name("affinity").value((float) cycle.affinity())
                .name("weight").value(cycle.current())
                .end());
        json.end();
    }
}
