package dev.gatun.cli.bench;

import dev.gatun.cli.output.JsonWriter;
import dev.gatun.internal.format.JsonValue;
import dev.gatun.internal.onnx.ModelFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The figures of one run of {@code bench}, measured now or read from a file that an earlier run wrote.
 *
 * @param machine   where it ran
 * @param limits    multiply-adds in registers, and read rates of memory, the smallest piece first
 * @param kernels   kernels on one tile
 * @param operators operators on whole heads
 */
public record BenchRun(BenchMachine machine, List<BenchFigure> limits, List<BenchFigure> kernels, List<BenchFigure> operators) {

    /** The most figures of one kind in a file. */
    private static final int MAX_FIGURES = 100;

    public BenchRun {
        limits = List.copyOf(limits);
        kernels = List.copyOf(kernels);
        operators = List.copyOf(operators);
    }

    /**
     * Reads a file that {@code bench --json} wrote.
     *
     * @throws dev.gatun.io.TensorFileException if it is not such a file
     */
    public static BenchRun read(Path path) {
        try (ModelFile file = ModelFile.open(path)) {
            JsonValue run = JsonValue.read(file);
            return new BenchRun(BenchMachine.read(run.field("machine")), figures(run.field("limits")), figures(run.field("kernels")),
                    figures(run.field("operators")));
        }
    }

    /** The machine in a few words. */
    public String describeMachine() {
        return "%s, vectors of %s bits".formatted(machine.architecture(), machine.vectorBits());
    }

    private static List<BenchFigure> figures(JsonValue list) {
        if (list.elements().size() > MAX_FIGURES) {
            throw list.fault("has " + list.size() + " figures; at most " + MAX_FIGURES + " are read");
        }
        return list.elements().stream().map(BenchFigure::read).toList();
    }

    /** Writes the members of an object that has been begun. */
    void write(JsonWriter json) {
        machine.write(json.name("machine"));
        json.name("threads").value(1);
        write(json.name("limits"), limits);
        write(json.name("kernels"), kernels);
        write(json.name("operators"), operators);
    }

    private static void write(JsonWriter json, List<BenchFigure> figures) {
        json.beginArray();
        figures.forEach(figure -> figure.write(json));
        json.end();
    }
}
