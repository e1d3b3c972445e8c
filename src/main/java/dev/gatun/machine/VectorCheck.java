package dev.gatun.machine;

import dev.gatun.kernel.probe.Measurement;
import dev.gatun.kernel.probe.Probe;
import java.util.Locale;

/**
 * The check whether the kernels are compiled to vector instructions. The preferred species of the Vector API does not show it: it is as
 * wide as the registers of the machine even where no compiler uses them.
 *
 * <p>The score tile and the exponentials, once settled, must allocate nothing on the heap: a vector that the compiler does not keep in a
 * register becomes an object. Where allocation is not counted, they must be faster than scalar code can be.
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
     * How long a kernel may wait for its compiler at most, at least, and if no compiler will vectorise it. On a busy machine compilation takes long
     * to begin, which is no fault of the compiler.
     */
    static final long COMPILED_NANOS = 60_000_000_000L;
    static final long MIN_COMPILED_NANOS = 4_000_000_000L;
    private static final long UNCOMPILED_NANOS = 50_000_000;

    /**
     * Runs the probes; takes about a second where the kernels are cold.
     *
     * @param boundNanos how long each kernel may wait for its compiler
     */
    static VectorCheck run(long boundNanos) {
        boolean never = VirtualMachine.neverVectorises();
        double plain = Measurement.of(Probe.Kernel.SCALAR_MULTIPLY_ADDS, SCALAR_NANOS, 0).operationRate();
        double least = MIN_GAIN * plain;
        Measurement tile = Measurement.of(Probe.Kernel.SCORE_TILE, never ? UNCOMPILED_NANOS : boundNanos, least);
        Measurement powers = Measurement.of(Probe.Kernel.EXPONENTIALS, tile.compiled() ? boundNanos : UNCOMPILED_NANOS, least);
        String fault = !tile.compiled() ? fault("the score tile", tile, least)
                : !powers.compiled() ? fault("the kernel of exponentials", powers, least) : "";
        return new VectorCheck(plain, tile.rate(), powers.rate(), Math.max(tile.pace().allocated(), powers.pace().allocated()), fault);
    }

    boolean passed() {
        return reason.isEmpty();
    }

    private static String fault(String kernel, Measurement measured, double least) {
        String compiler = VirtualMachine.describeCompiler();
        return measured.operationRate() < least
                ? String.format(Locale.ROOT, "%s runs at %.2g GFLOP/s where vector instructions would reach over %.2g; the compiler is %s",
                kernel, measured.operationRate(), least, compiler)
                : "vectors become objects: %s allocates %s bytes on the heap; the compiler is %s"
                .formatted(kernel, measured.pace().allocated(), compiler);
    }
}
