package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products and powers against products of matrices. */
class OperatorProductTest {

    private final Arena arena = Arena.ofAuto();

    private double[][] entries(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    private double[][] applied(OperatorProduct product, Matrix v) {
        Matrix out = Matrix.allocate(arena, product.rows(), v.columns());
        product.apply(v, out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    private Matrix values(int rows, int columns) {
        Random random = new Random(5);
        float[] entries = new float[rows * columns];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return Matrix.copyOf(arena, entries, rows, columns);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void powersAreRepeatedSteps(int n) {
        Operator chain = Tokens.random(1, 70, 70, 8, 1).scores(arena).attention();
        Matrix v = values(70, 3);
        double[][] expected = ReferenceMatrix.of(v.toArray(), 70, 3);
        for (int step = 0; step < n; step++) {
            expected = ReferenceMatrix.multiply(entries(chain), expected);
        }
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, applied(chain.power(n), v)), 1e-5);
    }

    /** Far beyond the application from which results repeat: the same bits as step by step. */
    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18, 40, 333})
    void longPowersAreRepeatedSteps(int n) {
        for (Scores scores : List.of(Tokens.random(8, 9, 9, 4, 1).scores(arena), Tokens.random(9, 70, 70, 8, 2).scores(arena))) {
            for (Operator operator : List.of(scores.attention(), scores.attentionColumn(), scores.diffusion())) {
                Matrix v = values(operator.rows(), 2);
                Matrix expected = v;
                for (int step = 0; step < n; step++) {
                    Matrix next = Matrix.allocate(arena, operator.rows(), 2);
                    operator.apply(expected, next);
                    expected = next;
                }
                Matrix out = Matrix.allocate(arena, operator.rows(), 2);
                operator.power(n).apply(v, out);
                assertArrayEquals(expected.toArray(), out.toArray());
            }
        }
    }

    /** Two tokens that change places come back every other step, three that go round every third. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void cyclesOfResultsAreLeftOut(int n) {
        float[] q = new float[n * n];
        float[] k = new float[n * n];
        for (int i = 0; i < n; i++) {
            q[i * n + (i + 1) % n] = 1000;
            k[i * n + i] = 1000;
        }
        Operator turn = Scores.of(Matrix.copyOf(arena, q, n, n), Matrix.copyOf(arena, k, n, n)).attention();
        float[] entries = {7, 8, 9};
        for (int rest = 0; rest < n; rest++) {
            Matrix out = Matrix.allocate(arena, n, 1);
            int power = 1_000_000_000 / n * n + rest - n;
            turn.power(power).apply(Matrix.copyOf(arena, Arrays.copyOf(entries, n), n, 1), out);
            for (int i = 0; i < n; i++) {
                assertEquals(entries[(i + rest) % n], out.get(i, 0));
            }
        }
    }

    /** As many steps as there are whole numbers: the mean over the stationary distribution. */
    @Test
    void theLargestPowerComesToRest() {
        Operator chain = Tokens.random(1, 70, 70, 8, 1).scores(arena).diffusion();
        double[][] p = entries(chain);
        double[][] mean = ReferenceMatrix.of(values(70, 3).toArray(), 70, 3);
        for (int step = 0; step < 400; step++) {
            mean = ReferenceMatrix.multiply(p, mean);
        }
        OperatorProduct power = chain.power(Integer.MAX_VALUE).times(chain);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(mean, applied(power, values(70, 3))), 1e-4);
    }

    /** Results that grow and shrink on the way. */
    @Test
    void buffersTakeResultsOfAllSizes() {
        Scores down = Tokens.random(2, 20, 33, 8, 1).scores(arena);
        Scores up = Tokens.random(3, 50, 20, 8, 1).scores(arena);
        OperatorProduct product = down.attention().times(Tokens.random(5, 33, 50, 8, 1).scores(arena).attention())
                .times(up.attention()).times(down.attention());
        Matrix v = values(33, 2);
        double[][] expected = ReferenceMatrix.of(v.toArray(), 33, 2);
        for (Operator operator : List.of(down.attention(), up.attention(),
                Tokens.random(5, 33, 50, 8, 1).scores(arena).attention(), down.attention())) {
            expected = ReferenceMatrix.multiply(entries(operator), expected);
        }
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, applied(product, v)), 1e-5);
    }

    @Test
    void interruptionStopsALongPower() {
        Operator chain = Tokens.random(1, 9, 9, 4, 1).scores(arena).attention();
        Matrix v = values(9, 1);
        Matrix out = Matrix.allocate(arena, 9, 1);
        Thread.currentThread().interrupt();
        try {
            chain.power(3).apply(v, out);
            assertTrue(out.get(0, 0) != 0);
            out.set(0, 0, 0);
            assertThrows(CancellationException.class, () -> chain.power(100).apply(v, out));
            assertTrue(Thread.currentThread().isInterrupted());
            assertEquals(0, out.get(0, 0));
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void productsOfDifferentOperators() {
        Scores wide = Tokens.random(2, 20, 33, 8, 1).scores(arena);
        Scores square = Tokens.random(3, 33, 33, 8, 1).scores(arena);
        OperatorProduct product = wide.attention().times(square.diffusion()).times(square.attentionColumn());
        assertEquals(20, product.rows());
        assertEquals(33, product.columns());
        Matrix v = values(33, 4);
        double[][] expected = ReferenceMatrix.multiply(entries(wide.attention()), ReferenceMatrix.multiply(
                entries(square.diffusion()), ReferenceMatrix.multiply(entries(square.attentionColumn()),
                        ReferenceMatrix.of(v.toArray(), 33, 4))));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, applied(product, v)), 1e-5);
    }

    /** Closure: a product of bistochastic operators keeps constants, and its transpose does as well. */
    @Test
    void bistochasticOperatorsAreClosedUnderMultiplication() {
        int n = 66;
        Scores scores = Tokens.random(4, n, n, 8, 1.5).scores(arena);
        Operator forward = scores.sinkhorn(Sinkhorn.tolerance(1e-6)).requireConverged().operator();
        Operator symmetric = scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-6)).requireConverged().operator();
        float[] identity = new float[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * n + i] = 1;
        }
        double[][] product = applied(forward.times(symmetric).times(forward), Matrix.copyOf(arena, identity, n, n));
        assertArrayEquals(ReferenceMatrix.constant(n, 1), ReferenceMatrix.rowSums(product), 5e-6);
        assertArrayEquals(ReferenceMatrix.constant(n, 1), ReferenceMatrix.columnSums(product), 5e-6);
    }

    @Test
    void refusesWhatDoesNotGoTogether() {
        Operator wide = Tokens.random(2, 20, 33, 8, 1).scores(arena).attention();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> wide.times(wide)).getMessage().contains("33 columns"));
        assertThrows(IllegalArgumentException.class, () -> wide.power(2));
        assertThrows(IllegalArgumentException.class, () -> wide.power(0));
        Matrix v = values(33, 2);
        Matrix out = Matrix.allocate(arena, 19, 2);
        assertThrows(IllegalArgumentException.class, () -> wide.power(1).apply(v, out));
    }
}
