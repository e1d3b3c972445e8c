package dev.gatun.machine;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.VectorUnit;
import dev.gatun.kernel.probe.Probe;
import java.time.Duration;

/**
 * The vector kernels behind every operator: what they run on, whether they are really compiled to vector instructions,
 * and how to have them compiled before the first call that counts.
 *
 * <p>Where they are not compiled to vector instructions, the flight recorder is told by an event
 * {@code dev.gatun.machine.NotVectorised} with the reason, if the JVM was started with its module {@code jdk.jfr}.
 */
public final class Kernels {

    private static final long PEAK_NANOS = 300_000_000;
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    private static final int USUAL_TOKENS = 128;
    private static final int USUAL_DIMENSION = 64;

    /** The compiler counts calls as well as rounds of a loop: short calls reach it with the least slow work. */
    private static final int COLD_TOKENS = 8;
    private static final int COLD_DIMENSION = 16;

    private Kernels() {
    }

    /**
     * Whether operators can run: the JVM was started with the Vector API and has vectors of at least 128 bits. Where it has not,
     * whatever computes throws an {@link IllegalStateException} that says why.
     */
    public static boolean present() {
        return VectorUnit.usable();
    }

    /**
     * Measures this machine's limits and the kernels, on the calling thread; takes one to two seconds,
     * and up to five where the machine is so busy that compilation has to wait.
     * Reads 256 MB of memory outside the heap, which it frees again.
     *
     * <p>Compilers and allocation are told in more detail where the JVM was started with the module
     * {@code jdk.management}.
     *
     * @throws IllegalStateException if the JVM has no vectors for the kernels
     */
    public static KernelReport describe() {
        VectorApi.require();
        VectorCheck check = VectorCheck.run();
        KernelReport report = new KernelReport(Lanes.vectorBits(), Lanes.species(), VirtualMachine.name(),
                VirtualMachine.compiler(), System.getProperty("os.arch"), peak(check), ReadRate.measure(check.passed()),
                check.scoreTile(), check.weights(), check.allocated(), check.reason());
        tell(check);
        return report;
    }

    /** Warms up for heads of 128 tokens and 64 components, for 20 seconds at most. */
    public static boolean warmUp() {
        return warmUp(USUAL_TOKENS, USUAL_DIMENSION, WARM_UP);
    }

    /**
     * Runs every operator and plan on made-up data, in single and in double precision, on the calling thread, until their
     * compiled code has settled: until no call has become faster for a good part of the time spent. On an idle machine
     * that takes about four seconds; on a busy one the compiler has to wait for its turn.
     *
     * <p>A server calls this before it takes its first request: kernels run hundreds of times slower until they are
     * compiled. The number of heads does not matter to them.
     *
     * @param tokens    of the calls to come; longer sequences are warmed up for by short ones
     * @param dimension components of their queries, keys and values
     * @param bound     how long at most, but for the call under way and a last look whether vector code is really
     *                  compiled
     * @return whether everything settled in that time, on vector instructions
     * @throws IllegalArgumentException if a size is not positive
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     */
    public static boolean warmUp(int tokens, int dimension, Duration bound) {
        VectorApi.require();
        Checks.positive(tokens, "tokens");
        Checks.positive(dimension, "dimension");
        long deadline = System.nanoTime() + bound.toNanos();
        boolean settled = !VirtualMachine.compiler().hopeless()
                && warmUp(COLD_TOKENS, Math.min(dimension, COLD_DIMENSION), deadline)
                && warmUp(alike(tokens), dimension, deadline);
        VectorCheck check = VectorCheck.run();
        tell(check);
        return settled && check.passed();
    }

    /** Warms up for 20 seconds at most: see {@link #warmUp(int, int, Duration)}. */
    public static boolean warmUp(int tokens, int dimension) {
        return warmUp(tokens, dimension, WARM_UP);
    }

    private static boolean warmUp(int tokens, int dimension, long deadline) {
        try (WarmUp warmUp = new WarmUp(tokens, dimension)) {
            return warmUp.run(deadline);
        }
    }

    /** A short sequence whose last block is as full as that of a long one. */
    private static int alike(int tokens) {
        return tokens <= USUAL_TOKENS ? tokens : USUAL_TOKENS + tokens % Lanes.BLOCK;
    }

    /** What a kernel has done, the core can do: noise must not make the limit less than that. */
    private static double peak(VectorCheck check) {
        if (!check.passed()) {
            return check.plainRate();
        }
        double least = VectorCheck.MIN_GAIN * check.plainRate();
        return Math.max(check.scoreTile(), Measurement.of(Probe.Kernel.MULTIPLY_ADDS, PEAK_NANOS, least).rate());
    }

    private static void tell(VectorCheck check) {
        if (!check.passed() && VirtualMachine.present("jdk.jfr")) {
            NotVectorised.commit(check.reason(), VirtualMachine.compiler(), Lanes.vectorBits());
        }
    }
}
