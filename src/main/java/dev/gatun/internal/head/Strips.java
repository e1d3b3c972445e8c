package dev.gatun.internal.head;

import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/** An operator's entries, a strip of {@link Lanes#BLOCK} rows at a time: written out, or summed. */
public final class Strips {

    private Strips() {
    }

    /** Fills a strip with the rows of one block. */
    @FunctionalInterface
    public interface Source {
        void fill(int block, HeadLoop.Scratch scratch, float[] strip);
    }

    /** Writes all blocks to matrix {@code index} of {@code out}, a strip for each worker at a time; only the calling thread touches out. */
    public static void write(HeadLoop.Pieces pieces, int blocks, TensorView out, int index, Source source) {
        float[][] strips = new float[Math.min(pieces.threads(), blocks)]
                [ArrayLength.of(Lanes.BLOCK, out.columns())];
        for (int first = 0; first < blocks; first += strips.length) {
            int start = first;
            int count = Math.min(strips.length, blocks - first);
            pieces.each(count, (s, scratch) -> source.fill(start + s, scratch, strips[s]));
            for (int s = 0; s < count; s++) {
                int row = (start + s) * Lanes.BLOCK;
                out.set(index, row, strips[s], 0, Math.min(Lanes.BLOCK, out.rows() - row));
            }
        }
    }

    /** Sums rows and columns of all blocks, a strip for each worker at a time; strips are added in the order of the blocks. */
    static void sum(HeadLoop.Pieces pieces, int blocks, double[] rowSums, double[] columnSums, Source source) {
        int strips = Math.min(pieces.threads(), blocks);
        float[][] entries = new float[strips][ArrayLength.of(Lanes.BLOCK, columnSums.length)];
        double[][] partial = new double[strips][columnSums.length];
        Arrays.fill(columnSums, 0.0);
        for (int first = 0; first < blocks; first += strips) {
            int start = first;
            int count = Math.min(strips, blocks - first);
            pieces.each(count, (s, scratch) -> {
                source.fill(start + s, scratch, entries[s]);
                Arrays.fill(partial[s], 0.0);
                for (int i = (start + s) * Lanes.BLOCK, at = 0; i < Math.min((start + s + 1) * Lanes.BLOCK, rowSums.length); i++) {
                    double row = 0;
                    for (int j = 0; j < columnSums.length; j++, at++) {
                        row += entries[s][at];
                        partial[s][j] += entries[s][at];
                    }
                    rowSums[i] = row;
                }
            });
            for (int s = 0; s < count; s++) {
                for (int j = 0; j < columnSums.length; j++) {
                    columnSums[j] += partial[s][j];
                }
            }
        }
    }

    /**
     * What entries add up to.
     *
     * @param asymmetry the largest {@code |w_i P_ij - w_j P_ji|}; NaN where N and M differ
     */
    public record Totals(double[] rows, double[] columns, double asymmetry) {
    }

    /** Gathers {@link Totals}; a real entry is one float, a complex one two. */
    public static final class Sums {
        private final int parts;
        private final double[] rows;
        private final double[] columns;
        private double asymmetry;

        public Sums(int rows, int columns, int parts) {
            this.parts = parts;
            this.rows = new double[rows];
            this.columns = new double[columns];
            this.asymmetry = rows == columns ? 0 : Double.NaN;
        }

        /**
         * Adds all blocks.
         *
         * @param weight log2 of the stationary w; null for a constant one
         * @param forward  the entries {@code P_ij}
         * @param transposed   the entries {@code w_j P_ji}, row i and column j; null where N and M differ
         */
        public void addAll(HeadLoop.Pieces pieces, int blocks, double[] weight, Source forward, Source transposed) {
            float[][] strips = new float[2][ArrayLength.of(Lanes.BLOCK * parts, columns.length)];
            for (int block = 0; block < blocks; block++) {
                int strip = block;
                pieces.each(transposed == null ? 1 : 2,
                        (side, scratch) -> (side == 0 ? forward : transposed).fill(strip, scratch, strips[side]));
                int end = Math.min((block + 1) * Lanes.BLOCK, rows.length);
                for (int i = block * Lanes.BLOCK; i < end; i++) {
                    int at = (i - block * Lanes.BLOCK) * columns.length * parts;
                    addRow(i, strips[0], at);
                    if (transposed != null) {
                        compareRow(weight == null ? 1 : LogTwo.exp2(weight[i]), strips, at);
                    }
                }
            }
        }

        private void addRow(int i, float[] strip, int start) {
            for (int j = 0, at = start; j < columns.length; j++, at += parts) {
                double modulus = parts == 1 ? strip[at] : modulus(strip[at], strip[at + 1]);
                rows[i] += modulus;
                columns[j] += modulus;
            }
        }

        private void compareRow(double weight, float[][] strips, int start) {
            for (int at = start; at < start + columns.length * parts; at += parts) {
                double real = difference(weight * strips[0][at], strips[1][at]);
                asymmetry = Math.max(asymmetry, parts == 1 ? Math.abs(real)
                        : modulus(real, weight * strips[0][at + 1] + strips[1][at + 1]));
            }
        }

        /** Squares of float32 numbers are within the range of float64; {@code StrictMath.hypot} takes ten times as long. */
        private static double modulus(double real, double imaginary) {
            double square = real * real + imaginary * imaginary;
            return square < Double.POSITIVE_INFINITY ? Math.sqrt(square) : StrictMath.hypot(real, imaginary);
        }

        /** {@code a - b}: 0 for two entries beyond float32. */
        private static double difference(double a, double b) {
            return a == b ? 0 : a - b;
        }

        public Totals result() {
            return new Totals(rows, columns, asymmetry);
        }
    }
}
