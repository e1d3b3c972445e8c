package dev.gatun.spectral;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/**
 * The bandwidth epsilon of the kernel {@code exp(-|x_i - x_j|^2 / epsilon)} that maximises the slope
 * {@code d log S / d log epsilon} of {@code S = sum_ij exp(-|x_i - x_j|^2 / epsilon)} (Coifman, Shkolnisky, Sigworth and Singer 2008; Berry
 * and Harlim 2016). The maximum slope is half the dimension of the manifold on which the points lie.
 *
 * <p>The kernel is that of {@code Scores.of(x, x).withScale(1).withBeta(1 / epsilon)}.
 *
 * @param epsilon   the bandwidth, in squared units of length
 * @param dimension the estimated dimension, twice the maximum slope
 */
public record Bandwidth(double epsilon, double dimension) {

    /** The maximum number of points that are used: more change little. */
    private static final int MAX_POINTS = 1000;

    /** The first step of log2 epsilon. */
    private static final double STEP = 0.5;

    private static final int REFINEMENTS = 20;

    /**
     * The bandwidth of points. Of more than 1000 points, 1000 evenly spaced ones are used.
     *
     * @param points {@code (n, d)}
     * @return the bandwidth
     * @throws IllegalArgumentException if all points are the same, or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not available, or the memory is closed
     */
    public static Bandwidth of(Matrix points) {
        Heads.of(points).requireFinite("points");
        double[] squares = squares(points);
        double max = Arrays.stream(squares).max().orElse(0);
        double min = Arrays.stream(squares).filter(square -> square > 0).min().orElse(0);
        if (!(min > 0)) {
            throw new IllegalArgumentException("all points are the same; a bandwidth needs two that differ");
        }
        int sampled = Math.min(MAX_POINTS, points.rows());
        double step = STEP * LogTwo.VALUE;
        Slope best = Slope.at(LogTwo.toNatural(LogTwo.log2(min)), squares, sampled);
        double last = LogTwo.toNatural(LogTwo.log2(max)) + 1;
        for (double log = best.logEpsilon + step; log <= last; log += step) {
            best = best.orSteeper(Slope.at(log, squares, sampled));
        }
        for (int refinement = 0; refinement < REFINEMENTS; refinement++) {
            step /= 2;
            for (double log : new double[] {best.logEpsilon - step, best.logEpsilon + step}) {
                best = best.orSteeper(Slope.at(log, squares, sampled));
            }
        }
        return new Bandwidth(exp(best.logEpsilon), 2 * best.value);
    }

    /** The squared distances of all pairs of the points used. */
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

    private static double exp(double x) {
        return LogTwo.exp2(LogTwo.fromNatural(x));
    }

    /** The slope {@code d log S / d log epsilon} at an epsilon. */
    private record Slope(double logEpsilon, double value) {

        /** Half of S: each pair once, and half of each point's distance 0 from itself. */
        static Slope at(double logEpsilon, double[] squares, int points) {
            double epsilon = exp(logEpsilon);
            double sum = points / 2.0;
            double weighted = 0;
            for (double square : squares) {
                double ratio = square / epsilon;
                double entry = exp(-ratio);
                sum += entry;
                weighted += ratio * entry;
            }
            return new Slope(logEpsilon, weighted / sum);
        }

        Slope orSteeper(Slope other) {
            return other.value > value ? other : this;
        }
    }
}
