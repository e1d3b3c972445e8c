package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Classes of chains in which single pairs are hidden, with stored and recomputed entries. */
@Tag("any-width")
class HiddenPairsTest {

    @ParameterizedTest
    @ValueSource(ints = {9, 1030})
    void blocksThatAreScatteredAreClosedClasses(int n) {
        float[] entries = new float[n * n];
        for (int e = 0; e < entries.length; e++) {
            entries[e] = e / n % 3 == e % n % 3 ? 0.25f : Float.NEGATIVE_INFINITY;
        }
        try (Arena arena = Arena.ofConfined()) {
            Transitions chain = Scores.ofEntries(Matrix.copyOf(arena, entries, n, n)).attention().transitions(0);
            assertEquals(n < 1024, Dynamics.logTransitions(chain).isStored());
            CommunicatingClasses classes = CommunicatingClasses.of(Dynamics.logTransitions(chain));
            assertEquals(3, classes.count());
            assertEquals(1, classes.closed().get(1)[0]);
            assertEquals(4, classes.closed().get(1)[1]);
            assertArrayEquals(new int[] {1, 1, 1}, classes.periods());
        }
    }
}
