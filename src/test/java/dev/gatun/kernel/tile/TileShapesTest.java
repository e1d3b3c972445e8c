package dev.gatun.kernel.tile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Numerators;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All shapes of a register tile compute the same bits. */
class TileShapesTest {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 32, 63, 64, 65, 128})
    void scoresAreTheSameBits(int inner) {
        float[] x = floats(inner, inner * Lanes.BLOCK);
        float[] y = floats(inner + 1, inner * Lanes.QUAD);
        float[] offset = floats(3, Lanes.QUAD);
        float[] four = floats(4, Lanes.QUAD * Lanes.BLOCK);
        float[] two = four.clone();
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            ScoreTile4x4.float32(x, 0, inner, y, 0, offset, 0, four, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * FLOATS) {
            ScoreTile4x2.float32(x, 0, inner, y, 0, offset, 0, two, lane);
        }
        assertArrayEquals(four, two);
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            ScoreTile4x4.addFloat32(x, 0, inner, y, 0, four, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * FLOATS) {
            ScoreTile4x2.addFloat32(x, 0, inner, y, 0, two, lane);
        }
        assertArrayEquals(four, two);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 32, 64, 65})
    void scoresOfFewRowsAreTheSameBits(int inner) {
        float[] x = floats(inner, inner * Lanes.BLOCK);
        float[] y = floats(inner + 1, inner * Lanes.QUAD);
        float[] offset = floats(3, Lanes.QUAD);
        float[] four = floats(4, Lanes.QUAD * Lanes.BLOCK);
        float[] few = four.clone();
        ScoreTile4x4.float32(x, 0, inner, y, 0, offset, 0, four, 0);
        ScoreTile4x4.addFloat32(x, 0, inner, y, 0, four, 0);
        ScoreTileFewRows.fourByThree(x, 0, inner, y, 0, offset, 0, few, 0);
        ScoreTileFewRows.addFourByThree(x, 0, inner, y, 0, few, 0);
        ScoreTileFewRows.four(x, 0, inner, y, 0, offset, 0, few, 3 * FLOATS);
        ScoreTileFewRows.addFour(x, 0, inner, y, 0, few, 3 * FLOATS);
        assertArrayEquals(four, few);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 32, 64, 65})
    void scoresOfTwoVectorsOfRowsAreTheSameBits(int inner) {
        int quad = inner * Lanes.QUAD;
        float[] x = floats(inner, inner * Lanes.BLOCK);
        float[] y = floats(inner + 1, 2 * quad);
        float[] offset = floats(3, 2 * Lanes.QUAD);
        float[] four = floats(4, 2 * Lanes.QUAD * Lanes.BLOCK);
        float[] eight = four.clone();
        for (int q = 0; q < 2; q++) {
            int at = q * Lanes.QUAD * Lanes.BLOCK + FLOATS;
            ScoreTile4x2.float32(x, 0, inner, y, q * quad, offset, q * Lanes.QUAD, four, at);
            ScoreTile4x2.addFloat32(x, 0, inner, y, q * quad, four, at);
        }
        ScoreTileFewRows.eightByTwo(x, 0, inner, y, 0, quad, offset, 0, eight, FLOATS);
        ScoreTileFewRows.addEightByTwo(x, 0, inner, y, 0, quad, eight, FLOATS);
        assertArrayEquals(four, eight);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 32, 65})
    void float64ScoresAreTheSameBits(int inner) {
        double[] x = doubles(inner, inner * Lanes.BLOCK);
        double[] y = doubles(inner + 1, inner * Lanes.QUAD);
        double[] offset = doubles(3, Lanes.QUAD);
        double[] four = new double[Lanes.QUAD * Lanes.BLOCK];
        double[] two = new double[Lanes.QUAD * Lanes.BLOCK];
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
            ScoreTile4x4.float64(x, inner, y, 0, inner, 2 * inner, 3 * inner, offset, 0, four, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * DOUBLES) {
            ScoreTile4x2.float64(x, inner, y, 0, inner, 2 * inner, 3 * inner, offset, 0, two, lane);
        }
        assertArrayEquals(four, two);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 64})
    void valuesAreTheSameBits(int columns) {
        float[] numerators = floats(columns, columns * Lanes.BLOCK);
        float[] values = floats(columns + 1, columns * Lanes.QUAD);
        float[] four = floats(5, Lanes.QUAD * Lanes.BLOCK);
        float[] two = four.clone();
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            ValueTile.tile4x4(numerators, lane, columns, values, 0, four, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * FLOATS) {
            ValueTile.tile4x2(numerators, lane, columns, values, 0, two, lane);
        }
        assertArrayEquals(four, two);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 64})
    void thinProductsAreTheSameBits(int inner) {
        float[] x = floats(inner, Lanes.BLOCK * Lanes.BLOCK);
        float[] y = floats(inner + 1, Lanes.BLOCK * Lanes.BLOCK);
        float[] four = floats(5, Lanes.QUAD * Lanes.BLOCK);
        float[] two = four.clone();
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            ThinProduct.alongTokens4x4(x, 8, inner, y, lane, four, lane);
            ThinProduct.alongComponents4x4(x, 8, inner, y, lane, four, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * FLOATS) {
            ThinProduct.alongTokens4x2(x, 8, inner, y, lane, two, lane);
            ThinProduct.alongComponents4x2(x, 8, inner, y, lane, two, lane);
        }
        assertArrayEquals(four, two);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 64})
    void float64ThinProductsAreTheSameBits(int inner) {
        double[] x = doubles(inner, Lanes.BLOCK * ThinProduct.ROW);
        double[] y = doubles(inner + 1, Lanes.BLOCK * ThinProduct.ROW);
        double[] four = doubles(5, Lanes.QUAD * 100);
        double[] two = four.clone();
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
            ThinProduct.alongTokens4x4(x, 8, inner, y, lane, four, lane, 100);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * DOUBLES) {
            ThinProduct.alongTokens4x2(x, 8, inner, y, lane, two, lane, 100);
        }
        assertArrayEquals(four, two);
    }

    @Test
    void productsAlongColumnsAreTheSameBits() {
        float[] tile = floats(1, Lanes.DEPTH * Lanes.BLOCK);
        float[] panel = floats(2, Lanes.BLOCK * TileProduct.WIDTH);
        float[] sixteen = floats(3, Lanes.DEPTH * TileProduct.WIDTH);
        float[] thirteen = sixteen.clone();
        for (int vector = 0; vector < TileProduct.WIDTH; vector += Math.min(FLOATS, TileProduct.WIDTH)) {
            TileProduct.by16(tile, panel, vector, sixteen, vector);
            TileProduct.by13(tile, panel, vector, thirteen, vector);
        }
        assertArrayEquals(sixteen, thirteen);
    }

    /** A block of few rows: their entries are those of a full block, and no other row is written. */
    @ParameterizedTest
    @CsvSource({"16, 4, 32", "32, 12, 64", "48, 64, 7", "16, 64, 200", "48, 5, 65", "64, 20, 1", "16, 1, 3"})
    void fewRowsAreTheSameBits(int rows, int columns, int inner) {
        int padded = Lanes.quads(columns) * Lanes.QUAD;
        float[] x = floats(inner, inner * Lanes.BLOCK);
        float[] y = floats(inner + 1, inner * padded);
        float[] offset = floats(3, padded);
        float[] all = new float[Lanes.DEPTH * Lanes.BLOCK];
        float[] few = new float[all.length];
        ScoreTile.float32(x, 0, inner, y, offset, 0, columns, all);
        ScoreTile.float32(x, 0, inner, y, offset, 0, columns, few, rows);
        assertRows(all, few, rows, columns);
        ScoreTile.spans(x, 0, inner, y, offset, 0, columns, all, Lanes.BLOCK);
        ScoreTile.spans(x, 0, inner, y, offset, 0, columns, few, rows);
        assertRows(all, few, rows, columns);

        scale(all);
        scale(few);
        float[] sums = new float[Lanes.BLOCK];
        float[] fewSums = new float[Lanes.BLOCK];
        Numerators.float32(all, columns, sums);
        Numerators.float32(few, columns, fewSums, rows);
        assertRows(all, few, rows, columns);
        assertRows(sums, fewSums, rows, 1);

        int components = inner % 29 + 1;
        int quads = Lanes.quads(components);
        float[] values = floats(components, quads * Lanes.QUAD * columns);
        float[] out = new float[quads * Lanes.QUAD * Lanes.BLOCK];
        float[] fewOut = new float[out.length];
        ValueTile.accumulate(all, 0, columns, values, columns, quads, 0, out, 0);
        ValueTile.accumulate(few, 0, columns, values, columns, quads, 0, fewOut, 0, rows);
        assertRows(out, fewOut, rows, quads * Lanes.QUAD);
    }

    /** Exponents in the domain of the numerators. */
    private static void scale(float[] tile) {
        for (int i = 0; i < tile.length; i++) {
            tile[i] = Math.clamp(tile[i], -20f, 20f);
        }
    }

    private static void assertRows(float[] all, float[] few, int rows, int columns) {
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float expected = r < rows ? all[c * Lanes.BLOCK + r] : 0f;
                float found = few[c * Lanes.BLOCK + r];
                assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(found), "column %s, row %s".formatted(c, r));
            }
        }
    }

    private static float[] floats(int seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    private static double[] doubles(int seed, int count) {
        return new SplittableRandom(seed).doubles(count, -1, 1).toArray();
    }
}
