package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A chain that is given, on either side of a block of 64 tokens, and what is told of one by its scores. */
class TransitionsTest {

    private static double[][] random(int n) {
        Random random = new Random(n);
        double[][] p = new double[n][n];
        for (double[] row : p) {
            Arrays.setAll(row, j -> random.nextDouble());
            double sum = Arrays.stream(row).sum();
            Arrays.setAll(row, j -> row[j] / sum);
        }
        return p;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 130})
    void stepsForthAndBackAreThoseOfTheMatrix(int n) {
        double[][] p = random(n);
        Transitions chain = Transitions.of(p);
        assertEquals(n, chain.size());
        double[] x = new Random(1).doubles(n, 0.1, 1).toArray();
        double[] logX = Arrays.stream(x).map(entry -> Math.log(entry) / Math.log(2)).toArray();
        double[] later = new double[n];
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                later[j] += x[i] * p[i][j];
                expected[i] += p[i][j] * x[j];
            }
        }
        assertArrayEquals(later, chain.later(x), 1e-13);
        assertArrayEquals(expected, chain.expected(x), 1e-13);
        assertArrayEquals(later, powers(LogTransitions.OF_TRANSITIONS.look(chain).logLater(logX)), 1e-12);
        assertArrayEquals(expected, powers(LogTransitions.OF_TRANSITIONS.look(chain).logExpected(logX)), 1e-12);
        for (int i = 0; i < n; i++) {
            assertArrayEquals(p[i], powers(chain.row(i)), 1e-15);
        }
        assertThrows(IndexOutOfBoundsException.class, () -> chain.row(n));
        assertEquals(1e-9, LogTransitions.OF_TRANSITIONS.look(chain).resolution());
    }

    private static double[] powers(double[] logarithms) {
        return Arrays.stream(logarithms).map(log -> Math.pow(2, log)).toArray();
    }

    /** Rows may sum to 1 within 1e-6, and are normalised anew. */
    @Test
    void rowsAreNormalised() {
        Transitions chain = Transitions.of(new double[][] {{0.25 * (1 + 5e-7), 0.75 * (1 + 5e-7)}, {1 - 5e-7, 0}});
        assertArrayEquals(new double[] {0.25, 0.75}, powers(chain.row(0)), 1e-15);
        assertEquals(1, powers(chain.row(1))[0], 1e-15);
        assertThrows(IllegalArgumentException.class, () -> Transitions.of(new double[0][]));
    }

    /** What rounding may have made grows with the scores, from magnitudes of 1 on. */
    @Test
    void theResolutionIsThatOfTheScores() {
        try (Arena arena = Arena.ofConfined()) {
            Tokens tokens = Tokens.random(3, 20, 20, 4, 2);
            double resolution = resolution(tokens.scores(arena).attention().transitions(0));
            assertTrue(resolution > 0x1p-20);
            assertEquals(16 * resolution, resolution(tokens.scaled(4, 4).scores(arena).attention().transitions(0)),
                    1e-6 * resolution);
            assertEquals(0x1p-20, resolution(tokens.scaled(1e-3f, 1).scores(arena).attention().transitions(0)));
        }
    }

    private static double resolution(Transitions chain) {
        return LogTransitions.OF_TRANSITIONS.look(chain).resolution();
    }
}
