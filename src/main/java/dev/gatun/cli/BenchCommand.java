package dev.gatun.cli;

import dev.gatun.cli.bench.BenchOutput;
import dev.gatun.cli.bench.BenchPlan;
import dev.gatun.cli.bench.BenchRun;
import dev.gatun.cli.bench.Benchmark;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.cli.output.TextFile;
import dev.gatun.cli.report.MachinePage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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

    @Option(names = "--html", paramLabel = "FILE",
            description = "Also write a page for a browser: a roofline of this machine with every kernel and operator on it.")
    private Path html;

    @Option(names = "--earlier", paramLabel = "FILE", arity = "1..*",
            description = "Files that --json wrote in earlier runs, also of other machines, to show beside this run on the page.")
    private List<Path> earlier = List.of();

    BenchCommand(Console console) {
        this(console, BenchPlan.usual());
    }

    BenchCommand(Console console, BenchPlan plan) {
        this.console = console;
        this.plan = plan;
    }

    @Override
    public Integer call() {
        SequencedMap<String, BenchRun> others = readAhead();
        BenchRun run = measure();
        if (json != null) {
            TextFile.write(json, BenchOutput.json(run));
        }
        if (html != null) {
            TextFile.write(html, MachinePage.of("Gatun on " + run.describeMachine(), BenchOutput.runs(run, others)));
        }
        console.out().print(BenchOutput.table(run));
        return 0;
    }

    /** The earlier runs by the names of their files. What is wrong with an option is refused before anything is measured. */
    private SequencedMap<String, BenchRun> readAhead() {
        if (html == null && !earlier.isEmpty()) {
            throw Fault.usage("--earlier needs --html: earlier runs are shown on the page");
        }
        OutputFiles.requireApart(Arrays.asList(json, html), earlier.stream().map(Path::toString).toArray(String[]::new));
        Stream.of(json, html).filter(Objects::nonNull).forEach(TextFile::requireWritable);
        SequencedMap<String, BenchRun> runs = new LinkedHashMap<>();
        for (Path file : earlier) {
            BenchRun run = BenchRun.read(file);
            runs.put(label(file.getFileName().toString(), runs.keySet()), run);
        }
        return runs;
    }

    /** The name of a file, with a number if another one has it. */
    private static String label(String name, Set<String> taken) {
        String label = name;
        for (int number = 2; taken.contains(label); number++) {
            label = name + " (" + number + ")";
        }
        return label;
    }

    private BenchRun measure() {
        try (Progress progress = console.progress(Benchmark.steps(plan), "measurements")) {
            return new Benchmark(plan, progress).run();
        }
    }
}
