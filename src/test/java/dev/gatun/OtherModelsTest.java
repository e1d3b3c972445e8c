package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.model.MiniLm;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sinkhorn on all 144 heads of larger models, some 270 MB to fetch: run with {@code -Pmodels}. */
@Tag("models")
class OtherModelsTest {

    private static final int LAYERS = 12;
    private static final int TOKENS = 128;

    @ParameterizedTest
    @ValueSource(strings = {"/bge-small-en-v1.5", "/e5-small-v2"})
    void everyHeadConverges(String name) {
        try (MiniLm model = MiniLm.open(name, LAYERS)) {
            MiniLm.Heads heads = model.run(TOKENS);
            assertEquals(LAYERS, heads.layers());
            for (Divergence divergence : Divergence.values()) {
                List<Integer> sweeps = new ArrayList<>();
                for (int layer = 0; layer < heads.layers(); layer++) {
                    for (int head = 0; head < heads.heads(); head++) {
                        sweeps.add(solve(heads, layer, head, divergence).iterations());
                    }
                }
                sweeps.sort(null);
                int count = sweeps.size();
                System.out.printf("%s, %s: %d, %d, %d, %d, %d passes (quartiles and ends of %d heads)%n", name, divergence,
                        sweeps.getFirst(), sweeps.get(count / 4), sweeps.get(count / 2), sweeps.get(3 * count / 4),
                        sweeps.getLast(), count);
                assertTrue(divergence == Divergence.SYMMETRIC || sweeps.get(count / 2) <= 12);
            }
        }
    }

    private static SinkhornSolution solve(MiniLm.Heads heads, int layer, int head, Divergence divergence) {
        try (Arena arena = Arena.ofConfined()) {
            return Scores.of(Matrix.copyOf(arena, heads.queries(layer, head), TOKENS, MiniLm.DIMENSION),
                            Matrix.copyOf(arena, heads.keys(layer, head), TOKENS, MiniLm.DIMENSION))
                    .sinkhorn(divergence, Sinkhorn.tolerance(1e-5)).requireConverged().heads().getFirst();
        }
    }
}
