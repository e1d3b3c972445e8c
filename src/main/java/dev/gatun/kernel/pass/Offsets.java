package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;

/**
 * What each column adds to the log-kernel, {@code b_j + v_j}, with v a potential: in the precision that the log-kernel
 * is summed in.
 *
 * @param float32 the offsets, with room for columns rounded up to a multiple of 4; or null in double precision
 * @param float64 the offsets, or null in single precision
 */
record Offsets(float[] float32, double[] float64) {

    /** Offsets of {@code kernel} under the potential {@code v} (in units of log 2), or with none where it is null. */
    static Offsets of(LogKernel kernel, double[] v) {
        double[] offsets = new double[kernel.columns()];
        for (int j = 0; j < offsets.length; j++) {
            offsets[j] = kernel.columnOffset(j) + (v == null ? 0 : v[j]);
        }
        return exactly(kernel.isFloat64(), offsets);
    }

    /** Takes the offsets of another log-kernel of the same columns and precision, with no potential. */
    void fill(LogKernel kernel) {
        for (int j = 0; j < kernel.columns(); j++) {
            if (float32 == null) {
                float64[j] = kernel.columnOffset(j);
            } else {
                float32[j] = (float) kernel.columnOffset(j);
            }
        }
    }

    /** Nothing, for every column. */
    static Offsets none(LogKernel kernel) {
        return exactly(kernel.isFloat64(), new double[kernel.columns()]);
    }

    /** The given offsets, in double or single precision. */
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
