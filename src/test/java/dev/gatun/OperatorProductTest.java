package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
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
