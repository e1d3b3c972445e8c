package dev.gatun.cli;

import dev.gatun.MagneticOperator;
import dev.gatun.Operator;
import dev.gatun.cli.input.EnumConverter;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.DiffusionOptions;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.operator.OperatorResult;
import dev.gatun.cli.operator.SinkhornOptions;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.io.NpyType;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import dev.gatun.spectral.Spectrum;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code spectrum}: the eigenvalues of a reversible operator and the coordinates of tokens by its eigenvectors. */
@Command(name = "spectrum", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Embed tokens by the eigenvectors of diffusion.",
        description = "%nEigenvalues are the algebraically largest ones of the operator's symmetric or Hermitian conjugate, in descending"
                + " order, the trivial one included. Coordinates are lambda^TIME psi, where psi are the right eigenvectors of the operator"
                + " with norm 1 in L2 of its stationary distribution. Prints the eigenvalues of each head with their residual and cost as"
                + " JSON. Exit status 1, and no file, if a head does not converge.%n")
final class SpectrumCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private InputOptions files;

    @Option(names = "--operator", required = true, paramLabel = "OP", converter = OperatorName.Converter.class,
            completionCandidates = OperatorName.Reversible.class, description = "One of ${COMPLETION-CANDIDATES}.")
    private OperatorName name;

    @Option(names = "--count", required = true, paramLabel = "M", description = "The number of eigenpairs, at most N.")
    private int count;

    @Option(names = "--time", paramLabel = "TIME", description = "Power of the eigenvalues in coordinates (0).")
    private double time;

    @Option(names = "--out-values", paramLabel = "E.npy", description = "The eigenvalues, (..., M) in float64.")
    private Path outValues;

    @Option(names = "--out-vectors", paramLabel = "C.npy",
            description = "The coordinates, (..., N, M) in float64; complex128 for magnetic.")
    private Path outVectors;

    @Mixin
    private DiffusionOptions diffusion;

    @Mixin
    private ScoreOptions scoring;

    @Mixin
    private SinkhornOptions sinkhorn;

    SpectrumCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        check();
        OutputFiles.requireApart(Arrays.asList(outValues, outVectors), files.with());
        try (Arena arena = Arena.ofConfined(); Team team = Team.of(scoring.threads())) {
            Inputs inputs = files.read(null, arena, console);
            inputs.requireSelfScores(name.label());
            if (count > inputs.rows()) {
                throw Fault.usage("%s: --count %d is more than the %d eigenpairs that there are", inputs.names(), count,
                        inputs.rows());
            }
            try (SpectrumFiles outputs = SpectrumFiles.create(inputs, files.layout(), count, type(), outValues, outVectors)) {
                solve(inputs, team, outputs);
            }
        }
        return 0;
    }

    private void check() {
        scoring.check();
        sinkhorn.check();
        diffusion.check();
        if (!name.isReversible()) {
            throw Fault.usage("--operator: a spectrum is that of %s, not of %s",
                    EnumConverter.either(OperatorName.labels(OperatorName::isReversible)), name.label());
        }
        if (count < 1) {
            throw Fault.usage("--count must be at least 1, not %d", count);
        }
        if (!(time >= 0 && time < Double.POSITIVE_INFINITY)) {
            throw Fault.usage("--time must be at least 0 and finite, not %s", time);
        }
    }

    private NpyType type() {
        return name.isComplex() ? NpyType.COMPLEX128 : NpyType.FLOAT64;
    }

    private void solve(Inputs inputs, Team team, SpectrumFiles outputs) {
        JsonWriter json = new JsonWriter().beginObject().name("heads").beginArray();
        Unconverged unconverged = new Unconverged(inputs);
        try (Progress progress = console.progress(inputs.count())) {
            for (HeadRun run : inputs.runs(scoring.threads())) {
                inputs.compute(() -> solve(inputs, run, team, outputs, json, unconverged));
                progress.done(run.end());
            }
        }
        unconverged.requireNone("spectra");
        outputs.commit();
        console.out().print(inputs.end(json));
    }

    private void solve(Inputs inputs, HeadRun run, Team team, SpectrumFiles outputs, JsonWriter json, Unconverged unconverged) {
        OperatorResult result = name.of(scoring.scores(run, team.workers()), new OperatorOptions(diffusion, sinkhorn));
        unconverged.addAll(run.first(), result.solutions());
        for (int head = 0; head < run.count() && unconverged.none(); head++) {
            int index = run.first() + head;
            Spectrum spectrum = switch (result.operator().kernel()) {
                case Operator real -> real(real, head, index, outputs);
                case MagneticOperator complex -> complex(complex, head, index, outputs);
            };
            if (!spectrum.converged()) {
                unconverged.add(index, String.format(Locale.ROOT, "a residual is still %.2g", largestResidual(spectrum)));
            }
            report(json, inputs.position(index), spectrum);
        }
    }

    private Spectrum complex(MagneticOperator operator, int head, int index, SpectrumFiles outputs) {
        MagneticMap map = MagneticMap.of(operator, head, Eigenpairs.largest(count));
        outputs.write(index, map.spectrum().values(), map.coordinates(time));
        return map.spectrum();
    }

    private Spectrum real(Operator operator, int head, int index, SpectrumFiles outputs) {
        DiffusionMap map = DiffusionMap.of(operator, head, Eigenpairs.largest(count));
        outputs.write(index, map.spectrum().values(), SpectrumFiles.withTrivial(map.coordinates(time)));
        return map.spectrum();
    }

    private static double largestResidual(Spectrum spectrum) {
        double largest = 0;
        for (int k = 0; k < spectrum.count(); k++) {
            largest = Math.max(largest, spectrum.residual(k));
        }
        return largest;
    }

    private void report(JsonWriter json, int[] position, Spectrum spectrum) {
        json.beginObject().name("head").value(position).name("eigenvalues").beginArray();
        for (double value : spectrum.values()) {
            json.value(value);
        }
        json.end().name("groups").beginArray();
        for (Spectrum.Group group : spectrum.groups()) {
            json.value(new int[] {group.first(), group.end()});
        }
        json.end().name("lastGroupComplete").value(spectrum.groups().getLast().complete())
                .name("components").value(spectrum.components());
        if (name.isComplex()) {
            json.name("frustration").value(1 - spectrum.value(0));
        }
        json.name("residual").value(largestResidual(spectrum)).name("products").value(spectrum.products()).end();
    }
}
