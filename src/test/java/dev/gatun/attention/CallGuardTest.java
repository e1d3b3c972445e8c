package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornPlan;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A plan refuses a call while another is under way, whichever thread makes it, and is free however a call ends. */
class CallGuardTest {

    private static final int N = 5;
    private static final int D = 4;
    private static final int HEADS = 3;

    /** A plan's call on queries and all else that is at hand. */
    private interface Call {
        void on(Heads q);
    }

    /** Makes a plan with these workers. */
    private record Plan(String name, BiFunction<Workers, Arena, Call> made) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Plan> plans() {
        AttentionShape shape = AttentionShape.of(HEADS, N, D);
        return Stream.of(
                new Plan("attention", (workers, arena) -> {
                    AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withWorkers(workers));
                    Heads out = Heads.allocate(arena, HEADS, N, D);
                    return q -> plan.run(q, heads(arena), heads(arena), out);
                }),
                new Plan("decoding", (workers, arena) -> {
                    DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withWorkers(workers));
                    Heads out = Heads.allocate(arena, HEADS, N, D);
                    return q -> plan.run(q, heads(arena), heads(arena), N, out);
                }),
                new Plan("Sinkhorn", (workers, arena) -> {
                    Scores scores = Scores.of(heads(arena), heads(arena)).withWorkers(workers);
                    SinkhornPlan plan = SinkhornPlan.of(scores, Divergence.FORWARD, Sinkhorn.tolerance(1e-3));
                    return q -> plan.solve(q, heads(arena));
                }));
    }

    private static Heads heads(Arena arena) {
        return AttentionPlanTest.Call.normal(arena, new Random(3), 1, HEADS, N, D);
    }

    /** An executor that calls the plan again before it runs a task: from the calling thread, or from another one. */
    @ParameterizedTest
    @MethodSource("plans")
    void callsWhileOneIsUnderWayAreRefused(Plan plan) {
        for (boolean sameThread : new boolean[] {true, false}) {
            AtomicReference<Runnable> again = new AtomicReference<>();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Executor calling = task -> {
                Runnable call = again.getAndSet(null);
                if (call != null && sameThread) {
                    thrown.set(thrownBy(call));
                } else if (call != null) {
                    join(Thread.ofPlatform().start(() -> thrown.set(thrownBy(call))));
                }
                task.run();
            };
            try (Arena arena = Arena.ofShared()) {
                Call call = plan.made.apply(Workers.of(calling, 2), arena);
                again.set(() -> call.on(heads(arena)));
                call.on(heads(arena));
                assertInstanceOf(IllegalStateException.class, thrown.get());
                assertTrue(thrown.get().getMessage().contains("a plan runs one call at a time"), thrown.get().getMessage());
                call.on(heads(arena));
            }
        }
    }

    /** What the executor's own call throws reaches the caller, as whatever an executor throws does. */
    @ParameterizedTest
    @MethodSource("plans")
    void aRefusedCallOfTheExecutorIsThrown(Plan plan) {
        AtomicReference<Runnable> again = new AtomicReference<>(() -> { });
        try (Arena arena = Arena.ofShared()) {
            Call call = plan.made.apply(Workers.of(task -> again.get().run(), 2), arena);
            again.set(() -> call.on(heads(arena)));
            assertThrows(IllegalStateException.class, () -> call.on(heads(arena)));
            again.set(() -> { });
            call.on(heads(arena));
        }
    }

    @ParameterizedTest
    @MethodSource("plans")
    void aPlanIsFreeAfterACallThatThrows(Plan plan) {
        try (Arena arena = Arena.ofShared()) {
            Call call = plan.made.apply(Workers.caller(), arena);
            Heads wrong = Heads.allocate(arena, HEADS, N, D + 1);
            Heads strange = heads(arena);
            strange.matrix(1).set(2, 3, Float.NaN);
            for (Heads bad : new Heads[] {wrong, strange, null}) {
                assertNotNull(thrownBy(() -> call.on(bad)));
                call.on(heads(arena));
            }
        }
    }

    private static Throwable thrownBy(Runnable call) {
        try {
            call.run();
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
