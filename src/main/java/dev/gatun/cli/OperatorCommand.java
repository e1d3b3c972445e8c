package dev.gatun.cli;

import dev.gatun.Heads;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Layout;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.NamedOperator;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.operator.OperatorResult;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.io.NpyOutput;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A command that writes one operator, or its product with values. The output is created first, written in place, and takes its name when
 * all heads are done.
 */
abstract class OperatorCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--operator", required = true, paramLabel = "OP", converter = OperatorName.Converter.class,
            completionCandidates = OperatorName.All.class, description = {"One of ${COMPLETION-CANDIDATES}.",
                "A bistochastic operator is refused (status 1) unless Sinkhorn converges on each head."})
    private OperatorName name;

    @Option(names = "--out", required = true, paramLabel = "OUT.npy", description = "The output.")
    private Path out;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private OperatorOptions parameters;

    OperatorCommand(Console console) {
        this.console = console;
    }

    /** The argument for the values, or null. */
    abstract String values();

    /** Reads the tensors. */
    abstract Inputs read(InputOptions options, Arena arena, Console told);

    /** Refuses parameters without meaning for the output. */
    void check(OperatorName operator, OperatorOptions options) {
    }

    /** The layout of the output, given that of the inputs: heads first, unless it is a tensor of vectors. */
    Layout layout(Layout inputs) {
        return Layout.BHND;
    }

    /** Columns of the output, in entries. */
    abstract int columns(Inputs inputs);

    /** Writes the heads of a run to the output. */
    abstract void write(NamedOperator operator, HeadRun run, Heads target);

    @Override
    public final Integer call() {
        scoring.check();
        parameters.check();
        check(name, parameters);
        OutputFiles.requireApart(List.of(out), files.with(values()));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = read(files, arena, console);
            if (name.needsSelfScores()) {
                inputs.requireSelfScores(name.label());
            }
            Layout layout = layout(files.layout());
            int[] shape = layout.shape(inputs.outline(), inputs.rows(), columns(inputs));
            try (NpyOutput output = NpyOutput.create(out, name.type(), shape)) {
                write(inputs, team, layout.view(output.heads()));
                output.commit();
            }
        }
        return 0;
    }

    private void write(Inputs inputs, Team team, Heads target) {
        Unconverged unconverged = new Unconverged(inputs);
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> {
                    OperatorResult result = name.of(scoring.scores(run, team.workers()), parameters);
                    unconverged.addAll(run.first(), result.solutions());
                    if (unconverged.none()) {
                        write(result.operator(), run, run.of(target));
                    }
                });
                progress.done(run.end());
            }
        }
        unconverged.requireNoneFor(name.label());
    }
}
