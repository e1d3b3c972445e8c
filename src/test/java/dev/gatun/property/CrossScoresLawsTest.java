package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Laws of scores across two sequences: their meaning does not depend on the numbers of queries and keys. */
@Label("scores across two sequences")
class CrossScoresLawsTest {

    private static final int D = 5;
    private static final double ROUNDING = 5e-6;

    private final Arena arena = Arena.ofAuto();

    private Scores across(float[] q, float[] k, int n, int m) {
        return Scores.across(Matrix.copyOf(arena, q, n, D), Matrix.copyOf(arena, k, m, D));
    }

    private double[][] matrix(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    /** {@code x} with rows a and b exchanged. */
    private static float[] exchanged(float[] x, int a, int b) {
        float[] copy = x.clone();
        System.arraycopy(x, a * D, copy, b * D, D);
        System.arraycopy(x, b * D, copy, a * D, D);
        return copy;
    }

    private static double[][] columnsExchanged(double[][] matrix, int a, int b) {
        double[][] copy = ReferenceMatrix.copy(matrix);
        for (double[] row : copy) {
            double entry = row[a];
            row[a] = row[b];
            row[b] = entry;
        }
        return copy;
    }

    /** Exchanging two keys exchanges two columns of every result and changes nothing else, also if there are as many queries as keys. */
    @Property(tries = 60)
    void exchangingKeysExchangesColumns(@ForAll @IntRange(min = 2, max = 24) int n, @ForAll @IntRange(min = 2, max = 24) int m,
                                        @ForAll boolean square, @ForAll long seed,
                                        @ForAll @DoubleRange(min = 0.2, max = 20) double rho) {
        Tokens tokens = Tokens.random(seed, n, square ? n : m, D, 1);
        int keys = tokens.columns();
        int a = Math.floorMod(seed, keys);
        int b = (a + 1) % keys;
        Scores scores = across(tokens.q(), tokens.k(), n, keys);
        Scores other = across(tokens.q(), exchanged(tokens.k(), a, b), n, keys);
        assertExchanged(matrix(scores.attention()), matrix(other.attention()), a, b, ROUNDING);
        assertExchanged(matrix(scores.attentionColumn()), matrix(other.attentionColumn()), a, b, ROUNDING);
        for (Sinkhorn options : List.of(Sinkhorn.tolerance(1e-6), Sinkhorn.tolerance(1e-6).relaxed(rho, 1))) {
            SinkhornResult found = scores.sinkhorn(options);
            SinkhornResult foundOther = other.sinkhorn(options);
            assertExchanged(matrix(found.operator()), matrix(foundOther.operator()), a, b, 5e-5);
            SinkhornSolution one = found.heads().getFirst();
            SinkhornSolution two = foundOther.heads().getFirst();
            assertArrayEquals(one.u(), two.u(), 5e-5);
            assertEquals(one.v()[a], two.v()[b], 5e-5);
            assertEquals(one.v()[b], two.v()[a], 5e-5);
            assertEquals(cost(scores, found), found.figures(0).transportCost(), 1e-4 * n);
            assertEquals(found.figures(0).transportCost(), foundOther.figures(0).transportCost(), 1e-4 * n);
            assertEquals(found.figures(0).objective(), foundOther.figures(0).objective(), 1e-4 * n);
        }
    }

    /** {@code sum_ij Pi_ij (-s_ij)}. */
    private double cost(Scores scores, SinkhornResult result) {
        double[][] plan = matrix(result.operator());
        double[][] s = ReferenceScores.scores(rows(scores.queries()), rows(scores.keys()));
        double cost = 0;
        for (int i = 0; i < plan.length; i++) {
            for (int j = 0; j < plan[i].length; j++) {
                cost -= plan[i][j] * s[i][j];
            }
        }
        return cost;
    }

    private static double[][] rows(Heads heads) {
        return ReferenceMatrix.of(heads.matrix(0).toArray(), heads.rows(), heads.columns());
    }

    private static void assertExchanged(double[][] one, double[][] other, int a, int b, double tolerance) {
        double largest = Math.max(1, ReferenceMatrix.maxAbsDifference(one, ReferenceMatrix.scale(0, one)));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(columnsExchanged(one, a, b), other), tolerance * largest);
    }

