package dev.gatun.cli;

import dev.gatun.cli.bench.BenchOutput;
import dev.gatun.cli.bench.BenchPlan;
import dev.gatun.cli.bench.Benchmark;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Progress;
import dev.gatun.cli.output.TextFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench}: the limits of this machine and how close the kernels come to them. */
@Command(name = "bench", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Measure the limits of this machine and how close the kernels come to them.",
        description = "%nIt takes about fifteen seconds on one thread, and longer on a busy machine, because it"
                + " waits until each kernel is compiled. Exit status 1 if the JVM does not compile the kernels to vector"
                + " instructions.%n")
final class BenchCommand implements Callable<Integer> {

    private final Console console;
    private final BenchPlan plan;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
    private Path json;

    BenchCommand(Console console) {
        this(console, BenchPlan.usual());
    }

    BenchCommand(Console console, BenchPlan plan) {
        this.console = console;
        this.plan = plan;
    }

    @Override
    public Integer call() {
        if (json != null) {
            TextFile.requireWritable(json);
        }
        Benchmark bench = measure();
        if (json != null) {
            TextFile.write(json, BenchOutput.json(bench));
        }
        console.out().print(BenchOutput.table(bench));
        return 0;
    }

    private Benchmark measure() {
        try (Progress progress = console.progress(Benchmark.steps(plan), "measurements")) {
            return new Benchmark(plan, progress);
        }
    }
}
