package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.kernel.ColumnProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The largest eigenvalues of a symmetric or Hermitian conjugate, in descending algebraic order, and their eigenvectors: on heads
 * of trained models spectra reach down to -1, and the largest magnitude would be another.
 *
 * <p>What comes out is the same at each solve. Of a real eigenvector the entry of largest magnitude is positive, of a complex one
 * it is real and positive; of several within a thousandth, the first. Among eigenvalues that are equal, or nearly so, vectors are
 * an orthonormal basis of their common space, and no more is to be read from one of them alone: see {@link #groups()}.
 */
public final class Spectrum {

    /** How near in magnitude an earlier entry may come to the largest to be taken for it. */
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
     * Eigenvalues {@code first .. end - 1}, each within the closeness asked for of the next.
     *
     * @param complete whether the next eigenvalue, which was not asked for, is known to be farther away
     */
    public record Group(int first, int end, boolean complete) {

        /** The dimension of the common space, as far as it was asked for. */
        public int dimension() {
            return end - first;
        }
    }

    private Spectrum(boolean complex, BlockKrylov.SolveBuffer found, Eigenpairs options, int components, int products) {
        int count = Math.min(options.count(), found.vectors().length);
        double[] unordered = new double[count];
        Arrays.setAll(unordered, k -> k < found.known() ? 1 : clipped(ColumnProducts.product(found.vectors()[k], found.images()[k])));
        // Rounding may have turned round what the solver had in order; what was known stays first.
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

    /** The spectral radius is 1, for moduli of rows of the stochastic operator sum to 1: what lies beyond is rounding. */
    private static double clipped(double value) {
        return Math.clamp(value, -1, 1);
    }

    /**
     * The largest eigenpairs of a conjugate. The trivial one of a symmetric conjugate, {@code (1, sqrt(pi))}, is the first.
     *
     * @throws IllegalArgumentException if there are fewer than asked for
     */
    public static Spectrum of(Conjugate conjugate, Eigenpairs options) {
        options.requireAtMost(conjugate.size());
        double[] trivial = Arrays.stream(conjugate.stationary()).map(Math::sqrt).toArray();
        boolean known = !conjugate.complex() && Arrays.stream(trivial).anyMatch(root -> root > 0);
        return of(SelfAdjoint.of(conjugate), known ? trivial : null, options, conjugate.components());
    }

    /**
     * @param matrix  of spectral radius 1
     * @param trivial an eigenvector of eigenvalue 1, of length 1; or null where none is known
     */
    static Spectrum of(SelfAdjoint matrix, double[] trivial, Eigenpairs options, int components) {
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
        return complex ? Math.hypot(vector[i], vector[vector.length / 2 + i]) : Math.abs(vector[i]);
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

    /** The number of eigenpairs. */
    public int count() {
        return values.length;
    }

    /** Whether eigenvectors are complex: arrays of N real parts and then N imaginary parts. */
    public boolean complex() {
        return complex;
    }

    /** The eigenvalues, descending. */
    public double[] values() {
        return values.clone();
    }

    /** Eigenvalue {@code k}, the largest being 0. */
    public double value(int k) {
        return values[k];
    }

    /** Eigenvector {@code k} of the conjugate, of length 1. */
    public double[] vector(int k) {
        return vectors[k].clone();
    }

    /** {@code A x_k}, which has the small entries of an eigenvector right as well. */
    double[] image(int k) {
        return images[k];
    }

    /** {@code |A x_k - lambda_k x_k|}, measured. */
    public double residual(int k) {
        return residuals[k];
    }

    /** Whether all residuals are within the tolerance. */
    public boolean converged() {
        return converged;
    }

    /** The eigenvalues in groups of those that lie close together, largest first. */
    public List<Group> groups() {
        return groups;
    }

    /** The number of connected components: see {@link Conjugate#components()}. */
    public int components() {
        return components;
    }

    /** How many times the matrix was multiplied with a block of vectors. */
    public int products() {
        return products;
    }
}
