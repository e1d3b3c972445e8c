package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.EntryPoint.Given;
import dev.gatun.EntryPoint.Method;
import dev.gatun.EntryPoint.Prepared;
import dev.gatun.EntryPoint.Result;
import dev.gatun.hopfield.Circulation;
import dev.gatun.property.Normalisation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * More threads than processors, each with plans and operators of its own and some that all share, which open and close memory and
 * plans as they go: whatever a call gives is what it gave when nothing else ran, to the last bit, and no memory is left at the end.
 * For longer, {@code -Dsoak.seconds=300}.
 */
class ConcurrentUseTest {

    private static final double SECONDS = Double.parseDouble(System.getProperty("soak.seconds", "1"));
    private static final boolean LONG = SECONDS > 10;
    private static final int THREADS = 8;

    /** At the edges of tiles, and of what vectors leave over. */
    private static final List<EntryPoints.Shape> SHAPES = List.of(new EntryPoints.Shape(1, 2, 1, 5, 6, 3, 2),
            new EntryPoints.Shape(2, 2, 2, 64, 65, 16, 4), new EntryPoints.Shape(1, 3, 1, 65, 63, 33, 5));
    private static final List<EntryPoints.Shape> MORE_SHAPES = List.of(new EntryPoints.Shape(1, 1, 1, 129, 257, 8, 9),
            new EntryPoints.Shape(1, 12, 4, 128, 128, 32, 32), new EntryPoints.Shape(3, 4, 2, 31, 33, 65, 17));

    /** A method at a shape, alone and with workers, and what it gives. */
    private record Case(EntryPoint alone, EntryPoint shared, Result expected) {
    }

    /** What all threads use at once: a description of views and what it computes, or where it has an output what it writes. */
    private record Common(String name, Prepared figures, double[] expected) {
    }

    private record CommonOperator(String name, BiConsumer<Heads, Heads> apply, int width, byte[][] expected) {
    }

    private final LongAdder calls = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    private final List<Case> cases = new ArrayList<>();
    private final List<Common> common = new ArrayList<>();
    private final List<CommonOperator> operators = new ArrayList<>();
    private EntryPoint product;

    @Tag("thorough")
    @Test
    void everyCallGivesWhatItGaveAlone() throws Exception {
        long collected = NativeMemory.settled(NativeMemory::collected);
        long tracked = NativeMemory.settled(NativeMemory::tracked);
        long resident;
        try (Arena arena = Arena.ofShared(); ExecutorService helpers = Executors.newFixedThreadPool(3);
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            Workers workers = Workers.of(helpers, 3);
            prepare(workers);
            share(LONG ? SHAPES.getLast() : SHAPES.getFirst(), arena, workers);
            soak(threads, SECONDS / 4);
            resident = resident();
            soak(threads, 3 * SECONDS / 4);
        }
        int prepared = cases.size() + common.size() + operators.size();
        cases.clear();
        common.clear();
        operators.clear();
        long left = NativeMemory.settled(NativeMemory::collected, collected);
        long leftTracked = NativeMemory.settled(NativeMemory::tracked, tracked);
        System.out.printf("%d calls of %d methods compared, %d opened, %d refused; resident %d MB after a quarter, %d MB at"
                + " the end; arenas %d KB before, %d KB after, tracked %d and %d KB%n", calls.sum(), prepared, opened.sum(), refusals.sum(),
                resident >> 20, resident() >> 20, collected >> 10, left >> 10, tracked >> 10, leftTracked >> 10);
        assertTrue(left <= collected, () -> left + " bytes of arenas are left, where there were " + collected);
        assertTrue(leftTracked <= tracked, () -> leftTracked + " bytes are left, where there were " + tracked);
    }

    /** Each method at one of the shapes, or at all of them and more. */
    private void prepare(Workers workers) {
        List<EntryPoints.Shape> shapes = new ArrayList<>(SHAPES);
        shapes.addAll(LONG ? MORE_SHAPES : List.of());
        for (int s = 0; s < shapes.size(); s++) {
            List<EntryPoint> alone = EntryPoints.of(shapes.get(s), Workers.caller());
            List<EntryPoint> shared = EntryPoints.of(shapes.get(s), workers);
            for (int e = 0; e < alone.size(); e++) {
                if (LONG || e % shapes.size() == s) {
                    prepare(alone.get(e), shared.get(e));
                }
            }
        }
    }

    private void prepare(EntryPoint alone, EntryPoint shared) {
        try (Arena own = Arena.ofConfined()) {
            cases.add(new Case(alone, shared, alone.call(alone.opened().get(), alone.place(own))));
        }
    }

