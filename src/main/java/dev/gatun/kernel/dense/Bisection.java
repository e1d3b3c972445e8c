package dev.gatun.kernel.dense;

import dev.gatun.kernel.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The largest eigenvalues of a real symmetric tridiagonal matrix by bisection (W. Givens 1954): the number of negative pivots of
 * {@code T - x I} is that of the eigenvalues below x, also in floating point, so none is missed however close together they lie.
 *
 * <p>Float64; one eigenvalue per lane, sixteen at a time. Errors are at most {@code 4e-16} times the norm, for a matrix whose entries
 * differ from T's by rounding. Lanes are independent: results do not depend on the vector width.
 */
public final class Bisection {

    /** Eigenvalues that are computed side by side. */
    private static final int GROUP = 16;

    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, Lanes.DOUBLES.vectorShape());

    /** Halvings of an interval of twice the norm after which its middle is rounded to one of its ends. */
    private static final int MAX_HALVINGS = 56;

    private Bisection() {
    }

    /**
     * The {@code count} largest eigenvalues, descending.
     *
     * @param diagonal    {@code order} entries
     * @param offDiagonal {@code order - 1} entries
     * @throws IllegalStateException if an entry is not finite
     */
    public static double[] largest(double[] diagonal, double[] offDiagonal, int order, int count) {
        double norm = norm(diagonal, offDiagonal, order);
        if (!(norm < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException("a matrix of order %s has entries that are not finite".formatted(order));
        }
        double[] squares = new double[order];
        for (int i = 1; i < order; i++) {
            // A quotient of zeros is no number.
            squares[i] = Math.max(offDiagonal[i - 1] * offDiagonal[i - 1], Double.MIN_NORMAL);
        }
        double[] values = new double[count];
        for (int first = 0; first < count; first += GROUP) {
            double[] group = bisect(diagonal, squares, order, norm, first);
            System.arraycopy(group, 0, values, first, Math.min(GROUP, count - first));
        }
        return values;
    }

    /** The largest sum of moduli along a row: all eigenvalues are at most as large. */
    static double norm(double[] diagonal, double[] offDiagonal, int order) {
        double norm = 0;
        for (int i = 0; i < order; i++) {
            double sum = Math.abs(diagonal[i]) + (i > 0 ? Math.abs(offDiagonal[i - 1]) : 0)
                    + (i < order - 1 ? Math.abs(offDiagonal[i]) : 0);
            norm = Math.max(norm, sum);
        }
        return norm;
    }

    /** Eigenvalues {@code first .. first + GROUP - 1} in descending order; the smallest one for each that there is not. */
    private static double[] bisect(double[] diagonal, double[] squares, int order, double norm, int first) {
        double[] low = new double[GROUP];
        double[] high = new double[GROUP];
        double[] middle = new double[GROUP];
        long[] below = new long[GROUP];
        double margin = norm * 0x1p-40 + Double.MIN_NORMAL;
        Arrays.fill(low, -norm - margin);
        Arrays.fill(high, norm + margin);
        for (int halving = 0; halving < MAX_HALVINGS; halving++) {
            Arrays.setAll(middle, k -> (low[k] + high[k]) / 2);
            for (int k = 0; k < GROUP; k += 2 * DOUBLES) {
                count(diagonal, squares, order, middle, below, k);
            }
            for (int k = 0; k < GROUP; k++) {
                boolean above = order - below[k] > Math.min(first + k, order - 1);
                low[k] = above ? middle[k] : low[k];
                high[k] = above ? high[k] : middle[k];
            }
        }
        return low;
    }

    /** The number of eigenvalues below each of two vectors of numbers x, {@code at} on. */
    private static void count(double[] diagonal, double[] squares, int order, double[] x, long[] below, int at) {
        DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, x, at);
        DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, x, at + DOUBLES);
        DoubleVector q0 = Lanes.DOUBLE_ZEROS.broadcast(1);
        DoubleVector q1 = q0;
        LongVector n0 = LongVector.zero(LONGS);
        LongVector n1 = n0;
        for (int i = 0; i < order; i++) {
            DoubleVector d = Lanes.DOUBLE_ZEROS.broadcast(diagonal[i]);
            DoubleVector e = Lanes.DOUBLE_ZEROS.broadcast(squares[i]);
            q0 = d.sub(x0).sub(e.div(q0));
            q1 = d.sub(x1).sub(e.div(q1));
            n0 = n0.add(Lanes.LONG_VECTOR.cast(q0.reinterpretShape(LONGS, 0)).lanewise(VectorOperators.LSHR, Double.SIZE - 1));
            n1 = n1.add(Lanes.LONG_VECTOR.cast(q1.reinterpretShape(LONGS, 0)).lanewise(VectorOperators.LSHR, Double.SIZE - 1));
        }
        Lanes.LONG_VECTOR.cast(n0).intoArray(below, at);
        Lanes.LONG_VECTOR.cast(n1).intoArray(below, at + DOUBLES);
    }
}
