package dev.gatun.cli.analysis;

import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.output.JsonWriter;
import java.util.List;

/** An analysis as JSON. */
public final class AnalysisJson {

    private AnalysisJson() {
    }

    public static String of(Inputs inputs, List<HeadAnalysis> heads, AnalysisSummary summary) {
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        for (HeadAnalysis head : heads) {
            write(json, inputs.position(head.index()), head);
        }
        json.end().name("passed").value(summary.passed()).name("summary").beginArray();
        summary.sentences().forEach(json::value);
        return inputs.end(json).toString();
    }

    private static void write(JsonWriter json, int[] position, HeadAnalysis head) {
        json.beginObject()
                .name("head").value(position)
                .name("leastScore").value(head.scores().min())
                .name("greatestScore").value(head.scores().max())
                .name("negativeShare").value(head.scores().negativeShare())
                .name("eta").value(head.eta());
        if (head.dynamics() != null) {
            json.name("dynamics").beginObject();
            head.dynamics().writeMembers(json);
            json.end();
        }
        json.name("operators").beginObject();
        for (OperatorAnalysis operator : head.operators()) {
            write(json.name(operator.name().label()), operator);
        }
        json.end().end();
    }

    private static void write(JsonWriter json, OperatorAnalysis operator) {
        json.beginObject()
                .name("rowDeviation").value(operator.rowDeviation())
                .name("columnDeviation").value(operator.columnDeviation())
                .name("asymmetry").value(operator.asymmetry())
                .name("seconds").value(operator.seconds())
                .name("passed").value(operator.passed());
        if (!operator.passed()) {
            json.name("faults").beginArray();
            operator.faults().forEach(json::value);
            json.end();
        }
        if (operator.solution() != null) {
            json.name("sinkhorn").beginObject();
            SinkhornJson.write(json, operator.solution());
            json.end();
        }
        json.end();
    }
}
