package dev.gatun.internal.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Workers;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every piece is done once, the leading ones before the others, whoever comes when. */
@Tag("any-width")
final class SharedWorkTest {

    private static final int MOST = 40;
    private static final int RUNS = 100_000;

    /** Counts who did what; complains of a piece that follows where a leading one is not done. */
    private static final class Ledger implements Piece {
        private final AtomicIntegerArray times = new AtomicIntegerArray(2 * MOST);
        private final AtomicInteger leadingDone = new AtomicInteger();
        private final AtomicReference<String> complaint = new AtomicReference<>();
        private final AtomicIntegerArray busy;
        private volatile int leading;

        Ledger(int threads) {
            busy = new AtomicIntegerArray(threads);
        }

        @Override
        public void run(int index, int worker) {
            if (busy.getAndSet(worker, 1) != 0) {
                complaint.compareAndSet(null, "worker " + worker + " does two pieces at once");
            }
            if (index < leading) {
                leadingDone.incrementAndGet();
            } else if (leadingDone.get() != leading) {
                complaint.compareAndSet(null, "piece " + index + " came before the leading ones were done");
            }
            times.incrementAndGet(index);
            busy.set(worker, 0);
        }

        /** As {@code work.run}, of pieces numbered throughout. */
        void run(SharedWork work, int before, int after) {
            leading = before;
            work.run(before, this, after, (index, worker) -> run(before + index, worker));
        }

