package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Callers that are interrupted while a plan works for them, as servers do to requests whose time is over: the call ends with its whole
 * result, the caller stays interrupted, and the plan serves the next call.
 */
class InterruptedCallsTest {

    private static final AttentionShape SHAPE = new AttentionShape(1, 4, 2, 150, 150, 16, 8);
    private static final int CALLS = 20;

    /** What a caller asks of a plan. */
    enum Kind {
        ATTENTION, DECODING
    }

    private final Arena arena = Arena.ofShared();
    private final ExecutorService helpers = Executors.newFixedThreadPool(2);
    private final Random random = new Random(7);
    private final Heads q = normal(SHAPE.heads(), SHAPE.queries(), SHAPE.dimension());
    private final Heads k = normal(SHAPE.keyHeads(), SHAPE.keys(), SHAPE.dimension());
    private final Heads v = normal(SHAPE.keyHeads(), SHAPE.keys(), SHAPE.valueDimension());

    private Heads normal(int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        for (long at = 0; at < heads.segment().byteSize(); at += Float.BYTES) {
            heads.segment().set(ValueLayout.JAVA_FLOAT, at, (float) random.nextGaussian());
        }
        return heads;
    }

    @AfterEach
    void close() throws InterruptedException {
        helpers.shutdownNow();
        assertTrue(helpers.awaitTermination(10, TimeUnit.SECONDS));
        arena.close();
    }

    /** A plan of its own, and memory for its result. */
    private final class Caller {

        private final Heads out = Heads.allocate(arena, SHAPE.heads(), SHAPE.queries(), SHAPE.valueDimension());
        private final Runnable call;

        Caller(Kind kind, Workers workers) {
            AttentionOptions options = AttentionOptions.defaults().withCausalMask().withWorkers(workers);
            switch (kind) {
                case ATTENTION -> {
                    AttentionPlan plan = AttentionPlan.of(SHAPE, options);
                    call = () -> plan.run(q, k, v, out);
                }
                case DECODING -> {
                    DecodePlan plan = DecodePlan.of(SHAPE, options);
                    call = () -> plan.run(q, k, v, SHAPE.keys(), out);
                }
                default -> throw new AssertionError(kind);
            }
        }

        byte[] result() {
            out.segment().fill((byte) -1);
            call.run();
            return out.segment().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptedCallsEndWithTheirResult(Kind kind) throws InterruptedException {
        byte[] expected = new Caller(kind, Workers.caller()).result();
        Caller caller = new Caller(kind, Workers.of(helpers, 3));
        Thread calling = Thread.currentThread();
        AtomicBoolean over = new AtomicBoolean();
        Thread interrupting = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                calling.interrupt();
                Thread.onSpinWait();
            }
        });
        for (int call = 0; call < CALLS; call++) {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            byte[] result = caller.result();
            assertTrue(Thread.interrupted(), "the interruption is forgotten");
            assertArrayEquals(expected, result);
        }
        over.set(true);
        interrupting.interrupt();
        while (interrupting.isAlive()) {
            Thread.onSpinWait();
        }
        Thread.interrupted();
        assertArrayEquals(expected, caller.result());
        assertFalse(Thread.interrupted());
    }

    @ParameterizedTest
    @EnumSource
    void interruptedVirtualThreadsLeaveTheirPlanUsable(Kind kind) throws InterruptedException {
        byte[] expected = new Caller(kind, Workers.caller()).result();
        Caller caller = new Caller(kind, Workers.of(helpers, 3));
        for (int call = 0; call < CALLS; call++) {
            AtomicReference<byte[]> result = new AtomicReference<>();
            Thread request = Thread.ofVirtual().start(() -> result.set(caller.result()));
            Thread.sleep(0, random.nextInt(300_000));
            request.interrupt();
            request.join();
            assertArrayEquals(expected, result.get());
        }
    }

    @Test
    void virtualThreadsShareAnExecutor() throws Exception {
        byte[] attention = new Caller(Kind.ATTENTION, Workers.caller()).result();
        byte[] decoding = new Caller(Kind.DECODING, Workers.caller()).result();
        List<Future<?>> requests = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int c = 0; c < 16; c++) {
                boolean even = c % 2 == 0;
                Caller caller = new Caller(even ? Kind.ATTENTION : Kind.DECODING, Workers.of(helpers, 2));
                requests.add(callers.submit(() -> {
                    for (int call = 0; call < CALLS; call++) {
                        assertArrayEquals(even ? attention : decoding, caller.result());
                    }
                }));
            }
            for (Future<?> request : requests) {
                request.get();
            }
        }
    }
}
