package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Sums over the tokens of states s and their local fields h, channel by channel: {@code sum_t h_t^2}, and the number of t with
 * {@code s_t h_t < 0}.
 *
 * <p>Channels lie on lanes. Products and sums are float64, so that no product underflows: one chain per channel in the order of the tokens,
 * whatever the vector width. Plain arrays, at any alignment, without tails.
 */
public final class FieldSums {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    private FieldSums() {
    }

    /**
     * Adds the sums over some tokens.
     *
     * @param s       a block of states, its first row at {@code at}: see {@link ThinProduct}
     * @param h       a block of fields
     * @param columns channels of the block that count; padding channels may be summed
     * @param sums    added to: {@code 2 x BLOCK} from {@code to} on, squares and numbers of negative products
     */
    public static void add(float[] s, int at, float[] h, int tokens, int columns, double[] sums, int to) {
        for (int c = 0; c < columns; c += 2 * DOUBLES) {
            pair(s, at + c, h, c, tokens, sums, to + c);
        }
    }

    /** Two vectors of channels. */
    private static void pair(float[] s, int from, float[] h, int start, int tokens, double[] sums, int to) {
        DoubleVector one = Lanes.DOUBLE_ZEROS.broadcast(1);
        DoubleVector zero = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector square0 = DoubleVector.fromArray(Lanes.DOUBLES, sums, to);
        DoubleVector square1 = DoubleVector.fromArray(Lanes.DOUBLES, sums, to + DOUBLES);
        DoubleVector negative0 = DoubleVector.fromArray(Lanes.DOUBLES, sums, to + Lanes.BLOCK);
        DoubleVector negative1 = DoubleVector.fromArray(Lanes.DOUBLES, sums, to + Lanes.BLOCK + DOUBLES);
        for (int t = 0, i = from, j = start; t < tokens; t++, i += Lanes.BLOCK, j += Lanes.BLOCK) {
            DoubleVector s0 = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, s, i)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector s1 = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, s, i + DOUBLES)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector h0 = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, h, j)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector h1 = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, h, j + DOUBLES)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            square0 = h0.fma(h0, square0);
            square1 = h1.fma(h1, square1);
            negative0 = zero.blend(one, s0.mul(h0).compare(VectorOperators.LT, 0)).add(negative0);
            negative1 = zero.blend(one, s1.mul(h1).compare(VectorOperators.LT, 0)).add(negative1);
        }
        Lanes.DOUBLE_VECTOR.cast(square0).intoArray(sums, to);
        Lanes.DOUBLE_VECTOR.cast(square1).intoArray(sums, to + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(negative0).intoArray(sums, to + Lanes.BLOCK);
        Lanes.DOUBLE_VECTOR.cast(negative1).intoArray(sums, to + Lanes.BLOCK + DOUBLES);
    }
}
