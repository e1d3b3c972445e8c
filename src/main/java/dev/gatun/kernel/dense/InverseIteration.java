package dev.gatun.kernel.dense;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Eigenvectors of a real symmetric tridiagonal matrix, given its eigenvalues, by inverse iteration (J. H. Wilkinson 1965) from random
 * vectors, the same at each call. Vectors of eigenvalues that lie close together are made orthogonal in each iteration.
 *
 * <p>A shift lies a few roundings below its eigenvalue, and so below those of all vectors found before: none of these is amplified much
 * more than the one to be found. A shift equal to several eigenvalues would amplify one of their vectors by the inverses of several small
 * pivots, and the rest of the solution would be rounding.
 *
 * <p>Float64, without vectors: results do not depend on the vector width.
 */
public final class InverseIteration {

    private static final int ITERATIONS = 3;

    /** The distance of consecutive eigenvalues, relative to the norm, up to which their vectors are made orthogonal. */
    private static final double CLOSE = 1e-3;

    private static final double ROUNDING = 0x1p-52;

    /** The distance of a shift from the eigenvalue, relative to the norm: more than the errors of eigenvalues and of the factors. */
    private static final double SHIFT = 16 * ROUNDING;

    /** Eigenvalues of a matrix of a smaller norm count as equal. */
    private static final double MIN_NORM = 0x1p-400;

    private static final long SEED = 0x7E57;

    private final double[] diagonal;
    private final double[] offDiagonal;
    private final int order;
    private final double norm;
    /** The least pivot: smaller ones, and smaller entries beside the diagonal, are rounding. */
    private final double least;
    /** Rows of the upper triangular factor: the inverse of the pivot and two entries beside it. */
    private final double[] inverse;
    private final double[] first;
    private final double[] second;
    private final double[] multipliers;
    private final boolean[] swapped;

    /** The matrix with these entries on and beside its diagonal. */
    public InverseIteration(double[] diagonal, double[] offDiagonal, int order) {
        this.diagonal = diagonal;
        this.order = order;
        this.norm = Math.max(Bisection.norm(diagonal, offDiagonal, order), MIN_NORM);
        this.least = ROUNDING * norm;
        this.offDiagonal = new double[order];
        for (int i = 0; i < order - 1; i++) {
            this.offDiagonal[i] = Math.abs(offDiagonal[i]) < least ? 0 : offDiagonal[i];
        }
        this.inverse = new double[order];
        this.first = new double[order];
        this.second = new double[order];
        this.multipliers = new double[order];
        this.swapped = new boolean[order];
    }

    /**
     * Eigenvectors of length 1.
     *
     * @param values eigenvalues, descending, the largest ones
     */
    public double[][] vectors(double[] values) {
        double[][] vectors = new double[values.length][];
        SplittableRandom random = new SplittableRandom(SEED);
        int close = 0;
        for (int k = 0; k < values.length; k++) {
            if (k > 0 && values[k - 1] - values[k] > CLOSE * norm) {
                close = k;
            }
            factor(values[k] - SHIFT * norm);
            double[] x = random.doubles(order, -1, 1).toArray();
            for (int iteration = 0; iteration < ITERATIONS; iteration++) {
                solve(x);
                scale(x);
                for (int pass = 0; pass < (k > close ? 2 : 0); pass++) {
                    for (int j = close; j < k; j++) {
                        remove(vectors[j], x);
                    }
                    scale(x);
                }
            }
            vectors[k] = x;
        }
        return vectors;
    }

    /** {@code T - lambda I = P L U}, with the larger of two rows as the pivot's. */
    private void factor(double lambda) {
        double pivot = diagonal[0] - lambda;
        double beside = order > 1 ? offDiagonal[0] : 0;
        for (int i = 0; i < order - 1; i++) {
            double below = offDiagonal[i];
            double nextPivot = diagonal[i + 1] - lambda;
            double nextBeside = i + 2 < order ? offDiagonal[i + 1] : 0;
            swapped[i] = Math.abs(below) > Math.abs(pivot);
            if (swapped[i]) {
                inverse[i] = 1 / below;
                first[i] = nextPivot;
                second[i] = nextBeside;
                double multiplier = pivot * inverse[i];
                multipliers[i] = multiplier;
                pivot = beside - multiplier * nextPivot;
                beside = -multiplier * nextBeside;
            } else {
                inverse[i] = 1 / (Math.abs(pivot) < least ? least : pivot);
                first[i] = beside;
                second[i] = 0;
                double multiplier = below * inverse[i];
                multipliers[i] = multiplier;
                pivot = nextPivot - multiplier * beside;
                beside = nextBeside;
            }
        }
        inverse[order - 1] = 1 / (Math.abs(pivot) < least ? least : pivot);
        first[order - 1] = 0;
        second[order - 1] = 0;
    }

    private void solve(double[] x) {
        for (int i = 0; i < order - 1; i++) {
            double upper = swapped[i] ? x[i + 1] : x[i];
            double lower = swapped[i] ? x[i] : x[i + 1];
            x[i] = upper;
            x[i + 1] = lower - multipliers[i] * upper;
        }
        double next = 0;
        double afterNext = 0;
        for (int i = order - 1; i >= 0; i--) {
            double entry = (x[i] - first[i] * next - second[i] * afterNext) * inverse[i];
            x[i] = entry;
            afterNext = next;
            next = entry;
        }
    }

    /** Scales to length 1, by way of a largest entry of 1. */
    private static void scale(double[] x) {
        double largest = Arrays.stream(x).map(Math::abs).max().orElse(1);
        double square = 0;
        for (int i = 0; i < x.length; i++) {
            x[i] /= largest;
            square += x[i] * x[i];
        }
        double factor = 1 / Math.sqrt(square);
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }

    /** Subtracts the part along a vector of length 1. */
    private static void remove(double[] unit, double[] x) {
        double product = 0;
        for (int i = 0; i < x.length; i++) {
            product += unit[i] * x[i];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] -= product * unit[i];
        }
    }
}
