package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.attention.AttentionPlanTest.Call;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Biases by distance to either side, and ALiBi's slopes, against their definitions. */
class DistanceSlopesTest {

    private static final double BETA = 0.8;

    static Stream<AttentionShape> shapes() {
        return Stream.of(new AttentionShape(1, 1, 1, 1, 1, 1, 1), AttentionShape.of(3, 65, 33),
                new AttentionShape(2, 4, 2, 70, 90, 16, 5), new AttentionShape(1, 2, 2, 130, 64, 8, 31),
                new AttentionShape(1, 2, 1, 5, 200, 8, 3));
    }

    private static AttentionOptions options() {
        return AttentionOptions.defaults().withBeta(BETA);
    }

    /** {@code -slope |j - (i + M - N)|}, hidden outside a window. */
    private static double added(AttentionShape shape, double[] slopes, int index, int i, int j, int before, int after) {
        int distance = j - (i + shape.keys() - shape.queries());
        return distance < -before || distance > after ? Double.NEGATIVE_INFINITY
                : -slopes[index % shape.heads()] * Math.abs(distance);
    }

    private static void assertDefinition(Call call, AttentionShape shape, double[] slopes, int before, int after, double cap) {
        for (int index = 0; index < shape.sizes().count(); index++) {
            double[][] z = ReferenceScores.scores(AttentionPlanTest.entries(call.q().matrix(index)),
                    AttentionPlanTest.entries(call.k().matrix(shape.sizes().keyIndex(index))));
            double[][] v = AttentionPlanTest.entries(call.v().matrix(shape.sizes().keyIndex(index)));
            for (int i = 0; i < z.length; i++) {
                for (int j = 0; j < z[i].length; j++) {
                    double s = cap > 0 ? cap * Math.tanh(z[i][j] / cap) : z[i][j];
                    z[i][j] = BETA * (s + added(shape, slopes, index, i, j, before, after));
                }
                double logSum = ReferenceSoftmax.logSumExp(z[i]);
                double[] p = ReferenceSoftmax.softmax(z[i]);
                for (int c = 0; c < v[0].length; c++) {
                    double expected = 0;
                    for (int j = 0; j < p.length; j++) {
                        expected += p[j] * v[j][c];
                    }
                    assertEquals(expected, call.out().matrix(index).get(i, c), 1e-5, "row " + i + " of head " + index);
                }
                assertEquals(logSum, call.sums().matrix(index).get(i, 0), 1e-6 * Math.max(8, Math.abs(logSum)), "row " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void keysToEitherSideAreBiasedByTheirDistance(AttentionShape shape) {
        for (double steepness : new double[] {0.1, 1, -0.3, 1e7}) {
            double steepest = steepness == 1e7 ? 1e7 : 0.5 * Math.abs(steepness) + 0.1;
            double[] slopes = new Random(3).doubles(shape.heads(), 0.1 * steepness, steepest).toArray();
            AttentionOptions either = options().withDistanceSlopes(slopes).withSymmetricDistanceSlopes(slopes);
            AttentionPlan plan = AttentionPlan.of(shape, either);
            AttentionPlan window = AttentionPlan.of(shape, either.withWindow(30, 12).withSoftCap(4));
            for (double spread : new double[] {1, 30}) {
                try (Arena arena = Arena.ofConfined()) {
                    Call call = Call.of(arena, shape, spread, 31);
                    plan.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, slopes, 1000, 1000, 0);
                    window.run(call.q(), call.k(), call.v(), call.out(), call.sums());
                    assertDefinition(call, shape, slopes, 30, 12, 4);
                }
            }
        }
    }

    /** A cache of as many keys: plans of decoding see the same distances. */
    @Test
    void decodingHasThemToo() {
        AttentionShape shape = new AttentionShape(1, 4, 2, 6, 300, 16, 5);
        double[] slopes = AttentionOptions.alibiSlopes(4);
        DecodePlan plan = DecodePlan.of(shape, options().withSymmetricDistanceSlopes(slopes));
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 31);
            plan.run(call.q(), call.k(), call.v(), 300, call.out(), call.sums());
            assertDefinition(call, shape, slopes, 1000, 1000, 0);
        }
    }

    /** Where no key lies ahead, one side is all there is: the same to rounding, whichever way it is asked for. */
    @Test
    void underTheCausalMaskBothKindsAreOne() {
        AttentionShape shape = AttentionShape.of(8, 100, 16);
        double[] slopes = AttentionOptions.alibiSlopes(8);
        try (Arena arena = Arena.ofConfined()) {
            Call one = Call.of(arena, shape, 1, 31);
            Call other = Call.of(arena, shape, 1, 31);
            AttentionOptions causal = options().withCausalMask();
            AttentionPlan.of(shape, causal.withDistanceSlopes(slopes)).run(one.q(), one.k(), one.v(), one.out());
            AttentionPlan.of(shape, causal.withSymmetricDistanceSlopes(slopes)).run(other.q(), other.k(), other.v(), other.out());
            for (int index = 0; index < 8; index++) {
                assertArrayEquals(one.out().matrix(index).toArray(), other.out().matrix(index).toArray(), 2e-5f);
            }
        }
    }

    /** The published values for 8 and 16 heads, and for 12 those of 8 and every other one of 16. */
    @Test
    void alibiSlopesAreThoseOfThePaper() {
        assertArrayEquals(new double[] {0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625},
                AttentionOptions.alibiSlopes(8), 0);
        assertArrayEquals(new double[] {0.00390625}, AttentionOptions.alibiSlopes(1), 0);
        double[] sixteen = AttentionOptions.alibiSlopes(16);
        for (int h = 0; h < 16; h++) {
            assertEquals(Math.pow(Math.sqrt(0.5), h + 1), sixteen[h], 1e-15);
        }
        double[] twelve = AttentionOptions.alibiSlopes(12);
        for (int h = 0; h < 12; h++) {
            assertEquals(h < 8 ? AttentionOptions.alibiSlopes(8)[h] : sixteen[2 * (h - 8)], twelve[h], 1e-15);
        }
        AttentionPlanTest.refused(() -> AttentionOptions.alibiSlopes(0), "heads must be at least 1, not 0");
    }

    /** Rule of the authors' program, for every number of heads: a recursion on the next lower power of two. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 12, 20, 24, 25, 40, 71, 96, 112, 128})
    void alibiSlopesFollowTheRecursion(int heads) {
        assertArrayEquals(recursion(heads), AttentionOptions.alibiSlopes(heads), 1e-15);
    }

    private static double[] recursion(int heads) {
        double[] slopes = new double[heads];
        int power = Integer.highestOneBit(heads);
        if (power == heads) {
            double start = Math.pow(2, -Math.pow(2, -(Math.log(heads) / Math.log(2) - 3)));
            for (int h = 0; h < heads; h++) {
                slopes[h] = start * Math.pow(start, h);
            }
            return slopes;
        }
        System.arraycopy(recursion(power), 0, slopes, 0, power);
        double[] twice = recursion(2 * power);
        for (int h = power; h < heads; h++) {
            slopes[h] = twice[2 * (h - power)];
        }
        return slopes;
    }

    @Test
    void slopesThatDoNotFitAreRefused() {
        AttentionPlanTest.refused(() -> options().withSymmetricDistanceSlopes(1, Double.NaN), "slope must be finite");
        AttentionPlanTest.refused(() -> AttentionPlan.of(AttentionShape.of(2, 5, 3), options().withSymmetricDistanceSlopes(1)),
                "expected 2");
        AttentionShape shape = AttentionShape.of(1, 5, 3);
        try (Arena arena = Arena.ofConfined()) {
            Call call = Call.of(arena, shape, 1, 31);
            AttentionPlan plan = AttentionPlan.of(shape, options().withSymmetricDistanceSlopes(1e12));
            AttentionPlanTest.refused(() -> plan.run(call.q(), call.k(), call.v(), call.out()), "too large");
        }
    }
}
