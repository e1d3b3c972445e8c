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

/** {@code dynamics}: what kind of Markov chain each head runs, and its figures. */
@Command(name = "dynamics", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Tell equilibrium from currents that run in circles.",
        description = {
            "%nReads an operator as a Markov chain, a column-stochastic one along its columns, and prints of each",
            "head its regime (equilibrium, ness: a nonequilibrium steady state, or driven), entropy production in",
            "nats per step, currents, cycles and spectral gap, at its stationary distribution or at RHO, as JSON. Cycles are",
            "of a chain out of equilibrium. curlFraction is the part of the skew part of the scores that is no",
            "gradient, and 0 for diffusion, bistochastic-diffusion and circulation at 0, whose log-kernels are",
            "symmetric. Exit status 1 if a stationary distribution does not converge, all being printed and written all the",
            "same, or if a Sinkhorn solve does not: then nothing is.%n"})
final class DynamicsCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--operator", required = true, paramLabel = "OP", converter = OperatorName.Converter.class,
            completionCandidates = OperatorName.Chains.class, description = "One of ${COMPLETION-CANDIDATES}.")
    private OperatorName name;

    @Option(names = "--rho", paramLabel = "RHO.npy",
            description = "The law to take currents at, (N) or (..., N); the stationary distribution unless given.")
    private Path rho;

    @Option(names = "--out-law", paramLabel = "PI.npy", description = "Where to write stationary distributions, (..., N) in float64.")
    private Path outLaw;

    @Option(names = "--currents", paramLabel = "COUNT", description = "How many of the largest currents are listed (8).")
    private int currents = 8;

    @Option(names = "--cycles", paramLabel = "COUNT", description = "How many of the strongest cycles are listed (3).")
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
        OutputFiles.requireApart(Arrays.asList(outLaw), files.with(Marginals.argument(rho)));
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(null, arena);
            inputs.requireSelfScores("a Markov chain");
            Marginals laws = Marginals.read(rho, "tokens", inputs.rows(), inputs);
            try (NpyOutput output = outLaw == null ? null
                    : NpyOutput.create(outLaw, NpyType.FLOAT64, inputs.outline().shapeWith(inputs.rows()))) {
                measure(inputs, laws, team, output);
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

    private void measure(Inputs inputs, Marginals laws, Team team, NpyOutput output) {
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        Unconverged plans = new Unconverged(inputs);
        Unconverged unsettled = new Unconverged(inputs);
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> {
                    Scores scores = scoring.scores(run, team.workers());
                    OperatorResult result = name.of(scores, parameters);
                    plans.addAll(run.first(), result.solutions());
                    Operator operator = plans.none() ? result.operator().real() : null;
                    for (int head = 0; head < run.count() && plans.none(); head++) {
                        int index = run.first() + head;
                        Dynamics dynamics = dynamics(operator.transitions(head), laws.of(index));
                        double curl = name.hasSymmetricKernel(parameters) ? 0 : scores.curlFraction(head);
                        report(json, inputs.position(index), dynamics, curl);
                        note(index, dynamics, output, unsettled);
                        progress.done(index + 1);
                    }
                });
            }
        }
        plans.requireNoneFor(name.label());
        if (output != null) {
            output.commit();
        }
        console.out().print(json.end().end());
        unsettled.requireNone("stationary distributions");
    }

    private static Dynamics dynamics(Transitions chain, double[] law) {
        return law == null ? Dynamics.of(chain) : Dynamics.at(chain, law);
    }

    private static void note(int index, Dynamics dynamics, NpyOutput output, Unconverged unsettled) {
        double[] pi = dynamics.stationary().pi();
        if (output != null) {
            MemorySegment.copy(pi, 0, output.segment(), ValueLayout.JAVA_DOUBLE_UNALIGNED,
                    (long) Double.BYTES * index * pi.length, pi.length);
        }
        if (!dynamics.stationary().converged()) {
            unsettled.add(index, String.format(Locale.ROOT, "a mass is still off by %.2g of itself", dynamics.stationary().residual()));
        }
    }

    private void report(JsonWriter json, int[] position, Dynamics dynamics, double curl) {
        HeadDynamics figures = HeadDynamics.of(dynamics, curl);
        json.beginObject().name("head").value(position);
        figures.writeMembers(json);
        json.name("currents").beginArray();
        dynamics.currents(currents).forEach(current -> write(json, current));
        json.end().name("cycles").beginArray();
        // What is left of currents in equilibrium is rounding: it closes to cycles, but they mean nothing.
        List<Cycle> found = figures.regime() == Regime.EQUILIBRIUM ? List.of() : dynamics.cycles(cycles);
        found.forEach(cycle -> write(json, cycle));
        json.end().end();
    }

    private static void write(JsonWriter json, Current current) {
        json.beginObject()
                .name("from").value(current.from())
                .name("to").value(current.to())
                .name("current").value(current.current())
                .name("flow").value(current.flow())
                .name("affinity").value(current.affinity())
                .end();
    }

    private static void write(JsonWriter json, Cycle cycle) {
        json.beginObject()
                .name("tokens").value(cycle.tokens().stream().mapToInt(Integer::intValue).toArray())
                .name("current").value(cycle.current())
                .name("affinity").value(cycle.affinity())
                .end();
    }
}
