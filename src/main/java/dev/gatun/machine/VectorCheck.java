package dev.gatun.machine;

import dev.gatun.kernel.probe.Probe;
import java.util.Locale;

/**
 * Whether vector code is really compiled to vector instructions. The preferred species does not tell: it is as wide as
 * the machine's registers even where no compiler ever uses them.
 *
 * <p>The score tile and the weights, once settled, must be faster than scalar code could be, and must leave nothing on
 * the heap: a vector that the compiler does not keep in a register becomes an object.
 *
 * @param plainRate  multiply-adds without vectors, in GFLOP/s
 * @param scoreTile  scores, in GFLOP/s
 * @param weights    exponentials and their sums, in entries per nanosecond
 * @param allocated  bytes that a tile leaves on the heap; -1 where nobody counts them
 * @param reason     why vector code is not really compiled, in one sentence; empty where it is
 */
record VectorCheck(double plainRate, double scoreTile, double weights, long allocated, String reason) {

    /** By what factor vectors, of four floats or more, must be faster than scalar code. */
    static final double MIN_GAIN = 1.5;

    private static final long SCALAR_NANOS = 100_000_000;

    /**
     * How long the kernels together may wait for their compiler, and how long where there is nothing to wait for. On a
     * busy machine the compiler has to wait for its turn as well; what it has not done yet is not what it cannot do.
     */
    private static final long COMPILED_NANOS = 4_000_000_000L;
    private static final long UNCOMPILED_NANOS = 50_000_000;

    /** Bytes a tile below which they are not a vector's, and over how many runs they are counted. */
    private static final long MAX_BYTES = 1024;
    private static final int COUNTED_RUNS = 8;

    /** Runs the probes; takes about a second where the kernels are cold. */
    static VectorCheck run() {
        JitCompiler compiler = VirtualMachine.compiler();
        Measurement plain = Measurement.of(Probe.Kernel.SCALAR_MULTIPLY_ADDS, SCALAR_NANOS, 0);
        boolean hopeless = compiler.hopeless();
        long deadline = System.nanoTime() + (hopeless ? UNCOMPILED_NANOS : COMPILED_NANOS);
        double least = MIN_GAIN * plain.operationRate();
        Measurement tile = Measurement.of(Probe.Kernel.SCORE_TILE, left(deadline), least);
        boolean slow = tile.operationRate() < least;
        Measurement powers = Measurement.of(Probe.Kernel.EXPONENTIALS, left(deadline), least);
        long allocated = Math.max(tile.allocated(COUNTED_RUNS), powers.allocated(COUNTED_RUNS));
        String fault = slow ? slow("the score tile", tile.operationRate(), least, compiler)
                : powers.operationRate() < least
                ? slow("the kernel of weights", powers.operationRate(), least, compiler)
                : allocated > MAX_BYTES ? boxed(allocated, compiler) : "";
        return new VectorCheck(plain.operationRate(), tile.rate(), powers.rate(), allocated, fault);
    }

    private static long left(long deadline) {
        return Math.max(UNCOMPILED_NANOS, deadline - System.nanoTime());
    }

    boolean passed() {
        return reason.isEmpty();
    }

    private static String slow(String kernel, double rate, double least, JitCompiler compiler) {
        return String.format(Locale.ROOT, "%s does %.2g GFLOP/s where vector instructions would do over %.2g;"
                + " the compiler is %s", kernel, rate, least, compiler.label());
    }

    private static String boxed(long allocated, JitCompiler compiler) {
        return "vectors become objects: a tile leaves %s bytes on the heap; the compiler is %s"
                .formatted(allocated, compiler.label());
    }
}
