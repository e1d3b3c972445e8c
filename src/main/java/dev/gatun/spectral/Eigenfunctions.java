package dev.gatun.spectral;

import dev.gatun.Extension;
import java.util.Arrays;

/**
 * The right eigenvectors of a stochastic operator, {@code psi_k = D^-1/2 x_k}, from those of its conjugate, normalised in L2 of the
 * stationary law: {@code sum_i pi_i |psi_k(i)|^2 = 1}. Arrays are of N entries, or of N real parts and then N imaginary ones.
 */
final class Eigenfunctions {

    /** Below this an eigenvalue is not divided by. */
    private static final double LEAST = 1e-3;

    /** A token whose log D lies this far below the largest has entries in the conjugate that vanish in single precision. */
    private static final double WEAK = 60;

    private final Spectrum spectrum;
    private final int size;
    private final double[][] psi;

    /**
     * @param logLaw   log D up to a constant
     * @param ofTokens the operator's own transitions; null where its conjugate is in double precision
     */
    Eigenfunctions(Spectrum spectrum, double[] logLaw, Extension ofTokens) {
        this.spectrum = spectrum;
        this.size = logLaw.length;
        this.psi = new double[spectrum.count()][];
        double largest = Arrays.stream(logLaw).max().orElseThrow();
        double logSum = largest + Math.log(Arrays.stream(logLaw).map(entry -> Math.exp(entry - largest)).sum());
        for (int k = 0; k < psi.length; k++) {
            psi[k] = ofConjugate(k, logLaw, logSum);
        }
        if (ofTokens != null && Arrays.stream(logLaw).min().orElseThrow() < largest - WEAK) {
            mendWeak(logLaw, largest, ofTokens);
        }
    }

    /** A product with the conjugate has small entries right where the eigenvector has only their order. */
    private double[] ofConjugate(int k, double[] logLaw, double logSum) {
        double value = spectrum.value(k);
        boolean divides = Math.abs(value) > LEAST;
        double[] from = divides ? spectrum.image(k) : spectrum.vector(k);
        double[] function = new double[from.length];
        for (int i = 0; i < function.length; i++) {
            double log = logLaw[i % size];
            // A token without any weight is on its own, and no function of the others reaches it.
            function[i] = log == Double.NEGATIVE_INFINITY ? 0
                    : from[i] / (divides ? value : 1) * Math.exp((logSum - log) / 2);
        }
        return function;
    }

    /** Gives tokens of little weight what the others have, as their transitions go: they are formed in the log domain. */
    private void mendWeak(double[] logLaw, double largest, Extension ofTokens) {
        double[][] means = ofTokens.apply(psi);
        for (int k = 0; k < psi.length; k++) {
            double value = spectrum.value(k);
            for (int i = 0; i < psi[k].length && Math.abs(value) > LEAST; i++) {
                if (logLaw[i % size] < largest - WEAK) {
                    psi[k][i] = means[k][i] / value;
                }
            }
        }
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
            throw new IllegalArgumentException("eigenvalue %d is %s, which has no power of %s; time must be whole"
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
            if (Math.abs(value) < LEAST) {
                throw new IllegalStateException("eigenvalue %d is %s, too near to 0 to extend its function to new tokens"
                        .formatted(first + k, value));
            }
            for (int x = 0; x < extended[k].length; x++) {
                extended[k][x] /= value;
            }
        }
        return extended;
    }
}
