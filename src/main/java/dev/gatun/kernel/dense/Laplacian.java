package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Linear equations of a weighted graph, {@code e_j x_j + sum_k w_jk (x_j - x_k) = b_j}, with weights that are not negative.
 *
 * <p>Eliminating an unknown leaves equations of the same form with larger weights, so every pivot is a sum of terms of one
 * sign, and unknowns that the faintest weights hold together are still found to full relative accuracy (the idea of
 * Grassmann, Taksar and Heyman, 1985). Double precision throughout; {@code n^3 / 3} multiply-adds. Rows are padded to whole
 * vectors, so there are no tails; lanes are independent, so results do not depend on their number.
 */
public final class Laplacian {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Rows whose products are added at once. */
    private static final int HELD = 64;

    /** Rows of weights that are worked on at once, and unknowns that are eliminated at once. */
    private static final int FOUR = 4;

    private final int size;
    private final int width;
    private final double[] numerators;
    private final double[] excess;
    private final double[] pivots;
    private final double[] factors;
    private final double[] rows;
    private int held;

    /** Scratch for {@code size} unknowns. */
    public Laplacian(int size) {
        this.size = size;
        this.width = (size + 2 * DOUBLES - 1) / (2 * DOUBLES) * (2 * DOUBLES);
        this.numerators = new double[ArrayLength.of((size + FOUR - 1) / FOUR * FOUR, width)];
        this.excess = new double[size];
        this.pivots = new double[size];
        this.factors = new double[FOUR * size];
        this.rows = new double[HELD * width];
    }

    /** Begins another system, of no weights. */
    public void clear() {
        Arrays.fill(numerators, 0.0);
        held = 0;
    }

    /** Adds {@code factor p_j p_k} to each weight; factor and p are not negative. */
    public void addProduct(double factor, double[] p) {
        double root = Math.sqrt(factor);
        int at = held * width;
        for (int j = 0; j < size; j++) {
            rows[at + j] = root * p[j];
        }
        held++;
        if (held == HELD) {
            addHeld();
        }
    }

    /** Adds the products of the rows that are held to the upper triangle, four rows of two vectors at a time. */
    private void addHeld() {
        for (int j = 0; j < size; j += FOUR) {
            for (int k = j / (2 * DOUBLES) * (2 * DOUBLES); k < width; k += 2 * DOUBLES) {
                addHeld(j, k);
            }
        }
        held = 0;
    }

