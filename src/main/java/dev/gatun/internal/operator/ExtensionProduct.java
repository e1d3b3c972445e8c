package dev.gatun.internal.operator;

import dev.gatun.kernel.pack.PackedValues;

/** The product of transitions from new tokens with packed values. */
@FunctionalInterface
public interface ExtensionProduct {

    /**
     * {@code out_x = sum_j P(x, j) values_j}.
     *
     * @param out a row for each new token; complex results as real and imaginary parts side by side
     */
    void multiply(PackedValues values, float[] out);
}
