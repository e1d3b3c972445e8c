package dev.gatun;

/**
 * A copy of one head's values, in units in which sums of them weighted by any {@code 2^z} stay within float32: the values
 * divided by a power of two that is 1 unless they are extremely large or small.
 */
final class Values {

    /** Weights reach from 2^-64 to 2^64 and are summed over up to 2^20 tokens. */
    private static final int GREATEST_EXPONENT = 40;

    private final float[] entries;
    private float unit = 1;

    /** Room for values, row after row. */
    Values(float[] entries) {
        this.entries = entries;
    }

    /** A copy of {@code v}, whose largest magnitude is at most {@code largest}. */
    static Values of(Matrix v, float largest) {
        Values values = new Values(new float[Math.multiplyExact(v.rows(), v.columns())]);
        values.load(Heads.of(v), 0, largest);
        return values;
    }

    /** Copies matrix {@code index} of {@code v}, whose largest magnitude is at most {@code largest}. */
    void load(Heads v, int index, float largest) {
        v.copyTo(index, entries);
        int exponent = Math.getExponent(largest);
        if (largest == 0 || Math.abs(exponent) <= GREATEST_EXPONENT) {
            unit = 1;
            return;
        }
        unit = Math.scalb(1f, Math.max(exponent, Float.MIN_EXPONENT));
        for (int i = 0; i < entries.length; i++) {
            entries[i] /= unit;
        }
    }

    /** The copied values in these units, row after row. */
    float[] entries() {
        return entries;
    }

    /** Brings a weighted sum of the entries back to the values' own units. */
    void restore(float[] product) {
        if (unit != 1) {
            for (int i = 0; i < product.length; i++) {
                product[i] *= unit;
            }
        }
    }
}
