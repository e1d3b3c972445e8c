package dev.gatun.cli.operator;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Fault;
import picocli.CommandLine.Option;

/** The tolerance and the iteration limit of a Sinkhorn solve. */
public final class SinkhornOptions {

    @Option(names = "--tolerance", paramLabel = "EPS",
            description = "Relative tolerance of row and column sums at which Sinkhorn ends (1e-5).")
    private double tolerance = Sinkhorn.DEFAULT_TOLERANCE;

    @Option(names = "--max-iterations", paramLabel = "K", description = "Limit of Sinkhorn iterations (1000).")
    private int maxIterations = Sinkhorn.DEFAULT_ITERATIONS;

    /** @throws Fault if a number is out of its range */
    public void check() {
        ScoreOptions.requirePositive("--tolerance", tolerance);
        if (maxIterations < 1) {
            throw Fault.usage("--max-iterations must be at least 1, not %d", maxIterations);
        }
    }

    /** Options with row sums of 1 and equal column sums. */
    public Sinkhorn bistochastic() {
        return Sinkhorn.tolerance(tolerance).withMaxIterations(maxIterations);
    }
}
