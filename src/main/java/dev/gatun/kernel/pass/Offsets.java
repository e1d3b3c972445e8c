package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;

/**
 * The offsets of the columns of a log-kernel, {@code b_j + v_j} with a potential v, in the precision of its inner products.
 *
 * @param float32 the offsets, padded to a multiple of 4; null in float64
 * @param float64 the offsets; null in float32
 */
record Offsets(float[] float32, double[] float64) {

    /**
     * The offsets of {@code kernel}, with memory for its largest number of columns.
     *
     * @param v a potential in units of log 2; null for none
     */
    static Offsets of(LogKernel kernel, double[] v) {
        double[] offsets = new double[kernel.maxColumns()];
        for (int j = 0; j < kernel.columns(); j++) {
            offsets[j] = kernel.columnOffset(j) + (v == null ? 0 : v[j]);
        }
        return exactly(kernel.isFloat64(), offsets);
    }

    /** Sets the offsets of another log-kernel of the same precision and largest number of columns, without a potential. */
    void fill(LogKernel kernel) {
        for (int j = 0; j < kernel.columns(); j++) {
            if (float32 == null) {
                float64[j] = kernel.columnOffset(j);
            } else {
                float32[j] = (float) kernel.columnOffset(j);
            }
        }
    }

    /** Offsets of 0, with memory for the log-kernel's largest number of columns. */
    static Offsets none(LogKernel kernel) {
        return exactly(kernel.isFloat64(), new double[kernel.maxColumns()]);
    }

    /** The given offsets in float64 or float32. */
    static Offsets exactly(boolean float64, double[] offsets) {
        if (float64) {
            return new Offsets(null, offsets);
        }
        float[] float32 = new float[Lanes.quads(offsets.length) * Lanes.QUAD];
        for (int j = 0; j < offsets.length; j++) {
            float32[j] = (float) offsets[j];
        }
        return new Offsets(float32, null);
    }
}
