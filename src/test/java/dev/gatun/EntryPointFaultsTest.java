package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.EntryPoint.Given;
import dev.gatun.EntryPoint.Method;
import dev.gatun.EntryPoint.Prepared;
import dev.gatun.EntryPoint.Result;
import dev.gatun.EntryPoint.Role;
import dev.gatun.EntryPoint.Tensor;
import dev.gatun.internal.work.SharedWork;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Memory that cannot be, of every argument of every public method that takes memory: it is refused in one sentence that names the
 * argument, nothing has been written by then, and the next call gives what it gave before.
 */
@Tag("any-width")
class EntryPointFaultsTest {

    private static final EntryPoints.Shape SHAPE = new EntryPoints.Shape(1, 4, 2, 6, 7, 3, 2);
    private static final ExecutorService EXECUTOR = Executors.newFixedThreadPool(3);

    @AfterAll
    static void stopThreads() {
        EXECUTOR.shutdown();
    }

    static Stream<EntryPoint> alone() {
        return EntryPoints.of(SHAPE, Workers.caller()).stream();
    }

    /** With workers as well, those that differ in how they share out work. */
    static Stream<EntryPoint> all() {
        String differing = "plan.*|.* (DIFFUSION|MAGNETIC)|product|solve .*|eta|Hopfield.*|transitions";
        return Stream.concat(alone(), EntryPoints.of(SHAPE, Workers.of(EXECUTOR, 3)).stream()
                .filter(point -> point.name().matches(differing)));
    }

    /** A method, opened, with tensors of its own, what they hold, and what it gives. */
    private static final class Stage implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final EntryPoint point;
        private final Method method;
        private final Given given;
        private final Result expected;

        Stage(EntryPoint point) {
            this.point = point;
            this.method = point.opened().get();
            this.given = point.place(arena);
            this.expected = point.call(method, given);
            refill();
        }

        private void refill() {
            for (int t = 0; t < point.tensors().size(); t++) {
                Tensor tensor = point.tensors().get(t);
                tensor.fill(EntryPoint.memory(given.views()[t]), 0, tensor.width());
            }
        }

        /** A call that must be refused. */
        void refused(Class<? extends Exception> type, String part, Given faulty) {
            refused(type, part, () -> method.prepare(faulty).run());
        }

        void refused(Class<? extends Exception> type, String part, Prepared call) {
            byte[][] before = bytes();
            Exception thrown = assertThrows(type, call::run, () -> point + ": " + part);
            String said = thrown.getMessage();
            assertTrue(said != null && said.contains(part) && said.length() > 8 && !said.contains("\n"),
                    () -> point + ": not '" + part + "' but '" + said + "'");
            assertArrayEquals(before, bytes(), () -> point + ": written, though " + said);
        }

        /** A call that must be served. */
        void served(Given other, String what) {
            Result result = point.call(method, other);
            assertTrue(expected.same(result), () -> point + ": gives another result, " + what);
        }

        /** The plan, or whatever the method belongs to, is as good as new. */
        void stillServes(String what) {
            refill();
            served(given, "after " + what);
            refill();
        }

        private byte[][] bytes() {
            return Arrays.stream(given.views()).map(view -> EntryPoint.memory(view).toArray(ValueLayout.JAVA_BYTE))
                    .toArray(byte[][]::new);
        }

        /** The tensors, one of them elsewhere. */
        Given elsewhere(int t, Tensor tensor) {
            MemorySegment memory = tensor.allocate(arena);
            tensor.fill(memory, 0, tensor.width());
            return given.with(t, tensor.view(memory));
        }

