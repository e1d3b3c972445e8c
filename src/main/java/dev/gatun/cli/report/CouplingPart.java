package dev.gatun.cli.report;

import dev.gatun.Divergence;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.analysis.SinkhornJson;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import java.util.List;

/** The bistochastic coupling of a head with one divergence. */
final class CouplingPart {

    private final String name;
    private final Computed<SinkhornSolution> solution;
    private final int maxSteps;
    private final Part u;
    private final Part v;

    /** @param maxSteps the largest number of steps in the trace of the solve */
    CouplingPart(String name, Divergence divergence, Scores scores, Sinkhorn options, int maxSteps, NumberBlock block) {
        this.name = name;
        this.solution = Computed.of(() -> scores.sinkhorn(divergence, options.withTrace()).heads().getFirst());
        this.maxSteps = maxSteps;
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
        writeTrace(json.name("trace"), solution.result() == null ? List.of() : solution.result().trace());
        json.end();
    }

    /** Writes a part of the steps, evenly spaced, the first and the last among them. */
    private void writeTrace(JsonWriter json, List<SinkhornSolution.Step> trace) {
        int count = Math.min(trace.size(), maxSteps);
        json.beginArray();
        for (int i = 0; i < count; i++) {
            SinkhornSolution.Step step = trace.get(count == trace.size() ? i : (int) ((long) i * (trace.size() - 1) / (count - 1)));
            json.beginObject()
                    .name("pass").value(step.iteration())
                    .name("step").value(step.kind().label())
                    .name("error").value((float) step.error())
                    .end();
        }
        json.end();
    }
}
