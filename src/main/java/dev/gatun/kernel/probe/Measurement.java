package dev.gatun.kernel.probe;

/**
 * The settled speed of a kernel on one tile.
 *
 * @param probe the whole tile, or the small one if the kernel was not compiled on it
 * @param pace  the speed of a run
 */
public record Measurement(Probe probe, CompiledPace pace) {

    private static final long SETTLING_NANOS = 150_000_000;

    /**
     * Runs a kernel on small tiles until it is compiled, then on whole ones.
     *
     * @param boundNanos how long to wait for the compiler, in nanoseconds of the calling thread's own time
     * @param least      the least rate of the compiled kernel, in GFLOP/s
     */
    public static Measurement of(Probe.Kernel kernel, long boundNanos, double least) {
        long start = ThreadTime.nanos();
        Probe small = kernel.smallTile();
        CompiledPace cold = CompiledPace.await(small::run, boundNanos, slowest(small, least));
        if (!cold.compiled()) {
            return new Measurement(small, cold);
        }
        Probe whole = kernel.fullTile();
        long left = boundNanos - (ThreadTime.nanos() - start);
        return new Measurement(whole, CompiledPace.await(whole::run, Math.max(SETTLING_NANOS, left), slowest(whole, least)));
    }

    private static double slowest(Probe probe, double least) {
        return 1e-9 * probe.operations() / least;
    }

    /** Items in a nanosecond: GFLOP/s of products, entries per nanosecond of other tiles. */
    public double rate() {
        return 1e-9 * probe.items() / pace.seconds();
    }

    /** The rate of the multiplications and additions, in GFLOP/s. */
    public double operationRate() {
        return 1e-9 * probe.operations() / pace.seconds();
    }

    /** Whether the kernel was compiled in the time given. */
    public boolean compiled() {
        return pace.compiled();
    }
}
