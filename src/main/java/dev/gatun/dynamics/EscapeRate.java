package dev.gatun.dynamics;

import java.util.Arrays;

/**
 * The smallest eigenvalue mu of {@code I - P} over a communicating class that the chain leaves, by inverse iteration with positive
 * vectors: no step subtracts. For every positive x it lies between the smallest and the largest {@code ((I - P) x)_i / x_i}
 * (Collatz and Wielandt).
 */
final class EscapeRate {

    private static final int MAX_SOLVES = 2000;
    private static final double TOLERANCE = 1e-7;

    /** Smaller entries of an eigenvector, beside the largest, move the eigenvalue by less than the tolerance. */
    private static final double NEGLIGIBLE = 1e-9;

    private final GeneratorInverse inverse;
    private final double[] x;
    private double lower;
    private double upper = Double.POSITIVE_INFINITY;

    private EscapeRate(GeneratorInverse inverse, int size) {
        this.inverse = inverse;
        this.x = new double[size];
        Arrays.fill(x, 1);
    }

    /**
     * The eigenvalue as a gap: no other eigenvalue of P over the class has a larger modulus than {@code 1 - mu} (Perron).
     *
     * @param p       transitions within the class
     * @param leaving the probability of leaving the class from each token
     */
    static Relaxation of(double[][] p, double[] leaving) {
        int size = p.length + 1;
        double[][] withOutside = new double[size][size];
        for (int i = 1; i < size; i++) {
            System.arraycopy(p[i - 1], 0, withOutside[i], 1, size - 1);
            withOutside[i][0] = leaving[i - 1];
        }
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        EscapeRate iteration = new EscapeRate(new GeneratorInverse(withOutside, order, null), size);
        int solves = 0;
        while (iteration.inverse.usable() && solves < MAX_SOLVES && !iteration.converged()) {
            iteration.step();
            solves++;
        }
        return new Relaxation(Math.max(iteration.lower, Double.MIN_NORMAL), solves, iteration.converged());
    }

    private boolean converged() {
        return upper - lower <= TOLERANCE * lower;
    }

    private void step() {
        double[] y = x.clone();
        inverse.solve(y);
        double largest = Arrays.stream(y).max().orElseThrow();
        lower = Double.POSITIVE_INFINITY;
        upper = 0;
        for (int i = 1; i < x.length; i++) {
            if (y[i] >= NEGLIGIBLE * largest) {
                double ratio = inverse.rate() * (x[i] / y[i]);
                lower = Math.min(lower, ratio);
                upper = Math.max(upper, ratio);
            }
            x[i] = y[i] / largest;
        }
    }
}
