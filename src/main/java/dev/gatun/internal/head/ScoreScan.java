package dev.gatun.internal.head;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;

/** Gathers what the scores of one head are like, a strip of rows at a time. */
public final class ScoreScan {

    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long negatives;
    private long pairs;

    /** Takes the range of scores from their log-kernel {@code beta s_ij}. */
    public void range(LogKernel kernel, double beta) {
        double unit = LogTwo.VALUE / beta;
        each(kernel, (i, j, z) -> {
            min = Math.min(min, z * unit);
            max = Math.max(max, z * unit);
        });
    }

    /** Counts negative d_ij in the log-kernel {@code -beta d_ij}. */
    public void negatives(LogKernel kernel) {
        each(kernel, (i, j, z) -> {
            if (i != j) {
                pairs++;
                negatives += z > 0 ? 1 : 0;
            }
        });
    }

    /** The smallest score; NaN where no entry is visible. */
    public double min() {
        return min <= max ? min : Double.NaN;
    }

    /** The largest score; NaN where no entry is visible. */
    public double max() {
        return min <= max ? max : Double.NaN;
    }

    /** The share of pairs {@code i != j} whose d_ij is negative; NaN where there is no such pair. */
    public double negativeShare() {
        return pairs == 0 ? Double.NaN : (double) negatives / pairs;
    }

    private interface Entry {
        void take(int i, int j, double z);
    }

    private void each(LogKernel kernel, Entry entry) {
        BlockPass pass = new BlockPass(kernel, null);
        Tile tile = new Tile();
        int columns = kernel.columns();
        float[] strip = new float[ArrayLength.of(Lanes.BLOCK, columns)];
        for (int block = 0; block < pass.blocks(); block++) {
            pass.logarithms(block, tile, strip);
            int firstRow = block * Lanes.BLOCK;
            for (int i = firstRow; i < Math.min(firstRow + Lanes.BLOCK, kernel.rows()); i++) {
                for (int j = 0; j < columns; j++) {
                    if (kernel.mask().visible(i, j)) {
                        entry.take(i, j, strip[(i - firstRow) * columns + j]);
                    }
                }
            }
        }
    }
}
