package dev.gatun.kernel.probe;

/**
 * How fast something runs once its compiled code has settled.
 *
 * <p>A kernel runs hundreds of times slower until the compiler is done with it. It is therefore run until no batch of
 * runs has been faster than those before it for a good part of the time spent, within a bound; the fastest batch
 * counts, for whatever else the machine does can only slow it down.
 *
 * @param seconds of one run
 * @param settled whether it stopped getting faster within the bound
 */
public record Pace(double seconds, boolean settled) {

    /** A batch lasts at least this long, so that the clock's own grain does not show. */
    private static final long BATCH_NANOS = 100_000;

    /** Without a faster batch for so long, and for this part of the whole time, a kernel has settled. */
    private static final long PATIENCE_NANOS = 40_000_000;
    private static final double PATIENCE_SHARE = 0.4;

    /** Batches that differ by less are equally fast. */
    private static final double GRAIN = 0.97;

    /**
     * Runs {@code kernel} until it has settled.
     *
     * @param boundNanos how long at most; a run that has begun is finished
     * @param slowest    a settled run takes no more seconds than this: a kernel slower than that still waits for the
     *                   compiler
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

    /** As above, however slow a settled run is. */
    public static Pace of(Runnable kernel, long boundNanos) {
        return of(kernel, boundNanos, Double.POSITIVE_INFINITY);
    }
}
