package dev.gatun.cli;

import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import dev.gatun.cli.analysis.HeadDynamics;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Marginals;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.operator.OperatorResult;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.dynamics.Current;
import dev.gatun.dynamics.Cycle;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dynamics}: each head as a Markov chain. */
@Command(name = "dynamics", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Measure each head as a Markov chain: regime, currents, cycles and spectral gap.",
        description = "%nThe rows of an operator, or the columns of a column-stochastic one, are the transitions of a Markov chain. Prints"
                + " for each head, as JSON, its regime (equilibrium, ness: a nonequilibrium steady state, or driven), entropy production in"
                + " nats per step, currents, cycles and spectral gap, at its stationary distribution or at RHO. Only a chain out of"
                + " equilibrium has cycles. curlFraction is the share of the skew part of the scores that is no gradient; it is 0 for a"
                + " symmetric log-kernel: diffusion, bistochastic-diffusion and circulation at 0. Exit status 1 if a stationary"
                + " distribution does not converge (all is printed and written), or if a Sinkhorn solve does not (nothing is).%n")
final class DynamicsCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--operator", required = true, paramLabel = "OP", converter = OperatorName.Converter.class,
            completionCandidates = OperatorName.Chains.class, description = "One of ${COMPLETION-CANDIDATES}.")
    private OperatorName name;

    @Option(names = "--rho", paramLabel = "RHO.npy",
            description = "The distribution of the tokens, (N) or (..., N); the stationary distribution unless given.")
    private Path rho;

    @Option(names = "--out-law", paramLabel = "PI.npy", description = "The stationary distributions, (..., N) in float64.")
    private Path outStationary;

    @Option(names = "--currents", paramLabel = "COUNT", description = "The number of largest currents in the output (8).")
    private int currents = 8;

    @Option(names = "--cycles", paramLabel = "COUNT", description = "The number of strongest cycles in the output (3).")
    private int cycles = 3;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private OperatorOptions parameters;

    DynamicsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        check();
        OutputFiles.requireApart(Arrays.asList(outStationary), files.with(Marginals.argument(rho)));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(null, arena, console);
            inputs.requireSelfScores("a Markov chain");
            Marginals distributions = Marginals.read(rho, "tokens", inputs.rows(), inputs);
            try (NpyOutput output = outStationary == null ? null
                    : NpyOutput.create(outStationary, NpyType.FLOAT64, inputs.outline().shapeWith(inputs.rows()))) {
                measure(inputs, distributions, team, output);
            }
        }
        return 0;
    }

    private void check() {
        scoring.check();
        parameters.check();
        if (name.isComplex()) {
            throw Fault.usage("--operator: %s has complex entries, so it is no Markov chain; diffusion has their moduli",
                    name.label());
        }
        name.requireMatrix(parameters);
        requireCount("--currents", currents);
        requireCount("--cycles", cycles);
    }

    private static void requireCount(String option, int count) {
        if (count < 0) {
            throw Fault.usage("%s must be at least 0, not %d", option, count);
        }
    }

    private void measure(Inputs inputs, Marginals distributions, Team team, NpyOutput output) {
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        Unconverged solves = new Unconverged(inputs);
        Unconverged unconverged = new Unconverged(inputs);
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> {
                    Scores scores = scoring.scores(run, team.workers());
                    OperatorResult result = name.of(scores, parameters);
                    solves.addAll(run.first(), result.solutions());
                    Operator operator = solves.none() ? (Operator) result.operator().kernel() : null;
                    for (int head = 0; head < run.count() && solves.none(); head++) {
                        int index = run.first() + head;
                        Dynamics dynamics = dynamics(operator.transitions(head), distributions.of(index));
                        double curl = name.hasSymmetricKernel(parameters) ? 0 : scores.curlFraction(head);
                        report(json, inputs, index, dynamics, curl);
                        note(index, dynamics, output, unconverged);
                        progress.done(index + 1);
                    }
                });
            }
        }
        solves.requireNoneFor(name.label());
        if (output != null) {
            output.commit();
        }
        console.out().print(inputs.end(json));
        unconverged.requireNone("stationary distributions");
    }

    private static Dynamics dynamics(Transitions chain, double[] rho) {
        return rho == null ? Dynamics.of(chain) : Dynamics.at(chain, rho);
    }

    private static void note(int index, Dynamics dynamics, NpyOutput output, Unconverged unconverged) {
        double[] pi = dynamics.stationary().pi();
        if (output != null) {
            MemorySegment.copy(pi, 0, output.segment(), ValueLayout.JAVA_DOUBLE_UNALIGNED,
                    (long) Double.BYTES * index * pi.length, pi.length);
        }
        if (!dynamics.stationary().converged()) {
            unconverged.add(index, String.format(Locale.ROOT, "a mass is still off by %.2g of itself", dynamics.stationary().residual()));
        }
    }

    private void report(JsonWriter json, Inputs inputs, int index, Dynamics dynamics, double curl) {
        HeadDynamics figures = HeadDynamics.of(dynamics, curl);
        json.beginObject().name("head").value(inputs.position(index));
        figures.writeMembers(json);
        json.name("currents").beginArray();
        dynamics.currents(currents).forEach(current -> write(json, inputs, current));
        json.end().name("cycles").beginArray();
        // Currents in equilibrium are rounding errors, and so are their cycles.
        List<Cycle> found = figures.regime() == Regime.EQUILIBRIUM ? List.of() : dynamics.cycles(cycles);
        found.forEach(cycle -> write(json, inputs, cycle));
        json.end().end();
    }

    private static void write(JsonWriter json, Inputs inputs, Current current) {
        json.beginObject()
                .name("from").value(current.from())
                .name("to").value(current.to());
        if (inputs.tokens() != null) {
            json.name("fromToken").value(inputs.tokens().get(current.from()))
                    .name("toToken").value(inputs.tokens().get(current.to()));
        }
        json.name("current").value(current.current())
                .name("flow").value(current.flow())
                .name("affinity").value(current.affinity())
                .end();
    }

    private static void write(JsonWriter json, Inputs inputs, Cycle cycle) {
        json.beginObject()
                .name("tokens").value(cycle.tokens().stream().mapToInt(Integer::intValue).toArray());
        if (inputs.tokens() != null) {
            json.name("tokenTexts").beginArray();
            cycle.tokens().forEach(token -> json.value(inputs.tokens().get(token)));
            json.end();
        }
        json.name("current").value(cycle.current())
                .name("affinity").value(cycle.affinity())
                .end();
    }
}
