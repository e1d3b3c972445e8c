package dev.gatun.cli.analysis;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.hopfield.HopfieldFigures;
import java.lang.foreign.Arena;
import java.util.List;

/** Heads as Hopfield networks, in the state that attention retrieves: {@code H = A>+ V}. */
public final class HeadHopfield {

    private HeadHopfield() {
    }

    /**
     * The figures of each head.
     *
     * @param scores the scores of queries and keys
     * @param values the values V
     * @param factor the factor of {@code M = Q K^T}
     */
    public static List<HopfieldFigures> of(Scores scores, Heads values, double factor) {
        try (Arena arena = Arena.ofConfined()) {
            Heads retrieved = Heads.allocate(arena, scores.queries().shapeWith(scores.rows(), values.columns()));
            scores.attention().apply(values, retrieved);
            return Hopfield.of(scores.queries(), scores.keys()).withScale(factor).withWorkers(scores.workers()).figures(retrieved);
        }
    }

    /** Writes figures as members of an object that has been begun. */
    public static void writeMembers(JsonWriter json, HopfieldFigures figures) {
        json.name("eta").value(figures.eta())
                .name("etaCentred").value(figures.etaCentred())
                .name("energyMean").value(figures.energyMean())
                .name("instabilityFraction").value(figures.instabilityFraction())
                .name("alignment").value(figures.alignment())
                .name("channels").value(figures.channels().size())
                .name("constantChannels").value(figures.constantChannels());
    }
}
