package dev.gatun.cli;

import dev.gatun.Workers;
import dev.gatun.cli.analysis.AnalysisJson;
import dev.gatun.cli.analysis.AnalysisSummary;
import dev.gatun.cli.analysis.AnalysisTable;
import dev.gatun.cli.analysis.Analyst;
import dev.gatun.cli.analysis.HeadAnalysis;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Sample;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.cli.output.TextFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code analyze}: every operator of every head, applied, checked and timed. */
@Command(name = "analyze", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Apply, check and time every operator on every head, and measure attention as a Markov chain.",
        description = "%nWithout inputs it analyses six embedded heads of a trained model. Exit status 1 if a check fails; a head on which"
                + " Sinkhorn does not converge is a finding, not a failure.%n")
final class AnalyzeCommand implements Callable<Integer> {

    /** The most tokens of a head that is measured beside others. */
    private static final int MAX_TOKENS_TOGETHER = 1024;

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--v", paramLabel = "V",
            description = "Values, (..., G, M, C); the keys unless given, or arbitrary numbers without keys.")
    private String v;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
    private Path json;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private OperatorOptions parameters;

    AnalyzeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        scoring.check();
        parameters.check();
        if (!sample()) {
            files.requireAny("analyze");
        }
        OutputFiles.requireApart(Arrays.asList(json), files.with(v));
        if (json != null) {
            TextFile.requireWritable(json);
        }
        try (Arena arena = scoring.threads() == 1 ? Arena.ofConfined() : Arena.ofShared(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = sample() ? Sample.read(arena) : files.read(v, arena, console);
            AnalysisSummary summary = analyze(inputs, team);
            if (!summary.passed()) {
                throw Fault.refused("analyze: %d checks failed, the first of them: %s", summary.faults().size(),
                        summary.faults().getFirst());
            }
        }
        return 0;
    }

    private boolean sample() {
        return v == null && files.none();
    }

    private AnalysisSummary analyze(Inputs inputs, Team team) {
        AnalysisTable table = new AnalysisTable(inputs);
        List<HeadAnalysis> heads = heads(inputs, team);
        AnalysisSummary summary = new AnalysisSummary(inputs, heads);
        if (json != null) {
            TextFile.write(json, AnalysisJson.of(inputs, heads, summary));
        }
        StringBuilder text = new StringBuilder(table.heading(sample() ? Sample.TITLE : inputs.title(), scoring));
        heads.forEach(head -> text.append(table.block(head)));
        text.append('\n').append(AnalysisTable.legend());
        text.append(heads.getFirst().dynamics() == null ? "" : AnalysisTable.legendOfChains()).append('\n');
        summary.sentences().forEach(sentence -> text.append(AnalysisTable.wrap(sentence)));
        console.out().print(text);
        return summary;
    }

    private List<HeadAnalysis> heads(Inputs inputs, Team team) {
        Analyst analyst = new Analyst(inputs, scoring, parameters);
        List<HeadAnalysis> heads = new ArrayList<>();
        inputs.compute(() -> {
            List<Analyst.Measured> measured = measured(inputs, analyst, team);
            analyst.warmUp(measured, team.workers());
            try (Progress progress = console.progress(inputs.count(), "timings")) {
                for (Analyst.Measured head : measured) {
                    heads.add(analyst.analysis(head, team.workers()));
                    progress.done(heads.size());
                }
            }
        });
        return heads;
    }

    /** Heads of few tokens are measured side by side; those of many take much memory, and share the threads. */
    private List<Analyst.Measured> measured(Inputs inputs, Analyst analyst, Team team) {
        boolean together = inputs.rows() <= MAX_TOKENS_TOGETHER;
        try (Progress progress = console.progress(inputs.count()); Team alone = Team.of(1)) {
            return (together ? team : alone).all(inputs.count(),
                    head -> analyst.measure(head, together ? Workers.caller() : team.workers()), progress::done);
        }
    }
}
