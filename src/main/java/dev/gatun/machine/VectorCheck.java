package dev.gatun.machine;

import dev.gatun.kernel.probe.Probe;
import java.util.Locale;

/**
 * The check whether the kernels are compiled to vector instructions. The preferred species of the Vector API does not show it: it is as
 * wide as the registers of the machine even where no compiler uses them.
 *
 * <p>The score tile and the exponentials, once settled, must be faster than scalar code can be, and must allocate nothing on the heap: a
 * vector that the compiler does not keep in a register becomes an object.
 *
 * @param plainRate    multiply-adds without vectors, in GFLOP/s
 * @param scoreTile    the score tile, in GFLOP/s
 * @param exponentials exponentials with their row sums, in entries per nanosecond
 * @param allocated    bytes that a tile allocates on the heap; -1 if they are not counted
 * @param reason       the reason why vector code is not compiled to vector instructions, in one sentence; empty if it is
 */
record VectorCheck(double plainRate, double scoreTile, double exponentials, long allocated, String reason) {

    /** The least speed-up of vectors, of four floats or more, over scalar code. */
    static final double MIN_GAIN = 1.5;

    private static final long SCALAR_NANOS = 100_000_000;

    /**
     * How long the kernels together may wait for their compiler, and how long if no compiler will vectorise them. On a busy machine
     * compilation takes long to begin, which is no fault of the compiler.
     */
    private static final long COMPILED_NANOS = 4_000_000_000L;
    private static final long UNCOMPILED_NANOS = 50_000_000;

    /** Bytes per tile up to which no vector was allocated, and the number of runs over which they are counted. */
    private static final long MAX_BYTES = 1024;
    private static final int COUNTED_RUNS = 8;

    /** Runs the probes; takes about a second where the kernels are cold. */
    static VectorCheck run() {
        JitCompiler compiler = VirtualMachine.compiler();
        Measurement plain = Measurement.of(Probe.Kernel.SCALAR_MULTIPLY_ADDS, SCALAR_NANOS, 0);
        boolean scalar = compiler.neverVectorises();
        long deadline = System.nanoTime() + (scalar ? UNCOMPILED_NANOS : COMPILED_NANOS);
        double least = MIN_GAIN * plain.operationRate();
        Measurement tile = Measurement.of(Probe.Kernel.SCORE_TILE, left(deadline), least);
        boolean slow = tile.operationRate() < least;
        Measurement powers = Measurement.of(Probe.Kernel.EXPONENTIALS, left(deadline), least);
        long allocated = Math.max(tile.allocated(COUNTED_RUNS), powers.allocated(COUNTED_RUNS));
        String fault = slow ? slow("the score tile", tile.operationRate(), least, compiler)
                : powers.operationRate() < least
                ? slow("the kernel of exponentials", powers.operationRate(), least, compiler)
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
        return String.format(Locale.ROOT, "%s runs at %.2g GFLOP/s where vector instructions would reach over %.2g;"
                + " the compiler is %s", kernel, rate, least, compiler.label());
    }

    private static String boxed(long allocated, JitCompiler compiler) {
        return "vectors become objects: a tile allocates %s bytes on the heap; the compiler is %s"
                .formatted(allocated, compiler.label());
    }
}
