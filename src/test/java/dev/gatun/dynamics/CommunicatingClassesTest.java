package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Scores;
import dev.gatun.Transitions;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Classes found from the entries of a chain, and from its mask if entries are not stored: from 1025 tokens on. */
class CommunicatingClassesTest {

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 1030})
    void withoutAMaskThereIsOneClass(int n) {
        CommunicatingClasses classes = of(n, scores -> scores);
        assertClasses(List.of(range(0, n)), classes.closed());
        assertArrayEquals(new double[] {1}, classes.shares());
        assertArrayEquals(new int[] {1}, classes.periods());
        assertTrue(classes.count() == 1 && classes.open().isEmpty());
        assertClasses(List.of(), classes.open());
    }

    @ParameterizedTest
    @ValueSource(ints = {70, 1030})
    void sequencesAreClassesEach(int n) {
        int[] lengths = {2, n / 2, n - n / 2 - 2};
        List<int[]> sequences = List.of(range(0, 2), range(2, 2 + n / 2), range(2 + n / 2, n));
        CommunicatingClasses packed = of(n, scores -> scores.withSequences(lengths));
        assertClasses(sequences, packed.closed());
        assertArrayEquals(new double[] {2.0 / n, lengths[1] / (double) n, lengths[2] / (double) n}, packed.shares(), 1e-15);
        assertArrayEquals(new int[] {1, 1, 1}, packed.periods());
        assertFalse(packed.count() == 1);
        CommunicatingClasses zeroDiagonal = of(n, scores -> scores.withSequences(lengths).withZeroDiagonal());
        assertClasses(sequences, zeroDiagonal.closed());
        assertArrayEquals(new int[] {2, 1, 1}, zeroDiagonal.periods());
        assertEquals(2, zeroDiagonal.period());
    }

    /** Each sequence ends in its first token; later ones are classes of one, which are open. */
    @ParameterizedTest
    @ValueSource(ints = {70, 1030})
    void causalSequencesEndInTheirFirstTokens(int n) {
        int[] lengths = {3, n - 3};
        CommunicatingClasses causal = of(n, scores -> scores.withSequences(lengths).withCausalMask());
        assertClasses(List.of(range(0, 1), range(3, 4)), causal.closed());
        assertEquals(n - 2, causal.open().size());
        assertTrue(causal.open().stream().allMatch(tokens -> tokens.length == 1));
        assertEquals(1, causal.period());
        assertFalse(causal.open().isEmpty());
    }

    /** If the mask alone determines where a chain ends, the share of a sequence is that of its tokens. */
    @Test
    void sharesOfSequencesThatAreNotKeptAreTheirLengths() {
        CommunicatingClasses causal = of(1030, scores -> scores.withSequences(new int[] {3, 1027}).withCausalMask());
        assertArrayEquals(new double[] {3 / 1030.0, 1027 / 1030.0}, causal.shares(), 1e-15);
    }

    /** {0, 4} and {2, 3} are closed, in the order of their first tokens; 1 and 5 are open. */
    @Test
    void classesComeInTheOrderOfTheirFirstTokens() {
        double[][] p = new double[6][6];
        p[0][4] = 1;
        p[4][0] = 1;
        p[2][3] = 1;
        p[3][2] = 0.5;
        p[3][3] = 0.5;
        p[1][5] = 1;
        p[5][1] = 0.5;
        p[5][2] = 0.5;
        CommunicatingClasses classes = CommunicatingClasses.of(Dynamics.logTransitions(Transitions.of(p)));
        assertClasses(List.of(new int[] {0, 4}, new int[] {2, 3}), classes.closed());
        assertClasses(List.of(new int[] {1, 5}), classes.open());
        assertArrayEquals(new int[] {2, 1}, classes.periods());
    }

    @Test
    void oneClosedClassTakesAllThatIsOpen() {
        CommunicatingClasses classes = CommunicatingClasses.of(
                Dynamics.logTransitions(Transitions.of(new double[][] {{0, 1, 0}, {0, 0, 1}, {0, 1, 0}})));
        assertArrayEquals(new double[] {1}, classes.shares());
        assertEquals(1, classes.count());
        assertFalse(classes.open().isEmpty());
        assertEquals(2, classes.period());
    }

    private static CommunicatingClasses of(int n, UnaryOperator<Scores> masked) {
        try (Arena arena = Arena.ofConfined()) {
            Transitions chain = masked.apply(Tokens.random(1, n, n, 2, 1).scores(arena)).attention().transitions(0);
            assertEquals(n <= 1024, Dynamics.logTransitions(chain).isStored());
            return CommunicatingClasses.of(Dynamics.logTransitions(chain));
        }
    }

    private static int[] range(int first, int end) {
        return IntStream.range(first, end).toArray();
    }

    private static void assertClasses(List<int[]> expected, List<int[]> classes) {
        assertArrayEquals(expected.toArray(int[][]::new), classes.toArray(int[][]::new));
    }
}
