package dev.gatun.spectral;

import dev.gatun.Conjugate;

/**
 * What eigenpairs are asked for: the largest ones, in algebraic order. Unchanging; a {@code with} makes another.
 */
public final class Eigenpairs {

    private static final double TOLERANCE = 1e-6;
    private static final double CLOSENESS = 1e-3;
    private static final int MAX_PRODUCTS = 2000;

    private final int count;
    private final double tolerance;
    private final double closeness;
    private final int mostProducts;
    private final long memory;

    private Eigenpairs(int count, double tolerance, double closeness, int mostProducts, long memory) {
        this.count = count;
        this.tolerance = tolerance;
        this.closeness = closeness;
        this.mostProducts = mostProducts;
        this.memory = memory;
    }

    /**
     * The {@code count} largest eigenvalues and their vectors.
     *
     * @throws IllegalArgumentException if count is below 1
     */
    public static Eigenpairs largest(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of eigenpairs must be at least 1, not " + count);
        }
        return new Eigenpairs(count, TOLERANCE, CLOSENESS, MAX_PRODUCTS, -1);
    }

    /**
     * With residuals {@code |A x - lambda x|} of at most {@code newTolerance}, for x of length 1.
     *
     * @param newTolerance 1e-6 unless set; what entries in single precision allow is some 3e-7
     */
    public Eigenpairs withTolerance(double newTolerance) {
        requirePositive(newTolerance, "the tolerance");
        return new Eigenpairs(count, newTolerance, closeness, mostProducts, memory);
    }

    /**
     * With eigenvalues that follow each other within {@code newCloseness} reported as one group: their vectors span a space that
     * is known, but are themselves known no better than the tolerance over the distance of their values.
     *
     * @param newCloseness 1e-3 unless set
     */
    public Eigenpairs withCloseness(double newCloseness) {
        requirePositive(newCloseness, "the closeness");
        return new Eigenpairs(count, tolerance, newCloseness, mostProducts, memory);
    }

    /** With at most {@code most} products of the matrix with a block of vectors, 2000 unless set. */
    public Eigenpairs withMostProducts(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("at least 1 product must be allowed, not " + most);
        }
        return new Eigenpairs(count, tolerance, closeness, most, memory);
    }

    /**
     * With at most {@code bytes} of the entries of a head's conjugate kept by maps: where they need more, each product forms them
     * anew. A conjugate that is given has memory of its own.
     *
     * @see Conjugate#withMemory
     */
    public Eigenpairs withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return new Eigenpairs(count, tolerance, closeness, mostProducts, bytes);
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

    int mostProducts() {
        return mostProducts;
    }

    /** A conjugate whose entries are kept in the memory set, or in what it has by itself. */
    Conjugate kept(Conjugate conjugate) {
        return memory < 0 ? conjugate : conjugate.withMemory(memory);
    }

    void requireAtMost(int size) {
        if (count > size) {
            throw new IllegalArgumentException("%s eigenpairs were asked for, and there are %s".formatted(count, size));
        }
    }
}
