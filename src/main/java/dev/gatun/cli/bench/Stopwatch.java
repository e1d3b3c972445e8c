package dev.gatun.cli.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Measures the median time of calls, in a bounded total time. */
public final class Stopwatch {

    /** The total time; tests, which assert no time, ask for less. */
    private static final long TOTAL_NANOS = Long.getLong("gatun.stopwatch.nanos", 1_000_000_000);
    private static final long WARM_UP_NANOS = TOTAL_NANOS + TOTAL_NANOS / 2;
    private static final int MIN_RUNS = 3;
    private static final int MAX_RUNS = 1000;

    private final long budget;
    private boolean warm;

    /** @param measurements the number of measurements that share the time */
    public Stopwatch(int measurements) {
        this(TOTAL_NANOS / measurements);
    }

    private Stopwatch(long budget) {
        this.budget = budget;
    }

    /** A stopwatch that gives each measurement the time {@code each}. */
    static Stopwatch of(Duration each) {
        return new Stopwatch(each.toNanos());
    }

    /**
     * Makes each call in turn for a while, the first time only. Kernels that the JVM has not compiled are hundreds of times slower.
     */
    public void warmUp(List<Runnable> calls) {
        for (long spent = 0; !warm && spent < WARM_UP_NANOS; ) {
            for (Runnable call : calls) {
                spent += nanos(call);
            }
        }
        warm = true;
    }

    /** The median time of a call, in seconds. */
    public double seconds(Runnable call) {
        long[] times = new long[MAX_RUNS];
        int count = 0;
        long spent = 0;
        while (count < MAX_RUNS && (spent < budget || count < MIN_RUNS && spent < TOTAL_NANOS)) {
            times[count] = nanos(call);
            spent += times[count++];
        }
        Arrays.sort(times, 0, count);
        return 1e-9 * times[count / 2];
    }

    private static long nanos(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return System.nanoTime() - start;
    }
}
