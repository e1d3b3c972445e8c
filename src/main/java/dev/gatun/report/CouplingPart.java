package dev.gatun.report;

import dev.gatun.Divergence;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.analysis.SinkhornJson;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.report.NumberBlock.Part;

/** The bistochastic coupling of a head with one divergence. */
final class CouplingPart {

    private final String name;
    private final Computed<SinkhornSolution> solution;
    private final Part u;
    private final Part v;

    CouplingPart(String name, Divergence divergence, Scores scores, Sinkhorn options, NumberBlock block) {
        this.name = name;
        this.solution = Computed.of(() -> scores.sinkhorn(divergence, options).heads().getFirst());
        boolean exists = solution.result() != null && solution.result().status() != SinkhornStatus.INFEASIBLE;
        this.u = exists ? block.add(solution.result().u()) : null;
        this.v = exists ? block.add(solution.result().v()) : null;
    }

    /** The passes over the kernel; NaN if the scores have no such kernel. */
    double iterations() {
        return solution.result() == null ? Double.NaN : solution.result().iterations();
    }

    /** Writes the coupling as a member of an object that has been begun. */
    void write(JsonWriter json) {
        json.name(name).beginObject();
        Part.write(json.name("u"), u);
        Part.write(json.name("v"), v);
        if (solution.result() == null) {
            Part.write(json.name("status"), null);
            solution.writeReason(json);
        } else {
            SinkhornJson.write(json, solution.result());
            if (solution.result().status() == SinkhornStatus.CONVERGED) {
                solution.writeReason(json);
            }
        }
        json.name("trace").beginArray().end().end();
    }
}
