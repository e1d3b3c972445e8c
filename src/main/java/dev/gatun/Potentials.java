package dev.gatun;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/** Potentials of rows and columns in units of log 2; minus infinity where there is no mass. */
final class Potentials {

    private static final double LOG_TWO = Math.log(2);

    private Potentials() {
    }

    /** Logarithms of masses. */
    static double[] logTwo(double[] masses) {
        return Arrays.stream(masses).map(mass -> Math.log(mass) / LOG_TWO).toArray();
    }

    /** From natural units. */
    static double[] inLogTwo(double[] potential) {
        return Arrays.stream(potential).map(p -> p / LOG_TWO).toArray();
    }

    /** In natural units, shifted by {@code shift} units of log 2. */
    static double[] natural(double[] potential, double shift) {
        return Arrays.stream(potential).map(p -> (p + shift) * LOG_TWO).toArray();
    }

    /** The mean over what has mass. */
    static double mean(double[] potential) {
        return Arrays.stream(potential).filter(Double::isFinite).average().orElse(0);
    }

    /** With {@code shift} added. */
    static double[] shifted(double[] potential, double shift) {
        return Arrays.stream(potential).map(p -> p + shift).toArray();
    }

    /** The greatest finite potential with what the log-kernel adds at its place. */
    static double greatest(double[] potential, IntToDoubleFunction offset) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < potential.length; i++) {
            greatest = Math.max(greatest, potential[i] + offset.applyAsDouble(i));
        }
        return greatest;
    }

    /** The least of them. */
    static double least(double[] potential, IntToDoubleFunction offset) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < potential.length; i++) {
            if (potential[i] > Double.NEGATIVE_INFINITY) {
                least = Math.min(least, potential[i] + offset.applyAsDouble(i));
            }
        }
        return least;
    }
}
