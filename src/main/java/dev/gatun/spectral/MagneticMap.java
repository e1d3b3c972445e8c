package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.Extension;
import dev.gatun.MagneticOperator;
import dev.gatun.Matrix;
import dev.gatun.kernel.VectorUnit;
import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * The magnetic eigenmap of the tokens of one head, or of a directed graph (Fanuel, Alaiz and Suykens 2017): complex coordinates {@code
 * lambda_k^t psi_k(i)}
 * whose phases carry direction. The lambda are the eigenvalues of {@code I - L^g}, the psi right eigenvectors of
 * {@code P^g = D^-1 H}, normalised by {@code sum_i pi_i |psi_k(i)|^2 = 1} with {@code pi ~ D}. At charge 0 they are those of the
 * diffusion map, eigenvalue 0 the trivial one.
 */
public final class MagneticMap {

    private final BiFunction<Matrix, Matrix, Extension> extension;
    private final Spectrum spectrum;
    private final double[] law;
    private final Eigenfunctions functions;

    private MagneticMap(BiFunction<Matrix, Matrix, Extension> extension, Spectrum spectrum, double[] law,
                        Eigenfunctions functions) {
        this.extension = extension;
        this.spectrum = spectrum;
        this.law = law;
        this.functions = functions;
    }

    /**
     * The map of one head.
     *
     * @throws IllegalArgumentException if the operator has no Hermitian conjugate, or more eigenpairs are asked for than tokens
     *                                  there are
     */
    public static MagneticMap of(MagneticOperator operator, int head, Eigenpairs options) {
        Conjugate conjugate = options.kept(operator.conjugate(head));
        Spectrum spectrum = Spectrum.of(conjugate, options);
        Eigenfunctions functions = new Eigenfunctions(spectrum, conjugate.logStationary(), () -> operator.extension(head));
        return new MagneticMap((newQ, newK) -> operator.extension(head, newQ, newK), spectrum, conjugate.stationary(), functions);
    }

    /**
     * The map of a directed graph whose weights are given. The L^g is {@code I - D^-1/2 H D^-1/2}, H as the convention has it; a
     * token without edges has the eigenvalue 1 of L^g to itself.
     *
     * @param charge g, or q, in turns of phase for a weight of 1
     * @throws IllegalArgumentException if charge is not finite, or more eigenpairs are asked for than tokens there are
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     */
    public static MagneticMap of(DirectedGraph graph, double charge, MagneticConvention convention, Eigenpairs options) {
        if (!Double.isFinite(charge)) {
            throw new IllegalArgumentException("charge must be finite, not " + charge);
        }
        options.requireAtMost(graph.size());
        VectorUnit.require();
        GraphConjugate conjugate = new GraphConjugate(graph, charge, convention);
        Spectrum spectrum = Spectrum.of(conjugate, null, options, conjugate.components());
        double[] law = conjugate.law();
        double[] logLaw = Arrays.stream(law).map(Math::log).toArray();
        return new MagneticMap(null, spectrum, law, new Eigenfunctions(spectrum, logLaw, null));
    }

    /** The eigenvalues of {@code I - L^g}, descending. */
    public Spectrum spectrum() {
        return spectrum;
    }

    /** The law of the moduli, {@code pi_i ~ D_i}. */
    public double[] stationary() {
        return law.clone();
    }

    /**
     * The frustration: the smallest eigenvalue of {@code L^g}, in [0, 2]. It is 0 where phases can be assigned to all tokens that
     * differ as the directions between them say, on trees and at charge 0.
     */
    public double frustration() {
        return 1 - spectrum.value(0);
    }

    /** {@code psi_k} of all tokens: N real parts, and then N imaginary ones. */
    public double[] eigenfunction(int k) {
        return functions.function(k).clone();
    }

    /** The phases of {@code psi_k}, in (-pi, pi]: a directed coordinate, up to a common turn. */
    public double[] phases(int k) {
        double[] function = functions.function(k);
        double[] phases = new double[law.length];
        for (int i = 0; i < phases.length; i++) {
            phases[i] = Math.atan2(function[law.length + i], function[i]);
        }
        return phases;
    }

    /**
     * The coordinates of all tokens at {@code time}, {@code lambda_k^time psi_k(i)} for k from 0 on, in row i: real and imaginary
     * parts side by side.
     *
     * @param time at least 0; whole where there are negative eigenvalues
     */
    public double[][] coordinates(double time) {
        DiffusionMap.requireTime(time);
        double[][] all = new double[spectrum.count()][];
        for (int k = 0; k < all.length; k++) {
            all[k] = functions.function(k);
        }
        return coordinates(all, law.length, time);
    }

    /**
     * The coordinates of new tokens at {@code time}, by the extension of Nystroem. Of a token of the head they are its own.
     *
     * @param newQ queries of the new tokens, {@code (n, d)}
     * @param newK their keys, {@code (n, d)}
     * @throws IllegalStateException if an eigenvalue is too near to 0, or the map is that of a graph
     */
    public double[][] extend(Matrix newQ, Matrix newK, double time) {
        DiffusionMap.requireTime(time);
        if (extension == null) {
            throw new IllegalStateException("a graph's weights say nothing of new tokens");
        }
        return coordinates(functions.extend(extension.apply(newQ, newK), 0), newQ.rows(), time);
    }

    private double[][] coordinates(double[][] of, int tokens, double time) {
        double[][] coordinates = new double[tokens][2 * of.length];
        for (int k = 0; k < of.length; k++) {
            double power = functions.power(k, time);
            for (int i = 0; i < tokens; i++) {
                coordinates[i][2 * k] = power * of[k][i];
                coordinates[i][2 * k + 1] = power * of[k][tokens + i];
            }
        }
        return coordinates;
    }
}
