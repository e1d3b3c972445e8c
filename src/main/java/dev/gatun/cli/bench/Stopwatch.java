package dev.gatun.cli.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Measures the median time of calls, in a bounded total time. */
public final class Stopwatch {

    /** The total time; tests, which assert no time, ask for less. */
    private static final long TOTAL_NANOS = Long.getLong("gatun.stopwatch.nanos", 1_000_000_000);

    /** The warm-up ends after the first window in which the JVM compiled for less than this share of it, and in any case after a while. */
    private static final long WINDOW_NANOS = TOTAL_NANOS / 2;
    private static final double MAX_COMPILING = 0.05;
    private static final long MAX_WARM_UP_NANOS = 4 * TOTAL_NANOS;

    private static final int MIN_RUNS = 3;
    private static final int MAX_RUNS = 1000;

    private final long budget;

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
     * Makes the calls in turn, each at least once if there is time, until the JVM compiles hardly anything more: kernels that it has not
     * compiled are hundreds of times slower, and how long their compilation takes depends on the machine and on what else runs there.
     */
    public static void warmUp(List<Runnable> calls) {
        int call = 0;
        boolean settled = calls.isEmpty();
        for (long spent = 0; !settled && spent < MAX_WARM_UP_NANOS; ) {
            long compiled = compilationMillis();
            long start = System.nanoTime();
            long window = 0;
            while (window < WINDOW_NANOS) {
                calls.get(call++ % calls.size()).run();
                window = System.nanoTime() - start;
            }
            spent += window;
            settled = call >= calls.size() && 1e6 * (compilationMillis() - compiled) < MAX_COMPILING * window;
        }
    }

    /** How long the JVM has compiled; 0 if it has no compiler, or does not say. */
    private static long compilationMillis() {
        try {
            return Management.compilationMillis();
        } catch (NoClassDefFoundError e) {
            return 0;
        }
    }

    /** A separate class, loaded only if the module is there. */
    private static final class Management {

        static long compilationMillis() {
            CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
            return compiler == null ? 0 : compiler.getTotalCompilationTime();
        }
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
