package dev.gatun.kernel.probe;

/**
 * The time of one run of a kernel after its code has been compiled.
 *
 * <p>A kernel is hundreds of times slower until it is compiled. It is therefore run until no batch of runs has been faster than earlier
 * ones for {@value #PATIENCE_SHARE} of the time spent, up to a limit. The fastest batch counts, because other work on the machine can only
 * slow a batch down.
 *
 * @param seconds seconds of one run
 * @param settled whether it stopped getting faster within the limit
 */
public record Pace(double seconds, boolean settled) {

    /** Nanoseconds of a batch at least, so that the resolution of the clock does not matter. */
    private static final long BATCH_NANOS = 100_000;

    /** A kernel has settled after so many nanoseconds, and this share of the total time, without a faster batch. */
    private static final long PATIENCE_NANOS = 40_000_000;
    private static final double PATIENCE_SHARE = 0.4;

    /** A batch is faster if it takes less than this share of the time of the fastest one. */
    private static final double GRAIN = 0.97;

    /**
     * Runs {@code kernel} until it has settled.
     *
     * @param boundNanos the limit in nanoseconds; a run that has begun is finished
     * @param slowest    seconds of a settled run at most: a slower kernel still waits for the compiler
     */
    public static Pace of(Runnable kernel, long boundNanos, double slowest) {
        long start = System.nanoTime();
        long now = start;
        long improved = start;
        double best = Double.POSITIVE_INFINITY;
        int runs = 1;
        while (true) {
            long elapsed = -now;
            for (int run = 0; run < runs; run++) {
                kernel.run();
            }
            now = System.nanoTime();
            elapsed += now;
            double each = 1e-9 * Math.max(1, elapsed) / runs;
            if (each < GRAIN * best) {
                improved = now;
            }
            best = Math.min(best, each);
            boolean settled = best <= slowest
                    && now - improved > Math.max(PATIENCE_NANOS, PATIENCE_SHARE * (now - start));
            if (settled || now - start >= boundNanos) {
                return new Pace(best, settled);
            }
            runs = elapsed < BATCH_NANOS ? 2 * runs : Math.max(1, elapsed > 4 * BATCH_NANOS ? runs / 2 : runs);
        }
    }

    /** Runs {@code kernel} until it has settled, however slow it is. */
    public static Pace of(Runnable kernel, long boundNanos) {
        return of(kernel, boundNanos, Double.POSITIVE_INFINITY);
    }
}
