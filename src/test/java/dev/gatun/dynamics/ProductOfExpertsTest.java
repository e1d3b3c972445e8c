package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import dev.gatun.Workers;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two experts and their product, against hand calculation, against definitions in float64, and by the identities of the figures. */
@Tag("any-width")
class ProductOfExpertsTest {

    private final Arena arena = Arena.ofAuto();

    /**
     * s_11 = log 3 and else 0: attention has rows 1/2, 1/2 and 1/4, 3/4; the backward message, from 0 - 0, 0 - log 3 and 0, 0, has
     * 3/4, 1/4 and 1/2, 1/2. Each time one expert has no preference, and the product is the other.
     */
    @Test
    void twoTokens() {
        Tokens tokens = new Tokens(2, 2, 1, new float[] {0, (float) Math.log(3)}, new float[] {0, 1});
        ProductOfExperts product = ProductOfExperts.of(tokens.scores(arena), 0);
        double gain = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
        double entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
        assertArrayEquals(new double[] {0.5, 0.5}, product.agreement(), 1e-7);
        assertArrayEquals(new double[] {Math.log(0.5), Math.log(0.5)}, product.logAgreement(), 1e-7);
        assertArrayEquals(new double[] {gain, 0}, product.gainOverForward(), 1e-7);
        assertArrayEquals(new double[] {0, gain}, product.gainOverBackward(), 1e-7);
        assertArrayEquals(new double[] {entropy, entropy}, product.entropy(), 1e-7);
    }

    /** With every mask and with a separate backward pair; for several blocks, with stored and recomputed entries. */
    @ParameterizedTest
    @CsvSource({"1, 1, false, false, false", "2, 3, false, false, false", "9, 3, true, false, false", "9, 3, false, true, false",
            "66, 1, false, false, true", "130, 1.5, true, false, true", "130, 1.5, false, true, false",
            "1090, 1, false, false, false"})
    void agreesWithItsDefinition(int n, double spread, boolean causal, boolean zeroDiagonal, boolean own) {
        Tokens tokens = Tokens.random(n, n, n, 8, spread);
        Tokens back = own ? Tokens.random(n + 1, n, n, 5, spread) : tokens;
        Scores scores = tokens.scores(arena);
        scores = own ? scores.withBackward(Heads.of(back.queries(arena)), Heads.of(back.keys(arena))) : scores;
        scores = causal ? scores.withCausalMask() : scores;
        scores = zeroDiagonal ? scores.withZeroDiagonal() : scores;
        double[][] forward = ReferenceSoftmax.rowSoftmax(masked(tokens.scores64(), causal, zeroDiagonal));
        double[][] backward = ReferenceSoftmax.rowSoftmax(masked(
                ReferenceScores.logKernel(ReferenceScores.backward(back.scores64()), 1), causal, zeroDiagonal));
        assertIsProduct(forward, backward, ProductOfExperts.of(scores, 0));
    }

    private static double[][] masked(double[][] z, boolean causal, boolean zeroDiagonal) {
        double[][] masked = causal ? ReferenceScores.causal(z) : z;
        return zeroDiagonal ? ReferenceScores.zeroDiagonal(masked) : masked;
    }

    private static void assertIsProduct(double[][] forward, double[][] backward, ProductOfExperts product) {
        double[][] p = ReferenceDiffusion.productOfExperts(forward, backward);
        for (int i = 0; i < p.length; i++) {
            double z = 0;
            double entropy = 0;
            double overForward = 0;
            double overBackward = 0;
            for (int j = 0; j < p.length; j++) {
                z += forward[i][j] * backward[i][j];
                if (p[i][j] > 0) {
                    entropy -= p[i][j] * Math.log(p[i][j]);
                    overForward += p[i][j] * Math.log(p[i][j] / forward[i][j]);
                    overBackward += p[i][j] * Math.log(p[i][j] / backward[i][j]);
                }
            }
            assertEquals(Math.log(z), product.logAgreement()[i], 1e-12 * Math.max(1, -Math.log(z)));
            assertEquals(1, product.agreement()[i] / z, 1e-11);
            assertEquals(entropy, product.entropy()[i], 1e-12);
            assertEquals(overForward, product.gainOverForward()[i], 1e-12 * Math.max(1, overForward));
            assertEquals(overBackward, product.gainOverBackward()[i], 1e-12 * Math.max(1, overBackward));
        }
    }

    /** {@code log P+_ij = log A>+_ij + log A<+_ij - log Z_i}, with the chain of the diffusion operator. */
    @Test
    void theProductIsDiffusion() {
        int n = 100;
        Scores scores = Tokens.random(3, n, n, 8, 2).scores(arena);
        double[] logZ = ProductOfExperts.of(scores, 0).logAgreement();
        Transitions forward = scores.attention().transitions(0);
        Transitions backward = scores.backward().transitions(0);
        Transitions diffusion = scores.diffusion().transitions(0);
        for (int i = 0; i < n; i++) {
            double[] expected = diffusion.row(i);
            double[] a = forward.row(i);
            double[] b = backward.row(i);
            double ofRow = logZ[i] / Math.log(2);
            assertArrayEquals(expected, IntStream.range(0, n).mapToDouble(j -> a[j] + b[j] - ofRow).toArray(), 1e-12);
        }
    }

