package dev.gatun.internal.work;

import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pack.StoredRows;
import dev.gatun.kernel.pack.ValuePanel;

/**
 * A packed copy of one head's values, in units in which sums of them weighted by any {@code 2^z} stay within float32: the
 * values divided by a power of two that is 1 unless they are extremely large or small.
 */
public final class Values {

    /** Weights reach from 2^-64 to 2^64 and are summed over up to 2^20 tokens. */
    private static final int MAX_EXPONENT = 40;

    private final ValuePanel panel;
    private float unit = 1;

    /** Scratch for values of {@code rows x components}. */
    public Values(int rows, int components) {
        this.panel = new ValuePanel(rows, components);
    }

    /**
     * Copies values.
     *
     * @param chunk room for a chunk of them
     * @return the largest magnitude; infinite or NaN if not every entry is finite, and then what is kept is of no use
     */
    public float load(StoredRows v, float[] chunk) {
        return scaled(panel.pack(v, chunk));
    }

    /**
     * Copies values, of which those that nothing sees are of no account: neither to the units nor to what is returned. Which
     * ones these are is looked for only where it may matter.
     */
    public float load(StoredRows v, float[] chunk, VisibleVectors seen) {
        float largest = panel.pack(v, chunk);
        boolean settled = !seen.mayHide() || ordinary(largest) && ordinary(panel.largestVisible(seen));
        return scaled(settled || seen.allVisible() ? largest : panel.replaceHidden(seen));
    }

    private static boolean ordinary(float largest) {
        return Math.abs(Math.getExponent(largest)) <= MAX_EXPONENT;
    }

    private float scaled(float largest) {
        unit = 1;
        if (largest != 0 && Float.isFinite(largest) && !ordinary(largest)) {
            unit = Math.scalb(1f, Math.max(Math.getExponent(largest), Float.MIN_EXPONENT));
            panel.divide(unit);
        }
        return largest;
    }

    /** The copied values in these units. */
    public ValuePanel panel() {
        return panel;
    }

    /** Brings a weighted sum of the values back to their own units: {@code count} entries from {@code from} on. */
    public void restore(float[] product, int from, int count) {
        if (unit != 1) {
            for (int i = from; i < from + count; i++) {
                product[i] *= unit;
            }
        }
    }
}
