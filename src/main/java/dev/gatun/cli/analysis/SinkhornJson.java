package dev.gatun.cli.analysis;

import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.TransportFigures;
import dev.gatun.cli.output.JsonWriter;

/** A Sinkhorn solve as members of a JSON object that has been begun. */
public final class SinkhornJson {

    private SinkhornJson() {
    }

    /** How the solve ended. */
    public static void write(JsonWriter json, SinkhornSolution solution) {
        json.name("status").value(solution.status().label())
                .name("iterations").value(solution.iterations())
                .name("rowError").value(solution.rowError())
                .name("columnError").value(solution.columnError())
                .name("rowErrorL1").value(solution.rowErrorL1())
                .name("columnErrorL1").value(solution.columnErrorL1())
                .name("contraction").value(solution.contraction());
        if (solution.status() != SinkhornStatus.CONVERGED) {
            json.name("reason").value(solution.reason());
        }
    }

    /** The steps of the solve. */
    public static void writeTrace(JsonWriter json, SinkhornSolution solution) {
        json.name("trace").beginArray();
        for (SinkhornSolution.Step step : solution.trace()) {
            json.beginObject().name("iteration").value(step.iteration())
                    .name("kind").value(step.kind().label())
                    .name("error").value(step.error()).end();
        }
        json.end();
    }

    /** The terms of the cost of the coupling. */
    public static void write(JsonWriter json, TransportFigures figures) {
        json.name("mass").value(figures.mass())
                .name("transportCost").value(figures.transportCost())
                .name("entropy").value(figures.entropy())
                .name("klProduct").value(figures.klProduct())
                .name("klRows").value(figures.klRows())
                .name("klColumns").value(figures.klColumns())
                .name("objective").value(figures.objective());
    }
}
