package dev.gatun.machine;

import dev.gatun.kernel.probe.Pace;
import dev.gatun.kernel.probe.Probe;

/**
 * The settled speed of a kernel on one tile.
 *
 * @param probe the whole tile, or the small one if the kernel never became fast on it
 * @param pace  the speed of a run
 */
record Measurement(Probe probe, Pace pace) {

    private static final long SETTLING_NANOS = 150_000_000;

    /**
     * Runs a kernel on small tiles until it is compiled, then on whole ones.
     *
     * @param boundNanos how long to wait for the compiler, in nanoseconds
     * @param least      the least rate of the compiled kernel, in GFLOP/s
     */
    static Measurement of(Probe.Kernel kernel, long boundNanos, double least) {
        Probe small = kernel.smallTile();
        Pace cold = Pace.of(small::run, boundNanos, slowest(small, least));
        if (cold.seconds() > slowest(small, least)) {
            return new Measurement(small, cold);
        }
        Probe whole = kernel.fullTile();
        return new Measurement(whole, Pace.of(whole::run, SETTLING_NANOS, slowest(whole, least)));
    }

    private static double slowest(Probe probe, double least) {
        return 1e-9 * probe.operations() / least;
    }

    /** Items in a nanosecond: GFLOP/s of products, entries per nanosecond of other tiles. */
    double rate() {
        return 1e-9 * probe.items() / pace.seconds();
    }

    /** The rate of the multiplications and additions, in GFLOP/s. */
    double operationRate() {
        return 1e-9 * probe.operations() / pace.seconds();
    }

    /** Bytes that a run allocates on the heap, the mean of {@code runs} runs; -1 if they are not counted. */
    long allocated(int runs) {
        long counting = -VirtualMachine.allocatedBytes();
        long before = VirtualMachine.allocatedBytes();
        counting += before;
        for (int run = 0; run < runs; run++) {
            probe.run();
        }
        return before < 0 ? -1 : Math.max(0, VirtualMachine.allocatedBytes() - before - counting) / runs;
    }
}
