package dev.gatun.spectral;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** {@code H D H}, of a reflection {@code H = I - 2 v v*} and a diagonal D, which counts its products. */
final class Mirrored implements SelfAdjoint {

    private final double[] diagonal;
    private final boolean complex;
    private final double[] v;
    private int products;

    Mirrored(double[] diagonal, boolean complex) {
        this.diagonal = diagonal;
        this.complex = complex;
        this.v = new SplittableRandom(7).doubles(length(), -1, 1).toArray();
        double length = Math.sqrt(inner(v, v));
        Arrays.setAll(v, i -> v[i] / length);
    }

    /** Eigenvalues that crowd below 1, that are spread evenly, that fall off at once, and that reach down to -1. */
    static double[] values(String kind, int n) {
        return switch (kind) {
            case "crowded" -> of(n, k -> Math.cos(Math.PI * k / (2 * n)));
            case "even" -> of(n, k -> 1 - k / n);
            case "falling" -> of(n, k -> Math.pow(0.7, k));
            case "negative" -> of(n, k -> k < 12 ? 0.9 - k / 16 : -1 + k / (4 * n));
            case "triple" -> of(n, k -> 1 - Math.floor(k / 3) * 3 / n);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static double[] of(int n, DoubleUnaryOperator value) {
        return IntStream.range(0, n).mapToDouble(value::applyAsDouble).toArray();
    }

    @Override
    public int size() {
        return diagonal.length;
    }

    @Override
    public boolean complex() {
        return complex;
    }

    @Override
    public void apply(double[][] x, double[][] y, int count) {
        products++;
        for (int k = 0; k < count; k++) {
            double[] image = mirrored(x[k]);
            Arrays.setAll(image, i -> image[i] * diagonal[i % size()]);
            System.arraycopy(mirrored(image), 0, y[k], 0, length());
        }
    }

    /** {@code x - 2 v <v, x>}. */
    double[] mirrored(double[] x) {
        double real = inner(v, x);
        double imaginary = complex ? inner(timesI(v), x) : 0;
        double[] mirrored = x.clone();
        double[] turned = complex ? timesI(v) : v;
        Arrays.setAll(mirrored, i -> x[i] - 2 * (real * v[i] + imaginary * turned[i]));
        return mirrored;
    }

    /** The number of products. */
    int products() {
        return products;
    }

    private double[] timesI(double[] x) {
        int n = size();
        double[] turned = new double[x.length];
        Arrays.setAll(turned, i -> i < n ? -x[n + i] : x[i - n]);
        return turned;
    }

    /** Eigenvector {@code k}. */
    double[] vector(int k) {
        double[] unit = new double[length()];
        unit[k] = 1;
        return mirrored(unit);
    }

    static double inner(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }
}
