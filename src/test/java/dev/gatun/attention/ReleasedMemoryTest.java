package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Divergence;
import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornPlan;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A plan keeps no memory of a call that is over: memory that nothing else uses is freed while the plan lives. */
@Tag("any-width")
class ReleasedMemoryTest {

    private static final int HEADS = 3;
    private static final int N = 70;
    private static final int D = 16;

    /** Collections after which memory that is still reachable counts as kept. */
    private static final int COLLECTIONS = 50;

    private static ExecutorService executor;

    /** The tensors of one call, each in memory of its own that is freed when nothing refers to it. */
    private static final class Memory {
        private final Map<String, WeakReference<MemorySegment.Scope>> scopes = new TreeMap<>();
        private final boolean keysAreFinite;

        Memory(boolean keysAreFinite) {
            this.keysAreFinite = keysAreFinite;
        }

        private MemorySegment allocate(String name, long bytes) {
            MemorySegment segment = Arena.ofAuto().allocate(bytes, 64);
            scopes.put(name, new WeakReference<>(segment.scope()));
            return segment;
        }

        Heads heads(String name, ElementType type, int... shape) {
            long entries = 1;
            for (int size : shape) {
                entries *= size;
            }
            MemorySegment segment = allocate(name, entries * Float.BYTES);
            if (name.startsWith("k") && !keysAreFinite) {
                segment.set(ValueLayout.JAVA_INT, 0, -1);
            }
            return Heads.of(segment, 0, type, shape);
        }

        Heads heads(String name, int... shape) {
            return heads(name, ElementType.FLOAT32, shape);
        }

        AttentionMask mask(String name, int... shape) {
            MemorySegment segment = allocate(name, (long) shape[0] * shape[1]);
            segment.fill((byte) 1);
            return AttentionMask.of(segment, 0, shape);
        }

        /** Two sequences, of the first N - 3 rows and of the others. */
        SequenceOffsets offsets(String name) {
            MemorySegment segment = allocate(name, 3 * Integer.BYTES);
            segment.setAtIndex(ValueLayout.JAVA_INT, 1, N - 3);
            segment.setAtIndex(ValueLayout.JAVA_INT, 2, N);
            return SequenceOffsets.of(segment, 0, 2);
        }

        /** The tensors whose memory is still reachable. */
        private Set<String> kept() {
            Map<String, WeakReference<MemorySegment.Scope>> kept = new TreeMap<>(scopes);
            kept.values().removeIf(scope -> scope.get() == null);
            return kept.keySet();
        }
    }

    /** A plan, as what makes a call on new memory. */
    private record Plan(String name, Consumer<Memory> call) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A plan that lives on, and the memory of its only call. */
    private record Called(Plan plan, Memory memory) {

        @Override
        public String toString() {
            return plan.name;
        }
    }

    /** After a call that is served, and after one that fails. */
    private static List<Called> served;
    private static List<Called> failed;

    /** Calls all plans before memory is collected, for a collection takes longer than a call. */
    @BeforeAll
    static void callAllPlans() throws InterruptedException {
        executor = Executors.newSingleThreadExecutor();
        served = plans().map(ReleasedMemoryTest::served).toList();
        failed = plans().map(ReleasedMemoryTest::failed).toList();
        for (int collection = 0; anyMemoryIsKept() && collection < COLLECTIONS; collection++) {
            System.gc();
            Thread.sleep(10);
        }
    }

    private static Called served(Plan plan) {
        Memory memory = new Memory(true);
        plan.call.accept(memory);
        return new Called(plan, memory);
    }

    /** The bits of the first key are all ones, which is NaN in every type. */
    private static Called failed(Plan plan) {
        Memory memory = new Memory(false);
        assertThrows(IllegalArgumentException.class, () -> plan.call.accept(memory));
        return new Called(plan, memory);
    }

    private static boolean anyMemoryIsKept() {
        return Stream.concat(served.stream(), failed.stream()).anyMatch(called -> !called.memory.kept().isEmpty());
    }

    @AfterAll
    static void stopTheWorker() {
        executor.close();
    }

