package dev.gatun.cli.operator;

import dev.gatun.cli.input.ScoreOptions;
import picocli.CommandLine.Option;

/** The parameters of diffusion and magnetic diffusion. */
public final class DiffusionOptions {

    @Option(names = "--alpha", paramLabel = "A",
            description = "Density normalisation of diffusion and magnetic (0); 1 is Laplace-Beltrami.")
    private double alpha;

    @Option(names = "--charge", paramLabel = "G", description = "Charge of magnetic (0.25).")
    private double charge = 0.25;

    /** @throws dev.gatun.cli.output.Fault if a number is out of its range */
    public void check() {
        ScoreOptions.requireFinite("--alpha", alpha);
        ScoreOptions.requireFinite("--charge", charge);
    }

    public double alpha() {
        return alpha;
    }

    public double charge() {
        return charge;
    }
}