        void check(int before, int after) {
            assertNull(complaint.get());
            for (int index = 0; index < 2 * MOST; index++) {
                assertEquals(index < before + after ? 1 : 0, times.getAndSet(index, 0), "piece " + index);
            }
            leadingDone.set(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    @Tag("slow")
    void doesEveryPieceOnceAndTheLeadingOnesFirst(int threads) {
        Random random = new Random(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            Ledger ledger = new Ledger(threads);
            SharedWork work = new Crew(executor, threads).shared();
            for (int run = 0; run < RUNS; run++) {
                int before = random.nextInt(4) == 0 ? 0 : random.nextInt(MOST);
                int after = random.nextInt(4) == 0 ? 0 : random.nextInt(MOST);
                ledger.run(work, before, after);
                ledger.check(before, after);
                if (random.nextInt(1000) == 0) {
                    pauseUntilHelpersSleep();
                }
            }
        }
    }

    /** Rounds of the same pieces, some of them empty: each begins when all pieces of those before have ended. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    @Tag("slow")
    void doesOneRoundAfterTheOther(int threads) {
        Random random = new Random(threads);
        int[] counts = new int[9];
        AtomicInteger ended = new AtomicInteger();
        AtomicReference<String> complaint = new AtomicReference<>();
        Piece[] rounds = new Piece[counts.length];
        for (int r = 0; r < rounds.length; r++) {
            int round = r;
            rounds[r] = (index, worker) -> {
                int before = sum(counts, round);
                int seen = ended.getAndIncrement();
                if (index < 0 || index >= counts[round] || seen < before || seen >= before + counts[round]) {
                    complaint.compareAndSet(null, "piece " + index + " of round " + round + " came after " + seen + " pieces");
                }
            };
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            SharedWork work = new Crew(executor, threads).shared();
            for (int run = 0; run < RUNS / 10; run++) {
                for (int r = 0; r < counts.length; r++) {
                    counts[r] = Math.max(0, random.nextInt(-2, 7));
                }
                ended.set(0);
                int most = random.nextInt(counts.length + 1);
                work.run(0, most, counts, rounds);
                assertNull(complaint.get());
                assertEquals(sum(counts, most), ended.get());
            }
        }
    }

    private static int sum(int[] counts, int end) {
        int sum = 0;
        for (int r = 0; r < end; r++) {
            sum += counts[r];
        }
        return sum;
    }

    @Test
    void aRoundThatFailsIsTheLast() {
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            SharedWork work = new Crew(executor, 2).shared();
            AtomicInteger later = new AtomicInteger();
            Piece fails = (index, worker) -> {
                throw new IllegalStateException("fails");
            };
            Piece counts = (index, worker) -> later.incrementAndGet();
            assertThrows(IllegalStateException.class, () -> work.run(0, 3, new int[] {3, 3, 3}, new Piece[] {counts, fails, counts}));
            assertEquals(3, later.get());
            work.run(0, 2, new int[] {1, 1}, new Piece[] {counts, counts});
            assertEquals(5, later.get());
        }
    }

    private static void pauseUntilHelpersSleep() {
        long end = System.nanoTime() + 2 * SharedWork.SPIN_NANOS;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void callerDoesAllWhereNoHelperComes() {
        List<Runnable> ignored = new ArrayList<>();
        Ledger ledger = new Ledger(4);
        SharedWork work = new Crew(ignored::add, 4).shared();
        for (int run = 0; run < 10; run++) {
            ledger.run(work, 5, 7);
            ledger.check(5, 7);
        }
        assertEquals(3, ignored.size(), "tasks given to an executor that has not begun with them");
        ignored.forEach(Runnable::run);
        ledger.leading = 0;
        ledger.check(0, 0);
    }

    /** A helper that an executor takes and never runs keeps nothing of a run that is over, neither its pieces nor what they threw. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRunThatIsOverIsReleased(boolean fails) throws InterruptedException {
        List<Runnable> ignored = new ArrayList<>();
        WeakReference<Object> used = runOnSomethingNew(new Crew(ignored::add, 2), fails);
        for (int collection = 0; used.get() != null && collection < 50; collection++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNull(used.get());
        assertEquals(1, ignored.size());
    }

    private static WeakReference<Object> runOnSomethingNew(Crew crew, boolean fails) {
        Object used = fails ? new IllegalStateException("fails") : new Object();
        Piece piece = (index, worker) -> {
            if (used instanceof IllegalStateException failure) {
                throw failure;
            }
        };
        try {
            crew.shared().run(3, piece, 2, piece);
        } catch (IllegalStateException failed) {
            assertSame(used, failed);
        }
        return new WeakReference<>(used);
    }

    @Test
    void whatALeadingPieceThrowsKeepsTheOthersFromBeginning() {
        IllegalArgumentException refused = new IllegalArgumentException("refused");
        AtomicInteger following = new AtomicInteger();
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            SharedWork work = new Crew(executor, 2).shared();
            Piece leading = (index, worker) -> {
                if (index == 3) {
                    throw refused;
                }
            };
            for (int run = 0; run < 100; run++) {
                assertSame(refused, assertThrows(IllegalArgumentException.class,
                        () -> work.run(6, leading, 6, (index, worker) -> following.incrementAndGet())));
            }
            assertEquals(0, following.get());
            work.run(3, leading);
        }
    }

    /** Whichever piece it is, and whoever does it: every piece is over by the time that it is thrown, and work goes on. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void whatAPieceThrowsIsThrown(int threads) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            Ledger ledger = new Ledger(threads);
            SharedWork work = new Crew(executor, threads).shared();
            for (Throwable thrown : List.of(new OutOfMemoryError("none left"), new StackOverflowError(),
                    new IllegalStateException("no more"))) {
                for (int run = 0; run < 200; run++) {
                    int failing = run % MOST;
                    AtomicInteger under = new AtomicInteger();
                    Piece piece = (index, worker) -> {
                        under.incrementAndGet();
                        try {
                            if (index == failing) {
                                throwUnchecked(thrown);
                            }
                        } finally {
                            under.decrementAndGet();
                        }
                    };
                    assertSame(thrown, assertThrows(thrown.getClass(), () -> work.run(MOST, piece)));
                    assertEquals(0, under.get(), "pieces under way once the caller knows");
                    ledger.run(work, MOST, run % MOST);
                    ledger.check(MOST, run % MOST);
                }
            }
        }
    }

    private static void throwUnchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    /** What is no rejection is a fault of the executor: it is thrown once all pieces are over, and work goes on. */
    @Test
    void whatTheExecutorThrowsIsThrown() {
        AtomicInteger asked = new AtomicInteger();
        SharedWork work = new Crew(task -> {
            if (asked.getAndIncrement() == 0) {
                throw new UnsupportedOperationException("no tasks");
            }
        }, 2).shared();
        assertThrows(UnsupportedOperationException.class, () -> work.run(4, (index, worker) -> { }));
        Ledger ledger = new Ledger(2);
        ledger.run(work, 4, 5);
        ledger.check(4, 5);
    }

    /** One that always rejects, one that has been shut down, and one whose queue is full of other people's tasks. */
    @Test
    void callerDoesWhatTheExecutorRejects() {
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService ended = Executors.newFixedThreadPool(1);
        ended.shutdown();
        try (ThreadPoolExecutor busy = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1))) {
            for (int task = 0; task < 2; task++) {
                busy.execute(() -> awaitEnd(end));
            }
            Executor rejecting = task -> {
                throw new RejectedExecutionException("full");
            };
            for (Executor executor : List.of(rejecting, ended, busy)) {
                Ledger ledger = new Ledger(3);
                SharedWork work = new Crew(executor, 3).shared();
                for (int run = 0; run < 10; run++) {
                    ledger.run(work, 5, run);
                    ledger.check(5, run);
                }
            }
            end.countDown();
        }
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** An executor that has been full takes helpers again as soon as it can. */
    @Test
    void helpersComeAfterARejection() {
        AtomicBoolean full = new AtomicBoolean(true);
        AtomicInteger taken = new AtomicInteger();
        SharedWork work = new Crew(task -> {
            if (full.get()) {
                throw new RejectedExecutionException("full");
            }
            taken.incrementAndGet();
            task.run();
        }, 3).shared();
        work.run(9, (index, worker) -> { });
        full.set(false);
        work.run(9, (index, worker) -> { });
        assertEquals(2, taken.get());
    }

    @Test
    void whatWorkersCannotBeIsRefusedAtOnce() {
        assertEquals("the executor is null", assertThrows(NullPointerException.class, () -> Workers.of(null, 2)).getMessage());
        for (int threads : new int[] {4097, 1 << 27, Integer.MAX_VALUE}) {
            assertEquals("threads must be at most 4096, not " + threads,
                    assertThrows(IllegalArgumentException.class, () -> Workers.of(Runnable::run, threads)).getMessage());
        }
        assertEquals(4096, Workers.of(Runnable::run, 4096).threads());
    }

    @Test
    void interruptionIsKeptAndNothingIsLost() {
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Ledger ledger = new Ledger(2);
            SharedWork work = new Crew(executor, 2).shared();
            Thread.currentThread().interrupt();
            work.run(MOST, ledger);
            assertTrue(Thread.interrupted());
            ledger.check(0, MOST);
        }
    }
}
