package dev.gatun.cli.report;

import dev.gatun.BridgeSolution;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import java.util.Arrays;
import java.util.Locale;

/**
 * The Schroedinger bridge of attention from one third of the text to another, each of them uniform. It leads from the first third to the
 * last, and under a causal mask, where attention looks back, from the last to the first.
 */
final class BridgePart {

    private final int steps;
    private final String from;
    private final String to;
    private final Computed<BridgeSolution> bridge;
    private final Part marginals;

    BridgePart(Scores scores, HeadsSettings settings, int steps, NumberBlock block) {
        int tokens = scores.rows();
        int third = (tokens + 2) / 3;
        int first = settings.causal() ? tokens - third : 0;
        int last = settings.causal() ? 0 : tokens - third;
        this.steps = steps;
        this.from = name(first, third);
        this.to = name(last, third);
        Sinkhorn options = settings.sinkhorn().withMarginals(uniform(tokens, first, third), uniform(tokens, last, third));
        this.bridge = Computed.of(() -> scores.attention().bridge(steps, options).heads().getFirst());
        boolean exists = bridge.result() != null && bridge.result().status() != SinkhornStatus.INFEASIBLE;
        this.marginals = exists ? block.add(Arrays.stream(bridge.result().marginals()).flatMapToDouble(Arrays::stream).toArray()) : null;
    }

    private static String name(int first, int count) {
        return count == 1 ? String.format(Locale.ROOT, "token %d", first)
                : String.format(Locale.ROOT, "tokens %d\u2013%d", first, first + count - 1);
    }

    private static double[] uniform(int tokens, int first, int count) {
        double[] masses = new double[tokens];
        Arrays.fill(masses, first, first + count, 1.0 / count);
        return masses;
    }

    /** Writes the bridge as a member of an object that has been begun. */
    void write(JsonWriter json) {
        json.name("bridge").beginObject().name("steps").value(steps);
        Part.write(json.name("rho"), marginals);
        json.name("from").value(from).name("to").value(to);
        if (bridge.result() == null) {
            Part.write(json.name("status"), null);
            bridge.writeReason(json);
        } else {
            json.name("status").value(bridge.result().status().label())
                    .name("iterations").value(bridge.result().iterations())
                    .name("initialError").value(bridge.result().initialError())
                    .name("finalError").value(bridge.result().finalError())
                    .name("reason").value(bridge.result().reason());
        }
        json.end();
    }
}
