package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.hopfield.Circulation;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An operator that is given workers after it was made: they do its work, and its products have the same bits. */
@Tag("any-width")
class OperatorWorkersTest {

    private static final int N = 130;
    private static final int D = 4;

    private final Arena arena = Arena.ofShared();
    private final Scores scores = Tokens.random(11, N, N, D, 1).scores(arena);
    private final Heads values = scores.keys();
    private final AtomicInteger calls = new AtomicInteger();
    private final Workers workers = Workers.of(task -> {
        calls.incrementAndGet();
        task.run();
    }, 3);

    @Test
    void operators() {
        assertShared(scores.attention()::apply, scores.attention().withWorkers(workers)::apply, 1);
        Operator coupling = scores.sinkhorn(Sinkhorn.tolerance(1e-5)).operator();
        assertShared(coupling::apply, coupling.withWorkers(workers)::apply, 1);
    }

    @Test
    void complexOperators() {
        MagneticOperator magnetic = scores.magnetic(0.3, 0.5);
        assertShared(magnetic::apply, magnetic.withWorkers(workers)::apply, 2);
    }

    @Test
    void circulations() {
        Circulation blended = Circulation.of(scores, 0.4).withBlend(0.7);
        assertShared(blended::apply, blended.withWorkers(workers)::apply, 1);
    }

    private void assertShared(BiConsumer<Heads, Heads> alone, BiConsumer<Heads, Heads> shared, int parts) {
        Heads expected = Heads.allocate(arena, N, parts * D);
        alone.accept(values, expected);
        int before = calls.get();
        Heads found = Heads.allocate(arena, N, parts * D);
        shared.accept(values, found);
        assertTrue(calls.get() > before, "the workers were not called");
        assertArrayEquals(expected.matrix(0).toArray(), found.matrix(0).toArray());
    }
}
