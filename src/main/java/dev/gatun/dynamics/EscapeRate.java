package dev.gatun.dynamics;

import dev.gatun.kernel.Sharing;
import java.util.Arrays;

/**
 * The smallest eigenvalue mu of {@code I - P} over an open communicating class, by inverse iteration with positive vectors, which
 * subtracts nothing. Where another eigenvalue lies so near that the iteration is slow, squares of the inverse take its place. For every positive x, mu lies between the minimum and the maximum of {@code ((I - P) x)_i / x_i} (Collatz 1942;
 * Wielandt 1950).
 */
final class EscapeRate {

    private static final int MAX_SOLVES = 2000;
    private static final double TOLERANCE = 1e-7;

    /** Solves after which the iteration is slow, the states up to which the inverse is squared, and how often it is. */
    private static final int SLOW_SOLVES = 100;
    private static final int MAX_SQUARED = 256;
    private static final int SQUARINGS = 30;

    /** Entries of an eigenvector below this part of the largest move the eigenvalue by less than the tolerance. */
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
     * The gap of an open class, which is mu: no eigenvalue of P over the class exceeds {@code 1 - mu} in modulus (Perron).
     *
     * @param p       the transitions within the class
     * @param leaving the probability of leaving the class from each of its tokens
     * @param sharing runs the work of the elimination
     */
    static SpectralGap of(double[][] p, double[] leaving, Sharing sharing) {
        int size = p.length + 1;
        double[][] withOutside = new double[size][size];
        for (int i = 1; i < size; i++) {
            System.arraycopy(p[i - 1], 0, withOutside[i], 1, size - 1);
            withOutside[i][0] = leaving[i - 1];
        }
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        EscapeRate iteration = new EscapeRate(new GeneratorInverse(withOutside, order, null, sharing), size);
        int solves = 0;
        while (iteration.inverse.usable() && solves < MAX_SOLVES && !iteration.converged()) {
            iteration.step();
            solves++;
            if (solves == SLOW_SOLVES && size <= MAX_SQUARED && !iteration.converged()) {
                iteration.leap();
                solves += size;
            }
        }
        return new SpectralGap(Math.max(iteration.lower, Double.MIN_NORMAL), solves, iteration.converged());
    }

    private boolean converged() {
        return upper - lower <= TOLERANCE * lower;
    }

    /** As many steps as two to the power of {@value #SQUARINGS}: products of positive matrices keep their entries accurate. */
    private void leap() {
        double[][] power = new double[x.length][x.length];
        for (int j = 1; j < x.length; j++) {
            double[] column = new double[x.length];
            column[j] = 1;
            inverse.solve(column);
            for (int i = 1; i < x.length; i++) {
                power[i][j] = column[i];
            }
        }
        for (int squaring = 0; squaring < SQUARINGS; squaring++) {
            double max = Arrays.stream(power).flatMapToDouble(Arrays::stream).max().orElseThrow();
            for (double[] row : power) {
                Arrays.setAll(row, j -> row[j] / max);
            }
            power = SquareMatrix.power(power, 2);
        }
        for (int i = 1; i < x.length; i++) {
            x[i] = Arrays.stream(power[i]).sum();
        }
    }

    private void step() {
        double[] y = x.clone();
        inverse.solve(y);
        double max = Arrays.stream(y).max().orElseThrow();
        lower = Double.POSITIVE_INFINITY;
        upper = 0;
        for (int i = 1; i < x.length; i++) {
            if (y[i] >= NEGLIGIBLE * max) {
                double ratio = inverse.rate() * (x[i] / y[i]);
                lower = Math.min(lower, ratio);
                upper = Math.max(upper, ratio);
            }
            x[i] = y[i] / max;
        }
    }
}
