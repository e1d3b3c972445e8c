package dev.gatun.cli;

import dev.gatun.Sinkhorn;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The parameters of the operators that have some. */
final class OperatorOptions {

    @Option(names = "--alpha", paramLabel = "A",
            description = "Density normalisation of diffusion and magnetic (0); 1 is Laplace-Beltrami.")
    private double alpha;

    @Option(names = "--charge", paramLabel = "G", description = "Charge of magnetic (0.25).")
    private double charge = 0.25;

    @Option(names = "--circulation", paramLabel = "C",
            description = "Circulation of circulation (1, which is attention).")
    private double circulation = 1;

    @Option(names = "--blend", paramLabel = "B", description = "Blend of circulation; only 1 is supported yet.")
    private double blend = 1;

    @Mixin
    private SinkhornOptions sinkhorn;

    /** @throws Fault if a number is out of its range */
    void check() {
        ScoreOptions.requireFinite("--alpha", alpha);
        ScoreOptions.requireFinite("--charge", charge);
        ScoreOptions.requireFinite("--circulation", circulation);
        if (blend != 1) {
            throw Fault.usage("--blend: only 1 is supported yet, not %s", blend);
        }
        sinkhorn.check();
    }

    double alpha() {
        return alpha;
    }

    double charge() {
        return charge;
    }

    double circulation() {
        return circulation;
    }

    Sinkhorn sinkhorn() {
        return sinkhorn.bistochastic();
    }
}
