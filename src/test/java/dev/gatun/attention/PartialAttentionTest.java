package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Results over two parts of the keys are merged into those over all keys, however large the scores are. */
class PartialAttentionTest {

    private static final int HEADS = 2;
    private static final int QUERIES = 3;
    private static final int D = 16;
    private static final int C = 4;

    /** Scores around 5000 whose differences are of the order of 1, so that both parts have a share. */
    private static final double SCORE = 5000;

    private static Heads around(Arena arena, Random random, double middle, double spread, int rows) {
        Heads heads = Heads.allocate(arena, 1, HEADS, rows, D);
        for (int h = 0; h < HEADS; h++) {
            for (int i = 0; i < rows; i++) {
                for (int c = 0; c < D; c++) {
                    heads.matrix(h).set(i, c, (float) (middle + spread * random.nextGaussian()));
                }
            }
        }
        return heads;
    }

    private static Heads rows(Heads heads, int from, int count) {
        return Heads.strided(heads.segment(), 4L * from * heads.columns(), heads.type(), new int[] {1, HEADS}, count, heads.columns(), 0,
                (long) heads.rows() * heads.columns(), heads.columns());
    }

    /** The definition in float64, from the float32 queries and keys. */
    private static double[] expected(Heads q, Heads k, Heads v, int h, int i) {
        double[] z = new double[k.rows()];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < z.length; j++) {
            for (int c = 0; c < D; c++) {
                z[j] += (double) q.matrix(h).get(i, c) * k.matrix(h).get(j, c) / Math.sqrt(D);
            }
            greatest = Math.max(greatest, z[j]);
        }
        double sum = 0;
        double[] out = new double[C + 1];
        for (int j = 0; j < z.length; j++) {
            double numerator = Math.exp(z[j] - greatest);
            sum += numerator;
            for (int c = 0; c < C; c++) {
                out[c] += numerator * v.matrix(h).get(j, c);
            }
        }
        for (int c = 0; c < C; c++) {
            out[c] /= sum;
        }
        out[C] = greatest + Math.log(sum);
        return out;
    }

    @Property(tries = 100)
    void twoColumnsLoseNothing(@ForAll long seed, @ForAll boolean decoding) {
        Random random = new Random(seed);
        int keys = 2 + random.nextInt(600);
        int first = 1 + random.nextInt(keys - 1);
        double middle = Math.sqrt(SCORE / Math.sqrt(D));
        try (Arena arena = Arena.ofConfined()) {
            Heads q = around(arena, random, middle, 0.1, QUERIES);
            Heads k = around(arena, random, middle, 0.03, keys);
            Heads v = AttentionPlanTest.Call.normal(arena, random, 1, 1, HEADS, keys, C);
            Heads[] out = new Heads[2];
            Heads[] sums = new Heads[2];
            for (int part = 0; part < 2; part++) {
                out[part] = Heads.allocate(arena, 1, HEADS, QUERIES, C);
                sums[part] = Heads.allocate(arena, 1, HEADS, QUERIES, 2);
                int from = part == 0 ? 0 : first;
                int count = part == 0 ? first : keys - first;
                AttentionShape shape = new AttentionShape(1, HEADS, HEADS, QUERIES, count, D, C);
                if (decoding) {
                    DecodePlan.of(shape, AttentionOptions.defaults()).run(q, rows(k, from, count), rows(v, from, count), count, out[part],
                            sums[part]);
                } else {
                    AttentionPlan.of(shape, AttentionOptions.defaults()).run(q, rows(k, from, count), rows(v, from, count), out[part],
                            sums[part]);
                }
            }
            PartialAttention.merge(out[0], sums[0], out[1], sums[1]);
            for (int h = 0; h < HEADS; h++) {
                for (int i = 0; i < QUERIES; i++) {
                    double[] expected = expected(q, k, v, h, i);
                    for (int c = 0; c < C; c++) {
                        assertEquals(expected[c], out[0].matrix(h).get(i, c), 4e-6);
                    }
                    double sum = (double) sums[0].matrix(h).get(i, 0) + sums[0].matrix(h).get(i, 1);
                    assertEquals(expected[C], sum, 1e-6);
                    assertEquals((float) sum, sums[0].matrix(h).get(i, 0));
                }
            }
        }
    }

    @Example
    void oneColumnAndTwoMayBeMerged() {
        try (Arena arena = Arena.ofConfined()) {
            Heads out = Heads.allocate(arena, 1, 1, 1);
            Heads sums = Heads.allocate(arena, 1, 1, 2);
            Heads other = Heads.allocate(arena, 1, 1, 1);
            Heads otherSums = Heads.allocate(arena, 1, 1, 1);
            other.matrix(0).set(0, 0, 3);
            PartialAttention.merge(out, sums, other, otherSums);
            assertEquals(1.5f, out.matrix(0).get(0, 0));
            assertEquals(Math.log(2), (double) sums.matrix(0).get(0, 0) + sums.matrix(0).get(0, 1), 1e-14);
            sums.matrix(0).set(0, 0, Float.NEGATIVE_INFINITY);
            sums.matrix(0).set(0, 1, 0);
            PartialAttention.merge(out, sums, other, otherSums);
            assertEquals(3f, out.matrix(0).get(0, 0));
            sums.matrix(0).set(0, 1, Float.NEGATIVE_INFINITY);
            assertEquals("logSumExp holds -Infinity at row 0 of head 0; every entry must be finite",
                    assertThrows(IllegalArgumentException.class, () -> PartialAttention.merge(out, sums, other, otherSums)).getMessage());
            Heads three = Heads.allocate(arena, 1, 1, 3);
            assertThrows(IllegalArgumentException.class, () -> PartialAttention.merge(out, three, other, otherSums));
        }
    }
}
