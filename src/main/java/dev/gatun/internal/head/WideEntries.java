package dev.gatun.internal.head;

import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/**
 * The entries {@code 2^(z_ij + u_i + v_j)} of a coupling whose masses lie far from 1 or from each other, in double precision.
 *
 * <p>Each row is relative to its largest entry, so nothing overflows or vanishes before a result is rounded to float: an entry
 * becomes the float nearest to it, subnormal, zero or infinite where float32 has no other.
 */
public final class WideEntries {

    private final LogKernel kernel;
    private final LogStrips strips;
    private final int columns;

    /** @param kernel in double precision */
    public WideEntries(LogKernel kernel, double[] u, double[] v) {
        this.kernel = kernel;
        this.strips = new LogStrips(kernel, u, v);
        this.columns = kernel.columns();
    }

    /** One block: powers relative to the exponent of each row. */
    private double[] powers(int block, HeadLoop.Scratch scratch, int[] exponents) {
        double[] logs = scratch.float64(0, LogStrips.length(columns));
        double[] powers = scratch.float64(1, LogStrips.length(columns));
        strips.fill(block, scratch.tile, logs, 0);
        double[] largest = new double[Lanes.BLOCK];
        Arrays.fill(largest, Double.NEGATIVE_INFINITY);
        for (int at = 0; at < LogStrips.length(columns); at++) {
            largest[at % Lanes.BLOCK] = Math.max(largest[at % Lanes.BLOCK], logs[at]);
        }
        double[] shift = new double[Lanes.BLOCK];
        for (int r = 0; r < Lanes.BLOCK; r++) {
            exponents[r] = largest[r] == Double.NEGATIVE_INFINITY ? 0 : (int) Math.ceil(largest[r]);
            shift[r] = -exponents[r];
        }
        LogStrips.addToRows(logs, 0, columns, shift);
        LogStrips.powers(logs, 0, columns, powers);
        return powers;
    }

    private int rowsOf(int block) {
        return Math.min(Lanes.BLOCK, kernel.rows() - block * Lanes.BLOCK);
    }

    /** The rows of a block, row after row, rounded to float. */
    void entries(int block, HeadLoop.Scratch scratch, float[] strip) {
        int[] exponents = new int[Lanes.BLOCK];
        double[] powers = powers(block, scratch, exponents);
        for (int r = 0, to = 0; r < rowsOf(block); r++) {
            for (int j = 0; j < columns; j++, to++) {
                strip[to] = (float) Math.scalb(powers[j * Lanes.BLOCK + r], exponents[r]);
            }
        }
    }

    /**
     * {@code out_i = sum_j 2^(z_ij + u_i + v_j) values_j}, each sum rounded to float once.
     *
     * @param values {@code columns x components}, row after row
     * @param out    {@code rows x components}; receives the rows of the block
     */
    public void multiply(int block, HeadLoop.Scratch scratch, float[] values, int components, float[] out) {
        int[] exponents = new int[Lanes.BLOCK];
        double[] powers = powers(block, scratch, exponents);
        double[] sums = new double[Lanes.BLOCK];
        for (int c = 0; c < components; c++) {
            Arrays.fill(sums, 0.0);
            for (int j = 0; j < columns; j++) {
                double value = values[j * components + c];
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    sums[r] += powers[j * Lanes.BLOCK + r] * value;
                }
            }
            for (int r = 0; r < rowsOf(block); r++) {
                out[(block * Lanes.BLOCK + r) * components + c] = (float) Math.scalb(sums[r], exponents[r]);
            }
        }
    }
}
