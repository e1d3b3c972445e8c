package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Laws of the softmax normalisations: dualities, order, limits of temperature. */
@Label("softmax normalisations")
class SoftmaxLawsTest {

    /** The largest difference of two results. */
    private static final double ROUNDING = 1e-5;

    /** {@code A<- = (A>+)^T}. */
    @Property(tries = 30)
    void backwardColumnIsAttentionTransposed(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        assertNear(ReferenceMatrix.transpose(Entries.of(tokens, Scores::attention)),
                Entries.of(tokens, Scores::backwardColumn));
    }

    /** {@code A>- = (A<+)^T}. */
    @Property(tries = 30)
    void attentionColumnIsBackwardTransposed(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        assertNear(ReferenceMatrix.transpose(Entries.of(tokens, Scores::backward)),
                Entries.of(tokens, Scores::attentionColumn));
    }

    /** Tokens in another order: {@code P'_ij = P_{order i, order j}}. */
    @Property(tries = 30)
    void orderOfTokensDoesNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed) {
        int[] order = Orders.shuffled(seed, tokens.rows());
        for (Normalisation normalisation : Normalisation.values()) {
            if (normalisation.width() == 1 && !normalisation.isCoupling()) {
                double[][] p = Entries.of(tokens, normalisation::operator);
                double[][] permuted = Entries.of(tokens.permuted(order), normalisation::operator);
                for (int i = 0; i < order.length; i++) {
                    for (int j = 0; j < order.length; j++) {
                        assertEquals(p[order[i]][order[j]], permuted[i][j], ROUNDING, normalisation.name());
                    }
                }
            }
        }
    }

    /** With a zero diagonal, rows are conditioned on another token: {@code P_ij / (1 - P_ii)}. */
    @Property(tries = 30)
    void aZeroDiagonalConditionsOnSeeingAnother(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        for (Normalisation normalisation : new Normalisation[] {Normalisation.ATTENTION, Normalisation.BACKWARD,
            Normalisation.DIFFUSION, Normalisation.CIRCULATION}) {
            double[][] p = Entries.of(tokens, normalisation::operator);
            double[][] hollow = Entries.of(tokens, scores -> normalisation.operator(scores.withZeroDiagonal()));
            for (int i = 0; i < p.length; i++) {
                for (int j = 0; j < p.length; j++) {
                    assertEquals(i == j ? 0 : p[i][j], (1 - p[i][i]) * hollow[i][j], ROUNDING, normalisation.name());
                }
            }
        }
    }

    /** {@code beta -> 0}: every entry is 1 / N. */
    @Property(tries = 20)
    void highTemperatureMakesUniform(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        for (Normalisation normalisation : Normalisation.ROW_STOCHASTIC) {
            double[][] p = Entries.of(tokens, scores -> normalisation.operator(scores.withBeta(1e-30)));
            for (double[] row : p) {
                assertArrayEquals(ReferenceMatrix.constant(row.length, 1.0 / row.length), row, 1e-6);
            }
        }
    }

    /** Circulation 1 is attention to the last bit, also where queries are far longer than keys. */
    @Property(tries = 20)
    void circulationOneIsAttention(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        assertCirculationOneIsAttention(tokens, causal);
        assertCirculationOneIsAttention(tokens.scaled(0x1p8f, 0x1p-8f), causal);
    }

    private static void assertCirculationOneIsAttention(Tokens tokens, boolean causal) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            assertArrayEquals(Entries.of(scores.attention()), Entries.of(scores.circulation(1)));
            Matrix v = Matrix.copyOf(arena, Tokens.normal(new Random(n), n * 3, 1), n, 3);
            Matrix attended = Matrix.allocate(arena, n, 3);
            Matrix circulated = Matrix.allocate(arena, n, 3);
            scores.attention().apply(v, attended);
            scores.circulation(1).apply(v, circulated);
            assertArrayEquals(attended.toArray(), circulated.toArray());
        }
    }

    /** Circulation -1 exchanges queries and keys: {@code softmax_j(s_ji)}. */
    @Property(tries = 20)
    void circulationMinusOneExchangesQueriesAndKeys(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        Tokens exchanged = new Tokens(tokens.rows(), tokens.rows(), tokens.d(), tokens.k(), tokens.q());
        assertNear(Entries.of(exchanged, Scores::attention), Entries.of(tokens, scores -> scores.circulation(-1)));
    }

    /** The product with values, streamed, is the matrix times them: {@code out = P V}. */
    @Property(tries = 40)
    void streamedIsMaterialised(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        int n = tokens.rows();
        int columns = 1 + n % 6;
        float[] entries = Tokens.normal(new Random(n), n * columns, 1);
        for (Normalisation normalisation : Normalisation.values()) {
            if (normalisation.width() == 1 && !(normalisation.isCoupling() && causal)) {
                assertStreamed(tokens, normalisation, causal, entries, columns);
            }
        }
    }

    private static void assertStreamed(Tokens tokens, Normalisation normalisation, boolean causal, float[] values, int columns) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            Matrix out = Matrix.allocate(arena, n, columns);
            normalisation.apply(scores, Heads.of(Matrix.copyOf(arena, values, n, columns)), Heads.of(out));
            double[][] p = Entries.of(normalisation.operator(scores));
            double[][] product = ReferenceMatrix.multiply(p, ReferenceMatrix.of(values, n, columns));
            double mass = Math.max(1, Arrays.stream(ReferenceMatrix.rowSums(p)).max().orElseThrow());
            double error = ReferenceMatrix.maxAbsDifference(product, Entries.of(out));
            assertEquals(0, error, ROUNDING * mass * largest(values), normalisation.name());
        }
    }

    private static double largest(float[] entries) {
        double largest = 0;
        for (float entry : entries) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }

    private static void assertNear(double[][] expected, double[][] actual) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), ROUNDING);
    }
}
