package dev.gatun.kernel.dense;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.DoubleVector;

/**
 * Sums of float64 products along padded rows: eight chains of multiply-adds, one for each index modulo 8, added up in a fixed order.
 * Results do not depend on the vector width.
 */
final class LaneSums {

    /** Entries of a step, one of each chain. Rows have a multiple of it. */
    static final int STEP = 8;

    /** Sums of squares below this may have lost digits to the subnormal range. */
    static final double NEGLIGIBLE = 0x1p-900;

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Rows whose distance is a multiple of this fall on the same lines of a cache. */
    private static final int ALIASED = 64;

    private LaneSums() {
    }

    /** {@code count} rounded up to whole steps. */
    static int padded(int count) {
        return (count + STEP - 1) / STEP * STEP;
    }

    /** The distance of rows of {@code count} entries. */
    static int stride(int count) {
        int padded = padded(count);
        return padded % ALIASED == 0 ? padded + STEP : padded;
    }

    /** {@code sum_i a_i b_i} for i below {@code end}, a multiple of {@link #STEP}; {@code lanes} is scratch of one step. */
    static double product(double[] a, double[] b, int end, double[] lanes) {
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector sum = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = part; i < end; i += STEP) {
                sum = DoubleVector.fromArray(Lanes.DOUBLES, a, i).fma(DoubleVector.fromArray(Lanes.DOUBLES, b, i), sum);
            }
            Lanes.DOUBLE_VECTOR.cast(sum).intoArray(lanes, part);
        }
        return sum(lanes, 0);
    }

    /** The sum of the eight chains from {@code at} on. */
    static double sum(double[] lanes, int at) {
        return lanes[at] + lanes[at + 4] + (lanes[at + 2] + lanes[at + 6])
                + (lanes[at + 1] + lanes[at + 5] + (lanes[at + 3] + lanes[at + 7]));
    }
}
