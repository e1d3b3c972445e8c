package dev.gatun.internal.work;

import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.stored.StoredRows;

/**
 * A packed copy of the values of one head, divided by a power of two, the unit, so that sums of them times any {@code 2^z} stay within
 * float32. The unit is 1 unless the values are extremely large or small.
 *
 * @param <P> the layout of the copy
 */
public final class Values<P extends PackedValues> {

    /** Exponentials range from 2^-64 to 2^64 and are summed over up to 2^20 tokens. */
    private static final int MAX_EXPONENT = 40;

    private final P panel;
    private float unit = 1;

    /** Copies in {@code panel}. */
    public Values(P panel) {
        this.panel = panel;
    }

    /**
     * Copies values.
     *
     * @param rows  the number of rows
     * @param chunk memory for a chunk of them
     * @return the largest magnitude; infinite or NaN if an entry is not finite, and then the copy is of no use
     */
    public float load(StoredRows v, int rows, float[] chunk) {
        return scaled(panel.pack(v, rows, chunk));
    }

    /**
     * Copies values, and ignores those that no query sees: they change neither the unit nor the largest magnitude that is returned.
     * Unseen values are searched for only where they may matter.
     */
    public float load(StoredRows v, int rows, float[] chunk, VisibleVectors seen) {
        float largest = panel.pack(v, rows, chunk);
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

    /** The copied values, divided by the unit. */
    public P panel() {
        return panel;
    }

    /** Multiplies sums of copied values by the unit: {@code count} entries from {@code from} on. */
    public void restore(float[] product, int from, int count) {
        if (unit != 1) {
            for (int i = from; i < from + count; i++) {
                product[i] *= unit;
            }
        }
    }
}
