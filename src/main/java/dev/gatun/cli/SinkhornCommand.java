package dev.gatun.cli;

import dev.gatun.Divergence;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.TransportFigures;
import dev.gatun.cli.analysis.SinkhornJson;
import dev.gatun.cli.input.EnumConverter;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Marginals;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.RelaxOptions;
import dev.gatun.cli.operator.SinkhornOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sinkhorn}: the potentials that give a kernel its row and column sums. */
@Command(name = "sinkhorn", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Find the potentials that give a kernel its row and column sums.",
        description = "%nThe coupling is exp(z + u + v), where z is minus BETA times the divergence. The potentials u and v make its rows"
                + " sum to mu and its columns to nu. If these are relaxed, the coupling minimises cost - entropy / BETA + RHO KL(row sums |"
                + " mu) + RHO KL(column sums | nu). Prints the status and the cost of each head as JSON. Exit status 1 if a head does not"
                + " converge: the files then hold what the solve reached, unless a head has no coupling (infeasible) and no file"
                + " is written.%n")
final class SinkhornCommand implements Callable<Integer> {

    /** The figures of a head without a coupling. */
    private static final TransportFigures NO_FIGURES =
            new TransportFigures(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--divergence", paramLabel = "DIV", converter = DivergenceConverter.class,
            description = "forward, backward or symmetric (forward).")
    private Divergence divergence = Divergence.FORWARD;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private SinkhornOptions solving;

    @Mixin
    private RelaxOptions relaxing;

    @Option(names = "--mu", paramLabel = "MU.npy", description = "Row sums, (N) or (..., N); all 1 unless given.")
    private Path mu;

    @Option(names = "--nu", paramLabel = "NU.npy",
            description = "Column sums, (M) or (..., M); all the same unless given.")
    private Path nu;

    @Option(names = "--out-u", paramLabel = "U.npy", description = "The potentials u, (..., N) in float64.")
    private Path outU;

    @Option(names = "--out-v", paramLabel = "V.npy", description = "The potentials v, (..., M) in float64.")
    private Path outV;

    @Option(names = "--out", paramLabel = "Z.npy", description = "The coupling, (..., N, M) in float32.")
    private Path out;

    @Option(names = "--trace", description = "Adds the steps of each solve to the JSON: the pass, the kind of step, and the error of the"
            + " column sums after it.")
    private boolean traced;

    SinkhornCommand(Console console) {
        this.console = console;
    }

    /** Reads the name of a divergence. */
    static final class DivergenceConverter extends EnumConverter<Divergence> {
        DivergenceConverter() {
            super(Divergence.class);
        }
    }

    @Override
    public Integer call() {
        scoring.check();
        solving.check();
        OutputFiles.requireApart(Arrays.asList(outU, outV, out), files.with(Marginals.argument(mu),
                Marginals.argument(nu)));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(null, arena, console);
            if (divergence != Divergence.FORWARD) {
                inputs.requireSelfScores("the " + EnumConverter.label(divergence) + " divergence");
            }
            Marginals rows = Marginals.read(mu, "queries", inputs.rows(), inputs);
            Marginals columns = Marginals.read(nu, "keys", inputs.columns(), inputs);
            try (CouplingFiles outputs = CouplingFiles.create(inputs, outU, outV, out)) {
                solve(inputs, rows, columns, team, outputs).requireNone("solves");
            }
        }
        return 0;
    }

    private Unconverged solve(Inputs inputs, Marginals rows, Marginals columns, Team team, CouplingFiles outputs) {
        Unconverged unconverged = new Unconverged(inputs);
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> {
                    Sinkhorn options = relaxing.applyTo(
                            solving.bistochastic().withMarginals(rows.of(run), columns.of(run)));
                    options = traced ? options.withTrace() : options;
                    Scores scores = scoring.scores(run, team.workers());
                    SinkhornResult result = scores.sinkhorn(divergence, options);
                    outputs.write(run, result);
                    report(inputs, run, result, json, unconverged);
                });
                progress.done(run.end());
            }
        }
        outputs.commit();
        console.out().print(inputs.end(json));
        return unconverged;
    }

    private void report(Inputs inputs, HeadRun run, SinkhornResult result, JsonWriter json,
                               Unconverged unconverged) {
        for (int i = 0; i < run.count(); i++) {
            SinkhornSolution solution = result.heads().get(i);
            unconverged.add(run.first() + i, solution);
            json.beginObject().name("head").value(inputs.position(run.first() + i));
            SinkhornJson.write(json, solution);
            SinkhornJson.write(json, solution.status() == SinkhornStatus.INFEASIBLE ? NO_FIGURES : result.figures(i));
            if (traced) {
                SinkhornJson.writeTrace(json, solution);
            }
            json.end();
        }
    }
}
