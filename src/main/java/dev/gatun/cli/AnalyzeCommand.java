package dev.gatun.cli;

import dev.gatun.cli.analysis.AnalysisJson;
import dev.gatun.cli.analysis.AnalysisSummary;
import dev.gatun.cli.analysis.AnalysisTable;
import dev.gatun.cli.analysis.Analyst;
import dev.gatun.cli.analysis.HeadAnalysis;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Layout;
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

    private final Console console;

    @Option(names = "--q", paramLabel = "Q", description = "Queries, (..., H, N, d).")
    private String q;

    @Option(names = "--k", paramLabel = "K", description = "Keys, (..., G, M, d); G divides H (grouped queries).")
    private String k;

    @Option(names = "--v", paramLabel = "V",
            description = "Values, (..., G, M, C); the keys unless given, or arbitrary numbers without keys.")
    private String v;

    @Mixin
    private Layout.Choice layout;

    @Option(names = "--scores", paramLabel = "S",
            description = "The scores themselves in place of queries and keys; -inf forbids a pair.")
    private String scores;

    @Option(names = "--bias", paramLabel = "B",
            description = "Added to the scores, (..., H, N, M) or one for all heads; -inf forbids a pair.")
    private String bias;

    @Option(names = "--across", description = "Queries and keys are of different tokens.")
    private boolean across;

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
        if ((q == null) != (k == null) || q == null && scores == null && (v != null || bias != null || across)) {
            throw Fault.usage("analyze takes --q and --k, or --scores, with or without --v, or none of them");
        }
        OutputFiles.requireApart(Arrays.asList(json), q, k, v, scores, bias);
        if (json != null) {
            TextFile.requireWritable(json);
        }
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = sample() ? Sample.read(arena)
                    : Inputs.read(new Inputs.Files(q, k, v, scores, bias, across, layout.get()), arena);
            AnalysisSummary summary = analyze(inputs, team);
            if (!summary.passed()) {
                throw Fault.refused("analyze: %d checks failed, the first of them: %s", summary.faults().size(),
                        summary.faults().getFirst());
            }
        }
        return 0;
    }

    private boolean sample() {
        return q == null && scores == null;
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
        Analyst analyst = new Analyst(inputs, scoring, parameters, team.workers());
        List<HeadAnalysis> heads = new ArrayList<>();
        try (Progress progress = console.progress(inputs.count())) {
            for (int index = 0; index < inputs.count(); index++) {
                int head = index;
                inputs.compute(() -> heads.add(analyst.head(head)));
                progress.done(index + 1);
            }
        }
        return heads;
    }
}
