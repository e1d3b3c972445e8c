package dev.gatun.cli.bench;

import dev.gatun.cli.output.Figure;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.machine.KernelReport;
import java.util.List;
import java.util.Locale;

/** The measurements of {@code bench} as a table and as JSON. */
public final class BenchOutput {

    private static final String ROW = "  %-30s %9s %-10s %6s";

    private BenchOutput() {
    }

    /** The table: ASCII, at most 100 columns wide. */
    public static String table(Benchmark bench) {
        KernelReport machine = bench.machine();
        StringBuilder table = new StringBuilder("%s, vectors of %s bits, 1 thread%n%s, compiled by %s%n".formatted(
                machine.architecture(), machine.vectorBits(), machine.machine(), machine.compiler().label()));
        block(table, "limits of one core", "", bench.limits());
        block(table, "kernels, on one tile", "share", bench.kernels());
        block(table, "operators (heads, tokens, d)", "share", bench.operators());
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

    public static String json(Benchmark bench) {
        KernelReport machine = bench.machine();
        JsonWriter json = new JsonWriter().beginObject().name("machine").beginObject()
                .name("architecture").value(machine.architecture())
                .name("jvm").value(machine.machine())
                .name("compiler").value(machine.compiler().label())
                .name("vectorBits").value(machine.vectorBits())
                .name("vectorRegisters").value(machine.registers())
                .name("registerTile").value(machine.registerTile())
                .name("vectorised").value(machine.vectorised())
                .end().name("threads").value(1);
        write(json.name("limits"), bench.limits());
        write(json.name("kernels"), bench.kernels());
        write(json.name("operators"), bench.operators());
        return json.end().toString();
    }

    private static void write(JsonWriter json, List<BenchFigure> figures) {
        json.beginArray();
        for (BenchFigure figure : figures) {
            json.beginObject().name("name").value(figure.name());
            if (figure.shape() != null) {
                json.name("shape").value(figure.shape());
            }
            json.name("rate").value(figure.rate()).name("unit").value(figure.unit());
            if (!Double.isNaN(figure.share())) {
                json.name("share").value(figure.share());
            }
            json.end();
        }
        json.end();
    }
}
