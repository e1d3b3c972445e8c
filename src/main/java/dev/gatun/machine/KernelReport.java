package dev.gatun.machine;

import java.util.Locale;

/**
 * What the kernels run on and how fast they are there, on one core. Made by {@link Kernels#describe()}.
 *
 * @param vectorBits   bits of a vector, as the kernels use them on this machine
 * @param species      that vector of floats, as the Vector API calls it
 * @param machine      name and version of the Java virtual machine
 * @param compiler     what compiles the kernels
 * @param architecture the CPU's, as the operating system's properties name it
 * @param multiplyAdds fused multiply-adds on registers alone, in GFLOP/s: the limit of what follows. Where vector code
 *                     is not compiled, those of single numbers
 * @param read         reading memory far larger than the caches from end to end, in GB/s; NaN where there was not
 *                     enough memory to try
 * @param scoreTile    inner products of the score tile, in GFLOP/s
 * @param weights      exponentials of a tile and their sums, in entries per nanosecond
 * @param allocated    bytes that one tile leaves on the heap; 0 where vectors stay in registers, -1 where it cannot be
 *                     counted
 * @param reason       why vector code is not really compiled; empty where it is
 */
public record KernelReport(int vectorBits, String species, String machine, JitCompiler compiler, String architecture,
                           double multiplyAdds, double read, double scoreTile, double weights, long allocated,
                           String reason) {

    /**
     * Whether the kernels are really compiled to vector instructions: they are faster than scalar code can be, and keep
     * their vectors off the heap.
     */
    public boolean vectorised() {
        return reason.isEmpty();
    }

    /** A block of text, a line for each figure. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, """
                vectors        %d bits, %s
                vectorised     %s
                JVM            %s, compiled by %s
                CPU            %s, one core:
                  multiply-adds  %.3g GFLOP/s
                  memory read    %.3g GB/s
                  score tile     %.3g GFLOP/s, %.0f%% of the multiply-adds
                  weights        %.3g entries/ns
                """, vectorBits, species, vectorised() ? "yes" : "no: " + reason, machine, compiler.label(),
                architecture, multiplyAdds, read, scoreTile, 100 * scoreTile / multiplyAdds, weights);
    }
}
