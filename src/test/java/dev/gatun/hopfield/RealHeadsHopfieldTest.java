package dev.gatun.hopfield;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.model.MiniLm;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The figures of all 72 heads of a trained transformer, for the results of attention, against their definitions in float64: bounds
 * are those of {@link Deviations}. Prints the largest deviations, one line per length of text.
 */
class RealHeadsHopfieldTest {

    private final Map<String, Double> largest = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(ints = {16, 64, 128})
    void figuresAgreeOnAllHeads(int tokens) {
        compare(tokens, 1);
    }

    /** Of each layer, every {@code stride}-th head. */
    private void compare(int tokens, int stride) {
        MiniLm.Heads model = MiniLm.shared().run(tokens);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = layer % stride; head < model.heads(); head += stride) {
                compare(model, layer, head);
            }
        }
        largest.forEach((what, error) -> System.out.printf(Locale.ROOT, "%4d tokens %-40s %.2g%n", tokens, what, error));
    }

    @Tag("thorough")
    @Test
    void figuresAgreeOnALongText() {
        compare(256, MiniLm.LONG_TEXT_STRIDE);
    }

    private void compare(MiniLm.Heads model, int layer, int head) {
        int n = model.tokens();
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = Matrix.copyOf(arena, model.queries(layer, head), n, MiniLm.DIMENSION);
            Matrix k = Matrix.copyOf(arena, model.keys(layer, head), n, MiniLm.DIMENSION);
            Matrix h = Matrix.allocate(arena, n, MiniLm.DIMENSION);
            Scores.of(q, k).attention().apply(Matrix.copyOf(arena, model.values(layer, head), n, MiniLm.DIMENSION), h);
            HopfieldFigures figures = Hopfield.of(q, k).figures(h);
            Deviations deviations = Deviations.of(figures, entries(q), entries(k), entries(h), 1);
            deviations.check("head (%d, %d) at %d tokens".formatted(layer, head, n));
            record("eta, relative", deviations.eta());
            record("eta of centred heads, relative", deviations.etaCentred());
            record("energy, of the head's largest", deviations.plainEnergy());
            record("energy, in its unit", deviations.energy());
            record("instability, beyond what is open", deviations.instability());
            record("alignment", deviations.plainAlignment());
            record("alignment, in its unit", deviations.alignment());
            record("1 / smallest |eta|", 1 / Math.min(Math.abs(figures.eta()), Math.abs(figures.etaCentred())));
        }
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    private void record(String what, double error) {
        largest.merge(what, error, Math::max);
    }
}
