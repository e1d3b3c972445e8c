package dev.gatun.hopfield;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Invalid inputs are refused in one sentence, and nothing is written. */
class HostileHopfieldTest {

    private static final int N = 6;
    private static final float SENTINEL = 12345;

    private Arena arena;
    private Matrix q;
    private Matrix k;
    private Matrix v;
    private Matrix out;

    @BeforeEach
    void openMemory() {
        arena = Arena.ofConfined();
        Tokens tokens = Tokens.random(1, N, N, 3, 1);
        q = tokens.queries(arena);
        k = tokens.keys(arena);
        v = Tokens.random(2, N, N, 2, 1).keys(arena);
        out = Matrix.allocate(arena, N, 2);
        for (int i = 0; i < N; i++) {
            out.set(i, 0, SENTINEL);
            out.set(i, 1, SENTINEL);
        }
    }

    @AfterEach
    void closeMemory() {
        for (int i = 0; i < N; i++) {
            assertEquals(SENTINEL, out.get(i, 0));
            assertEquals(SENTINEL, out.get(i, 1));
        }
        arena.close();
    }

    private static void refused(Class<? extends RuntimeException> type, String part, Executable call) {
        String message = assertThrows(type, call).getMessage();
        assertTrue(message.contains(part) && !message.contains("\n"), () -> "says: " + message);
    }

    private static void refused(String part, Executable call) {
        refused(IllegalArgumentException.class, part, call);
    }

    @Test
    void shapesThatDoNotGoTogether() {
        Matrix more = Matrix.allocate(arena, N + 1, 3);
        refused("there are 6 queries and 7 keys", () -> Hopfield.of(q, more));
        refused("there are 7 queries and 6 keys", () -> Hopfield.of(more, k));
        refused("expected the same d", () -> Hopfield.of(q, v));
        refused("h has shape [7, 3]; expected [6, 3]", () -> Hopfield.of(q, k).figures(more));
        Heads three = Heads.allocate(arena, 3, N, 3);
        refused("expected the same batch", () -> Hopfield.of(Heads.of(q), three));
        refused("h has shape [3, 6, 3]; expected [6, 3]", () -> Hopfield.of(Heads.of(q), Heads.of(k)).figures(three));
    }

    @Test
    void numbersOutOfRange() {
        Scores scores = Scores.of(q, k);
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            refused("circulation must be finite", () -> Circulation.of(scores, bad));
            refused("circulation must be finite", () -> scores.circulation(new double[] {bad}));
            refused("blend must be finite", () -> Circulation.of(scores, 0).withBlend(bad));
            refused("scale must be positive and finite", () -> Hopfield.of(q, k).withScale(bad));
        }
        refused("scale must be positive and finite, not 0.0", () -> Hopfield.of(q, k).withScale(0));
        refused("circulations: there are 2, expected 1", () -> scores.circulation(new double[2]));
        refused("as many queries as keys", () -> Circulation.of(Scores.of(q.rows(0, 4), k), 0));
        refused("too large", () -> Circulation.of(scores, 1e300).withBlend(0.5).apply(v, out));
    }
}
