package dev.gatun.machine;

import java.util.Locale;

/**
 * The machine that the kernels run on and their speed on one of its cores. Made by {@link Kernels#describe()}.
 *
 * @param vectorBits   bits of a vector, as the kernels use it on this machine
 * @param species      the name of that vector of floats in the Vector API
 * @param registers    vector registers, which decide the shape of register tiles
 * @param registerTile the shape of these tiles: columns by vectors of rows
 * @param machine      name and version of the Java virtual machine
 * @param compiler     the compiler of the kernels
 * @param architecture the architecture of the CPU, as the system property {@code os.arch} names it
 * @param multiplyAdds the rate of fused multiply-adds on registers, in GFLOP/s: the limit of every kernel. Without vector
 *                     instructions, the rate of scalar multiply-adds
 * @param read         the rate of reading memory far larger than the caches, in GB/s; NaN if it could not be measured
 * @param scoreTile    the rate of the inner products of a score tile, in GFLOP/s
 * @param exponentials the rate of the exponentials of a tile with their row sums, in entries per nanosecond
 * @param allocated    bytes that one tile allocates on the heap: 0 if vectors stay in registers; -1 if it cannot be measured
 * @param reason       the reason why the kernels are not compiled to vector instructions; empty if they are
 */
public record KernelReport(int vectorBits, String species, int registers, String registerTile, String machine,
                           JitCompiler compiler, String architecture, double multiplyAdds, double read, double scoreTile,
                           double exponentials, long allocated, String reason) {

    /**
     * Whether the kernels are compiled to vector instructions: they are faster than scalar code can be, and allocate no vectors on
     * the heap.
     *
     * @return whether {@link #reason()} is empty
     */
    public boolean vectorised() {
        return reason.isEmpty();
    }

    /** A text with a line for each figure. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, """
                vectors        %d bits, %s, %d registers, tiles of %s
                vectorised     %s
                JVM            %s, compiled by %s
                CPU            %s, one core:
                  multiply-adds  %.3g GFLOP/s
                  memory read    %.3g GB/s
                  score tile     %.3g GFLOP/s, %.0f%% of the multiply-adds
                  exponentials   %.3g entries/ns
                """, vectorBits, species, registers, registerTile, vectorised() ? "yes" : "no: " + reason, machine, compiler.label(),
                architecture, multiplyAdds, read, scoreTile, 100 * scoreTile / multiplyAdds, exponentials);
    }
}
