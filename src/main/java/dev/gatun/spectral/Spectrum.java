package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.kernel.ColumnProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The largest eigenvalues {@code A x_k = lambda_k x_k} of a symmetric or Hermitian conjugate A, in descending algebraic order, and their
 * eigenvectors. The order is algebraic because the spectra of trained heads reach down to -1.
 *
 * <p>Results are the same at each solve. The phase of an eigenvector makes its entry of largest magnitude real and positive; among entries
 * within a thousandth of it, the first one. The eigenvectors of equal or nearly equal eigenvalues are an orthonormal basis of their common
 * space, and a single one of them has no meaning: see {@link #groups()}.
 */
public final class Spectrum {

    /** The magnitude, relative to the largest entry, from which the first entry fixes the phase. */
    private static final double TIE = 1 - 1e-3;

    private final boolean complex;
    private final double[] values;
    private final double[][] vectors;
    private final double[][] images;
    private final double[] residuals;
    private final List<Group> groups;
    private final int components;
    private final int products;
    private final boolean converged;

    /**
     * Consecutive eigenvalues {@code first .. end - 1}, each within the requested closeness of the next.
     *
     * @param first    the first eigenvalue of the group
     * @param end      one past the last
     * @param complete whether the eigenvalue after the group is known to be farther away
     */
    public record Group(int first, int end, boolean complete) {

        /**
         * The number of eigenvalues, which is the dimension of their common space if the group is complete.
         *
         * @return {@code end - first}
         */
        public int dimension() {
            return end - first;
        }
    }

    private Spectrum(boolean complex, BlockKrylov.RitzVectors found, Eigenpairs options, int components, int products) {
        int count = Math.min(options.count(), found.vectors().length);
        double[] unordered = new double[count];
        Arrays.setAll(unordered, k -> k < found.known() ? 1 : clipped(ColumnProducts.product(found.vectors()[k], found.images()[k])));
        // Rounding may have changed the order of the solver's values. A known vector stays first.
        Integer[] order = new Integer[count];
        Arrays.setAll(order, k -> k);
        Arrays.sort(order, found.known(), count, Comparator.comparingDouble(k -> -unordered[k]));
        this.complex = complex;
        this.values = Arrays.stream(order).mapToDouble(k -> unordered[k]).toArray();
        this.vectors = Arrays.stream(order).map(k -> found.vectors()[k]).toArray(double[][]::new);
        this.images = Arrays.stream(order).map(k -> found.images()[k]).toArray(double[][]::new);
        this.residuals = new double[count];
        Arrays.setAll(residuals, k -> BlockKrylov.residual(vectors[k], images[k]));
        this.groups = groups(values, found.after(), options.closeness());
        this.components = components;
        this.products = products;
        this.converged = Arrays.stream(residuals).allMatch(residual -> residual <= options.tolerance());
        for (int k = 0; k < count; k++) {
            fixPhase(vectors[k], images[k]);
        }
    }

    /** An eigenvalue in [-1, 1]: the spectral radius is at most 1, because the moduli of a row of the operator sum to 1. */
    private static double clipped(double value) {
        return Math.clamp(value, -1, 1);
    }

    /**
     * The largest eigenpairs of a conjugate. The first one of a symmetric conjugate is the trivial pair {@code (1, sqrt(pi))}.
     *
     * @param conjugate the matrix
     * @param options   the number of eigenpairs and their accuracy
     * @return the eigenpairs
     * @throws IllegalArgumentException if more eigenpairs are requested than the matrix has
     */
    public static Spectrum of(Conjugate conjugate, Eigenpairs options) {
        options.requireAtMost(conjugate.size());
        double[] trivial = Arrays.stream(conjugate.stationary()).map(Math::sqrt).toArray();
        boolean known = !conjugate.complex() && Arrays.stream(trivial).anyMatch(root -> root > 0);
        return of(SelfAdjoint.of(conjugate), known ? trivial : null, options, conjugate.components());
    }

    /**
     * The largest eigenpairs of a matrix of spectral radius 1.
     *
     * @param trivial an eigenvector of length 1 with the eigenvalue 1; null if none is known
     */
    static Spectrum of(SelfAdjoint matrix, double[] trivial, Eigenpairs options, int components) {
        BlockKrylov.RitzVectors decomposed = Decomposition.of(matrix, trivial, options);
        if (decomposed != null) {
            return new Spectrum(matrix.complex(), decomposed, options, components, 1);
        }
        BlockKrylov solver = new BlockKrylov(matrix, trivial, options);
        return new Spectrum(matrix.complex(), solver.solve(), options, components, solver.products());
    }

    private static List<Group> groups(double[] values, double after, double closeness) {
        List<Group> groups = new ArrayList<>();
        for (int first = 0, end; first < values.length; first = end) {
            end = first + 1;
            while (end < values.length && values[end - 1] - values[end] <= closeness) {
                end++;
            }
            groups.add(new Group(first, end, end < values.length || values[end - 1] - after > closeness));
        }
        return List.copyOf(groups);
    }

    private void fixPhase(double[] vector, double[] image) {
        int n = complex ? vector.length / 2 : vector.length;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, modulus(vector, i));
        }
        int pivot = 0;
        while (modulus(vector, pivot) < TIE * largest) {
            pivot++;
        }
        double size = modulus(vector, pivot);
        double cosine = vector[pivot] / size;
        double sine = complex ? vector[n + pivot] / size : 0;
        turn(vector, cosine, sine);
        turn(image, cosine, sine);
    }

    private double modulus(double[] vector, int i) {
        return complex ? StrictMath.hypot(vector[i], vector[vector.length / 2 + i]) : Math.abs(vector[i]);
    }

    /** Divides by the phase {@code cosine + i sine}. */
    private void turn(double[] vector, double cosine, double sine) {
        int n = complex ? vector.length / 2 : vector.length;
        for (int i = 0; i < n; i++) {
            double real = vector[i];
            double imaginary = complex ? vector[n + i] : 0;
            vector[i] = real * cosine + imaginary * sine;
            if (complex) {
                vector[n + i] = imaginary * cosine - real * sine;
            }
        }
    }

    /**
     * The number of eigenpairs.
     *
     * @return as many as requested
     */
    public int count() {
        return values.length;
    }

    /**
     * Whether eigenvectors are complex: arrays of N real parts and then N imaginary parts.
     *
     * @return true for the Hermitian conjugate of magnetic diffusion
     */
    public boolean complex() {
        return complex;
    }

    /**
     * The eigenvalues, descending.
     *
     * @return a copy
     */
    public double[] values() {
        return values.clone();
    }

    /**
     * The eigenvalue {@code lambda_k}.
     *
     * @param k the eigenpair, from 0 for the largest eigenvalue on
     * @return the eigenvalue, in [-1, 1]
     */
    public double value(int k) {
        return values[k];
    }

    /**
     * The eigenvector {@code x_k} of the conjugate, of length 1.
     *
     * @param k the eigenpair
     * @return a copy: N entries, or N real parts and then N imaginary parts
     */
    public double[] vector(int k) {
        return vectors[k].clone();
    }

    /** {@code A x_k}, in which the small entries of the eigenvector are accurate as well. */
    double[] image(int k) {
        return images[k];
    }

    /**
     * The residual {@code |A x_k - lambda_k x_k|}, measured by a product.
     *
     * @param k the eigenpair
     * @return the residual
     */
    public double residual(int k) {
        return residuals[k];
    }

    /**
     * Whether all residuals are within the tolerance.
     *
     * @return false if the maximum number of products was reached before
     */
    public boolean converged() {
        return converged;
    }

    /**
     * The eigenvalues in groups of those that lie close together, largest first.
     *
     * @return the groups
     */
    public List<Group> groups() {
        return groups;
    }

    /**
     * The number of connected components: see {@link Conjugate#components()}.
     *
     * @return at least 1
     */
    public int components() {
        return components;
    }

    /**
     * The number of products of the matrix with a block of vectors: 1 if it was decomposed.
     *
     * @return products
     */
    public int products() {
        return products;
    }
}
