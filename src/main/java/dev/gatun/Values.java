package dev.gatun;

/**
 * A copy of one head's values, in units in which sums of them weighted by any {@code 2^z} stay within float32.
 *
 * @param entries row after row
 * @param unit    a power of two, 1 unless the values are extremely large or small; entries times it are the values
 */
record Values(float[] entries, float unit) {

    /** Weights reach from 2^-64 to 2^64 and are summed over up to 2^20 tokens. */
    private static final int GREATEST_EXPONENT = 40;

    /**
     * A copy of {@code v}.
     *
     * @param largest the largest magnitude of any value
     */
    static Values of(Matrix v, float largest) {
        float[] entries = v.toArray();
        int exponent = Math.getExponent(largest);
        if (largest == 0 || Math.abs(exponent) <= GREATEST_EXPONENT) {
            return new Values(entries, 1);
        }
        float unit = Math.scalb(1f, Math.max(exponent, Float.MIN_EXPONENT));
        for (int i = 0; i < entries.length; i++) {
            entries[i] /= unit;
        }
        return new Values(entries, unit);
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