    /** The column form is {@code softmax_i(beta s_ij)}, and potentials are those of {@code beta s_ij}, at any N and M. */
    @Property(tries = 30)
    void columnsAndPotentialsAreThoseOfTheScores(@ForAll @IntRange(min = 1, max = 70) int n, @ForAll long seed,
                                                 @ForAll @IntRange(min = -1, max = 1) int more) {
        int m = Math.max(1, n + more);
        Tokens tokens = Tokens.random(seed, n, m, D, 1);
        double[][] z = ReferenceMatrix.scale(1.5,
                ReferenceScores.scores(ReferenceMatrix.of(tokens.q(), n, D), ReferenceMatrix.of(tokens.k(), m, D)));
        Scores scores = across(tokens.q(), tokens.k(), n, m).withBeta(1.5);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceSoftmax.columnSoftmax(z), matrix(scores.attentionColumn())),
                ROUNDING);
        SinkhornResult result = scores.sinkhorn(Sinkhorn.tolerance(1e-6).withMaxIterations(10_000));
        double[] u = result.heads().getFirst().u();
        double[] v = result.heads().getFirst().v();
        double[][] plan = matrix(result.operator());
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                assertEquals(Math.exp(z[i][j] + u[i] + v[j]), plan[i][j], 2e-5 * Math.max(plan[i][j], 0.1));
            }
        }
    }

    /** Operators that need self-scores, or a query for each key, are refused across two sequences. */
    @Example
    void selfScoresAreRefused() {
        Tokens tokens = Tokens.random(3, 4, 4, D, 1);
        Scores scores = across(tokens.q(), tokens.k(), 4, 4);
        Heads q = scores.queries();
        Matrix one = q.matrix(0);
        List<Consumer<Scores>> refused = List.of(Scores::backward, Scores::backwardColumn, Scores::diffusion,
                s -> s.circulation(0.5), s -> s.magnetic(0.25), Scores::withZeroDiagonal, s -> s.withBackward(q, q),
                s -> s.curlFraction(0), s -> s.entropyProduction(0, new double[] {1, 0, 0, 0}),
                s -> s.sinkhorn(Divergence.BACKWARD, Sinkhorn.bistochastic()),
                s -> s.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.bistochastic()), s -> s.attention().transitions(0),
                s -> s.attention().bridge(1, Sinkhorn.bistochastic()), s -> s.attention().power(2),
                s -> s.sinkhorn(Sinkhorn.bistochastic()).operator().conjugate(0),
                s -> s.attention().extension(0, one, one));
        for (Consumer<Scores> use : refused) {
            IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> use.accept(scores));
            assertTrue(refusal.getMessage().endsWith("these are across two, which have attention, its column form and Sinkhorn")
                    || refusal.getMessage().contains("is that of diffusion"), refusal.getMessage());
        }
        assertTrue(Double.isNaN(scores.figures(0).negativeShare()));
        IllegalArgumentException unlike = assertThrows(IllegalArgumentException.class,
                () -> across(tokens.q(), new float[3 * D], 4, 3).diffusion());
        assertTrue(unlike.getMessage().contains("4 queries and 3 keys"), unlike.getMessage());
    }

    /** Within a sequence, with as many queries as keys, columns subtract self-scores. */
    @Example
    void withinASequenceColumnsSubtractSelfScores() {
        Tokens tokens = Tokens.random(5, 6, 6, D, 1);
        double[][] s = ReferenceScores.scores(tokens.queries64(), tokens.keys64());
        double[][] within = ReferenceSoftmax.columnSoftmax(ReferenceScores.logKernel(ReferenceScores.forward(s), 1));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(within, matrix(tokens.scores(arena).attentionColumn())), ROUNDING);
        double[][] across = matrix(across(tokens.q(), tokens.k(), 6, 6).attentionColumn());
        assertTrue(ReferenceMatrix.maxAbsDifference(within, across) > 0.01);
    }
}
