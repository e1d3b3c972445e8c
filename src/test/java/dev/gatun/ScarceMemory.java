package dev.gatun;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.gatun.EntryPoint.Given;
import dev.gatun.EntryPoint.Method;
import dev.gatun.EntryPoint.Result;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A program for a small heap. {@code ScarceMemory} opens plans and calls methods at shapes for which there is no room, ever larger
 * ones; {@code ScarceMemory PATTERN} calls methods of {@link EntryPoints} whose names match with less and less of the heap, and of
 * direct memory, left. Either way an {@link OutOfMemoryError} says so, and what comes next gives what it gave before.
 */
final class ScarceMemory {

    private static final EntryPoints.Shape SHAPE = new EntryPoints.Shape(1, 2, 1, 66, 66, 9, 5);
    private static final int LEAST = 1 << 14;

    /** Vector code that is not compiled yet allocates all the time: a heap that is nearly full is collected all the time then. */
    private static final int CALLS_TO_COMPILE = 1000;

    private static final int MOST = 1 << 23;
    private static final Object[] BALLAST = new Object[1 << 16];

    private static final List<EntryPoint> SMALL = EntryPoints.of(new EntryPoints.Shape(1, 1, 1, 3, 3, 2, 1), Workers.caller())
            .stream().filter(point -> point.name().matches("apply DIFFUSION|plan of (attention|decoding, causal|Sinkhorn, follow)"))
            .toList();
    private static final List<Result> BEFORE = SMALL.stream()
            .map(point -> point.call(point.opened().get(), point.place(Arena.ofAuto()))).toList();

    private static int refused;
    private static int served;
    private static int refusedDirect;

    private ScarceMemory() {
    }

