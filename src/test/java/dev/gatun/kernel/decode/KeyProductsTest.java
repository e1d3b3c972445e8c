package dev.gatun.kernel.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Inner products are those of the chains that define them, to the last bit, whatever the type, the tile and the number of keys. */
class KeyProductsTest {

    private static final int[] WIDTHS = {16, 48, 128, 272};

    /** Computes the chains of one tile. */
    private interface Kernel {
        void run(FetchedRows keys, int rows, float[] queries, float[] chains, int[] squares);
    }

    @ParameterizedTest
    @EnumSource
    void productsOfOneQueryAreThoseOfTheirChains(StoredType type) {
        check(type, 1, (keys, rows, queries, chains, squares) -> KeyProducts.ofOne(keys, rows, queries, 0, chains, squares));
    }

    @ParameterizedTest
    @EnumSource
    void productsOfFourQueriesAreThoseOfTheirChains(StoredType type) {
        check(type, KeyProducts.TILE,
                (keys, rows, queries, chains, squares) -> KeyProducts.ofFourByFour(keys, rows, queries, 0, chains, squares));
    }

    @ParameterizedTest
    @EnumSource
    void productsOfTwoKeysAtATimeAreTheSameBits(StoredType type) {
        check(type, KeyProducts.TILE,
                (keys, rows, queries, chains, squares) -> KeyProducts.ofFourByTwo(keys, rows, queries, 0, chains, squares));
    }

    private static void check(StoredType type, int queries, Kernel kernel) {
        try (Arena arena = Arena.ofConfined()) {
            for (int width : WIDTHS) {
                for (int rows = 1; rows <= KeyProducts.KEYS; rows++) {
                    check(CachedRows.of(arena, type, rows, width, rows % 2 * 12, rows), queries, kernel);
                }
            }
        }
    }

    private static void check(CachedRows cached, int queries, Kernel kernel) {
        int rows = cached.entries().length;
        int width = cached.entries()[0].length;
        float[][] q = normal(queries, width);
        float[] side = new float[KeyProducts.TILE * width];
        for (int i = 0; i < queries; i++) {
            for (int c = 0; c < width; c++) {
                side[KeyProducts.place(i, c, width)] = q[i][c];
            }
        }
        float[] chains = new float[KeyProducts.TILE * KeyProducts.QUERY];
        Arrays.fill(chains, Float.NaN);
        int[] squares = new int[KeyProducts.CHAINS];
        FetchedRows keys = loaded(cached.rows(), rows, width);
        kernel.run(keys, rows, side, chains, squares);
        KeyProducts.fold(chains, queries == 1 ? KeyProducts.CHAINS : queries * KeyProducts.KEYS);
        double bound = KeyProducts.bound(squares);
        for (int i = 0; i < queries; i++) {
            double[] z = new double[KeyProducts.KEYS];
            KeyProducts.store(chains, i, keys.scales(), z, 0);
            for (int r = 0; r < rows; r++) {
                float[] key = cached.entries()[r];
                double scale = cached.scales()[r];
                assertEquals(chained(q[i], key) * scale, z[r], "query %s, key %s".formatted(i, r));
                double lengths = Math.sqrt(dot(q[i], q[i]) * dot(key, key)) * scale;
                assertEquals(dot(q[i], key) * scale, z[r], KeyProducts.roundings(width) * 0x1p-24 * lengths);
                assertTrue(dot(key, key) <= bound * (1 + KeyProducts.roundings(width) * 0x1p-23));
                assertTrue(scale <= keys.largestScale());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void float64ProductsAreExactToItsRoundings(StoredType type) {
        int width = 128;
        try (Arena arena = Arena.ofConfined()) {
            CachedRows cached = CachedRows.of(arena, type, 5, width, 0, 1);
            float[] q = normal(1, width)[0];
            double[] query = new double[width];
            Arrays.setAll(query, c -> q[c]);
            FetchedRows keys = loaded(cached.rows(), 5, width);
            keys.widen();
            double[] z = new double[5];
            double greatest = KeyProducts.float64(keys, 5, query, 0, new double[KeyProducts.CHAINS],
                    new double[KeyProducts.CHAINS], z, 0);
            double expected = 0;
            for (int r = 0; r < 5; r++) {
                float[] key = cached.entries()[r];
                double scale = cached.scales()[r];
                assertEquals(dot(q, key) * scale, z[r], 1e-13 * Math.sqrt(dot(q, q) * dot(key, key)) * scale);
                expected = Math.max(expected, dot(key, key) * scale * scale);
            }
            assertEquals(expected, greatest, 1e-13 * expected);
        }
    }

    private static FetchedRows loaded(StoredRows rows, int count, int width) {
        FetchedRows loaded = new FetchedRows(KeyProducts.KEYS, width);
        loaded.begin(0);
        loaded.load(rows, 0, count, count, -1);
        return loaded;
    }

    /** The definition: sixteen chains of multiply-adds, folded in halves. */
    private static float chained(float[] q, float[] k) {
        float[] chains = new float[KeyProducts.CHAINS];
        for (int c = 0; c < q.length; c++) {
            chains[c % KeyProducts.CHAINS] = Math.fma(k[c], q[c], chains[c % KeyProducts.CHAINS]);
        }
        for (int half = KeyProducts.CHAINS / 2; half > 0; half /= 2) {
            for (int c = 0; c < half; c++) {
                chains[c] += chains[c + half];
            }
        }
        return chains[0];
    }

    private static double dot(float[] x, float[] y) {
        double sum = 0;
        for (int c = 0; c < x.length; c++) {
            sum += (double) x[c] * y[c];
        }
        return sum;
    }

    private static float[][] normal(int count, int width) {
        SplittableRandom random = new SplittableRandom(count * 1000L + width);
        float[][] rows = new float[count][width];
        for (float[] row : rows) {
            for (int c = 0; c < width; c++) {
                row[c] = (float) random.nextGaussian();
            }
        }
        return rows;
    }
}
