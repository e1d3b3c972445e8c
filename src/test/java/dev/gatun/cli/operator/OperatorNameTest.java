package dev.gatun.cli.operator;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.OperatorSums;
import dev.gatun.Scores;
import dev.gatun.cli.output.Fault;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** The facts of each constant, compared with the operator that it makes. */
class OperatorNameTest {

    private static final int TOKENS = 9;
    private static final int COMPONENTS = 4;

    private final Arena arena = Arena.ofConfined();
    private final Random random = new Random(11);
    private final Heads q = normal(TOKENS);
    private final Heads k = normal(TOKENS);
    private final OperatorOptions defaults = new OperatorOptions();

    private Heads normal(int rows) {
        Heads heads = Heads.allocate(arena, rows, COMPONENTS);
        Matrix matrix = heads.matrix(0);
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < COMPONENTS; c++) {
                matrix.set(i, c, (float) random.nextGaussian());
            }
        }
        return heads;
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private static OperatorOptions options(String... arguments) {
        return CommandLine.populateCommand(new OperatorOptions(), arguments);
    }

    private void apply(OperatorResult result, int rows, Heads v, OperatorName name) {
        result.operator().apply(v, Heads.allocate(arena, rows, v.columns() * name.floats()));
    }

    @ParameterizedTest
    @EnumSource
    void theSumsThatItNormalisesAreOne(OperatorName name) {
        OperatorResult result = name.of(Scores.of(q, k), defaults);
        assertEquals(name.isBistochastic() ? 1 : 0, result.solutions().size());
        OperatorSums sums = result.operator().sums(0);
        assertEquals(name.normalisesRows(), sums.rowDeviation() < 2e-5, () -> "row sums are off by " + sums.rowDeviation());
        assertEquals(name.normalisesColumns(), sums.columnDeviation() < 2e-5, () -> "column sums are off by " + sums.columnDeviation());
    }

    @ParameterizedTest
    @EnumSource
    void itIsReversibleIfDetailedBalanceHolds(OperatorName name) {
        double asymmetry = name.of(Scores.of(q, k), defaults).operator().sums(0).asymmetry();
        assertEquals(name.isReversible(), asymmetry < 1e-4, () -> "its asymmetry is " + asymmetry);
    }

    @ParameterizedTest
    @EnumSource
    void itNeedsSelfScoresIfTheLibraryRefusesTwoSequences(OperatorName name) {
        Heads fewer = normal(TOKENS - 2);
        Scores scores = Scores.of(q, fewer);
        if (name.needsSelfScores()) {
            assertThrows(IllegalArgumentException.class, () -> name.of(scores, defaults));
        } else {
            assertDoesNotThrow(() -> apply(name.of(scores, defaults), TOKENS, fewer, name));
        }
    }

    @ParameterizedTest
    @EnumSource
    void itNeedsAVisibleSelfIfTheLibraryRefusesToHideIt(OperatorName name) {
        Heads bias = Heads.allocate(arena, TOKENS, TOKENS);
        bias.matrix(0).set(3, 3, Float.NEGATIVE_INFINITY);
        Scores scores = Scores.of(q, k).withBias(bias);
        if (name.needsVisibleSelf()) {
            assertThrows(IllegalArgumentException.class, () -> apply(name.of(scores, defaults), TOKENS, k, name));
        } else {
            assertDoesNotThrow(() -> apply(name.of(scores, defaults), TOKENS, k, name));
        }
    }

    @ParameterizedTest
    @EnumSource
    void complexEntriesHaveTwoFloats(OperatorName name) {
        assertEquals(name.isComplex(), name.of(Scores.of(q, k), defaults).operator().kernel().isComplex());
        assertEquals(name.isComplex() ? 2 : 1, name.floats());
    }

    /** Random scores have a curl, so a chain is in equilibrium only if its log-kernel is symmetric. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MAGNETIC")
    void aSymmetricKernelIsInEquilibrium(OperatorName name) {
        OperatorOptions symmetric = options("--circulation", "0");
        OperatorOptions adapted = options("--circulation", "0", "--adaptive", "dev");
        for (OperatorOptions options : List.of(defaults, symmetric, adapted)) {
            Dynamics dynamics = Dynamics.of((Operator) name.of(Scores.of(q, k), options).operator().kernel(), 0);
            assertEquals(name.hasSymmetricKernel(options), dynamics.regime() == Regime.EQUILIBRIUM, () -> "it is " + dynamics.regime());
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyABlendHasNoMatrix(OperatorName name) {
        name.requireMatrix(defaults);
        for (OperatorOptions blended : List.of(options("--blend", "0.5"), options("--adaptive-blend"))) {
            if (name == OperatorName.CIRCULATION) {
                assertThrows(Fault.class, () -> name.requireMatrix(blended));
            } else {
                name.requireMatrix(blended);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void itsLabelIsRead(OperatorName name) throws Exception {
        assertTrue(name.label().matches("[a-z]+(-[a-z]+)*"), name.label());
        assertEquals(name, new OperatorName.Converter().convert(name.label()));
    }

    /** Rows that all see the same single key have no coupling. */
    @Test
    void withoutACouplingThereIsNoOperator() {
        Heads entries = Heads.allocate(arena, 3, 3);
        for (int i = 0; i < 3; i++) {
            for (int j = 1; j < 3; j++) {
                entries.matrix(0).set(i, j, Float.NEGATIVE_INFINITY);
            }
        }
        OperatorResult result = OperatorName.BISTOCHASTIC.of(Scores.acrossEntries(entries), defaults);
        assertNull(result.operator());
        assertEquals(1, result.solutions().size());
    }
}
