package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Means, squared lengths and inner products of vectors, {@code count x d} float32 row after row, and centred vectors: what packing needs.
 *
 * <p>Sums are float64, in an order that does not depend on the vector width. Plain arrays, at any alignment; tails are scalar.
 */
public final class Moments {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Chains of a sum over components: as many as the widest vector of float64 has lanes. */
    public static final int CHAINS = 8;

    private Moments() {
    }

    /** The mean vector. */
    public static void mean(float[] vectors, int count, int d, double[] mean) {
        PlainMoments.mean(vectors, count, d, mean);
    }

    /**
     * {@code squares_i += squareFactor |v_i - mean|^2} and {@code products_i += productFactor <v_i, other>}.
     *
     * <p>Components run over {@value #CHAINS} chains of fused multiply-adds each, component k in chain {@code k mod 8},
     * whatever the width of the vectors.
     *
     * @param square  scratch, {@value #CHAINS} long
     * @param product scratch, {@value #CHAINS} long
     */
    public static void add(float[] vectors, int count, int d, double[] mean, double squareFactor, double[] squares,
                    double[] other, double productFactor, double[] products, double[] square, double[] product) {
        for (int i = 0, from = 0; i < count; i++, from += d) {
            for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
                whole(vectors, from, chain, d, mean, other, square, product);
            }
            for (int k = d & -CHAINS; k < d; k++) {
                double v = vectors[from + k];
                double centred = v - mean[k];
                square[k & (CHAINS - 1)] = Math.fma(centred, centred, square[k & (CHAINS - 1)]);
                product[k & (CHAINS - 1)] = Math.fma(v, other[k], product[k & (CHAINS - 1)]);
            }
            squares[i] += squareFactor * PlainMoments.folded(square);
            products[i] += productFactor * PlainMoments.folded(product);
        }
    }

    /** Those chains that one vector holds, over the components that fill all chains. */
    private static void whole(float[] vectors, int from, int chain, int d, double[] mean, double[] other,
                              double[] square, double[] product) {
        DoubleVector s = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector p = DoubleVector.zero(Lanes.DOUBLES);
        for (int k = chain; k < (d & -CHAINS); k += CHAINS) {
            DoubleVector v = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, vectors, from + k)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector centred = v.sub(DoubleVector.fromArray(Lanes.DOUBLES, mean, k));
            s = centred.fma(centred, s);
            p = v.fma(DoubleVector.fromArray(Lanes.DOUBLES, other, k), p);
        }
        Lanes.DOUBLE_VECTOR.cast(s).intoArray(square, chain);
        Lanes.DOUBLE_VECTOR.cast(p).intoArray(product, chain);
    }

    /** The inner product of two vectors of d components. */
    public static double product(float[] one, int oneAt, float[] other, int otherAt, int d) {
        int whole = d & -4;
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int k = 0; k < whole; k += 4) {
            s0 += (double) one[oneAt + k] * other[otherAt + k];
            s1 += (double) one[oneAt + k + 1] * other[otherAt + k + 1];
            s2 += (double) one[oneAt + k + 2] * other[otherAt + k + 2];
            s3 += (double) one[oneAt + k + 3] * other[otherAt + k + 3];
        }
        for (int k = whole; k < d; k++) {
            s0 += (double) one[oneAt + k] * other[otherAt + k];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** The inner product of two vectors. */
    public static double product(double[] one, double[] other) {
        return PlainMoments.product(one, other);
    }

    /** {@code factor (v_i - mean)}, rounded to float once, at component {@code at} of rows of {@code width} entries. */
    public static void centre(float[] vectors, int count, int d, double[] mean, double factor, float[] to, int width, int at) {
        int whole = d - d % DOUBLES;
        for (int i = 0; i < count; i++) {
            int from = i * d;
            int row = i * width + at;
            for (int k = 0; k < whole; k += DOUBLES) {
                DoubleVector v = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, vectors, from + k)
                        .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                DoubleVector centred = v.sub(DoubleVector.fromArray(Lanes.DOUBLES, mean, k)).mul(factor);
                Lanes.HALF_FLOAT_VECTOR.cast(centred.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(to, row + k);
            }
            for (int k = whole; k < d; k++) {
                to[row + k] = (float) (factor * (vectors[from + k] - mean[k]));
            }
        }
    }

    /** {@code factor (v_i - mean)}, at component {@code at} of rows of {@code width} entries. */
    public static void centre(float[] vectors, int count, int d, double[] mean, double factor, double[] to, int width, int at) {
        for (int i = 0; i < count; i++) {
            int from = i * d;
            int row = i * width + at;
            for (int k = 0; k < d; k++) {
                to[row + k] = factor * (vectors[from + k] - mean[k]);
            }
        }
    }

    /** {@code squares_k += (v_ik - mean_k)^2} over all vectors. */
    public static void addSquares(float[] vectors, int count, int d, double[] mean, double[] squares) {
        int whole = d - d % DOUBLES;
        for (int i = 0, from = 0; i < count; i++, from += d) {
            for (int k = 0; k < whole; k += DOUBLES) {
                DoubleVector v = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, vectors, from + k)
                        .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                DoubleVector centred = v.sub(DoubleVector.fromArray(Lanes.DOUBLES, mean, k));
                centred.fma(centred, DoubleVector.fromArray(Lanes.DOUBLES, squares, k)).intoArray(squares, k);
            }
            for (int k = whole; k < d; k++) {
                double centred = vectors[from + k] - mean[k];
                squares[k] = Math.fma(centred, centred, squares[k]);
            }
        }
    }

    /** The least and the greatest entry of each component. */
    public static void range(float[] vectors, int count, int d, float[] least, float[] greatest) {
        System.arraycopy(vectors, 0, least, 0, d);
        System.arraycopy(vectors, 0, greatest, 0, d);
        for (int i = 1, from = d; i < count; i++, from += d) {
            for (int k = 0; k < d; k++) {
                float entry = vectors[from + k];
                least[k] = entry < least[k] ? entry : least[k];
                greatest[k] = entry > greatest[k] ? entry : greatest[k];
            }
        }
    }

    /**
     * {@code v_i - mean} for {@code count} vectors from vector {@code first} on, of {@code width} components from {@code component}
     * on, to rows of {@code stride} entries from {@code at} on.
     */
    public static void centre(float[] vectors, int first, int count, int d, int component, int width, double[] mean, double[] to, int at,
                       int stride) {
        int whole = width - width % DOUBLES;
        for (int i = 0, from = first * d + component, row = at; i < count; i++, from += d, row += stride) {
            for (int k = 0; k < whole; k += DOUBLES) {
                DoubleVector v = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, vectors, from + k)
                        .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                v.sub(DoubleVector.fromArray(Lanes.DOUBLES, mean, component + k)).intoArray(to, row + k);
            }
            for (int k = whole; k < width; k++) {
                to[row + k] = vectors[from + k] - mean[component + k];
            }
        }
    }

    /** As above, component k times {@code factor_k} and rounded to float once. */
    public static void centre(float[] vectors, int first, int count, int d, int component, int width, double[] mean, double[] factors,
                       float[] to, int at, int stride) {
        int whole = width - width % DOUBLES;
        for (int i = 0, from = first * d + component, row = at; i < count; i++, from += d, row += stride) {
            for (int k = 0; k < whole; k += DOUBLES) {
                DoubleVector v = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, vectors, from + k)
                        .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                DoubleVector centred = v.sub(DoubleVector.fromArray(Lanes.DOUBLES, mean, component + k))
                        .mul(DoubleVector.fromArray(Lanes.DOUBLES, factors, component + k));
                Lanes.HALF_FLOAT_VECTOR.cast(centred.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(to, row + k);
            }
            for (int k = whole; k < width; k++) {
                to[row + k] = (float) (factors[component + k] * (vectors[from + k] - mean[component + k]));
            }
        }
    }
}