    /**
     * s_01 = 1131 and s_11 = 849: attention is sure that 0 leads to 1, by 1131, and the backward message that it leads to itself,
     * by s_11 - s_10. The product is attention's, with a probability of e^-849 that both name it, and no zero for that.
     */
    @Test
    void expertsThatContradictEachOther() {
        Tokens tokens = new Tokens(2, 2, 2, new float[] {0, 40, 0, 30}, new float[] {30, 0, 0, 40});
        ProductOfExperts product = ProductOfExperts.of(tokens.scores(arena), 0);
        double backward = 1200 / Math.sqrt(2);
        assertEquals(-backward, product.logAgreement()[0], 1e-10);
        assertEquals(backward, product.gainOverBackward()[0], 1e-10);
        assertEquals(0, product.gainOverForward()[0], 1e-10);
        assertEquals(0, product.entropy()[0], 1e-10);
    }

    /** As beta falls the experts become uniform: their agreement is 1 over the number of visible tokens. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withoutPreferencesExpertsAgreeByChance(boolean causal) {
        int n = 80;
        Scores scores = Tokens.random(2, n, n, 4, 1).scores(arena).withBeta(1e-9);
        ProductOfExperts product = ProductOfExperts.of(causal ? scores.withCausalMask() : scores, 0);
        for (int i = 0; i < n; i++) {
            int seen = causal ? i + 1 : n;
            assertEquals(1. / seen, product.agreement()[i], 1e-8 / seen);
            assertEquals(Math.log(seen), product.entropy()[i], 1e-13);
            assertEquals(0, product.gainOverForward()[i], 1e-13);
            assertEquals(0, product.gainOverBackward()[i], 1e-13);
        }
    }

    /** As beta grows, separate tokens on a sphere with keys equal to queries are certain of themselves in both directions. */
    @Test
    void expertsThatAreSureOfTheSame() {
        Matrix points = onTheSphere(Tokens.random(2, 30, 30, 8, 1));
        ProductOfExperts product = ProductOfExperts.of(Scores.of(points, points).withBeta(1e5), 0);
        assertArrayEquals(new double[30], product.logAgreement(), 1e-12);
        assertArrayEquals(new double[30], product.entropy(), 1e-12);
    }

    /** Vectors of length 1, so that each has the largest product with itself. */
    private Matrix onTheSphere(Tokens points) {
        float[] entries = points.q().clone();
        for (int i = 0; i < entries.length; i += 8) {
            double square = 0;
            for (int c = i; c < i + 8; c++) {
                square += (double) entries[c] * entries[c];
            }
            for (int c = i; c < i + 8; c++) {
                entries[c] = (float) (entries[c] / Math.sqrt(square));
            }
        }
        return Matrix.copyOf(arena, entries, 30, 8);
    }

    @Test
    void eachHeadHasItsOwn() {
        Tokens one = Tokens.random(1, 20, 20, 4, 1);
        Tokens two = Tokens.random(2, 20, 20, 4, 1);
        Heads q = Heads.allocate(arena, 2, 20, 4);
        Heads k = Heads.allocate(arena, 2, 20, 4);
        for (int at = 0; at < 80; at++) {
            q.matrix(0).set(at / 4, at % 4, one.q()[at]);
            k.matrix(0).set(at / 4, at % 4, one.k()[at]);
            q.matrix(1).set(at / 4, at % 4, two.q()[at]);
            k.matrix(1).set(at / 4, at % 4, two.k()[at]);
        }
        assertArrayEquals(ProductOfExperts.of(two.scores(arena), 0).logAgreement(),
                ProductOfExperts.of(Scores.of(q, k), 1).logAgreement());
        assertThrows(IndexOutOfBoundsException.class, () -> ProductOfExperts.of(Scores.of(q, k), 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {130, 1090})
    void threadsChangeNothing(int n) {
        Scores scores = Tokens.random(5, n, n, 8, 1).scores(arena);
        ProductOfExperts alone = ProductOfExperts.of(scores, 0);
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            ProductOfExperts shared = ProductOfExperts.of(scores.withWorkers(Workers.of(executor, 3)), 0);
            assertArrayEquals(alone.logAgreement(), shared.logAgreement());
            assertArrayEquals(alone.entropy(), shared.entropy());
            assertArrayEquals(alone.gainOverForward(), shared.gainOverForward());
            assertArrayEquals(alone.gainOverBackward(), shared.gainOverBackward());
        }
    }

    @Test
    void refusesWhatHasNotTwoExperts() {
        Scores other = Tokens.random(1, 4, 5, 4, 1).scores(arena);
        assertThrows(IllegalArgumentException.class, () -> ProductOfExperts.of(other, 0));
        Scores blind = Tokens.random(1, 4, 4, 4, 1).scores(arena).withCausalMask().withZeroDiagonal();
        assertEquals("token 0 sees nothing: a chain that comes to it cannot go on",
                assertThrows(IllegalArgumentException.class, () -> ProductOfExperts.of(blind, 0)).getMessage());
        Transitions two = Transitions.of(new double[][] {{0, 1}, {1, 0}});
        assertEquals("tokens of the other chain: there are 1, expected 2", assertThrows(IllegalArgumentException.class,
                () -> Dynamics.logTransitions(two).beside(Dynamics.logTransitions(Transitions.of(new double[][] {{1}})),
                        (block, a, from, b, scratch) -> { })).getMessage());
    }
}
