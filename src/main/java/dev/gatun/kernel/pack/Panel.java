package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * Packed vectors of {@code inner} components, in single or in double precision.
 *
 * <p>In single precision {@code width} vectors lie side by side: place c of vector i is at
 * {@code (i / width * inner + c) * width + i % width}, and places beyond the last vector hold zeros. In double precision
 * vectors lie row after row.
 *
 * @param singles the entries, or null where they are kept in double precision
 * @param doubles the entries, or null where they are kept in single precision
 * @param width   vectors side by side in single precision
 */
public record Panel(float[] singles, double[] doubles, int width) {

    /** Scratch for {@code count} vectors in single precision. */
    static Panel singles(int count, int inner, int width) {
        int groups = (count + width - 1) / width;
        return new Panel(new float[ArrayLength.of(ArrayLength.of(groups, width), inner)], null, width);
    }

    /** Scratch for {@code count} vectors in double precision. */
    static Panel doubles(int count, int inner) {
        return new Panel(null, new double[ArrayLength.of(count, inner)], 1);
    }

    boolean precise() {
        return doubles != null;
    }

    /** The same vectors with {@code newWidth} of them side by side; in double precision the panel itself. */
    Panel repacked(int count, int inner, int newWidth) {
        if (precise()) {
            return this;
        }
        Panel panel = singles(count, inner, newWidth);
        Packing.repack(singles, width, count, inner, panel.singles, newWidth);
        return panel;
    }

    /** What lies at place {@code c} of vector {@code i}: see {@link Packing} for the order of components. */
    public double entry(int i, int c, int inner) {
        return precise() ? doubles[i * inner + c] : singles[(i / width * inner + c) * width + i % width];
    }

    /** Transposes up to {@link Lanes#BLOCK} vectors from {@code first} on into {@code inner x BLOCK}, zeros beyond. */
    public void transposeDoubles(int first, int count, int inner, double[] block) {
        for (int c = 0; c < inner; c++) {
            int at = c * Lanes.BLOCK;
            for (int r = 0, from = first * inner + c; r < count; r++, from += inner) {
                block[at + r] = doubles[from];
            }
            Arrays.fill(block, at + count, at + Lanes.BLOCK, 0.0);
        }
    }
}
