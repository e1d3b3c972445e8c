package dev.gatun;

import dev.gatun.kernel.BlockPass;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogKernel;
import java.util.Arrays;

/**
 * The operator of one head as a scaled exponential, {@code P_ij = 2^(z_ij + u_i + v_j)}.
 *
 * @param u      row potentials, in units of log 2
 * @param v      column potentials, in units of log 2; null for none
 * @param weight log2 of the law w that makes {@code w_i P_ij} symmetric where one is known; null for the constant one
 */
record Scaling(LogKernel kernel, double[] u, double[] v, double[] weight) {

    /** Rows summing to 1; {@code reversible} where z is symmetric, so that the stationary law is known. */
    static Scaling ofRows(LogKernel kernel, double[] v, HeadLoop.Pieces pieces, boolean reversible) {
        double[] logSums = logSums(kernel, v, pieces);
        double[] u = negative(logSums);
        return new Scaling(kernel, u, v, reversible ? law(logSums, v) : null);
    }

    /** Columns summing to 1. */
    static Scaling ofColumns(LogKernel kernel, HeadLoop.Pieces pieces) {
        double[] v = negative(logSums(kernel.transposed(), null, pieces));
        return new Scaling(kernel, new double[kernel.rows()], v, null);
    }

    /** Potentials that a solve has found. */
    static Scaling ofPotentials(LogKernel kernel, SinkhornSolution solution) {
        return new Scaling(kernel, inLogTwo(solution.u()), inLogTwo(solution.v()), null);
    }

    /** {@code log2 sum_j 2^(z_ij + v_j)} for each row. */
    static double[] logSums(LogKernel kernel, double[] v, HeadLoop.Pieces pieces) {
        BlockPass pass = new BlockPass(kernel, v);
        double[] logSums = new double[kernel.rows()];
        pieces.each(pass.blocks(), (block, scratch) -> pass.logSums(block, scratch.tile, logSums));
        return logSums;
    }

    /** The potential that makes up for a sum; a row or column that sees nothing stays at zero entries. */
    static double[] negative(double[] logSums) {
        double[] potential = new double[logSums.length];
        for (int i = 0; i < potential.length; i++) {
            potential[i] = logSums[i] == Double.NEGATIVE_INFINITY ? Double.NEGATIVE_INFINITY : -logSums[i];
        }
        return potential;
    }

    /** log2 of the law {@code sum_j W^(alpha)_ij} scaled to a largest entry of 1. */
    static double[] law(double[] logSums, double[] v) {
        double[] law = logSums.clone();
        for (int i = 0; i < law.length; i++) {
            law[i] += v == null ? 0 : v[i];
        }
        double largest = Arrays.stream(law).max().orElseThrow();
        for (int i = 0; i < law.length; i++) {
            law[i] -= largest;
        }
        return law;
    }

    private static double[] inLogTwo(double[] potential) {
        return Arrays.stream(potential).map(p -> p / Math.log(2)).toArray();
    }

    /** Writes the entries, a strip for each worker at a time. */
    void write(HeadLoop.Pieces pieces, Matrix out) {
        BlockPass pass = new BlockPass(kernel, v);
        float[][] strips = strips(pieces.threads());
        for (int first = 0; first < pass.blocks(); first += strips.length) {
            int start = first;
            int count = Math.min(strips.length, pass.blocks() - first);
            pieces.each(count, (s, scratch) -> pass.entries(start + s, scratch.tile, u, strips[s]));
            for (int s = 0; s < count; s++) {
                int row = (start + s) * Lanes.BLOCK;
                out.set(strips[s], row, Math.min(Lanes.BLOCK, kernel.rows() - row));
            }
        }
    }

    /** Sums and asymmetry of the entries, strip by strip. */
    OperatorSums sums(HeadLoop.Pieces pieces) {
        boolean square = kernel.rows() == kernel.columns();
        BlockPass forth = new BlockPass(kernel, v);
        BlockPass back = new BlockPass(kernel.transposed(), weight == null ? u : plus(u, weight));
        double[] backRows = v == null ? new double[kernel.columns()] : v;
        double[] rowSums = new double[kernel.rows()];
        double[] columnSums = new double[kernel.columns()];
        float[][] strips = strips(2);
        double asymmetry = square ? 0 : Double.NaN;
        for (int block = 0; block < forth.blocks(); block++) {
            int strip = block;
            pieces.each(1, (ignored, scratch) -> {
                forth.entries(strip, scratch.tile, u, strips[0]);
                if (square) {
                    back.entries(strip, scratch.tile, backRows, strips[1]);
                }
            });
            asymmetry = addStrip(block * Lanes.BLOCK, strips, square, rowSums, columnSums, asymmetry);
        }
        return new OperatorSums(rowSums, columnSums, asymmetry);
    }

    private double addStrip(int firstRow, float[][] strips, boolean square, double[] rowSums, double[] columnSums,
                            double asymmetry) {
        int columns = kernel.columns();
        double largest = asymmetry;
        for (int i = firstRow; i < Math.min(firstRow + Lanes.BLOCK, kernel.rows()); i++) {
            double weightOfRow = weight == null ? 1 : Math.pow(2, weight[i]);
            for (int j = 0, at = (i - firstRow) * columns; j < columns; j++, at++) {
                rowSums[i] += strips[0][at];
                columnSums[j] += strips[0][at];
                if (square) {
                    largest = Math.max(largest, Math.abs(weightOfRow * strips[0][at] - strips[1][at]));
                }
            }
        }
        return largest;
    }

    private float[][] strips(int count) {
        return new float[count][Math.multiplyExact(Lanes.BLOCK, kernel.columns())];
    }

    private static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }
}
