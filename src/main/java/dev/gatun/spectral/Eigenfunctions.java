package dev.gatun.spectral;

import dev.gatun.Extension;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The right eigenvectors {@code psi_k = D^-1/2 x_k} of a stochastic operator, from the eigenvectors x_k of its conjugate, normalised by
 * {@code sum_i pi_i |psi_k(i)|^2 = 1} with {@code pi_i = D_i / sum_j D_j}. Arrays have N entries, or N real parts and then N imaginary
 * parts.
 */
final class Eigenfunctions {

    /** The smallest eigenvalue that is divided by. */
    private static final double MIN_EIGENVALUE = 1e-3;

    /** A token whose log D lies this far below the largest may have entries of the conjugate that underflow in float32. */
    private static final double RARE = 120;

    /** An entry of a rare token's eigenvector below this is the rounding of one that has underflowed. */
    private static final double MIN_ENTRY = 1e-6;

    /** The largest exponent, so that powers are finite. */
    private static final double MAX_EXPONENT = 700;

    /** The maximum number of steps of transitions to rare tokens. */
    private static final int MAX_STEPS = 30;

    /** An entry beyond this multiple of its bound has diverged. */
    private static final double MAX_OF_BOUND = 2;

    /** The part of the largest entry that the last step may change. */
    private static final double SETTLED = 1e-7;

    private final Spectrum spectrum;
    private final int size;
    private final double[][] psi;

    /**
     * The eigenfunctions of a spectrum.
     *
     * @param logPi       log D up to a constant
     * @param transitions the transitions of the operator in the log domain; null if the conjugate is float64
     */
    Eigenfunctions(Spectrum spectrum, double[] logPi, Supplier<Extension> transitions) {
        this.spectrum = spectrum;
        this.size = logPi.length;
        this.psi = new double[spectrum.count()][];
        double largest = Arrays.stream(logPi).max().orElseThrow();
        double logSum = largest + StrictMath.log(Arrays.stream(logPi).map(entry -> StrictMath.exp(entry - largest)).sum());
        boolean[] rare = new boolean[size];
        for (int i = 0; i < size; i++) {
            rare[i] = logPi[i] < largest - RARE;
        }
        for (int k = 0; k < psi.length; k++) {
            psi[k] = ofConjugate(k, logPi, logSum, rare);
        }
        if (transitions != null && Arrays.stream(logPi).min().orElseThrow() < largest - RARE) {
            double[] bounds = Arrays.stream(logPi).map(entry -> StrictMath.exp(Math.min((logSum - entry) / 2, MAX_EXPONENT))).toArray();
            extendToRare(rare, bounds, transitions.get());
        }
    }

    /** {@code D^-1/2 A x_k / lambda_k}, because the small entries of the product are accurate where those of x_k are not. */
    private double[] ofConjugate(int k, double[] logPi, double logSum, boolean[] rare) {
        double value = spectrum.value(k);
        boolean divides = Math.abs(value) > MIN_EIGENVALUE;
        double[] from = divides ? spectrum.image(k) : spectrum.vector(k);
        double[] function = new double[from.length];
        for (int i = 0; i < function.length; i++) {
            if (logPi[i % size] > Double.NEGATIVE_INFINITY && !underflows(k, i, rare)) {
                double exponent = Math.min((logSum - logPi[i % size]) / 2, MAX_EXPONENT);
                function[i] = from[i] / (divides ? value : 1) * StrictMath.exp(exponent);
            }
        }
        return function;
    }

    private boolean underflows(int k, int i, boolean[] rare) {
        return rare[i % size] && Math.abs(spectrum.image(k)[i]) < MIN_ENTRY;
    }

    /**
     * Replaces the entries that have underflowed by {@code sum_j P_ij psi_k(j) / lambda_k}, with transitions formed in the log domain.
     * Repeats this until tokens that see only rare tokens have their entries as well. It diverges where rare tokens keep to each other for
     * longer than lambda_k lasts: the entries of such a function stay 0.
     */
    private void extendToRare(boolean[] rare, double[] bounds, Extension transitions) {
        boolean[] diverged = new boolean[psi.length];
        boolean moves = true;
        for (int step = 0; step < MAX_STEPS && moves; step++) {
            double[][] means = transitions.apply(psi);
            moves = false;
            for (int k = 0; k < psi.length; k++) {
                if (Math.abs(spectrum.value(k)) > MIN_EIGENVALUE && !diverged[k]) {
                    moves |= replace(k, rare, means[k]);
                    diverged[k] = exceeds(psi[k], bounds);
                }
                if (diverged[k]) {
                    clear(k, rare);
                }
            }
        }
    }

    /** True if some entry has changed. */
    private boolean replace(int k, boolean[] rare, double[] means) {
        double largest = 0;
        double change = 0;
        for (int i = 0; i < psi[k].length; i++) {
            if (underflows(k, i, rare)) {
                double entry = means[i] / spectrum.value(k);
                change = Math.max(change, Math.abs(entry - psi[k][i]));
                psi[k][i] = entry;
            }
            largest = Math.max(largest, Math.abs(psi[k][i]));
        }
        return change > SETTLED * largest;
    }

    /** Whether an entry is far larger than {@code sum_i pi_i |psi_k(i)|^2 = 1} allows. */
    private boolean exceeds(double[] function, double[] bounds) {
        for (int i = 0; i < function.length; i++) {
            if (!(Math.abs(function[i]) <= MAX_OF_BOUND * bounds[i % size])) {
                return true;
            }
        }
        return false;
    }

    private void clear(int k, boolean[] rare) {
        for (int i = 0; i < psi[k].length; i++) {
            psi[k][i] = underflows(k, i, rare) ? 0 : psi[k][i];
        }
    }

    /** {@code psi_k}. */
    double[] function(int k) {
        return psi[k];
    }

    /** Sets {@code psi_0} to exactly 1. */
    void setTrivial() {
        Arrays.fill(psi[0], 1.0);
    }

    /** {@code lambda_k^t}. */
    double power(int k, double time) {
        double value = spectrum.value(k);
        if (value < 0 && time != Math.rint(time)) {
            throw new IllegalArgumentException("eigenvalue %s is %s, which has no power of %s; time must be an integer"
                    .formatted(k, value, time));
        }
        return StrictMath.pow(value, time);
    }

    /** {@code psi_k(x) = sum_j P(x, j) psi_k(j) / lambda_k} for k from {@code first} on. */
    double[][] extend(Extension extension, int first) {
        double[][] functions = Arrays.copyOfRange(psi, first, psi.length);
        double[][] extended = functions.length == 0 ? functions : extension.apply(functions);
        for (int k = 0; k < extended.length; k++) {
            double value = spectrum.value(first + k);
            if (Math.abs(value) < MIN_EIGENVALUE) {
                throw new IllegalStateException("eigenvalue %s is %s, too near to 0 to extend its function to new tokens"
                        .formatted(first + k, value));
            }
            for (int x = 0; x < extended[k].length; x++) {
                extended[k][x] /= value;
            }
        }
        return extended;
    }
}
