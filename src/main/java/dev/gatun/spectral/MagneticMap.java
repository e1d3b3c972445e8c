package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.Extension;
import dev.gatun.MagneticOperator;
import dev.gatun.Matrix;
import dev.gatun.kernel.VectorUnit;
import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * The magnetic eigenmap of the tokens of one head or of a directed graph: complex coordinates {@code lambda_k^t psi_k(i)} whose phases
 * carry direction (Fanuel, Alaiz and Suykens 2017).
 *
 * <p>The lambda_k are the largest eigenvalues of {@code I - L^g}. The psi_k are right eigenvectors of {@code P^g = D^-1 H}, normalised by
 * {@code sum_i pi_i |psi_k(i)|^2 = 1} with {@code pi_i = D_i / sum_j D_j}. At charge 0 they are those of the diffusion map, with the
 * trivial pair.
 */
public final class MagneticMap {

    private final BiFunction<Matrix, Matrix, Extension> extension;
    private final Spectrum spectrum;
    private final double[] pi;
    private final Eigenfunctions functions;

    private MagneticMap(BiFunction<Matrix, Matrix, Extension> extension, Spectrum spectrum, double[] pi,
                        Eigenfunctions functions) {
        this.extension = extension;
        this.spectrum = spectrum;
        this.pi = pi;
        this.functions = functions;
    }

    /**
     * The map of one head.
     *
     * @param operator {@code scores.magnetic(charge)}
     * @param head     the head
     * @param options  the number of eigenpairs and their accuracy
     * @return the map
     * @throws IllegalArgumentException if the operator has no Hermitian conjugate, or more eigenpairs are requested than there are tokens
     */
    public static MagneticMap of(MagneticOperator operator, int head, Eigenpairs options) {
        Conjugate conjugate = options.withMemoryOf(operator.conjugate(head));
        Spectrum spectrum = Spectrum.of(conjugate, options);
        Eigenfunctions functions = new Eigenfunctions(spectrum, conjugate.logStationary(), () -> operator.extension(head));
        return new MagneticMap((newQ, newK) -> operator.extension(head, newQ, newK), spectrum, conjugate.stationary(), functions);
    }

    /**
     * The map of a directed graph, with {@code L^g = I - D^-1/2 H D^-1/2} and the matrix H of a convention. A node without edges has the
     * eigenvalue 1 of L^g.
     *
     * @param graph      the graph
     * @param charge     g, called q in MagNet: turns of phase per unit of edge weight
     * @param convention how edge weights become H
     * @param options    the number of eigenpairs and their accuracy
     * @return the map
     * @throws IllegalArgumentException if charge is not finite, or more eigenpairs are requested than there are nodes
     * @throws IllegalStateException    if the Vector API is not available
     */
    public static MagneticMap of(DirectedGraph graph, double charge, MagneticConvention convention, Eigenpairs options) {
        if (!Double.isFinite(charge)) {
            throw new IllegalArgumentException("charge must be finite, not " + charge);
        }
        options.requireAtMost(graph.size());
        VectorUnit.require();
        GraphConjugate conjugate = new GraphConjugate(graph, charge, convention);
        Spectrum spectrum = Spectrum.of(conjugate, null, options, conjugate.components());
        double[] pi = conjugate.stationary();
        double[] logPi = Arrays.stream(pi).map(StrictMath::log).toArray();
        return new MagneticMap(null, spectrum, pi, new Eigenfunctions(spectrum, logPi, null));
    }

    /**
     * The eigenpairs of {@code I - L^g}, descending.
     *
     * @return the spectrum
     */
    public Spectrum spectrum() {
        return spectrum;
    }

    /**
     * The distribution of the moduli, {@code pi_i = D_i / sum_j D_j}.
     *
     * @return a copy, N entries that sum to 1
     */
    public double[] stationary() {
        return pi.clone();
    }

    /**
     * The frustration: the smallest eigenvalue of {@code L^g}. It is 0 if the phases of H are differences of phases of the tokens, as on
     * trees and at charge 0.
     *
     * @return 0 to 2
     */
    public double frustration() {
        return 1 - spectrum.value(0);
    }

    /**
     * The eigenfunction {@code psi_k(i)} at all tokens i.
     *
     * @param k the eigenpair
     * @return a copy: N real parts and then N imaginary parts
     */
    public double[] eigenfunction(int k) {
        return functions.function(k).clone();
    }

    /**
     * The phases of {@code psi_k}: a directed coordinate, up to a common rotation.
     *
     * @param k the eigenpair
     * @return N radians in [-pi, pi]
     */
    public double[] phases(int k) {
        double[] function = functions.function(k);
        double[] phases = new double[pi.length];
        for (int i = 0; i < phases.length; i++) {
            phases[i] = StrictMath.atan2(function[pi.length + i], function[i]);
        }
        return phases;
    }

    /**
     * The coordinates {@code lambda_k^t psi_k(i)} of all tokens i, for k from 0 on.
     *
     * @param time t, at least 0; an integer if there are negative eigenvalues
     * @return N rows of {@code count} coordinates, the real and the imaginary part of each in turn
     * @throws IllegalArgumentException if time is not such a number
     */
    public double[][] coordinates(double time) {
        DiffusionMap.requireTime(time);
        double[][] all = new double[spectrum.count()][];
        for (int k = 0; k < all.length; k++) {
            all[k] = functions.function(k);
        }
        return coordinates(all, pi.length, time);
    }

    /**
     * The coordinates {@code lambda_k^t psi_k(x)} of new tokens x, by the Nystroem extension
     * {@code psi_k(x) = sum_j P^g(x, j) psi_k(j) / lambda_k}. A token of the head has the same coordinates as in the map.
     *
     * @param newQ the queries of the new tokens, {@code (n, d)}
     * @param newK the keys of the new tokens, {@code (n, d)}
     * @param time t, at least 0; an integer if there are negative eigenvalues
     * @return n rows of {@code count} coordinates, the real and the imaginary part of each in turn
     * @throws IllegalArgumentException if time is not such a number, or a shape does not fit
     * @throws IllegalStateException    if some {@code |lambda_k|} is below 1e-3, or the map is that of a graph
     */
    public double[][] extend(Matrix newQ, Matrix newK, double time) {
        DiffusionMap.requireTime(time);
        if (extension == null) {
            throw new IllegalStateException("the map of a graph cannot be extended to new tokens");
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
