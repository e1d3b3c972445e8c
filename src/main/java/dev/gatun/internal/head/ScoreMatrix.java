package dev.gatun.internal.head;

import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/**
 * How symmetric the scores of one head are where they are not inner products alone: from the entries s_ij themselves, in double
 * precision, masks not counted. Streamed, in {@code O(N^2 d)}; figures do not depend on the scale of the scores.
 */
public final class ScoreMatrix {

    /** By how much of itself rounding to float may have moved an entry, and a little more. */
    private static final double ROUNDING = 0x1p-23;

    private final HeadScores inputs;
    private final LogStrips forward;
    private final LogStrips transposed;
    private final HeadLoop.Pieces pieces;
    private final int n;

    /** @param inputs of as many queries as keys, with no score of minus infinity */
    public ScoreMatrix(HeadScores inputs, HeadLoop.Pieces pieces) {
        this.inputs = inputs.unmasked();
        LogKernel kernel = this.inputs.scores(Normalised.BOTH);
        this.forward = new LogStrips(kernel, null, null);
        this.transposed = new LogStrips(kernel.transposed(), null, null);
        this.pieces = pieces;
        this.n = inputs.rows();
    }

    private interface Rows {
        void take(int i, double[] forward, double[] transposed, int at);
    }

    /** Shows {@code s_ij} and {@code s_ji} of each row i, at {@code at + BLOCK j}. */
    private void each(Rows rows) {
        int length = LogStrips.length(n);
        pieces.each(forward.blocks(), (block, scratch) -> {
            double[] one = scratch.float64(0, length);
            double[] other = scratch.float64(1, length);
            forward.fill(block, scratch.tile, one, 0);
            transposed.fill(block, scratch.tile, other, 0);
            for (int r = 0, i = block * Lanes.BLOCK; r < Lanes.BLOCK && i < n; r++, i++) {
                rows.take(i, one, other, r);
            }
        });
    }

    /** {@code (|S_sym|^2 - |S_skew|^2) / |S|^2 = sum_ij s_ij s_ji / sum_ij s_ij^2}; 0 of a zero matrix. */
    public double eta() {
        double[] products = new double[n];
        double[] squares = new double[n];
        each((i, one, other, at) -> {
            for (int j = 0, e = at; j < n; j++, e += Lanes.BLOCK) {
                products[i] += one[e] * other[e];
                squares[i] += one[e] * one[e];
            }
        });
        double whole = Arrays.stream(squares).sum();
        return whole > 0 ? Math.clamp(Arrays.stream(products).sum() / whole, -1, 1) : 0;
    }

    /**
     * The part of the skew part {@code a = (s - s^T) / 2} that is no gradient {@code g_i - g_j}, g being the row means of a; 0 where
     * rounding to float may have made all of a.
     */
    public double curlFraction() {
        double[] g = new double[n];
        double[] skew = new double[n];
        double[] rounding = new double[n];
        double[] q = inputs.queryNorms();
        double[] k = inputs.keyNorms();
        double unit = inputs.biasWeight();
        each((i, one, other, at) -> {
            for (int j = 0, e = at; j < n; j++, e += Lanes.BLOCK) {
                double a = (one[e] - other[e]) / 2;
                g[i] += a / n;
                skew[i] += a * a;
                double product = inputs.weight() * (q[i] * k[j] + q[j] * k[i]);
                double bias = unit * (Math.abs(inputs.bias().entries()[i * n + j]) + Math.abs(inputs.bias().entries()[j * n + i]));
                double error = ROUNDING * (product + bias) / 2;
                rounding[i] += error * error;
            }
        });
        double whole = Arrays.stream(skew).sum();
        if (whole <= Arrays.stream(rounding).sum()) {
            return 0;
        }
        double[] curl = new double[n];
        each((i, one, other, at) -> {
            for (int j = 0, e = at; j < n; j++, e += Lanes.BLOCK) {
                double rest = (one[e] - other[e]) / 2 - (g[i] - g[j]);
                curl[i] += rest * rest;
            }
        });
        return Math.min(1, Arrays.stream(curl).sum() / whole);
    }
}
