package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * Packed vectors of {@code inner} components, in float32 or float64.
 *
 * <p>In float32 {@code width} vectors lie side by side: place c of vector i is at
 * {@code (i / width * inner + c) * width + i % width}, and padding vectors are zeros; {@link Packing} has the order of components. In
 * float64 vectors lie row after row.
 *
 * @param float32 the entries; null in float64
 * @param float64 the entries; null in float32
 * @param width   vectors side by side in float32
 */
public record Panel(float[] float32, double[] float64, int width) {

    /** An empty panel of {@code count} float32 vectors. */
    public static Panel float32(int count, int inner, int width) {
        int groups = (count + width - 1) / width;
        return new Panel(new float[ArrayLength.of(ArrayLength.of(groups, width), inner)], null, width);
    }

    /** An empty panel of {@code count} float64 vectors. */
    static Panel float64(int count, int inner) {
        return new Panel(null, new double[ArrayLength.of(count, inner)], 1);
    }

    boolean isFloat64() {
        return float64 != null;
    }

    /** The same vectors with {@code newWidth} of them side by side; in float64 the panel itself. */
    Panel repacked(int count, int inner, int newWidth) {
        if (isFloat64()) {
            return this;
        }
        Panel panel = float32(count, inner, newWidth);
        Packing.repack(float32, width, count, inner, panel.float32, newWidth);
        return panel;
    }

    /** The entry at place {@code c} of vector {@code i}. */
    public double entry(int i, int c, int inner) {
        return isFloat64() ? float64[i * inner + c] : float32[(i / width * inner + c) * width + i % width];
    }

    /** Transposes {@code count} float64 vectors from {@code first} on into {@code inner x BLOCK}, filled up with zeros. */
    public void transposeFloat64(int first, int count, int inner, double[] block) {
        for (int c = 0; c < inner; c++) {
            int at = c * Lanes.BLOCK;
            for (int r = 0, from = first * inner + c; r < count; r++, from += inner) {
                block[at + r] = float64[from];
            }
            Arrays.fill(block, at + count, at + Lanes.BLOCK, 0.0);
        }
    }
}
