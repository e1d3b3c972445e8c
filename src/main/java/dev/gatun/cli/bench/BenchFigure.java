package dev.gatun.cli.bench;

import dev.gatun.cli.output.JsonWriter;
import dev.gatun.internal.format.JsonValue;
import java.util.List;

/**
 * One measured rate.
 *
 * @param name       the kernel, operator or limit
 * @param shape      the heads, tokens and components of an operator; empty for a kernel or limit
 * @param rate       the rate in 1e9 units a second; NaN if it could not be measured
 * @param unit       the unit of the rate
 * @param share      the share of the machine's multiply-adds that the operations of a call take; NaN for a limit
 * @param operations the operations of a call in the multipliers of the core, two for each float32 multiply-add; NaN for a limit
 * @param bytes      the least bytes that a call moves, its inputs read once and its results written once; of a read rate the size of the
 *                   memory that is read again and again; NaN for the other limits
 */
record BenchFigure(String name, List<Integer> shape, double rate, String unit, double share, double operations, double bytes) {

    static final String OPERATIONS = "GFLOP/s";
    static final String BYTES = "GB/s";
    static final String ENTRIES = "entries/ns";

    private static final int MAX_SIZE = 1 << 30;

    BenchFigure {
        shape = List.copyOf(shape);
    }

    /** The limit of multiply-adds, in GFLOP/s. */
    static BenchFigure ofMultiplyAdds(double rate) {
        return new BenchFigure("multiply-adds", List.of(), rate, OPERATIONS, Double.NaN, Double.NaN, Double.NaN);
    }

    /** A rate of reading memory, in GB/s; {@code bytes} is NaN for that of memory. */
    static BenchFigure ofRead(String name, double rate, double bytes) {
        return new BenchFigure(name, List.of(), rate, BYTES, Double.NaN, Double.NaN, bytes);
    }

    /** The name with the operator's shape, for a table. */
    String title() {
        return shape.isEmpty() ? name : "%s (%s, %s, %s)".formatted(name, shape.get(0), shape.get(1), shape.get(2));
    }

    void write(JsonWriter json) {
        json.beginObject().name("name").value(name);
        if (!shape.isEmpty()) {
            json.name("shape").value(shape.stream().mapToInt(Integer::intValue).toArray());
        }
        json.name("rate").value(rate).name("unit").value(unit);
        write(json, "share", share);
        write(json, "operations", operations);
        write(json, "bytes", bytes);
        json.end();
    }

    private static void write(JsonWriter json, String name, double value) {
        if (!Double.isNaN(value)) {
            json.name(name).value(value);
        }
    }

    /** A figure that {@link #write} wrote. Operations and bytes may be missing. */
    static BenchFigure read(JsonValue figure) {
        JsonValue shape = figure.optional("shape");
        List<Integer> sizes = shape == null ? List.of()
                : shape.elements().stream().map(size -> (int) size.integer(1, MAX_SIZE)).toList();
        if (!sizes.isEmpty() && sizes.size() != 3) {
            throw shape.fault("has " + sizes.size() + " sizes, not heads, tokens and components");
        }
        return new BenchFigure(figure.field("name").text(), sizes, positive(figure, "rate"), figure.field("unit").text(),
                positive(figure, "share"), positive(figure, "operations"), positive(figure, "bytes"));
    }

    /** A number above 0; NaN where it is missing. */
    private static double positive(JsonValue figure, String name) {
        double value = figure.number(name, Double.NaN);
        if (value <= 0) {
            throw figure.field(name).fault("is " + value + ", not a positive number");
        }
        return value;
    }
}
