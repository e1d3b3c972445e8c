package dev.gatun.spectral;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The conjugate {@code D^-1/2 H D^-1/2} of a directed graph, as sparse rows in float64. It depends on ratios of edge weights only, so each
 * row is summed in units of a power of two near its largest weight, and no weights overflow.
 */
final class GraphConjugate implements SelfAdjoint {

    private final int[][] columns;
    private final double[][] real;
    private final double[][] imaginary;

    /** {@code D_i = degrees[i] 2^exponents[i]}, with even exponents, so that the root of the power is a power. */
    private final double[] degrees;
    private final int[] exponents;

    GraphConjugate(DirectedGraph graph, double charge, MagneticConvention convention) {
        int n = graph.size();
        this.columns = graph.neighbours();
        this.real = new double[n][];
        this.imaginary = new double[n][];
        this.degrees = new double[n];
        this.exponents = new int[n];
        for (int i = 0; i < n; i++) {
            int row = i;
            columns[i] = Arrays.stream(columns[i]).filter(j -> j != row || convention.loops()).toArray();
            double largest = Arrays.stream(columns[i])
                    .mapToDouble(j -> Math.max(graph.weight(row, j), graph.weight(j, row))).max().orElse(1);
            exponents[i] = Math.getExponent(largest) & -2;
            degrees[i] = Arrays.stream(columns[i]).mapToDouble(j -> symmetric(graph, row, j, exponents[row])).sum();
        }
        for (int i = 0; i < n; i++) {
            real[i] = new double[columns[i].length];
            imaginary[i] = new double[columns[i].length];
            for (int e = 0; e < columns[i].length; e++) {
                int j = columns[i][e];
                double modulus = symmetric(graph, i, j, (exponents[i] + exponents[j]) / 2)
                        / Math.sqrt(degrees[i]) / Math.sqrt(degrees[j]);
                double phase = convention.phase(charge, graph.weight(i, j), graph.weight(j, i));
                real[i][e] = modulus * StrictMath.cos(phase);
                imaginary[i][e] = modulus * StrictMath.sin(phase);
            }
        }
    }

    /** {@code (w_ij + w_ji) / 2} in units of {@code 2^exponent}. */
    private static double symmetric(DirectedGraph graph, int i, int j, int exponent) {
        return (Math.scalb(graph.weight(i, j), -exponent) + Math.scalb(graph.weight(j, i), -exponent)) / 2;
    }

    @Override
    public int size() {
        return columns.length;
    }

    @Override
    public boolean complex() {
        return true;
    }

    @Override
    public boolean copy(double[] toReal, double[] toImaginary, int stride) {
        for (int i = 0; i < columns.length; i++) {
            for (int e = 0; e < columns[i].length; e++) {
                toReal[i * stride + columns[i][e]] = real[i][e];
                toImaginary[i * stride + columns[i][e]] = imaginary[i][e];
            }
        }
        return true;
    }

    @Override
    public void apply(double[][] x, double[][] y, int count) {
        int n = size();
        for (int k = 0; k < count; k++) {
            double[] vector = x[k].clone();
            for (int i = 0; i < n; i++) {
                double re = 0;
                double im = 0;
                for (int e = 0; e < columns[i].length; e++) {
                    int j = columns[i][e];
                    re += real[i][e] * vector[j] - imaginary[i][e] * vector[n + j];
                    im += real[i][e] * vector[n + j] + imaginary[i][e] * vector[j];
                }
                y[k][i] = re;
                y[k][n + i] = im;
            }
        }
    }

    /** {@code D_i / sum_k D_k}; zeros if there is no edge. */
    double[] stationary() {
        int top = IntStream.range(0, size()).filter(i -> degrees[i] > 0).map(i -> exponents[i]).max().orElse(0);
        double[] scaled = IntStream.range(0, size()).mapToDouble(i -> Math.scalb(degrees[i], exponents[i] - top)).toArray();
        double sum = Arrays.stream(scaled).sum();
        return Arrays.stream(scaled).map(degree -> sum == 0 ? 0 : degree / sum).toArray();
    }

    /** The number of connected components of the undirected graph. */
    int components() {
        int[] seen = new int[size()];
        int[] stack = new int[size()];
        int count = 0;
        for (int start = 0; start < size(); start++) {
            if (seen[start] == 0) {
                count++;
                visit(start, seen, stack);
            }
        }
        return count;
    }

    private void visit(int start, int[] seen, int[] stack) {
        int depth = 0;
        stack[depth++] = start;
        seen[start] = 1;
        while (depth > 0) {
            for (int j : columns[stack[--depth]]) {
                if (seen[j] == 0) {
                    seen[j] = 1;
                    stack[depth++] = j;
                }
            }
        }
    }
}
