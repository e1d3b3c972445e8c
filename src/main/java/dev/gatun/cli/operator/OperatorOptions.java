package dev.gatun.cli.operator;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Fault;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The parameters of the operators that have some. */
public final class OperatorOptions {

    @Option(names = "--alpha", paramLabel = "A",
            description = "Density normalisation of diffusion and magnetic (0); 1 is Laplace-Beltrami.")
    private double alpha;

    @Option(names = "--charge", paramLabel = "G", description = "Charge of magnetic (0.25).")
    private double charge = 0.25;

    @Mixin
    private CirculationOptions circulation;

    @Mixin
    private SinkhornOptions sinkhorn;

    /** @throws Fault if a number is out of its range */
    public void check() {
        ScoreOptions.requireFinite("--alpha", alpha);
        ScoreOptions.requireFinite("--charge", charge);
        circulation.check();
        sinkhorn.check();
    }

    double alpha() {
        return alpha;
    }

    double charge() {
        return charge;
    }

    public CirculationOptions circulation() {
        return circulation;
    }

    public Sinkhorn sinkhorn() {
        return sinkhorn.bistochastic();
    }
}
