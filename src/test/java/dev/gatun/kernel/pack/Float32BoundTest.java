package dev.gatun.kernel.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.Tile;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;

/** Errors of float32 log-kernels are within their bound, also for vectors whose roundings are not random. */
@Label("the float32 bound")
class Float32BoundTest {

    private static final int ROWS = 6;
    private static final int COLUMNS = 9;

    /** What the products of a row and a column, component by component, are like. */
    enum Kind {
        RANDOM, ALIKE, UP_AND_DOWN, ONE_LARGE_AND_ITS_HALF_ULPS, BLOCKS;

        /** Component c of a vector; those of one index in rows and columns are made for each other. */
        double component(Random random, int i, int c, int d, boolean ofRow, double[] own) {
            return switch (this) {
                case RANDOM -> random.nextGaussian();
                case ALIKE -> own[0];
                case UP_AND_DOWN -> ofRow || c < (i + 1) * d / (COLUMNS + 1) ? own[0] : -own[0];
                case ONE_LARGE_AND_ITS_HALF_ULPS -> c == 0 ? 1 : ofRow ? 0x1p-12 : own[0] * 0x1p-12;
                case BLOCKS -> (c >> 6 & 1) == (i & 1) ? own[0] : -own[1];
            };
        }
    }

    @Provide
    Arbitrary<Integer> lengths() {
        return Arbitraries.of(1, 3, 32, 63, 64, 65, 128, 129, 256, 384, 385, 768, 1024, 4096);
    }

    /** With a range of the bound by Cauchy and Schwarz. */
    private static float[][] vectors(Kind kind, Random random, int d, double range) {
        float[][] vectors = {new float[ROWS * d], new float[COLUMNS * d]};
        double[] longest = new double[2];
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < vectors[side].length / d; i++) {
                double[] own = {0.5 + random.nextDouble() / 2, 0.5 + random.nextDouble() / 2};
                double square = 0;
                for (int c = 0; c < d; c++) {
                    double component = kind.component(random, i, c, d, side == 0, own);
                    vectors[side][i * d + c] = (float) component;
                    square += component * component;
                }
                longest[side] = Math.max(longest[side], Math.sqrt(square));
            }
            double factor = Math.sqrt(range) / longest[side];
            for (int e = 0; e < vectors[side].length; e++) {
                vectors[side][e] = (float) (factor * vectors[side][e]);
            }
        }
        return vectors;
    }

    @Property(tries = 80)
    void anEntryIsOffByNoMoreThanItsRoundings(@ForAll Kind kind, @ForAll("lengths") int d, @ForAll long seed,
                                              @ForAll @DoubleRange(min = 0.5, max = 66) double range) {
        float[][] vectors = vectors(kind, new Random(seed), d, range);
        LogKernel kernel = new LogKernelBuilder(ROWS, COLUMNS, d).addScores(vectors[0], vectors[1], d, 1).build(Normalised.ROWS);
        float[] found = new float[Lanes.BLOCK * COLUMNS];
        new BlockPass(kernel, null).logarithms(0, new Tile(), found);
        int roundings = kernel.inSpans() ? ScoreTile.roundingsOfSpans(d) : ScoreTile.roundings(d);
        // In float64 both the entry and the truth have as many roundings as components, of float64.
        double bound = kernel.isFloat64() ? 2 * (d + 3) * 0x1p-53 * range
                : Math.min((roundings + 3) * 0x1p-24 * range, LogKernel.MAX_FLOAT32_ERROR);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                double truth = Moments.product(vectors[0], i * d, vectors[1], j * d, d);
                double error = Math.abs(found[i * COLUMNS + j] - truth);
                // The logarithm is rounded to float once more, and the range is a bound of the vectors before they were rounded.
                assertTrue(error <= bound * (1 + 1e-6) + Math.ulp((float) truth),
                        () -> "%s, d %d, range %s: off by %s".formatted(kind, d, range, error));
            }
        }
    }

    /** The range of short vectors is not reduced by the bound; that of long ones is. */
    @Example
    void theRangeOfSinglePrecisionFallsWithTheLength() {
        for (int d : new int[] {1, 32, 64, 128, 384}) {
            assertEquals(LogKernel.MAX_FLOAT32_RANGE, LogKernel.float32Range(d));
        }
        assertTrue(LogKernel.float32Range(385) < 64);
        assertTrue(LogKernel.float32Range(4096) > 30 && LogKernel.float32Range(4096) < 40);
        assertTrue(!precise(64, 63.9) && precise(64, 64.1));
        assertTrue(!precise(4096, 30) && precise(4096, 40));
    }

    private static boolean precise(int d, double range) {
        float[] r = new float[ROWS * d];
        float[] c = new float[ROWS * d];
        for (int i = 0; i < ROWS; i++) {
            r[i * d] = i % 2 == 0 ? 8 : -8;
            c[i * d] = (float) (r[i * d] * range / 64);
        }
        return new LogKernelBuilder(ROWS, ROWS, d).addScores(r, c, d, 1).build(Normalised.ROWS).isFloat64();
    }

    /** The tile of spans sums chain after chain. */
    @Property(tries = 20)
    void spansAreSumsOfChains(@ForAll("lengths") int d, @ForAll long seed) {
        Random random = new Random(seed);
        int columns = 12;
        float[] x = normal(random, d * Lanes.BLOCK);
        float[] y = normal(random, d * columns);
        float[] offset = normal(random, columns);
        float[] tile = new float[columns * Lanes.BLOCK];
        ScoreTile.spans(x, 0, d, y, offset, 0, columns, tile, Lanes.BLOCK);
        for (int column = 0; column < columns; column++) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float expected = 0;
                for (int from = 0; from < d; from += ScoreTile.SPAN) {
                    float chain = 0;
                    for (int c = from; c < Math.min(d, from + ScoreTile.SPAN); c++) {
                        chain = Math.fma(x[c * Lanes.BLOCK + r], y[(column / 4 * d + c) * 4 + column % 4], chain);
                    }
                    expected = from == 0 ? chain + offset[column] : expected + chain;
                }
                assertEquals(expected, tile[column * Lanes.BLOCK + r]);
            }
        }
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int e = 0; e < count; e++) {
            entries[e] = (float) random.nextGaussian();
        }
        return entries;
    }
}