    static Stream<Plan> plans() {
        return Stream.of(Workers.caller(), Workers.of(task -> executor.execute(task), 2)).flatMap(workers -> Stream.of(
                attention("attention", workers, ElementType.FLOAT32, N, AttentionOptions.defaults().withCausalMask()),
                attention("attention of bfloat16", workers, ElementType.BFLOAT16, N, AttentionOptions.defaults()),
                attention("attention of more than is kept", workers, ElementType.BFLOAT16, 64 * N, AttentionOptions.defaults()),
                attention("attention with a bias", workers, ElementType.FLOAT32, N, AttentionOptions.defaults().withBias()),
                attention("attention with a mask", workers, ElementType.FLOAT32, N, AttentionOptions.defaults().withMask()),
                ragged("attention, ragged", workers, ElementType.FLOAT32), ragged("attention, ragged, of bfloat16", workers, ElementType.BFLOAT16),
                attention("attention with both", workers, ElementType.FLOAT32, N, AttentionOptions.defaults().withBias().withMask()),
                decoding("decoding", workers, ElementType.FLOAT32, D), decoding("decoding of bfloat16", workers, ElementType.BFLOAT16, D),
                decoding("decoding of vectors that are copied", workers, ElementType.FLOAT32, D + 1), sinkhorn("Sinkhorn", workers)));
    }

    private static Plan attention(String name, Workers workers, ElementType type, int queries, AttentionOptions options) {
        AttentionShape shape = new AttentionShape(1, HEADS, 1, queries, N, D, D);
        AttentionPlan plan = AttentionPlan.of(shape, options.withWorkers(workers));
        return new Plan(name(name, workers), memory -> plan.run(memory.heads("q", type, HEADS, queries, D), memory.heads("k", type, N, D),
                memory.heads("v", type, N, D), options.settings().biased() ? memory.heads("bias", type, queries, N) : null,
                options.settings().masked() ? memory.mask("mask", queries, N) : null, memory.heads("out", HEADS, queries, D),
                memory.heads("logSumExp", HEADS, queries, 1)));
    }

    private static Plan ragged(String name, Workers workers, ElementType type) {
        AttentionPlan plan = AttentionPlan.of(new AttentionShape(2, HEADS, 1, N, N, D, D), AttentionOptions.defaults().withWorkers(workers));
        return new Plan(name(name, workers), memory -> plan.runRagged(memory.heads("q", type, HEADS, N, D), memory.heads("k", type, N, D),
                memory.heads("v", type, N, D), memory.offsets("query offsets"), memory.offsets("key offsets"),
                memory.heads("out", HEADS, N, D), memory.heads("logSumExp", HEADS, N, 1)));
    }

    private static Plan decoding(String name, Workers workers, ElementType type, int d) {
        DecodePlan plan = DecodePlan.of(new AttentionShape(1, HEADS, 1, 1, 10 * N, d, d), AttentionOptions.defaults().withWorkers(workers));
        return new Plan(name(name, workers), memory -> plan.run(memory.heads("q", HEADS, 1, d), memory.heads("k", type, 10 * N, d),
                memory.heads("v", type, 10 * N, d), 9 * N, memory.heads("out", HEADS, 1, d), memory.heads("logSumExp", HEADS, 1, 1)));
    }

    private static Plan sinkhorn(String name, Workers workers) {
        Heads like = Heads.allocate(Arena.ofAuto(), HEADS, N, D);
        SinkhornPlan plan = SinkhornPlan.of(Scores.of(like, like).withWorkers(workers), Divergence.FORWARD, Sinkhorn.tolerance(1e-3));
        return new Plan(name(name, workers), memory -> {
            plan.solve(memory.heads("q", HEADS, N, D), memory.heads("k", HEADS, N, D));
            plan.follow(memory.heads("q of a call that follows", HEADS, N, D), memory.heads("k of a call that follows", HEADS, N, D));
        });
    }

    private static String name(String name, Workers workers) {
        return "%s, threads: %s".formatted(name, workers.threads());
    }

    static List<Called> served() {
        return served;
    }

    static List<Called> failed() {
        return failed;
    }

    @ParameterizedTest
    @MethodSource("served")
    void aCallKeepsNoMemory(Called called) {
        assertEquals(Set.of(), called.memory.kept());
        called.plan.call.accept(new Memory(true));
    }

    @ParameterizedTest
    @MethodSource("failed")
    void aCallThatFailsKeepsNoMemory(Called called) {
        assertEquals(Set.of(), called.memory.kept());
        called.plan.call.accept(new Memory(true));
    }
}
