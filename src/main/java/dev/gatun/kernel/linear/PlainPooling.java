package dev.gatun.kernel.linear;

/** {@link RowPooling} without vectors of the Vector API, the same to the last bit: see {@link PlainLayer}. */
public final class PlainPooling {

    private PlainPooling() {
    }

    /** As {@link RowPooling#mean}. */
    public static void mean(float[] x, int at, int stride, int rows, int columns, float[] out, int to) {
        for (int c = 0; c < columns; c++) {
            out[to + c] = mean(x, at + c, stride, rows);
        }
    }

    /** The mean of one component. */
    static float mean(float[] x, int at, int stride, int rows) {
        float total = 0;
        for (int first = 0; first < rows; first += RowPooling.CHAIN) {
            float sum = 0;
            for (int t = first; t < Math.min(first + RowPooling.CHAIN, rows); t++) {
                sum += x[at + t * stride];
            }
            total += sum;
        }
        return total / rows;
    }

    /**
     * As {@link RowPooling#normalise}.
     *
     * @param scratch {@link PlainLayer#scratch} floats
     */
    public static void normalise(float[] x, int at, int columns, float[] scratch) {
        float factor = factor(PlainLayer.squares(x, at, columns, 0f, scratch));
        for (int c = at; c < at + columns; c++) {
            x[c] *= factor;
        }
    }

    /** What a vector is multiplied by, given the sum of its squares. */
    static float factor(float squares) {
        return (float) (1 / Math.max(Math.sqrt(squares), RowPooling.MIN_LENGTH));
    }
}
