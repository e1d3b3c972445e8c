package dev.gatun.cli;

import dev.gatun.Scores;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Sample;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.operator.DiffusionOptions;
import dev.gatun.cli.operator.SinkhornOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.cli.output.TextFile;
import dev.gatun.cli.report.HeadsPage;
import dev.gatun.cli.report.HeadsSettings;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report}: a page of HTML with pictures of every head. */
@Command(name = "report", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Draw every operator of every head on one page of HTML.",
        description = "%nThe page is one file that loads nothing: matrices, embeddings, currents and Sinkhorn solves of each head, for up"
                + " to " + HeadsPage.MAX_TOKENS + " tokens. Without inputs it shows six embedded heads of a trained model. The figures"
                + " are those of analyze, dynamics, hopfield and sinkhorn. What a head does not have is left out, with the reason.%n")
final class ReportCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--v", paramLabel = "V", description = "Values, (..., G, N, C), for the figures of Hopfield networks.")
    private String v;

    @Option(names = "--out", required = true, paramLabel = "R.html", description = "The page.")
    private Path out;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private DiffusionOptions diffusion;

    @Mixin
    private SinkhornOptions solving;

    ReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        scoring.check();
        diffusion.check();
        solving.check();
        if (!sample()) {
            files.requireAny("report");
        }
        OutputFiles.requireApart(List.of(out), files.with(v));
        TextFile.requireWritable(out);
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = sample() ? Sample.read(arena) : files.read(v, arena, console);
            inputs.requireSelfScores("a report");
            inputs.compute(() -> TextFile.write(out, page(inputs, team).parts()));
        }
        return 0;
    }

    private boolean sample() {
        return v == null && files.none();
    }

    private HeadsPage page(Inputs inputs, Team team) {
        HeadsPage page = new HeadsPage(sample() ? Sample.TITLE : inputs.title(), sample() ? Sample.tokens() : inputs.tokens(),
                shape(inputs), settings(inputs));
        try (Progress progress = console.progress(inputs.count())) {
            for (int head = 0; head < inputs.count(); head++) {
                add(page, inputs, head, team);
                progress.done(head + 1);
            }
        }
        return page;
    }

    private static HeadsPage.Shape shape(Inputs inputs) {
        boolean products = inputs.givesProducts();
        return new HeadsPage.Shape(inputs.count(), products ? inputs.k().heads().count() : 0, inputs.rows(),
                products ? inputs.q().heads().columns() : inputs.rows(), inputs.tokens() != null);
    }

    private HeadsSettings settings(Inputs inputs) {
        double scale = inputs.givesProducts() ? scoring.scale(inputs.q().heads().columns()) : 1;
        return new HeadsSettings(scale, scoring.factor(), scoring.beta(), scoring.causal(), scoring.zeroDiagonal(),
                diffusion.alpha(), diffusion.charge(), solving.bistochastic());
    }

    private void add(HeadsPage page, Inputs inputs, int index, Team team) {
        HeadRun head = inputs.head(index);
        Scores scores = scoring.scores(head, team.workers());
        if (inputs.givesProducts()) {
            page.add(inputs.position(index), scores, inputs.keyHead(index), head.v());
        } else {
            try (Arena arena = Arena.ofConfined()) {
                page.addEntries(inputs.position(index), scores, scoring.entries(head, arena));
            }
        }
    }
}
