package dev.gatun.cli.bench;

import dev.gatun.cli.output.Figure;
import dev.gatun.cli.output.JsonWriter;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/** The measurements of {@code bench} as a table and as JSON. */
public final class BenchOutput {

    private static final String ROW = "  %-30s %9s %-10s %6s";

    private BenchOutput() {
    }

    /** The table: ASCII, at most 100 columns wide. */
    public static String table(BenchRun run) {
        BenchMachine machine = run.machine();
        StringBuilder table = new StringBuilder("%s, 1 thread%n%s, compiled by %s%n".formatted(
                run.describeMachine(), machine.jvm(), machine.compiler()));
        block(table, "limits of one core", "", run.limits());
        block(table, "kernels, on one tile", "share", run.kernels());
        block(table, "operators (heads, tokens, d)", "share", run.operators());
        return table.append('\n').append(legend()).toString();
    }

    private static void block(StringBuilder table, String title, String share, List<BenchFigure> figures) {
        table.append('\n').append(row(title, "rate", "", share));
        for (BenchFigure figure : figures) {
            table.append(row(figure.title(), Figure.of(figure.rate()), figure.unit(),
                    Double.isNaN(figure.share()) ? "" : String.format(Locale.ROOT, "%.0f%%", 100 * figure.share())));
        }
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, ROW, cells).stripTrailing() + "\n";
    }

    private static String legend() {
        return """
                share  the multiply-adds that a kernel or operator needs, relative to the limit: 2 for a float64
                       score, 6 for an exponential, 14 for a rotation, the inner products for an operator
                Medians after warm-up; other load on the machine lowers them.
                """;
    }

    /** The figures as JSON, which {@link BenchRun#read} reads. */
    public static String json(BenchRun run) {
        JsonWriter json = new JsonWriter().beginObject();
        run.write(json);
        return json.end().toString();
    }

    /**
     * The runs of a page as JSON: this one first, then earlier ones.
     *
     * @param earlier the earlier runs by their labels
     */
    public static String runs(BenchRun run, SequencedMap<String, BenchRun> earlier) {
        JsonWriter json = new JsonWriter().beginObject().name("runs").beginArray();
        write(json, "this run", run);
        earlier.forEach((label, other) -> write(json, label, other));
        return json.end().end().toString();
    }

    private static void write(JsonWriter json, String label, BenchRun run) {
        json.beginObject().name("label").value(label);
        run.write(json);
        json.end();
    }
}
