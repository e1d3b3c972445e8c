package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packed sequences: every operator is the block diagonal of what it is of each sequence alone. */
class SequencesTest {

    private static final int[] LENGTHS = {5, 64, 1, 70, 3, 130};
    private static final int D = 8;

    private static final List<Function<Scores, Operator>> OPERATORS = List.of(Scores::attention, Scores::attentionColumn,
            Scores::backward, Scores::backwardColumn, scores -> scores.diffusion(0.5), scores -> scores.circulation(0.3));

    private final Arena arena = Arena.ofAuto();

    private Scores part(Tokens tokens, int fromRow, int rows, int fromColumn, int columns) {
        float[] q = Arrays.copyOfRange(tokens.q(), fromRow * D, (fromRow + rows) * D);
        float[] k = Arrays.copyOfRange(tokens.k(), fromColumn * D, (fromColumn + columns) * D);
        return new Tokens(rows, columns, D, q, k).scores(arena);
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "false, 6", "true, 6"})
    void operatorsAreBlockDiagonal(boolean causal, double size) {
        int n = Arrays.stream(LENGTHS).sum();
        Tokens tokens = Tokens.random(3, n, n, D, size);
        Scores packed = masked(tokens.scores(arena).withSequences(LENGTHS), causal);
        for (Function<Scores, Operator> kind : OPERATORS) {
            double[][] expected = new double[n][n];
            for (int s = 0, from = 0; s < LENGTHS.length; from += LENGTHS[s], s++) {
                put(expected, from, from, entries(kind.apply(masked(part(tokens, from, LENGTHS[s], from, LENGTHS[s]), causal))));
            }
            assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, entries(kind.apply(packed))), 5e-6);
            assertProduct(kind.apply(packed), expected, n);
        }
        assertMagnetic(tokens, packed, causal, n);
    }

    private static Scores masked(Scores scores, boolean causal) {
        return causal ? scores.withCausalMask() : scores;
    }

    private void assertProduct(Operator operator, double[][] expected, int n) {
        Tokens values = Tokens.random(4, n, n, 3, 1);
        Matrix v = Matrix.copyOf(arena, values.q(), n, 3);
        Matrix out = Matrix.allocate(arena, n, 3);
        operator.apply(v, out);
        double[][] product = ReferenceMatrix.multiply(expected, ReferenceMatrix.of(values.q(), n, 3));
        assertEquals(0, ReferenceMatrix.maxAbsDifference(product, ReferenceMatrix.of(out.toArray(), n, 3)), 5e-5);
    }

    private void assertMagnetic(Tokens tokens, Scores packed, boolean causal, int n) {
        double[][] expected = new double[n][2 * n];
        for (int s = 0, from = 0; s < LENGTHS.length; from += LENGTHS[s], s++) {
            Matrix own = Matrix.allocate(arena, LENGTHS[s], 2 * LENGTHS[s]);
            masked(part(tokens, from, LENGTHS[s], from, LENGTHS[s]), causal).magnetic(0.25).matrix(own);
            put(expected, from, 2 * from, ReferenceMatrix.of(own.toArray(), LENGTHS[s], 2 * LENGTHS[s]));
        }
        Matrix out = Matrix.allocate(arena, n, 2 * n);
        packed.magnetic(0.25).matrix(out);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, ReferenceMatrix.of(out.toArray(), n, 2 * n)), 5e-6);
    }

    /** Kept and streamed, gentle and in double precision. */
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "4, false", "4, true"})
    void plansAreBlockDiagonal(double size, boolean streamed) {
        int n = Arrays.stream(LENGTHS).sum();
        Tokens tokens = Tokens.random(5, n, n, D, size);
        Sinkhorn options = Sinkhorn.tolerance(1e-5).withMaxIterations(5000).withMemory(streamed ? 0 : 1 << 30);
        for (Divergence divergence : Divergence.values()) {
            double[][] expected = new double[n][n];
            for (int s = 0, from = 0; s < LENGTHS.length; from += LENGTHS[s], s++) {
                put(expected, from, from, entries(part(tokens, from, LENGTHS[s], from, LENGTHS[s]).sinkhorn(divergence, options)
                        .requireConverged().operator()));
            }
            SinkhornResult packed = tokens.scores(arena).withSequences(LENGTHS).sinkhorn(divergence, options).requireConverged();
            assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, entries(packed.operator())), 3e-5);
        }
    }

    /** A symmetric kernel has one potential for rows and columns, but for a constant. */
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "2, false", "2, true"})
    void plansOfTheSymmetricDivergenceHaveOnePotential(double size, boolean streamed) {
        int n = Arrays.stream(LENGTHS).sum();
        Sinkhorn options = Sinkhorn.tolerance(1e-5).withMemory(streamed ? 0 : 1 << 30);
        SinkhornSolution solution = Tokens.random(9, n, n, D, size).scores(arena).withSequences(LENGTHS)
                .sinkhorn(Divergence.SYMMETRIC, options).requireConverged().heads().getFirst();
        for (int i = 0; i < n; i++) {
            assertEquals(solution.u()[0] - solution.v()[0], solution.u()[i] - solution.v()[i], 1e-9);
        }
    }

    @Test
    void queriesAndKeysOfTheirOwnNumber() {
        int[] queries = {3, 70, 2};
        int[] keys = {5, 66, 1};
        Tokens tokens = Tokens.random(6, 75, 72, D, 1);
        for (boolean causal : new boolean[] {false, true}) {
            double[][] expected = new double[75][72];
            for (int s = 0, row = 0, column = 0; s < 3; row += queries[s], column += keys[s], s++) {
                put(expected, row, column, entries(masked(part(tokens, row, queries[s], column, keys[s]), causal).attention()));
            }
            Scores packed = masked(tokens.scores(arena).withSequences(queries, keys), causal);
            assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, entries(packed.attention())), 2e-6);
        }
    }

    @Test
    void oneSequenceIsNoMask() {
        Tokens tokens = Tokens.random(7, 70, 70, D, 1);
        Scores whole = tokens.scores(arena);
        for (boolean causal : new boolean[] {false, true}) {
            assertArrayEquals(entries(masked(whole, causal).attention()),
                    entries(masked(whole.withSequences(70), causal).attention()));
        }
    }

    @Test
    void lengthsThatDoNotFitAreRefused() {
        Scores scores = Tokens.random(8, 6, 6, D, 1).scores(arena);
        assertEquals("queries of all sequences: there are 5, expected 6",
                assertThrows(IllegalArgumentException.class, () -> scores.withSequences(2, 3)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> scores.withSequences(6, 0));
        assertThrows(IllegalArgumentException.class, () -> scores.withSequences(Integer.MAX_VALUE, 7));
        assertThrows(IllegalArgumentException.class, () -> scores.withSequences(new int[] {3, 3}, new int[] {6}));
        assertThrows(IllegalArgumentException.class, () -> scores.withSequences(new int[] {3, 3}, new int[] {3, 4}));
        assertThrows(IllegalArgumentException.class, () -> scores.withSequences());
    }

    private static void put(double[][] into, int row, int column, double[][] block) {
        for (int i = 0; i < block.length; i++) {
            System.arraycopy(block[i], 0, into[row + i], column, block[i].length);
        }
    }

    private double[][] entries(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }
}
