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

    /** The longest measurement of a speed between two looks at the bytes. */
    private static final long STEP_NANOS = 1_000_000_000;

    /** The time to settle after the last compilation. */
    private static final long SETTLING_NANOS = 150_000_000;

    /**
     * Runs {@code kernel} until it is compiled.
     *
     * @param boundNanos the limit in nanoseconds, of the calling thread's own time; a run that has begun is finished
     * @param slowest    seconds of a run, at most, of a compiled kernel where bytes are not counted
     */
    public static CompiledPace await(Runnable kernel, long boundNanos, double slowest) {
        if (AllocatedBytes.soFar() == AllocatedBytes.UNKNOWN) {
            return awaitSpeed(kernel, boundNanos, slowest);
        }
        long deadline = ThreadTime.nanos() + boundNanos;
        while (true) {
            Pace pace = Pace.of(kernel, Math.min(STEP_NANOS, deadline - ThreadTime.nanos()));
            long allocated = AllocatedBytes.of(kernel);
            if (allocated == 0) {
                // The runs before may have been compiled in part.
                Pace settled = Pace.of(kernel, SETTLING_NANOS);
                allocated = AllocatedBytes.of(kernel);
                if (allocated == 0) {
                    return new CompiledPace(Math.min(pace.seconds(), settled.seconds()), 0, true);
                }
            }
            if (ThreadTime.nanos() >= deadline) {
                return new CompiledPace(pace.seconds(), allocated, false);
            }
        }
    }

    /**
     * Runs what may allocate until it is as fast as compiled code.
     *
     * @param boundNanos the limit in nanoseconds, of the calling thread's own time; a run that has begun is finished
     * @param slowest    seconds of a run, at most, of compiled code
     */
    public static CompiledPace awaitSpeed(Runnable call, long boundNanos, double slowest) {
        long deadline = ThreadTime.nanos() + boundNanos;
        while (true) {
            Pace pace = Pace.of(call, Math.min(STEP_NANOS, deadline - ThreadTime.nanos()), slowest);
            if (pace.seconds() <= slowest || ThreadTime.nanos() >= deadline) {
                return new CompiledPace(pace.seconds(), AllocatedBytes.UNKNOWN, pace.seconds() <= slowest);
            }
        }
    }
}
