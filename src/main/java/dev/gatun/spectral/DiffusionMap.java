package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import java.util.Arrays;

/**
 * The diffusion map of the tokens of one head (Coifman and Lafon 2006): coordinates {@code lambda_k^t psi_k(i)}, in which Euclidean
 * distance is diffusion distance at time t. Of a bistochastic diffusion it is the bistochastic diffusion map, whose law is uniform
 * (Landa, Coifman and Kluger 2021). Of a coupling of a symmetric divergence with any marginals, enforced or relaxed, it is the map of
 * that coupling with its rows made to sum to 1, at the stationary distribution of that chain.
 *
 * <p>The psi are right eigenvectors of the operator, normalised by {@code sum_i pi_i psi_k(i)^2 = 1}; eigenvalue 0 is the trivial
 * one, of {@code psi_0 = 1}, which coordinates leave out.
 */
public final class DiffusionMap {

    private final Operator operator;
    private final int head;
    private final Spectrum spectrum;
    private final double[] law;
    private final Eigenfunctions functions;

    private DiffusionMap(Operator operator, int head, Spectrum spectrum, double[] law, Eigenfunctions functions) {
        this.operator = operator;
        this.head = head;
        this.spectrum = spectrum;
        this.law = law;
        this.functions = functions;
    }

    /**
     * The map of one head.
     *
     * @param operator {@code scores.diffusion(alpha)}, or the operator of a symmetric Sinkhorn solve
     * @param options  how many eigenpairs, the trivial one included
     * @throws IllegalArgumentException if the operator has no symmetric conjugate, no token sees any, or more eigenpairs are asked
     *                                  for than tokens there are
     */
    public static DiffusionMap of(Operator operator, int head, Eigenpairs options) {
        Conjugate conjugate = options.kept(operator.conjugate(head));
        Spectrum spectrum = Spectrum.of(conjugate, options);
        if (Arrays.stream(conjugate.stationary()).sum() == 0) {
            throw new IllegalArgumentException("no token sees any, and nothing diffuses");
        }
        Eigenfunctions functions = new Eigenfunctions(spectrum, conjugate.logStationary(), () -> operator.extension(head));
        functions.setTrivial();
        return new DiffusionMap(operator, head, spectrum, conjugate.stationary(), functions);
    }

    /** The eigenvalues, whether they have converged, and their groups. */
    public Spectrum spectrum() {
        return spectrum;
    }

    /** The stationary distribution pi. */
    public double[] stationary() {
        return law.clone();
    }

    /** {@code psi_k} of all tokens; {@code psi_0} is 1. */
    public double[] eigenfunction(int k) {
        return functions.function(k).clone();
    }

    /**
     * The coordinates of all tokens at {@code time}: {@code lambda_k^time psi_k(i)} for k from 1 on, in row i.
     *
     * @param time at least 0; whole where there are negative eigenvalues
     */
    public double[][] coordinates(double time) {
        requireTime(time);
        double[][] coordinates = new double[law.length][spectrum.count() - 1];
        for (int k = 1; k < spectrum.count(); k++) {
            double power = functions.power(k, time);
            for (int i = 0; i < law.length; i++) {
                coordinates[i][k - 1] = power * functions.function(k)[i];
            }
        }
        return coordinates;
    }

    /**
     * The diffusion distance of two tokens at {@code time}, as far as the eigenpairs go:
     * {@code sqrt(sum_k lambda_k^2t (psi_k(i) - psi_k(j))^2)}.
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
     * The coordinates of new tokens at {@code time}, by the extension of Nystroem:
     * {@code psi_k(x) = sum_j P(x, j) psi_k(j) / lambda_k}. Of a token of the head they are its own.
     *
     * @param newQ queries of the new tokens, {@code (n, d)}
     * @param newK their keys, {@code (n, d)}
     * @throws IllegalStateException if an eigenvalue is too near to 0
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
