package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.ZeroDiagonal;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.Sequences;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A whole pass of the vector kernels equals, to the last bit, a model in scalar code that does each row for itself in
 * the documented order. The model knows nothing of vectors, so what a pass gives does not depend on their width.
 */
class WidthTest {

    /** A log-kernel, the values it is applied to and the potential of its columns. */
    record Pass(LogKernel kernel, int inner, double[] v, float[] values, int components) {
        @Override
        public String toString() {
            return "%d x %d, inner %d, %s".formatted(kernel.rows(), kernel.columns(), inner,
                    kernel.isFloat64() ? "double" : "single");
        }
    }

    static Stream<Pass> passes() {
        return Stream.of(pass(1, 1, 1, 0.5, Band.ALL), pass(7, 200, 3, 1, Band.ALL), pass(65, 130, 33, 1, Band.ALL),
                pass(130, 65, 64, 1, Band.causal(130, 65)), pass(129, 129, 16, 1, Band.causal(129, 129)),
                pass(65, 130, 33, 9, Band.ALL), pass(129, 129, 16, 9, Band.causal(129, 129)),
                pass(1, 1, 2, 1, new ZeroDiagonal(Band.ALL)), pass(2, 2, 2, 9, new ZeroDiagonal(Band.ALL)),
                pass(130, 130, 33, 1, new ZeroDiagonal(Band.ALL)), pass(129, 129, 16, 9, new ZeroDiagonal(Band.ALL)),
                pass(65, 65, 16, 1, new ZeroDiagonal(Band.causal(65, 65))), pass(65, 65, 16, 9, new ZeroDiagonal(Band.causal(65, 65))),
                pass(134, 134, 16, 1, new ZeroDiagonal(packed(false))), pass(134, 134, 16, 9, new ZeroDiagonal(packed(true))));
    }

    /** Sequences that begin and end within tiles, one of them of a token alone. */
    private static Sequences packed(boolean causal) {
        return Sequences.of(new int[] {60, 1, 73}, new int[] {60, 1, 73}, causal);
    }

    private static Pass pass(int rows, int columns, int d, double spread, Mask mask) {
        Random random = new Random(rows + 31L * columns);
        LogKernel kernel = new LogKernelBuilder(rows, columns, d)
                .addScores(normal(random, rows * d, spread), normal(random, columns * d, spread), d, 1 / Math.sqrt(d))
                .mask(mask).build(Normalised.ROWS);
        return new Pass(kernel, d, random.doubles(columns, -1, 1).toArray(), normal(random, columns * 5, 1), 5);
    }

    @ParameterizedTest
    @MethodSource("passes")
    void aPassIsItsScalarModel(Pass pass) {
        LogKernel kernel = pass.kernel();
        BlockPass blocks = new BlockPass(kernel, pass.v());
        float[] product = new float[kernel.rows() * pass.components()];
        double[] logSums = new double[kernel.rows()];
        Tile tile = new Tile();
        ValuePanel values = ValuePanel.of(pass.values(), kernel.columns(), pass.components());
        for (int block = 0; block < blocks.blocks(); block++) {
            blocks.softmax(block, tile, values, product);
            blocks.logSums(block, tile, logSums);
        }
        for (int i = 0; i < kernel.rows(); i++) {
            RowModel row = new RowModel(pass, i);
            row.run();
            int from = i * pass.components();
            assertArrayEquals(row.product(), Arrays.copyOfRange(product, from, from + pass.components()), "row " + i);
            assertEquals(row.logSum(), logSums[i], "row " + i);
        }
    }

    /** One row of a pass: online softmax over tiles of {@link Lanes#DEPTH} columns. */
    private static final class RowModel {
        private final Pass pass;
        private final LogKernel kernel;
        private final int i;
        private final float[] sums;
        private double reference;
        private double sum;

        RowModel(Pass pass, int i) {
            this.pass = pass;
            this.kernel = pass.kernel();
            this.i = i;
            this.sums = new float[pass.components()];
            this.reference = kernel.isFloat64() ? -3e38 : 0;
        }

        void run() {
            for (int first = 0; first < kernel.columns(); first += Lanes.DEPTH) {
                tile(first, Math.min(kernel.columns(), first + Lanes.DEPTH));
            }
        }

        private void tile(int first, int end) {
            if (kernel.isFloat64()) {
                raise(first, end);
            }
            float total = 0;
            float[] ofTile = new float[sums.length];
            for (int j = first; j < end; j++) {
                float weight = weight(j);
                total += weight;
                for (int c = 0; c < sums.length; c++) {
                    ofTile[c] = Math.fma(weight, pass.values()[j * sums.length + c], ofTile[c]);
                }
            }
            sum += total;
            for (int c = 0; c < sums.length; c++) {
                sums[c] += ofTile[c];
            }
        }

        /** In float32 the column's offset and potential are a factor. */
        private float weight(int j) {
            if (kernel.isFloat64()) {
                return Exponential.exp2((float) (z(j) - reference));
            }
            float factor = (float) LogTwo.exp2(kernel.columnOffset(j) + pass.v()[j]);
            return kernel.mask().visible(i, j) ? Exponential.exp2(score(j)) * factor : 0;
        }

        /** In float64 only: float32 log-kernels are bounded, and the reference stays 0. */
        private void raise(int first, int end) {
            double greatest = reference;
            for (int j = first; j < end; j++) {
                greatest = Math.max(greatest, z(j));
            }
            float factor = Exponential.exp2((float) (reference - greatest));
            reference = greatest;
            sum *= factor;
            for (int c = 0; c < sums.length; c++) {
                sums[c] *= factor;
            }
        }

        private double z(int j) {
            if (!kernel.mask().visible(i, j)) {
                return Double.NEGATIVE_INFINITY;
            }
            return preciseScore(j) + (kernel.columnOffset(j) + pass.v()[j]);
        }

        private float score(int j) {
            float score = 0;
            for (int k = 0; k < pass.inner(); k++) {
                score = Math.fma((float) kernel.x().entry(i, k, pass.inner()),
                        (float) kernel.y().entry(j, k, pass.inner()), score);
            }
            return score;
        }

        private double preciseScore(int j) {
            double score = 0;
            for (int k = 0; k < pass.inner(); k++) {
                score = Math.fma(kernel.x().entry(i, k, pass.inner()), kernel.y().entry(j, k, pass.inner()), score);
            }
            return score;
        }

        float[] product() {
            float[] product = sums.clone();
            float factor = sum == 0 ? 0 : (float) (1 / sum);
            for (int c = 0; c < product.length; c++) {
                product[c] *= factor;
            }
            return product;
        }

        double logSum() {
            return kernel.rowOffset(i)
                    + (sum == 0 ? Double.NEGATIVE_INFINITY : reference + LogTwo.log2(sum));
        }
    }

    private static float[] normal(Random random, int count, double spread) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (spread * random.nextGaussian());
        }
        return entries;
    }
}
