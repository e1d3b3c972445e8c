package dev.gatun.machine;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import dev.gatun.kernel.VectorUnit;
import dev.gatun.kernel.probe.Measurement;
import dev.gatun.kernel.probe.Probe;
import java.time.Duration;

/**
 * The vector kernels behind every operator: their limits on this machine, whether the JVM compiles them to vector instructions, and the
 * warm-up that compiles them before the first request.
 *
 * <p>Where they are not compiled to vector instructions, the methods here record the event {@code dev.gatun.machine.NotVectorised} with
 * the reason in the flight recorder, if the JVM was started with the module {@code jdk.jfr}.
 */
public final class Kernels {

    private static final Duration MAX_WARM_UP = Duration.ofSeconds(60);

    private static final int USUAL_TOKENS = 128;
    private static final int USUAL_DIMENSION = 64;

    /** Short calls come first: the compiler counts calls and loop iterations, and short calls reach its threshold soonest. */
    private static final int COLD_TOKENS = 8;
    private static final int COLD_DIMENSION = 16;

    private Kernels() {
    }

    /**
     * Whether operators can run: the JVM was started with the Vector API and has vectors of at least 128 bits. Otherwise every
     * computation throws an {@link IllegalStateException} that states the reason.
     *
     * @return whether they can
     */
    public static boolean present() {
        return VectorUnit.usable();
    }

    /**
     * Measures the limits of this machine and the speed of the kernels on the calling thread. That takes one to two seconds, and longer on
     * a machine so busy that compilation has to wait: a kernel that allocates vectors on the heap is taken for not vectorised after a
     * minute of the thread's own time. Reads 256 MB of memory outside the heap, which is freed again.
     *
     * <p>The compiler and the allocation are reported in more detail if the JVM was started with the module {@code jdk.management}.
     *
     * @return the measurements
     * @throws IllegalStateException if the JVM has no vectors for the kernels
     */
    public static KernelReport describe() {
        VectorApi.require();
        VectorCheck check = VectorCheck.run(VectorCheck.COMPILED_NANOS);
        KernelReport report = new KernelReport(Lanes.vectorBits(), Lanes.species(), RegisterTile.REGISTERS, RegisterTile.shape(),
                VirtualMachine.name(), VirtualMachine.compiler(), System.getProperty("os.arch"), peak(check),
                ReadRate.measure(check.passed()), check.scoreTile(), check.exponentials(), check.allocated(), check.reason());
        recordFault(check);
        return report;
    }

    /**
     * Warms up for heads of 128 tokens and 64 components, for at most 60 seconds: see {@link #warmUp(int, int, Duration)}.
     *
     * @return whether all calls settled in that time, on vector instructions
     * @throws IllegalStateException if the JVM has no vectors for the kernels
     */
    public static boolean warmUp() {
        return warmUp(USUAL_TOKENS, USUAL_DIMENSION, MAX_WARM_UP);
    }

    /**
     * Warms up for heads of a given size: runs every operator and plan on random data, in float32 and in float64, on the calling
     * thread, until their compiled code has settled, that is, until calls of plans allocate nothing and no call has become faster for a
     * fixed part of the time spent. On an idle machine that takes about four seconds; on a busy one compilation has to wait.
     *
     * <p>A server calls this before it accepts its first request: kernels run hundreds of times slower until they are compiled. The
     * number of heads makes no difference.
     *
     * @param tokens    tokens of the requests; long sequences are warmed up for by shorter ones
     * @param dimension components of their queries, keys and values
     * @param bound     the longest time to spend, apart from the call that is running and a last check of the compiled code
     * @return whether all calls settled in that time, on vector instructions
     * @throws IllegalArgumentException if a size is not positive
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     */
    public static boolean warmUp(int tokens, int dimension, Duration bound) {
        VectorApi.require();
        Checks.positive(tokens, "tokens");
        Checks.positive(dimension, "dimension");
        long deadline = System.nanoTime() + bound.toNanos();
        boolean settled = !VirtualMachine.neverVectorises()
                && warmUp(COLD_TOKENS, Math.min(dimension, COLD_DIMENSION), deadline)
                && warmUp(shortened(tokens), dimension, deadline);
        VectorCheck check = VectorCheck.run(Math.max(VectorCheck.MIN_COMPILED_NANOS, deadline - System.nanoTime()));
        recordFault(check);
        return settled && check.passed();
    }

    /**
     * Warms up for heads of a given size, for at most 60 seconds: see {@link #warmUp(int, int, Duration)}.
     *
     * @param tokens    tokens of the requests
     * @param dimension components of their queries, keys and values
     * @return whether all calls settled in that time, on vector instructions
     * @throws IllegalArgumentException if a size is not positive
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     */
    public static boolean warmUp(int tokens, int dimension) {
        return warmUp(tokens, dimension, MAX_WARM_UP);
    }

    private static boolean warmUp(int tokens, int dimension, long deadline) {
        try (WarmUp warmUp = new WarmUp(tokens, dimension)) {
            return warmUp.run(deadline);
        }
    }

    /** The length of a short sequence whose last block has as many rows as that of a long one. */
    private static int shortened(int tokens) {
        return tokens <= USUAL_TOKENS ? tokens : USUAL_TOKENS + tokens % Lanes.BLOCK;
    }

    /** The limit of the core, at least the rate of the score tile: noise must not make it less. */
    private static double peak(VectorCheck check) {
        if (!check.passed()) {
            return check.plainRate();
        }
        double least = VectorCheck.MIN_GAIN * check.plainRate();
        return Math.max(check.scoreTile(), Measurement.of(Probe.Kernel.MULTIPLY_ADDS, VectorCheck.COMPILED_NANOS, least).rate());
    }

    private static void recordFault(VectorCheck check) {
        if (!check.passed() && VirtualMachine.present("jdk.jfr")) {
            NotVectorised.commit(check.reason(), VirtualMachine.compiler(), Lanes.vectorBits());
        }
    }
}
