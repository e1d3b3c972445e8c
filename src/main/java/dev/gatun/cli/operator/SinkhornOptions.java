package dev.gatun.cli.operator;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Fault;
import picocli.CommandLine.Option;

/** When a Sinkhorn solve ends. */
public final class SinkhornOptions {

    @Option(names = "--tolerance", paramLabel = "EPS",
            description = "Sinkhorn ends when no row or column is off its target by more than this part (1e-5).")
    private double tolerance = Sinkhorn.DEFAULT_TOLERANCE;

    @Option(names = "--max-iterations", paramLabel = "K", description = "Sinkhorn gives up after so many (1000).")
    private int maxIterations = Sinkhorn.DEFAULT_ITERATIONS;

    /** @throws Fault if a number is out of its range */
    public void check() {
        ScoreOptions.requirePositive("--tolerance", tolerance);
        if (maxIterations < 1) {
            throw Fault.usage("--max-iterations must be at least 1, not %d", maxIterations);
        }
    }

    /** Rows summing to 1, columns all to the same. */
    public Sinkhorn bistochastic() {
        return Sinkhorn.tolerance(tolerance).withMaxIterations(maxIterations);
    }
}
