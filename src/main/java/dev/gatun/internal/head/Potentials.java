package dev.gatun.internal.head;

import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.SinkhornPass;
import java.util.Arrays;

/** Potentials of rows and columns in units of log 2; minus infinity where there is no mass. */
public final class Potentials {

    private Potentials() {
    }

    /** Logarithms of masses. */
    public static double[] logTwo(double[] masses) {
        double[] logarithms = new double[masses.length];
        logTwo(masses, logarithms);
        return logarithms;
    }

    /** As above, to {@code out}. */
    public static void logTwo(double[] masses, double[] out) {
        for (int i = 0; i < masses.length; i++) {
            out[i] = LogTwo.log2(masses[i]);
        }
    }

    /** From natural units. */
    public static double[] inLogTwo(double[] potential) {
        double[] inLogTwo = new double[potential.length];
        inLogTwo(potential, inLogTwo);
        return inLogTwo;
    }

    /** As above, to {@code out}. */
    public static void inLogTwo(double[] potential, double[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = potential[i] / LogTwo.VALUE;
        }
    }

    /** In natural units, shifted by {@code shift} units of log 2. */
    public static double[] natural(double[] potential, double shift) {
        double[] natural = potential.clone();
        toNatural(natural, shift);
        return natural;
    }

    /** As above, in place. */
    public static void toNatural(double[] potential, double shift) {
        for (int i = 0; i < potential.length; i++) {
            potential[i] = (potential[i] + shift) * LogTwo.VALUE;
        }
    }

    /** The mean over finite entries. */
    public static double mean(double[] potential) {
        double sum = 0;
        int count = 0;
        for (double p : potential) {
            if (p > Double.NEGATIVE_INFINITY) {
                sum += p;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    /** With {@code shift} added. */
    static double[] shifted(double[] potential, double shift) {
        return Arrays.stream(potential).map(p -> p + shift).toArray();
    }

    /** How far apart finite potentials of columns lie, with what the log-kernel adds at their places. */
    public static double spread(double[] v, LogKernel kernel) {
        double min = Double.POSITIVE_INFINITY;
        for (int j = 0; j < v.length; j++) {
            if (v[j] > Double.NEGATIVE_INFINITY) {
                min = Math.min(min, v[j] + kernel.columnOffset(j));
            }
        }
        return level(v, kernel) - min;
    }

    /** Whether potentials, with what the log-kernel adds, lie too far apart to be factors in single precision. */
    public static boolean tooWide(double[] v, LogKernel kernel) {
        return v != null && !kernel.isFloat64() && spread(v, kernel) > SinkhornPass.MAX_SPREAD;
    }

    /** The largest of the column potentials, offsets included. */
    public static double level(double[] v, LogKernel kernel) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < v.length; j++) {
            max = Math.max(max, v[j] + kernel.columnOffset(j));
        }
        return max;
    }

    /** The largest magnitude of {@code u_i + rowOffset_i + level} over finite row potentials. */
    static double magnitude(double[] u, LogKernel kernel, double level) {
        double max = 0;
        for (int i = 0; i < u.length; i++) {
            if (u[i] > Double.NEGATIVE_INFINITY) {
                max = Math.max(max, Math.abs(u[i] + kernel.rowOffset(i) + level));
            }
        }
        return max;
    }
}
