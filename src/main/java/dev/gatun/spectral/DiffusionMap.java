package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import java.util.Arrays;

/**
 * The diffusion map of the tokens of one head: coordinates {@code lambda_k^t psi_k(i)}, in which the Euclidean distance is the diffusion
 * distance at time t (Coifman and Lafon 2006).
 *
 * <p>The psi_k are right eigenvectors of the operator P, {@code P psi_k = lambda_k psi_k}, normalised by
 * {@code sum_i pi_i psi_k(i)^2 = 1} with the stationary distribution pi. The trivial pair {@code lambda_0 = 1, psi_0 = 1} is not among the
 * coordinates.
 *
 * <p>The map of a bistochastic diffusion is the bistochastic diffusion map, with uniform pi (Landa, Coifman and Kluger 2021). The map of a
 * coupling of a symmetric divergence with other marginals, enforced or relaxed, is that of the chain of its normalised rows.
 */
public final class DiffusionMap {

    private final Operator operator;
    private final int head;
    private final Spectrum spectrum;
    private final double[] pi;
    private final Eigenfunctions functions;

    private DiffusionMap(Operator operator, int head, Spectrum spectrum, double[] pi, Eigenfunctions functions) {
        this.operator = operator;
        this.head = head;
        this.spectrum = spectrum;
        this.pi = pi;
        this.functions = functions;
    }

    /**
     * The map of one head.
     *
     * @param operator {@code scores.diffusion(alpha)}, or the operator of a Sinkhorn solve of the symmetric divergence
     * @param head     the head
     * @param options  the number of eigenpairs, the trivial one included, and their accuracy
     * @return the map
     * @throws IllegalArgumentException if the operator has no symmetric conjugate, no token sees another, or more eigenpairs are requested
     *                                  than there are tokens
     */
    public static DiffusionMap of(Operator operator, int head, Eigenpairs options) {
        Conjugate conjugate = options.withMemoryOf(operator.conjugate(head));
        Spectrum spectrum = Spectrum.of(conjugate, options);
        if (Arrays.stream(conjugate.stationary()).sum() == 0) {
            throw new IllegalArgumentException("no token sees another, so there is no diffusion");
        }
        Eigenfunctions functions = new Eigenfunctions(spectrum, conjugate.logStationary(), () -> operator.extension(head));
        functions.setTrivial();
        return new DiffusionMap(operator, head, spectrum, conjugate.stationary(), functions);
    }

    /**
     * The eigenpairs of the conjugate: eigenvalues, convergence, groups.
     *
     * @return the spectrum
     */
    public Spectrum spectrum() {
        return spectrum;
    }

    /**
     * The stationary distribution pi.
     *
     * @return a copy, N entries that sum to 1
     */
    public double[] stationary() {
        return pi.clone();
    }

    /**
     * The eigenfunction {@code psi_k(i)} at all tokens i; {@code psi_0} is 1.
     *
     * @param k the eigenpair
     * @return a copy, N entries
     */
    public double[] eigenfunction(int k) {
        return functions.function(k).clone();
    }

    /**
     * The coordinates {@code lambda_k^t psi_k(i)} of all tokens i, for k from 1 on.
     *
     * @param time t, at least 0; an integer if there are negative eigenvalues
     * @return N rows of {@code count - 1} coordinates
     * @throws IllegalArgumentException if time is not such a number
     */
    public double[][] coordinates(double time) {
        requireTime(time);
        double[][] coordinates = new double[pi.length][spectrum.count() - 1];
        for (int k = 1; k < spectrum.count(); k++) {
            double power = functions.power(k, time);
            for (int i = 0; i < pi.length; i++) {
                coordinates[i][k - 1] = power * functions.function(k)[i];
            }
        }
        return coordinates;
    }

    /**
     * The diffusion distance of two tokens, {@code sqrt(sum_k lambda_k^(2t) (psi_k(i) - psi_k(j))^2)}, summed over the eigenpairs of
     * this map.
     *
     * @param i    a token
     * @param j    another token
     * @param time t, at least 0; an integer if there are negative eigenvalues
     * @return the distance
     * @throws IllegalArgumentException if time is not such a number
     */
    public double distance(int i, int j, double time) {
        requireTime(time);
        double square = 0;
        for (int k = 1; k < spectrum.count(); k++) {
            double difference = functions.power(k, time) * (functions.function(k)[i] - functions.function(k)[j]);
            square += difference * difference;
        }
        return Math.sqrt(square);
    }

    /**
     * The coordinates {@code lambda_k^t psi_k(x)} of new tokens x, by the Nystroem extension
     * {@code psi_k(x) = sum_j P(x, j) psi_k(j) / lambda_k}. A token of the head has the same coordinates as in the map.
     *
     * @param newQ the queries of the new tokens, {@code (n, d)}
     * @param newK the keys of the new tokens, {@code (n, d)}
     * @param time t, at least 0; an integer if there are negative eigenvalues
     * @return n rows of {@code count - 1} coordinates
     * @throws IllegalArgumentException if time is not such a number, or a shape does not fit
     * @throws IllegalStateException    if some {@code |lambda_k|} is below 1e-3
     */
    public double[][] extend(Matrix newQ, Matrix newK, double time) {
        requireTime(time);
        double[][] extended = functions.extend(operator.extension(head, newQ, newK), 1);
        double[][] coordinates = new double[newQ.rows()][extended.length];
        for (int k = 0; k < extended.length; k++) {
            double power = functions.power(k + 1, time);
            for (int x = 0; x < coordinates.length; x++) {
                coordinates[x][k] = power * extended[k][x];
            }
        }
        return coordinates;
    }

    static void requireTime(double time) {
        if (!(time >= 0 && time < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("time must be at least 0 and finite, not " + time);
        }
    }
}