    public static void main(String[] arguments) {
        int threads = Thread.activeCount();
        NativeMemory.settled(NativeMemory::collected, 0);
        long tracked = NativeMemory.tracked();
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Workers workers = Workers.of(executor, 3);
            if (arguments.length == 0) {
                openTooLarge(workers);
            } else {
                starve(arguments[0], Workers.caller());
                starve(arguments[0], workers);
            }
        }
        System.out.printf("%d calls out of heap, %d out of direct memory, %d served%n", refused, refusedDirect, served);
        if (Thread.activeCount() > threads || NativeMemory.settled(NativeMemory::collected, 0) > 0
                || NativeMemory.settled(NativeMemory::tracked, tracked) > tracked) {
            throw new IllegalStateException("%d threads, %d bytes of arenas are left, %d tracked where there were %d".formatted(
                    Thread.activeCount() - threads, NativeMemory.collected(), NativeMemory.tracked(), tracked));
        }
    }

    // ---- shapes that are too large ----

    private static void openTooLarge(Workers workers) {
        AttentionOptions options = AttentionOptions.defaults().withWorkers(workers);
        for (int size = 1 << 14; size <= 1 << 18; size *= 16) {
            for (AttentionShape shape : List.of(new AttentionShape(1, 1, 1, size, 1, 64, 64),
                    new AttentionShape(1, 1, 1, 1, size, 64, 64), new AttentionShape(1, 1, 1, 7, 7, size, 1),
                    new AttentionShape(1, 1, 1, 7, 7, 1, size), new AttentionShape(1, size, 1, 7, 7, 8, 8),
                    new AttentionShape(size, 1, 1, 7, 7, 8, 8))) {
                open("not enough memory for a plan of attention, " + shape, () -> AttentionPlan.of(shape, options));
                open("not enough memory for a plan of decoding, " + shape, () -> DecodePlan.of(shape, options));
            }
        }
        for (int tokens = 1 << 11; tokens <= 1 << 15; tokens *= 4) {
            solveTooLarge(tokens, workers);
        }
        callTooLarge(1 << 16, workers);
        require(refused > 20 && refusedDirect > 1 && served > 4, "%d, %d and %d calls".formatted(refused, refusedDirect, served));
    }

    /** Of which the kernel has no room in direct memory, or potentials have none in the heap. */
    private static void solveTooLarge(int tokens, Workers workers) {
        try (Arena arena = Arena.ofConfined()) {
            Heads points = Heads.allocate(arena, 2, tokens, 1);
            Scores scores = Scores.of(points, points).withWorkers(workers);
            open("not enough memory for a plan of Sinkhorn, 2 heads of %d x %d".formatted(tokens, tokens),
                    () -> scores.sinkhornPlan(Sinkhorn.tolerance(1e-3).withMemory(Long.MAX_VALUE)));
            if (tokens == 1 << 15) {
                open("", () -> scores.sinkhorn(Sinkhorn.tolerance(1e-3).withMemory(Long.MAX_VALUE)));
            }
        }
    }

    /** Of which copies of queries and keys have room, and hardly anything else. */
    private static void callTooLarge(int tokens, Workers workers) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = Matrix.allocate(arena, tokens, 32);
            Matrix out = Matrix.allocate(arena, tokens, 32);
            Matrix complex = Matrix.allocate(arena, tokens, 64);
            Scores scores = Scores.of(points, points).withWorkers(workers);
            Matrix apart = Matrix.allocate(arena, tokens, 32);
            List<Runnable> calls = List.of(() -> scores.attention().apply(apart, out),
                    () -> scores.attentionColumn().apply(apart, out),
                    () -> scores.diffusion(1).apply(apart, out), () -> scores.magnetic(0.3).apply(apart, complex),
                    () -> scores.attention().times(scores.diffusion()).apply(apart, out),
                    () -> Circulation.of(scores, 0.3).withBlend(0.5).apply(apart, out),
                    () -> scores.sinkhorn(Sinkhorn.bistochastic().withMemory(0)),
                    () -> scores.attention().bridge(2, Sinkhorn.bistochastic()),
                    () -> scores.diffusion().conjugate(0).stationary(), () -> Dynamics.of(scores.attention(), 0),
                    () -> Hopfield.of(points, points).withWorkers(workers).figures(apart));
            for (Runnable call : calls) {
                require(!open("", () -> {
                    call.run();
                    return call;
                }), "a call of %d tokens was served".formatted(tokens));
            }
        }
    }

    /** Whether there was room; where there was not, a small plan or a small operator gives what it gave before. */
    private static boolean open(String says, Supplier<Object> large) {
        try {
            large.get();
            served++;
            return true;
        } catch (OutOfMemoryError full) {
            String said = full.getMessage();
            require(said != null && said.startsWith(says), "says: " + said);
            if (said.contains("direct")) {
                refusedDirect++;
            } else {
                refused++;
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            int p = refused % SMALL.size();
            EntryPoint point = SMALL.get(p);
            require(BEFORE.get(p).same(point.call(point.opened().get(), point.place(arena))), point, "after a large one");
        }
        return false;
    }

    // ---- whatever the shape, a heap that is nearly full ----

    private static void starve(String pattern, Workers workers) {
        for (EntryPoint point : EntryPoints.of(SHAPE, workers)) {
            if (point.name().matches(pattern)) {
                try (Arena arena = Arena.ofShared()) {
                    starve(point, arena, workers.threads() == 1);
                }
            }
        }
    }

    private static void starve(EntryPoint point, Arena arena, boolean alone) {
        Given given = point.place(arena);
        Method method = point.opened().get();
        Result expected = point.call(method, given);
        for (int call = 0; call < CALLS_TO_COMPILE; call++) {
            require(expected.same(point.call(call % 100 == 0 ? point.opened().get() : method, given)), point, "before");
        }
        boolean enough = false;
        for (int free = LEAST; free <= MOST && !enough; free *= 2) {
            enough = withLittleHeap(free, point, method, given, expected);
            require(expected.same(point.call(method, given)), point, "from what was there, after it lacked heap");
        }
        require(enough, point, "with " + MOST + " bytes of heap: not at all");
        if (alone && point.name().matches(".*(solve|plan of (Sinkhorn|decoding)).*") && withoutDirectMemory(point, method, given)) {
            NativeMemory.settled(NativeMemory::collected, 0);
            require(expected.same(point.call(method, given)), point, "after it lacked direct memory");
        }
    }

    /** Whether both a method that was there and one of its own had enough. */
    private static boolean withLittleHeap(int free, EntryPoint point, Method method, Given given, Result expected) {
        Method own = null;
        Result result = null;
        Result ofOwn = null;
        OutOfMemoryError error = null;
        boolean made = false;
        fill(free);
        try {
            result = point.call(method, given);
            own = point.opened().get();
            made = true;
            ofOwn = point.call(own, given);
        } catch (OutOfMemoryError full) {
            error = full;
        } finally {
            Arrays.fill(BALLAST, null);
        }
        if (error == null) {
            require(expected.same(result) && expected.same(ofOwn), point, "with little heap");
            served += 2;
            return true;
        }
        refused++;
        String said = error.getMessage();
        boolean ofPlan = result != null && !made && point.name().matches("plan of (attention|decoding).*");
        require(said != null && (!ofPlan || said.startsWith("not enough memory for a plan of")), point, "says: " + said);
        if (own != null) {
            require(expected.same(point.call(own, given)), point, "from what was new, after it lacked heap");
        }
        return false;
    }

    /** Takes all of the heap but {@code free} bytes. */
    private static void fill(int free) {
        int count = 0;
        for (int size = 1 << 20; size >= 1 << 10; size >>= 5) {
            try {
                while (count < BALLAST.length) {
                    BALLAST[count] = new byte[size];
                    count++;
                }
            } catch (OutOfMemoryError full) {
                // As was meant.
            }
        }
        for (int freed = 0; freed < free; ) {
            count--;
            freed += ((byte[]) BALLAST[count]).length;
            BALLAST[count] = null;
        }
    }

    /** Whether none at all was too little. */
    private static boolean withoutDirectMemory(EntryPoint point, Method method, Given given) {
        long limit = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize").getValue());
        Arena all = Arena.ofAuto();
        for (long size = 1 << 20; size >= 1 << 10; size >>= 5) {
            // By counting: a reservation that fails takes half a second.
            while (NativeMemory.collected() + size <= limit) {
                all.allocate(size);
            }
        }
        try {
            point.call(method, given);
            point.call(point.opened().get(), given);
            return false;
        } catch (OutOfMemoryError full) {
            refusedDirect++;
            require(full.getMessage().contains("bytes of direct buffer memory"), point, "says: " + full.getMessage());
            return true;
        } finally {
            Reference.reachabilityFence(all);
        }
    }

    private static void require(boolean condition, EntryPoint point, String what) {
        if (!condition) {
            throw new IllegalStateException(point + ", " + what);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }
}
