package dev.gatun.spectral;

import dev.gatun.Extension;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The right eigenvectors of a stochastic operator, {@code psi_k = D^-1/2 x_k}, from those of its conjugate, normalised in L2 of the
 * stationary distribution: {@code sum_i pi_i |psi_k(i)|^2 = 1}. Arrays are of N entries, or of N real parts and then N imaginary ones.
 */
final class Eigenfunctions {

    /** Below this an eigenvalue is not divided by. */
    private static final double MIN_EIGENVALUE = 1e-3;

    /** A token whose log D lies this far below the largest may have entries in the conjugate that vanish in single precision. */
    private static final double WEAK = 120;

    /** From here on an entry of an eigenvector is its own, and not what rounding left of one that vanished. */
    private static final double ENTRY = 1e-6;

    /** Of exponents, for what is finite. */
    private static final double MAX_EXPONENT = 700;

    /** Steps of transitions to tokens of little weight, at most. */
    private static final int MAX_STEPS = 30;

    /** The part of the largest entry that a step may change at the end. */
    private static final double SETTLED = 1e-7;

    private final Spectrum spectrum;
    private final int size;
    private final double[][] psi;

    /**
     * @param logLaw   log D up to a constant
     * @param ofTokens the operator's own transitions; null where its conjugate is in double precision
     */
    Eigenfunctions(Spectrum spectrum, double[] logLaw, Supplier<Extension> ofTokens) {
        this.spectrum = spectrum;
        this.size = logLaw.length;
        this.psi = new double[spectrum.count()][];
        double largest = Arrays.stream(logLaw).max().orElseThrow();
        double logSum = largest + Math.log(Arrays.stream(logLaw).map(entry -> Math.exp(entry - largest)).sum());
        boolean[] weak = new boolean[size];
        for (int i = 0; i < size; i++) {
            weak[i] = logLaw[i] < largest - WEAK;
        }
        for (int k = 0; k < psi.length; k++) {
            psi[k] = ofConjugate(k, logLaw, logSum, weak);
        }
        if (ofTokens != null && Arrays.stream(logLaw).min().orElseThrow() < largest - WEAK) {
            mend(weak, ofTokens.get());
        }
    }

    /** A product with the conjugate has small entries right where the eigenvector has only their order. */
    private double[] ofConjugate(int k, double[] logLaw, double logSum, boolean[] weak) {
        double value = spectrum.value(k);
        boolean divides = Math.abs(value) > MIN_EIGENVALUE;
        double[] from = divides ? spectrum.image(k) : spectrum.vector(k);
        double[] function = new double[from.length];
        for (int i = 0; i < function.length; i++) {
            if (logLaw[i % size] > Double.NEGATIVE_INFINITY && !vanishes(k, i, weak)) {
                double exponent = Math.min((logSum - logLaw[i % size]) / 2, MAX_EXPONENT);
                function[i] = from[i] / (divides ? value : 1) * Math.exp(exponent);
            }
        }
        return function;
    }

    private boolean vanishes(int k, int i, boolean[] weak) {
        return weak[i % size] && Math.abs(spectrum.image(k)[i]) < ENTRY;
    }

    /**
     * Gives tokens of little weight what the others have, as their transitions go, which are formed in the log domain: as often as
     * it takes to reach those that see others of little weight alone.
     */
    private void mend(boolean[] weak, Extension ofTokens) {
        boolean moves = true;
        for (int step = 0; step < MAX_STEPS && moves; step++) {
            double[][] means = ofTokens.apply(psi);
            moves = false;
            for (int k = 0; k < psi.length; k++) {
                moves |= Math.abs(spectrum.value(k)) > MIN_EIGENVALUE && mend(k, weak, means[k]);
            }
        }
    }

    /** Whether that has moved anything. */
    private boolean mend(int k, boolean[] weak, double[] means) {
        double largest = 0;
        double change = 0;
        for (int i = 0; i < psi[k].length; i++) {
            if (vanishes(k, i, weak)) {
                double mended = means[i] / spectrum.value(k);
                change = Math.max(change, Math.abs(mended - psi[k][i]));
                psi[k][i] = mended;
            }
            largest = Math.max(largest, Math.abs(psi[k][i]));
        }
        return change > SETTLED * largest;
    }

    /** {@code psi_k}. */
    double[] function(int k) {
        return psi[k];
    }

    void setTrivial() {
        Arrays.fill(psi[0], 1.0);
    }

    /** {@code lambda_k^t}. */
    double power(int k, double time) {
        double value = spectrum.value(k);
        if (value < 0 && time != Math.rint(time)) {
            throw new IllegalArgumentException("eigenvalue %s is %s, which has no power of %s; time must be whole"
                    .formatted(k, value, time));
        }
        return Math.pow(value, time);
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
