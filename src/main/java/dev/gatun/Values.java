package dev.gatun;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.ValuePanel;

/**
 * A packed copy of one head's values, in units in which sums of them weighted by any {@code 2^z} stay within float32: the
 * values divided by a power of two that is 1 unless they are extremely large or small.
 */
final class Values {

    /** Weights reach from 2^-64 to 2^64 and are summed over up to 2^20 tokens. */
    private static final int GREATEST_EXPONENT = 40;

    private final ValuePanel panel;
    private float unit = 1;

    /** Room for values of {@code rows x components}. */
    Values(int rows, int components) {
        this.panel = new ValuePanel(rows, components);
    }

    /** A copy of {@code v}. */
    static Values of(Matrix v) {
        Values values = new Values(v.rows(), v.columns());
        values.load(Heads.of(v), 0, new float[Math.multiplyExact(v.rows(), v.columns())]);
        return values;
    }

    /**
     * Copies matrix {@code index} of {@code v}.
     *
     * @param entries scratch, as long as the matrix has entries
     * @return the largest magnitude; infinite or NaN if not every entry is finite, and nothing is kept then
     */
    float load(Heads v, int index, float[] entries) {
        v.copyTo(index, entries);
        float largest = FiniteScan.largest(entries);
        if (!Float.isFinite(largest)) {
            return largest;
        }
        int exponent = Math.getExponent(largest);
        unit = 1;
        if (largest != 0 && Math.abs(exponent) > GREATEST_EXPONENT) {
            unit = Math.scalb(1f, Math.max(exponent, Float.MIN_EXPONENT));
            for (int i = 0; i < entries.length; i++) {
                entries[i] /= unit;
            }
        }
        panel.pack(entries);
        return largest;
    }

    /** The copied values in these units. */
    ValuePanel panel() {
        return panel;
    }

    /** Brings a weighted sum of the values back to their own units: {@code count} entries from {@code from} on. */
    void restore(float[] product, int from, int count) {
        if (unit != 1) {
            for (int i = from; i < from + count; i++) {
                product[i] *= unit;
            }
        }
    }
}
