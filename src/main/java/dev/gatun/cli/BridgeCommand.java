package dev.gatun.cli;

import dev.gatun.BridgeResult;
import dev.gatun.BridgeSolution;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Marginals;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.SinkhornOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bridge}: the marginals at each time of the Schroedinger bridge of attention. */
@Command(name = "bridge", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Connect two distributions of the tokens by the Markov chain nearest to attention.",
        description = "%nFinds the chain that takes the distribution MU0 to MU1 in T steps with the smallest relative entropy to T steps"
                + " of attention. Writes its marginals at times 0 to T, and prints the status of each head as JSON. Exit status 1 if a"
                + " head does not converge: the file then holds the marginals that the solve reached, unless a head has no bridge"
                + " (infeasible) and no file is written.%n")
final class BridgeCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private SinkhornOptions solving;

    @Option(names = "--mu0", required = true, paramLabel = "MU0.npy", description = "The distribution at time 0, (N) or (..., N).")
    private Path mu0;

    @Option(names = "--mu1", required = true, paramLabel = "MU1.npy",
            description = "The distribution at time T, of the same total mass.")
    private Path mu1;

    @Option(names = "--steps", required = true, paramLabel = "T", description = "The number of steps, at least 1.")
    private int steps;

    @Option(names = "--out", required = true, paramLabel = "RHO.npy",
            description = "The marginals at each time, (..., T+1, N) in float32.")
    private Path out;

    BridgeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        scoring.check();
        solving.check();
        if (steps < 1) {
            throw Fault.usage("--steps must be at least 1, not %d", steps);
        }
        if (steps == Integer.MAX_VALUE) {
            throw Fault.usage("--steps must be less than %d", steps);
        }
        OutputFiles.requireApart(Arrays.asList(out), files.with(Marginals.argument(mu0), Marginals.argument(mu1)));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(null, arena, console);
            inputs.requireSelfScores("a bridge");
            Marginals first = Marginals.read(mu0, "queries", inputs.rows(), inputs);
            Marginals last = Marginals.read(mu1, "keys", inputs.columns(), inputs);
            int[] shape = inputs.outline().shapeWith(steps + 1, inputs.rows());
            try (NpyOutput rho = NpyOutput.create(out, NpyType.FLOAT32, shape)) {
                solve(inputs, first, last, team, rho).requireNone("bridges");
            }
        }
        return 0;
    }

    private Unconverged solve(Inputs inputs, Marginals first, Marginals last, Team team, NpyOutput rho) {
        Unconverged unconverged = new Unconverged(inputs);
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        boolean[] feasible = {true};
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> {
                    Sinkhorn options = solving.bistochastic().withMarginals(first.of(run), last.of(run));
                    Scores scores = scoring.scores(run, team.workers());
                    BridgeResult result = scores.attention().bridge(steps, options);
                    for (int i = 0; i < run.count(); i++) {
                        BridgeSolution solution = result.heads().get(i);
                        feasible[0] &= solution.status() != SinkhornStatus.INFEASIBLE;
                        write(rho, run.first() + i, solution);
                        unconverged.add(run.first() + i, solution.status(), solution.reason());
                        report(json, inputs.position(run.first() + i), solution);
                    }
                });
                progress.done(run.end());
            }
        }
        if (feasible[0]) {
            rho.commit();
        }
        console.out().print(inputs.end(json));
        return unconverged;
    }

    private static void write(NpyOutput rho, int index, BridgeSolution solution) {
        double[][] marginals = solution.marginals();
        for (int t = 0; t < marginals.length; t++) {
            for (int i = 0; i < marginals[t].length; i++) {
                double mass = marginals[t][i];
                if (mass > Float.MAX_VALUE) {
                    throw Fault.refused("a mass of %.3g at time %s and token %s is too large for float32", mass, t, i);
                }
                rho.heads().matrix(index).set(t, i, (float) mass);
            }
        }
    }

    private static void report(JsonWriter json, int[] head, BridgeSolution solution) {
        json.beginObject().name("head").value(head)
                .name("status").value(solution.status().label())
                .name("iterations").value(solution.iterations())
                .name("initialError").value(solution.initialError())
                .name("finalError").value(solution.finalError());
        if (solution.status() != SinkhornStatus.CONVERGED) {
            json.name("reason").value(solution.reason());
        }
        json.end();
    }
}
