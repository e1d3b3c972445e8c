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
 * What the commands that write one operator have in common. The output is claimed first, written in place, and takes
 * its name only when all heads are done.
 */
abstract class OperatorCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--operator", required = true, paramLabel = "OP", converter = OperatorName.Converter.class,
            completionCandidates = OperatorName.All.class, description = {"One of ${COMPLETION-CANDIDATES}.",
                "A bistochastic operator is refused (status 1) if Sinkhorn does not converge on each head."})
    private OperatorName name;

    @Option(names = "--out", required = true, paramLabel = "OUT.npy", description = "Where to write.")
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

    /** Refuses parameters that what is to be written of the operator does not have. */
    void check(OperatorName operator, OperatorOptions options) {
    }

    /** The layout of the output, given that of the inputs: what is no tensor of vectors has heads first. */
    Layout layout(Layout inputs) {
        return Layout.BHND;
    }

    /** Columns of the output, in entries. */
    abstract int columns(Inputs inputs);

    /** Writes the part of the output that belongs to a run. */
    abstract void write(NamedOperator operator, HeadRun run, Heads target);

    @Override
    public final Integer call() {
        scoring.check();
        parameters.check();
        check(name, parameters);
        OutputFiles.requireApart(List.of(out), files.with(values()));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(values(), arena);
            if (name.needsOneSequence()) {
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
