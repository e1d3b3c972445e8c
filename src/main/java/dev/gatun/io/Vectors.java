package dev.gatun.io;

import java.util.Arrays;

/**
 * Float64 vectors of one length, one for each head of each batch entry, such as marginals or potentials.
 *
 * @param leading the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
 * @param values  the vectors, the last leading dimension varying fastest; as many as the product of {@code leading}
 */
public record Vectors(int[] leading, double[][] values) {

    /**
     * Checks the shape and copies the arrays.
     *
     * @throws IllegalArgumentException if the number of vectors is not the product of the leading dimensions, the lengths differ, or
     *                                  there is no entry
     */
    public Vectors {
        long count = 1;
        for (int size : leading) {
            count = Math.min(count * Math.max(size, 0), Integer.MAX_VALUE + 1L);
        }
        if (count != values.length || count < 1 || values[0].length < 1) {
            throw new IllegalArgumentException(
                    values.length + " vectors for leading dimensions " + Arrays.toString(leading));
        }
        for (double[] vector : values) {
            if (vector.length != values[0].length) {
                throw new IllegalArgumentException("vectors of lengths " + values[0].length + " and " + vector.length);
            }
        }
        leading = leading.clone();
        values = copy(values);
    }

    /** {@return a copy of the leading dimensions} */
    @Override
    public int[] leading() {
        return leading.clone();
    }

    /** {@return a copy of the vectors} */
    @Override
    public double[][] values() {
        return copy(values);
    }

    private static double[][] copy(double[][] vectors) {
        return Arrays.stream(vectors).map(double[]::clone).toArray(double[][]::new);
    }

    /** {@return the length of each vector} */
    public int length() {
        return values[0].length;
    }

    /** {@return the leading dimensions, then the length} */
    public int[] shape() {
        int[] shape = Arrays.copyOf(leading, leading.length + 1);
        shape[leading.length] = length();
        return shape;
    }
}