    private void addHeld(int j, int k) {
        int to = j * width + k;
        DoubleVector s00 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to);
        DoubleVector s01 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + DOUBLES);
        DoubleVector s10 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + width);
        DoubleVector s11 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + width + DOUBLES);
        DoubleVector s20 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + 2 * width);
        DoubleVector s21 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + 2 * width + DOUBLES);
        DoubleVector s30 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + 3 * width);
        DoubleVector s31 = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to + 3 * width + DOUBLES);
        for (int at = 0; at < held * width; at += width) {
            DoubleVector p0 = DoubleVector.fromArray(Lanes.DOUBLES, rows, at + k);
            DoubleVector p1 = DoubleVector.fromArray(Lanes.DOUBLES, rows, at + k + DOUBLES);
            DoubleVector f0 = DoubleVector.broadcast(Lanes.DOUBLES, rows[at + j]);
            DoubleVector f1 = DoubleVector.broadcast(Lanes.DOUBLES, rows[at + j + 1]);
            DoubleVector f2 = DoubleVector.broadcast(Lanes.DOUBLES, rows[at + j + 2]);
            DoubleVector f3 = DoubleVector.broadcast(Lanes.DOUBLES, rows[at + j + 3]);
            s00 = p0.fma(f0, s00);
            s01 = p1.fma(f0, s01);
            s10 = p0.fma(f1, s10);
            s11 = p1.fma(f1, s11);
            s20 = p0.fma(f2, s20);
            s21 = p1.fma(f2, s21);
            s30 = p0.fma(f3, s30);
            s31 = p1.fma(f3, s31);
        }
        s00.intoArray(numerators, to);
        s01.intoArray(numerators, to + DOUBLES);
        s10.intoArray(numerators, to + width);
        s11.intoArray(numerators, to + width + DOUBLES);
        s20.intoArray(numerators, to + 2 * width);
        s21.intoArray(numerators, to + 2 * width + DOUBLES);
        s30.intoArray(numerators, to + 3 * width);
        s31.intoArray(numerators, to + 3 * width + DOUBLES);
    }

    /**
     * Solves the system; {@link #solveAgain} does for other right-hand sides.
     *
     * @param newExcess e, not negative
     * @param b         the right-hand sides, replaced by the solution; unknowns that nothing holds become 0
     */
    public void solve(double[] newExcess, double[] b) {
        if (held > 0) {
            addHeld();
        }
        System.arraycopy(newExcess, 0, excess, 0, size);
        for (int k = 0; k < size; k += FOUR) {
            eliminate(k);
        }
        solveAgain(b);
    }

    /** Solves the system that was solved last for another right-hand side, which is replaced by the solution. */
    public void solveAgain(double[] b) {
        for (int k = 0; k < size; k++) {
            double factor = pivots[k] > 0 ? b[k] / pivots[k] : 0;
            for (int i = k + 1, at = k * width + i; i < size; i++, at++) {
                b[i] += numerators[at] * factor;
            }
        }
        for (int k = size - 1; k >= 0; k--) {
            double sum = b[k];
            for (int j = k + 1; j < size; j++) {
                sum += numerators[k * width + j] * b[j];
            }
            b[k] = pivots[k] > 0 ? sum / pivots[k] : 0;
        }
    }

    /** Eliminates up to four unknowns from {@code k} on: each from those of the four that follow, and all from the rest. */
    private void eliminate(int k) {
        int end = Math.min(k + FOUR, size);
        Arrays.fill(factors, 0.0);
        for (int m = k; m < end; m++) {
            for (int of = k; of < m; of++) {
                addMultiple(of, factors[(of - k) * size + m], m);
            }
            takePivot(m, (m - k) * size);
        }
        for (int i = end; i < size; i++) {
            addMultiples(k, i);
        }
    }

    /** Finds the pivot of unknown {@code k}, and what each later row takes of its row, from {@code to} on. */
    private void takePivot(int k, int to) {
        int of = k * width;
        double pivot = excess[k];
        for (int j = k + 1; j < size; j++) {
            pivot += numerators[of + j];
        }
        pivots[k] = pivot;
        for (int i = k + 1; i < size && pivot > 0; i++) {
            factors[to + i] = numerators[of + i] / pivot;
            excess[i] += factors[to + i] * excess[k];
        }
    }

    /** Adds row {@code of} times a factor to row {@code i}. */
    private void addMultiple(int of, double by, int i) {
        DoubleVector factor = DoubleVector.broadcast(Lanes.DOUBLES, by);
        for (int j = i / DOUBLES * DOUBLES, from = of * width + j, to = i * width + j; j < width;
                j += DOUBLES, from += DOUBLES, to += DOUBLES) {
            DoubleVector.fromArray(Lanes.DOUBLES, numerators, from)
                    .fma(factor, DoubleVector.fromArray(Lanes.DOUBLES, numerators, to)).intoArray(numerators, to);
        }
    }

    /** Adds rows k to k + 3, each times its factor, to row {@code i}. */
    private void addMultiples(int k, int i) {
        DoubleVector f0 = DoubleVector.broadcast(Lanes.DOUBLES, factors[i]);
        DoubleVector f1 = DoubleVector.broadcast(Lanes.DOUBLES, factors[size + i]);
        DoubleVector f2 = DoubleVector.broadcast(Lanes.DOUBLES, factors[2 * size + i]);
        DoubleVector f3 = DoubleVector.broadcast(Lanes.DOUBLES, factors[3 * size + i]);
        int row0 = k * width;
        int row1 = row0 + width;
        int row2 = row1 + width;
        int row3 = row2 + width;
        for (int j = i / DOUBLES * DOUBLES, to = i * width + j; j < width; j += DOUBLES, to += DOUBLES) {
            DoubleVector even = DoubleVector.fromArray(Lanes.DOUBLES, numerators, to);
            even = DoubleVector.fromArray(Lanes.DOUBLES, numerators, row0 + j).fma(f0, even);
            DoubleVector odd = DoubleVector.fromArray(Lanes.DOUBLES, numerators, row1 + j).mul(f1);
            even = DoubleVector.fromArray(Lanes.DOUBLES, numerators, row2 + j).fma(f2, even);
            odd = DoubleVector.fromArray(Lanes.DOUBLES, numerators, row3 + j).fma(f3, odd);
            even.add(odd).intoArray(numerators, to);
        }
    }
}
