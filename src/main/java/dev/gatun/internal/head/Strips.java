package dev.gatun.internal.head;

import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.coupling.RowGroups;

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

    /** Sums the rows of parts, and their columns. */
    static RowGroups.PartPass sums(RowGroups groups, double[] rowSums, int columns, Source source, HeadLoop.Scratch scratch) {
        float[] strip = new float[ArrayLength.of(Lanes.BLOCK, columns)];
        return (part, worker, sums) -> {
            for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
                source.fill(block, scratch, strip);
                for (int i = block * Lanes.BLOCK, at = 0; i < Math.min((block + 1) * Lanes.BLOCK, rowSums.length); i++) {
                    double row = 0;
                    for (int j = 0; j < columns; j++, at++) {
                        row += strip[at];
                        sums[j] += strip[at];
                    }
                    rowSums[i] = row;
                }
            }
        };
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
                int first = block * Lanes.BLOCK;
                int end = Math.min(first + Lanes.BLOCK, rows.length);
                if (parts == 1) {
                    addReal(first, end, strips[0]);
                } else {
                    addComplex(first, end, strips[0]);
                }
                for (int i = first; transposed != null && i < end; i++) {
                    compareRow(weight == null ? 1 : LogTwo.exp2(weight[i]), strips, (i - first) * columns.length * parts);
                }
            }
        }

        /** Four rows at a time, whose sums do not wait for each other. Every sum adds its entries in their order. */
        private void addReal(int first, int end, float[] strip) {
            int n = columns.length;
            int i = first;
            for (int at = 0; i + 4 <= end; i += 4, at += 4 * n) {
                double row0 = 0;
                double row1 = 0;
                double row2 = 0;
                double row3 = 0;
                for (int j = 0, p = at; j < n; j++, p++) {
                    row0 += strip[p];
                    row1 += strip[p + n];
                    row2 += strip[p + 2 * n];
                    row3 += strip[p + 3 * n];
                    columns[j] = columns[j] + strip[p] + strip[p + n] + strip[p + 2 * n] + strip[p + 3 * n];
                }
                rows[i] = row0;
                rows[i + 1] = row1;
                rows[i + 2] = row2;
                rows[i + 3] = row3;
            }
            for (; i < end; i++) {
                double row = 0;
                for (int j = 0, p = (i - first) * n; j < n; j++, p++) {
                    row += strip[p];
                    columns[j] += strip[p];
                }
                rows[i] = row;
            }
        }

        private void addComplex(int first, int end, float[] strip) {
            for (int i = first, at = 0; i < end; i++) {
                double row = 0;
                for (int j = 0; j < columns.length; j++, at += 2) {
                    double modulus = modulus(strip[at], strip[at + 1]);
                    row += modulus;
                    columns[j] += modulus;
                }
                rows[i] = row;
            }
        }

        private void compareRow(double weight, float[][] strips, int start) {
            asymmetry = Math.max(asymmetry, parts == 1 ? realDifference(weight, strips[0], strips[1], start, start + columns.length)
                    : complexDifference(weight, strips[0], strips[1], start, start + 2 * columns.length));
        }

        /** The largest difference of two rows, in four maxima that do not wait for each other. */
        private static double realDifference(double weight, float[] a, float[] b, int start, int end) {
            double max0 = 0;
            double max1 = 0;
            double max2 = 0;
            double max3 = 0;
            int at = start;
            for (; at + 4 <= end; at += 4) {
                max0 = Math.max(max0, Math.abs(difference(weight * a[at], b[at])));
                max1 = Math.max(max1, Math.abs(difference(weight * a[at + 1], b[at + 1])));
                max2 = Math.max(max2, Math.abs(difference(weight * a[at + 2], b[at + 2])));
                max3 = Math.max(max3, Math.abs(difference(weight * a[at + 3], b[at + 3])));
            }
            for (; at < end; at++) {
                max0 = Math.max(max0, Math.abs(difference(weight * a[at], b[at])));
            }
            return Math.max(Math.max(max0, max1), Math.max(max2, max3));
        }

        private static double complexDifference(double weight, float[] a, float[] b, int start, int end) {
            double max = 0;
            for (int at = start; at < end; at += 2) {
                max = Math.max(max, modulus(difference(weight * a[at], b[at]), weight * a[at + 1] + b[at + 1]));
            }
            return max;
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