        Given elsewhere(int t, Arena other) {
            Tensor tensor = point.tensors().get(t);
            MemorySegment memory = tensor.allocate(other);
            tensor.fill(memory, 0, tensor.width());
            return given.with(t, tensor.view(memory));
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private interface Fault {
        void of(Stage stage, int t, Tensor tensor) throws Exception;
    }

    /** Tries a fault on every argument. */
    private static void onEach(EntryPoint point, Fault fault) throws Exception {
        try (Stage stage = new Stage(point)) {
            for (int t = 0; t < point.tensors().size(); t++) {
                fault.of(stage, t, point.tensors().get(t));
                stage.stillServes("a fault of " + point.tensors().get(t));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void closedMemory(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            Arena shortLived = Arena.ofConfined();
            Given closed = stage.elsewhere(t, shortLived);
            Prepared prepared = stage.method.prepare(closed);
            shortLived.close();
            stage.refused(IllegalStateException.class, "memory of " + tensor.name() + " is closed", closed);
            stage.refused(IllegalStateException.class, "memory of " + tensor.name() + " is closed", prepared);
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void memoryOfAnotherThread(EntryPoint point) throws Throwable {
        try (Arena open = Arena.ofShared(); Arena own = Arena.ofConfined()) {
            Method method = point.opened().get();
            Given shared = point.place(open);
            Result expected = point.call(method, shared);
            for (int t = 0; t < point.tensors().size(); t++) {
                Tensor tensor = point.tensors().get(t);
                MemorySegment memory = tensor.allocate(own);
                tensor.fill(memory, 0, tensor.width());
                Given confined = shared.with(t, tensor.view(memory));
                byte[][] before = snapshot(confined);
                Prepared prepared = method.prepare(confined);
                for (Prepared call : List.<Prepared>of(() -> method.prepare(confined).run(), prepared)) {
                    Exception thrown = assertThrows(WrongThreadException.class, () -> inAnotherThread(call));
                    assertEquals("the memory of " + tensor.name() + " belongs to another thread", thrown.getMessage());
                    assertArrayEquals(before, snapshot(confined));
                }
                Given again = point.place(open);
                inAnotherThread(() -> {
                    assertTrue(expected.same(point.call(method, again)), () -> point + " gives another result");
                    return null;
                });
            }
        }
    }

    private static byte[][] snapshot(Given given) {
        return Arrays.stream(given.views()).map(view -> EntryPoint.memory(view).toArray(ValueLayout.JAVA_BYTE))
                .toArray(byte[][]::new);
    }

    private static void inAnotherThread(Prepared call) throws Throwable {
        try {
            EXECUTOR.submit(call::run).get();
        } catch (ExecutionException failed) {
            throw failed.getCause();
        }
    }

    /** The calling thread's own memory, and everybody's, by one worker and by three. */
    @ParameterizedTest
    @MethodSource("alone")
    void whoWorksDoesNotMatter(EntryPoint point) throws Exception {
        EntryPoint shared = named(point.name(), Workers.of(EXECUTOR, 3));
        try (Stage stage = new Stage(point); Arena open = Arena.ofShared()) {
            assertTrue(stage.expected.same(shared.call(shared.opened().get(), stage.given)), "confined memory, three workers");
            assertTrue(stage.expected.same(shared.call(shared.opened().get(), shared.place(open))), "shared memory, three workers");
        }
    }

    /** A call is not cut short, nor the interruption forgotten. */
    @ParameterizedTest
    @MethodSource("all")
    void interruptedThread(EntryPoint point) {
        try (Stage stage = new Stage(point)) {
            Thread.currentThread().interrupt();
            stage.served(stage.given, "the thread being interrupted");
            assertTrue(Thread.interrupted());
        } finally {
            Thread.interrupted();
        }
    }

    /** An executor that takes no task, as one that is full or has been shut down: the calling thread does all of the work. */
    @ParameterizedTest
    @MethodSource("alone")
    void executorThatRefuses(EntryPoint point) {
        AtomicBoolean refusing = new AtomicBoolean();
        Workers workers = Workers.of(task -> {
            if (refusing.get()) {
                throw new RejectedExecutionException("takes no task");
            }
            EXECUTOR.execute(task);
        }, 3);
        try (Stage stage = new Stage(named(point.name(), workers))) {
            pauseUntilHelpersLeave();
            refusing.set(true);
            stage.served(stage.given, "without helpers");
            refusing.set(false);
            stage.stillServes("an executor's refusal");
        }
    }

    private static EntryPoint named(String name, Workers workers) {
        return EntryPoints.of(SHAPE, workers).stream().filter(other -> other.name().equals(name)).findFirst().orElseThrow();
    }

    private static void pauseUntilHelpersLeave() {
        LockSupport.parkNanos(4 * SharedWork.SPIN_NANOS);
    }

    @ParameterizedTest
    @MethodSource("alone")
    void readOnlyMemory(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            Given readOnly = stage.given.with(t, tensor.view(EntryPoint.memory(stage.given.views()[t]).asReadOnly()));
            if (tensor.role().written()) {
                stage.refused(IllegalArgumentException.class, tensor.name() + " is read-only", readOnly);
            } else {
                stage.served(readOnly, tensor + " being read-only");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("alone")
    void noMemory(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            Given without = stage.given.with(t, null);
            if (List.of("bias", "mask").contains(tensor.name()) && point.name().startsWith("plan")) {
                stage.refused(IllegalArgumentException.class, tensor.name() + " is missing", without);
            } else if (!point.name().equals("finite entries") && !tensor.name().equals("logSumExp") || tensor.role() == Role.BOTH) {
                stage.refused(NullPointerException.class, (ofMatrices(point) ? "the matrix" : tensor.name()) + " is null", without);
            }
        });
    }

    private static boolean ofMatrices(EntryPoint point) {
        return point.tensors().stream().allMatch(tensor -> tensor.shape()[1] == 1);
    }

    @ParameterizedTest
    @MethodSource("alone")
    void anotherShape(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            boolean matrix = ofMatrices(point) || tensor.name().startsWith("new");
            for (int dimension = matrix ? 2 : 0; dimension < 4 && !tensor.loose(); dimension++) {
                for (int more : new int[] {-1, 1}) {
                    int[] shape = tensor.shape().clone();
                    // Logarithms may have a second column.
                    shape[dimension] += dimension == 3 && tensor.name().endsWith("ogSumExp") ? 2 * more : more;
                    // One head of keys serves any number of queries' heads, and one head of a mask all.
                    if (shape[dimension] > 0 && !(dimension < 2 && more < 0)) {
                        stage.refused(IllegalArgumentException.class, "", stage.elsewhere(t, tensor.of(shape)));
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("alone")
    void entriesOfAnotherType(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            boolean any = point.name().contains("plan of attention") || point.name().contains("decoding")
                    && List.of("q", "k", "v", "the cache of keys", "the cache of values").contains(tensor.name()) || List.of("bias", "scores").contains(tensor.name());
            if (tensor.type() == ElementType.FLOAT32 && (tensor.role().written() || !any) && !point.name().contains("append")) {
                stage.refused(IllegalArgumentException.class, "expected float32",
                        stage.elsewhere(t, tensor.of(ElementType.FLOAT16)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("alone")
    void entriesThatAreNotFinite(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            if (tensor.role() == Role.OUTPUT || tensor.mask()) {
                return;
            }
            boolean masks = List.of("bias", "scores").contains(tensor.name()) || point.name().equals("merge") && tensor.shape()[3] == 1;
            MemorySegment memory = EntryPoint.memory(stage.given.views()[t]);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                tensor.set(memory, memory.byteSize() / tensor.entry() - 1, bad);
                if (!masks || bad != Float.NEGATIVE_INFINITY) {
                    stage.refused(IllegalArgumentException.class, tensor.name() + " holds " + bad + " at row "
                            + (tensor.rows() - 1), stage.given);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("alone")
    void headsOfAnOutputOverEachOther(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            if (tensor.role().written() && tensor.shape()[1] > 1) {
                long row = tensor.shape()[3];
                for (long stride : new long[] {0, row * tensor.rows() - 1}) {
                    Heads over = Heads.strided(EntryPoint.memory(stage.given.views()[t]), 0,
                            new int[] {1, tensor.shape()[1]}, tensor.rows(), tensor.shape()[3], 0, stride, row);
                    stage.refused(IllegalArgumentException.class, "heads of " + tensor.name() + " share memory with each other",
                            stage.given.with(t, over));
                }
            }
        });
    }

    /** Where two tensors lie in one piece of memory, rows so many bytes apart. */
    private record Places(String name, long at, long stride, long otherAt, long otherStride, boolean shared) {
    }

    private static List<Places> places(Tensor tensor, Tensor other) {
        long width = tensor.width();
        long otherWidth = other.width();
        long extent = tensor.extent(width);
        long otherExtent = other.extent(otherWidth);
        long both = (width + otherWidth + 3) / 4 * 4;
        long entry = other.entry();
        return List.of(new Places("at the same place", 0, width, 0, otherWidth, true),
                new Places("an entry on", 4, width, 0, otherWidth, true),
                new Places("an entry back", 0, width, entry, otherWidth, true),
                new Places("over the last entry", 0, width, extent - entry, otherWidth, true),
                new Places("over the first entry", otherExtent - 1, width, 0, otherWidth, true),
                new Places("behind", 0, width, extent, otherWidth, false),
                new Places("before", otherExtent, width, 0, otherWidth, false),
                new Places("side by side", 0, both, width, both, false),
                new Places("side by side, an entry too near", 0, both, width - entry, both, true),
                new Places("rows in gaps of wider ones", 0, 2 * both, width, both, false),
                new Places("rows in gaps of wider ones, an entry too near", 0, 2 * both, width - entry, both, true),
                new Places("rows in narrower gaps", 0, both, width, 2 * both, false));
    }

    @ParameterizedTest
    @MethodSource("alone")
    void outputsOverOtherTensors(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            for (int u = 0; u < point.tensors().size(); u++) {
                Tensor other = point.tensors().get(u);
                if (u != t && tensor.role().written()) {
                    for (Places places : places(tensor, other)) {
                        overlay(stage, t, u, places);
                    }
                }
            }
        });
    }

    private static void overlay(Stage stage, int t, int u, Places places) {
        Tensor tensor = stage.point.tensors().get(t);
        Tensor other = stage.point.tensors().get(u);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Math.max(places.at + tensor.extent(places.stride),
                    places.otherAt + other.extent(places.otherStride)), 4);
            tensor.fill(memory, places.at, places.stride);
            other.fill(memory, places.otherAt, places.otherStride);
            Given over = stage.given.with(t, tensor.view(memory, places.at, places.stride))
                    .with(u, other.view(memory, places.otherAt, places.otherStride));
            byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
            if (places.shared) {
                stage.refused(IllegalArgumentException.class, "shares memory with", over);
                assertArrayEquals(before, memory.toArray(ValueLayout.JAVA_BYTE));
            } else {
                stage.served(over, tensor + " lying " + places.name + " " + other);
                stage.refill();
            }
        }
    }

    /** A single row's stride is anything, so that its last entry may seem to lie anywhere. */
    @ParameterizedTest
    @MethodSource("ofOneRow")
    void strideOfASingleRow(EntryPoint point) throws Exception {
        onEach(point, (stage, t, tensor) -> {
            for (long stride : new long[] {1L << 59, 1L << 60, 1L << 61, 1L << 62, Long.MAX_VALUE}) {
                if (tensor.rows() == 1 && !tensor.mask()) {
                    Given wide = stage.given.with(t, ofOneRow(tensor,
                            EntryPoint.memory(stage.given.views()[t]), stride));
                    stage.served(wide, tensor + " having a row stride of " + stride);
                    stage.refill();
                    for (int u = 0; u < t && tensor.role().written(); u++) {
                        Tensor other = stage.point.tensors().get(u);
                        if (other.type() == ElementType.FLOAT32 && other.extent(other.width()) >= tensor.width()) {
                            MemorySegment memory = EntryPoint.memory(stage.given.views()[u]);
                            stage.refused(IllegalArgumentException.class, "shares memory with", stage.given
                                    .with(t, ofOneRow(tensor, memory, stride)).with(u, ofOneRow(other, memory, stride)));
                        }
                    }
                }
            }
        });
    }

    private static Heads ofOneRow(Tensor tensor, MemorySegment memory, long stride) {
        return Heads.strided(memory, 0, tensor.type(), new int[] {1, 1}, 1, tensor.shape()[3], 0, 0, stride);
    }

    static Stream<EntryPoint> ofOneRow() {
        return EntryPoints.of(new EntryPoints.Shape(1, 1, 1, 1, 1, 3, 2), Workers.caller()).stream()
                .filter(point -> point.name().matches("(apply|plan of|merge).*"));
    }
}
