package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * One vector of a text from those of its tokens, and unit length.
 *
 * <p>Components lie on lanes; rows are at any distance and alignment, with any number of components. Results do not depend on the vector
 * width.
 */
public final class RowPooling {

    /** Rows of a chain of additions. */
    static final int CHAIN = 16;

    private static final int FLOATS = Lanes.FLOATS.length();

    /** The least length that a vector is divided by, so that a vector of zeros stays one. */
    static final double MIN_LENGTH = 1e-12;

    private RowPooling() {
    }

    /**
     * The mean of rows. Each sum is a chain of {@value #CHAIN} rows, and the chains are added in their order: {@code rows / 16 + 17}
     * roundings.
     *
     * @param x    row t begins at {@code at + t * stride}
     * @param rows at least 1
     * @param out  receives the mean from {@code to} on; may not overlap x
     */
    public static void mean(float[] x, int at, int stride, int rows, int columns, float[] out, int to) {
        int full = columns - columns % FLOATS;
        for (int c = 0; c < full; c += FLOATS) {
            FloatVector total = FloatVector.zero(Lanes.FLOATS);
            for (int first = 0; first < rows; first += CHAIN) {
                FloatVector sum = FloatVector.zero(Lanes.FLOATS);
                int end = at + c + Math.min(first + CHAIN, rows) * stride;
                for (int i = at + c + first * stride; i < end; i += stride) {
                    sum = FloatVector.fromArray(Lanes.FLOATS, x, i).add(sum);
                }
                total = sum.add(total);
            }
            Lanes.FLOAT_VECTOR.cast(total.div(rows)).intoArray(out, to + c);
        }
        for (int c = full; c < columns; c++) {
            out[to + c] = PlainPooling.mean(x, at + c, stride, rows);
        }
    }

    /**
     * Divides a vector by its Euclidean length, in place. The sum of squares has {@link RowSums#CHAINS} chains: {@code columns / 32 + 6}
     * roundings; two follow. Vectors shorter than 1e-12 are divided by that.
     *
     * @param scratch scratch memory of the calling thread
     */
    public static void normalise(float[] x, int at, int columns, LinearScratch scratch) {
        float factor = PlainPooling.factor(RowSums.squares(x, at, columns, 0f, scratch.chains));
        int full = columns - columns % FLOATS;
        for (int c = at; c < at + full; c += FLOATS) {
            Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, x, c).mul(factor)).intoArray(x, c);
        }
        for (int c = at + full; c < at + columns; c++) {
            x[c] *= factor;
        }
    }
}
