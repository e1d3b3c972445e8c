package dev.gatun.spectral;

import dev.gatun.Conjugate;

/**
 * A request for the largest eigenpairs {@code A x = lambda x} of a symmetric or Hermitian matrix, in descending algebraic order.
 * Immutable: each {@code with} method returns another request.
 */
public final class Eigenpairs {

    private static final double TOLERANCE = 1e-6;
    private static final double CLOSENESS = 1e-3;
    private static final int MAX_PRODUCTS = 2000;

    /** The memory of a request that leaves it to the conjugate. */
    private static final long UNSET = -1;

    private final int count;
    private final double tolerance;
    private final double closeness;
    private final int maxProducts;
    private final long memory;

    private Eigenpairs(int count, double tolerance, double closeness, int maxProducts, long memory) {
        this.count = count;
        this.tolerance = tolerance;
        this.closeness = closeness;
        this.maxProducts = maxProducts;
        this.memory = memory;
    }

    /**
     * The largest eigenvalues and their eigenvectors.
     *
     * @param count the number of eigenpairs, the trivial one included
     * @return the request
     * @throws IllegalArgumentException if count is below 1
     */
    public static Eigenpairs largest(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of eigenpairs must be at least 1, not " + count);
        }
        return new Eigenpairs(count, TOLERANCE, CLOSENESS, MAX_PRODUCTS, UNSET);
    }

    /**
     * Sets the maximum residual {@code |A x - lambda x|} for x of length 1.
     *
     * @param newTolerance 1e-6 by default; conjugates stored as float32 allow about 3e-7
     * @return the request with this tolerance
     * @throws IllegalArgumentException if the tolerance is not positive and finite
     */
    public Eigenpairs withTolerance(double newTolerance) {
        requirePositive(newTolerance, "the tolerance");
        return new Eigenpairs(count, newTolerance, closeness, maxProducts, memory);
    }

    /**
     * Sets the distance of consecutive eigenvalues up to which they form one {@link Spectrum.Group}. The space of a group's eigenvectors
     * is determined; each single eigenvector is determined only up to the tolerance divided by the distance of the eigenvalues.
     *
     * @param newCloseness 1e-3 by default
     * @return the request with this distance
     * @throws IllegalArgumentException if the distance is not positive and finite
     */
    public Eigenpairs withCloseness(double newCloseness) {
        requirePositive(newCloseness, "the closeness");
        return new Eigenpairs(count, tolerance, newCloseness, maxProducts, memory);
    }

    /**
     * Sets the maximum number of products of the matrix with a block of vectors. A matrix of up to 320 tokens is decomposed, and one
     * product measures its residuals.
     *
     * @param newMaxProducts 2000 by default
     * @return the request with this number
     * @throws IllegalArgumentException if the number is below 1
     */
    public Eigenpairs withMaxProducts(int newMaxProducts) {
        if (newMaxProducts < 1) {
            throw new IllegalArgumentException("at least 1 product must be allowed, not " + newMaxProducts);
        }
        return new Eigenpairs(count, tolerance, closeness, newMaxProducts, memory);
    }

    /**
     * Sets the memory in which a map stores the entries of a head's conjugate. If they need more, each product recomputes them. A
     * {@link Conjugate} that is passed to {@link Spectrum#of(Conjugate, Eigenpairs)} has its own setting. A head of up to 320 tokens is
     * also copied to float64, 1.6 MiB at most, whatever this memory.
     *
     * @param bytes the maximum; 256 MiB by default
     * @return the request with this memory
     * @throws IllegalArgumentException if bytes is negative
     * @see Conjugate#withMemory
     */
    public Eigenpairs withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return new Eigenpairs(count, tolerance, closeness, maxProducts, bytes);
    }

    private static void requirePositive(double value, String name) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s must be positive and finite, not %s".formatted(name, value));
        }
    }

    int count() {
        return count;
    }

    double tolerance() {
        return tolerance;
    }

    double closeness() {
        return closeness;
    }

    int maxProducts() {
        return maxProducts;
    }

    /** The conjugate with the memory of this request, if it sets one. */
    Conjugate withMemoryOf(Conjugate conjugate) {
        return memory == UNSET ? conjugate : conjugate.withMemory(memory);
    }

    void requireAtMost(int size) {
        if (count > size) {
            throw new IllegalArgumentException("%s eigenpairs were asked for, and there are %s".formatted(count, size));
        }
    }
}
