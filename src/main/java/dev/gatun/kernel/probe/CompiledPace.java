package dev.gatun.kernel.probe;

/**
 * The speed of a kernel that allocates nothing once it is compiled.
 *
 * <p>Every vector of code that is not compiled to vector instructions is an object on the heap. A kernel is therefore compiled when its
 * speed has settled and a run allocates no byte, however long the compiler takes to begin. Where bytes are not counted, its speed alone
 * decides.
 *
 * @param seconds   seconds of one run
 * @param allocated bytes that a run allocates; {@link AllocatedBytes#UNKNOWN} if they are not counted
 * @param compiled  whether the kernel was compiled within the limit
 */
public record CompiledPace(double seconds, long allocated, boolean compiled) {

    /** The time to settle after the last compilation. */
    private static final long SETTLING_NANOS = 150_000_000;

    /**
     * Runs {@code kernel} until it is compiled.
     *
     * @param boundNanos the limit in nanoseconds; a run that has begun is finished
     * @param slowest    seconds of a run, at most, of a compiled kernel where bytes are not counted
     */
    public static CompiledPace await(Runnable kernel, long boundNanos, double slowest) {
        if (AllocatedBytes.soFar() == AllocatedBytes.UNKNOWN) {
            Pace pace = Pace.of(kernel, boundNanos, slowest);
            return new CompiledPace(pace.seconds(), AllocatedBytes.UNKNOWN, pace.settled());
        }
        long start = System.nanoTime();
        while (true) {
            Pace pace = Pace.of(kernel, boundNanos - (System.nanoTime() - start));
            long allocated = AllocatedBytes.of(kernel);
            if (allocated == 0) {
                // The run before may have been compiled in parts.
                Pace settled = Pace.of(kernel, SETTLING_NANOS);
                allocated = AllocatedBytes.of(kernel);
                if (allocated == 0) {
                    return new CompiledPace(Math.min(pace.seconds(), settled.seconds()), 0, true);
                }
            }
            if (System.nanoTime() - start >= boundNanos) {
                return new CompiledPace(pace.seconds(), allocated, false);
            }
        }
    }
}