    private void share(EntryPoints.Shape shape, Arena arena, Workers workers) {
        for (EntryPoint point : EntryPoints.of(shape, workers)) {
            boolean description = point.tensors().stream().noneMatch(tensor -> tensor.role().written());
            if (description && !point.name().startsWith("plan")) {
                Prepared figures = point.opened().get().prepare(point.place(arena));
                common.add(new Common(point.name(), figures, figures.run()));
            }
        }
        product = EntryPoints.of(shape, workers).stream().filter(point -> point.name().equals("apply ATTENTION")).findFirst()
                .orElseThrow();
        Given given = product.place(arena);
        Scores scores = Scores.of(given.heads(0), given.heads(1));
        for (Normalisation normalisation : Normalisation.values()) {
            BiConsumer<Heads, Heads> apply = normalisation.width() == 2 ? scores.magnetic(0.7)::apply
                    : normalisation.operator(scores)::apply;
            share("shared " + normalisation, apply, normalisation.width(), given, arena);
        }
        share("shared product", scores.withWorkers(workers).attention().times(scores.diffusion(1))::apply, 1, given, arena);
        share("shared circulation", Circulation.of(scores, 0.2).withBlend(0.3).withAdaptiveBlend()::apply, 1, given, arena);
    }

    private void share(String name, BiConsumer<Heads, Heads> apply, int width, Given given, Arena arena) {
        Heads out = wide(given.heads(3), width, arena);
        apply.accept(given.heads(2), out);
        operators.add(new CommonOperator(name, apply, width, bytes(out)));
    }

    private static Heads wide(Heads out, int width, Arena arena) {
        return Heads.allocate(arena, out.batch(), out.heads(), out.rows(), width * out.columns());
    }

    private static byte[][] bytes(Heads out) {
        return new byte[][] {EntryPoint.memory(out).toArray(ValueLayout.JAVA_BYTE)};
    }

    private void soak(ExecutorService threads, double seconds) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + (long) (1e9 * seconds);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(thread + 31L * calls.sum());
            running.add(threads.submit(() -> use(random, end)));
        }
        for (Future<?> thread : running) {
            thread.get();
        }
    }

    private void use(Random random, long end) {
        Map<EntryPoint, Method> own = new HashMap<>();
        while (System.nanoTime() < end) {
            switch (random.nextInt(4)) {
                case 0 -> useCommon(common.get(random.nextInt(common.size())));
                case 1 -> useCommon(operators.get(random.nextInt(operators.size())));
                default -> useOwn(random, own);
            }
            calls.increment();
        }
    }

    private static void useCommon(Common shared) {
        double[] figures = shared.figures.run();
        assertTrue(Arrays.equals(shared.expected, figures), () -> shared.name + ", shared, gives other figures");
    }

    private void useCommon(CommonOperator shared) {
        try (Arena arena = Arena.ofConfined()) {
            Given given = product.place(arena);
            Heads out = wide(given.heads(3), shared.width, arena);
            shared.apply.accept(given.heads(2), out);
            assertTrue(Arrays.deepEquals(shared.expected, bytes(out)), () -> shared.name + " gives another result");
        }
    }

    private void useOwn(Random random, Map<EntryPoint, Method> own) {
        Case chosen = cases.get(random.nextInt(cases.size()));
        EntryPoint point = random.nextInt(4) == 0 ? chosen.shared : chosen.alone;
        if (random.nextInt(4) == 0) {
            own.remove(point);
        }
        Method method = own.computeIfAbsent(point, missing -> {
            opened.increment();
            return missing.opened().get();
        });
        if (random.nextInt(8) == 0) {
            refused(point, method, random.nextBoolean());
        }
        boolean automatic = random.nextInt(4) == 0;
        Arena arena = automatic ? Arena.ofAuto() : random.nextBoolean() ? Arena.ofShared() : Arena.ofConfined();
        Result result = point.call(method, point.place(arena));
        assertTrue(chosen.expected.same(result), () -> point + ", " + point.tensors() + ", gives another result");
        if (!automatic) {
            arena.close();
        }
    }

    /** One argument is in closed memory: the call says so, and the next one is as good as any. */
    private void refused(EntryPoint point, Method method, boolean first) {
        Arena closed = Arena.ofConfined();
        try (Arena arena = Arena.ofConfined()) {
            int t = first ? 0 : point.tensors().size() - 1;
            Given faulty = point.place(arena).with(t, point.place(closed).views()[t]);
            closed.close();
            assertEquals("the memory of " + point.tensors().get(t).name() + " is closed",
                    assertThrows(IllegalStateException.class, () -> method.prepare(faulty).run()).getMessage());
        }
        refusals.increment();
    }

    /** Bytes of this process in memory, heap and all; 0 where the system does not say. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status) ? 0 : Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }
}
