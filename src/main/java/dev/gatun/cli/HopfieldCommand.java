package dev.gatun.cli;

import dev.gatun.Scores;
import dev.gatun.cli.analysis.HeadHopfield;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.Progress;
import dev.gatun.hopfield.HopfieldFigures;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hopfield}: the symmetry of the scores, and the stability in their energy of the states that attention retrieves. */
@Command(name = "hopfield", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Measure heads as Hopfield networks.",
        description = "%nPrints for each head, as JSON: eta of M = Q K^T as given and of centred queries and keys (1 is symmetric, -1"
                + " skew); and for the columns of the retrieved states H = A>+ V the mean energy -1/2 <s, M_sym s>, the share of tokens"
                + " with a local field of opposite sign, and the mean cosine of state and field. Columns that are equal at all tokens are"
                + " excluded and counted. M has no factor unless --scale is given; --beta and masks apply to the retrieval only.%n")
final class HopfieldCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--v", paramLabel = "V",
            description = "Values, (..., G, N, C); G divides H, and may differ from that of the keys.")
    private String v;

    @Mixin
    private ScoreOptions scoring;

    HopfieldCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        scoring.check();
        files.requirePlain("hopfield");
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.readWithValues(v, arena, console);
            inputs.requireSelfScores("hopfield");
            JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
            try (Progress progress = console.progress(inputs.count())) {
                for (HeadRun run : inputs.runs(scoring.threads())) {
                    inputs.compute(() -> measure(inputs, run, team, json));
                    progress.done(run.end());
                }
            }
            console.out().print(inputs.end(json));
        }
        return 0;
    }

    private void measure(Inputs inputs, HeadRun run, Team team, JsonWriter json) {
        Scores scores = scoring.scores(run, team.workers());
        List<HopfieldFigures> figures = HeadHopfield.of(scores, run.v(), scoring.factor());
        for (int head = 0; head < run.count(); head++) {
            json.beginObject().name("head").value(inputs.position(run.first() + head));
            HeadHopfield.writeMembers(json, figures.get(head));
            json.end();
        }
    }
}
