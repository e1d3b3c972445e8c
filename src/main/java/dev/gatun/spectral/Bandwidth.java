package dev.gatun.spectral;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import java.util.Arrays;

/**
 * The bandwidth epsilon of the kernel {@code exp(-|x_i - x_j|^2 / epsilon)} at which points look most like a manifold (Coifman,
 * Shkolnisky, Sigworth and Singer 2008; Berry and Harlim 2016): where {@code log sum_ij exp(-|x_i - x_j|^2 / epsilon)} grows
 * fastest with log epsilon. The slope there is half the dimension of the manifold.
 *
 * <p>The kernel is that of {@code Scores.of(x, x).withScale(1).withBeta(1 / epsilon)}.
 *
 * @param epsilon   the bandwidth, a squared length
 * @param dimension twice the slope
 */
public record Bandwidth(double epsilon, double dimension) {

    /** Points that are looked at: more of them change little. */
    private static final int MAX_POINTS = 1000;

    /** Steps of log epsilon, to begin with, in parts of log 2. */
    private static final double STEP = 0.5;

    private static final int REFINEMENTS = 20;

    /**
     * For points, {@code (n, d)}; of more than 1000, evenly spaced ones of them are looked at.
     *
     * @throws IllegalArgumentException if all points are the same, or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or the memory is closed
     */
    public static Bandwidth of(Matrix points) {
        Heads.of(points).requireFinite("points");
        double[] squares = squares(points);
        double greatest = Arrays.stream(squares).max().orElse(0);
        double least = Arrays.stream(squares).filter(square -> square > 0).min().orElse(0);
        if (!(least > 0)) {
            throw new IllegalArgumentException("all points are the same; a bandwidth needs two that differ");
        }
        int sampled = Math.min(MAX_POINTS, points.rows());
        double step = STEP * Math.log(2);
        Slope best = Slope.at(Math.log(least), squares, sampled);
        for (double log = best.logEpsilon + step; log <= Math.log(greatest) + 1; log += step) {
            best = best.orSteeper(Slope.at(log, squares, sampled));
        }
        for (int refinement = 0; refinement < REFINEMENTS; refinement++) {
            step /= 2;
            for (double log : new double[] {best.logEpsilon - step, best.logEpsilon + step}) {
                best = best.orSteeper(Slope.at(log, squares, sampled));
            }
        }
        return new Bandwidth(Math.exp(best.logEpsilon), 2 * best.value);
    }

    /** Squared distances of all pairs. */
    private static double[] squares(Matrix points) {
        int n = points.rows();
        int d = points.columns();
        int sampled = Math.min(MAX_POINTS, n);
        float[] entries = points.toArray();
        double[] squares = new double[sampled * (sampled - 1) / 2];
        for (int a = 0, at = 0; a < sampled; a++) {
            int i = (int) ((long) a * n / sampled) * d;
            for (int b = 0; b < a; b++, at++) {
                int j = (int) ((long) b * n / sampled) * d;
                for (int c = 0; c < d; c++) {
                    double difference = (double) entries[i + c] - entries[j + c];
                    squares[at] += difference * difference;
                }
            }
        }
        return squares;
    }

    /** {@code d log S / d log epsilon}. */
    private record Slope(double logEpsilon, double value) {

        /** Each point is at distance 0 from itself. */
        static Slope at(double logEpsilon, double[] squares, int points) {
            double epsilon = Math.exp(logEpsilon);
            double sum = points / 2.0;
            double weighted = 0;
            for (double square : squares) {
                double ratio = square / epsilon;
                double weight = Math.exp(-ratio);
                sum += weight;
                weighted += ratio * weight;
            }
            return new Slope(logEpsilon, weighted / sum);
        }

        Slope orSteeper(Slope other) {
            return other.value > value ? other : this;
        }
    }
}
