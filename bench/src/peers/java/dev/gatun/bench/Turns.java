package dev.gatun.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sides of a comparison that take turns in one JVM, so that what others do with the machine meanwhile meets all of them alike. */
final class Turns {

    /** The fewest rounds that are counted. */
    private static final int MIN_ROUNDS = 20;

    private final List<Runnable> sides;
    private final int calls;

    private Turns(List<Runnable> sides, int calls) {
        this.sides = sides;
        this.calls = calls;
    }

    /** Sides whose turn is one call. */
    static Turns of(Runnable... sides) {
        return new Turns(List.of(sides), 1);
    }

    /** The same sides with turns of some calls, of which only the last is timed: it finds in the caches what its own side left there. */
    Turns withCalls(int calls) {
        return new Turns(sides, calls);
    }

    /**
     * Median times in nanoseconds of the sides, in their order.
     *
     * @param seconds how long to measure: the first half only warms up
     */
    double[] medians(double seconds) {
        long half = System.nanoTime() + (long) (0.5e9 * seconds);
        while (System.nanoTime() < half) {
            round();
        }
        List<double[]> rounds = new ArrayList<>();
        long end = System.nanoTime() + (long) (0.5e9 * seconds);
        while (rounds.size() < MIN_ROUNDS || System.nanoTime() < end) {
            rounds.add(round());
        }
        double[] medians = new double[sides.size()];
        for (int side = 0; side < medians.length; side++) {
            int of = side;
            double[] times = rounds.stream().mapToDouble(round -> round[of]).toArray();
            Arrays.sort(times);
            medians[side] = times[times.length / 2];
        }
        return medians;
    }

    /** One turn of each side. */
    private double[] round() {
        double[] times = new double[sides.size()];
        for (int side = 0; side < times.length; side++) {
            for (int call = 1; call < calls; call++) {
                sides.get(side).run();
            }
            long start = System.nanoTime();
            sides.get(side).run();
            times[side] = System.nanoTime() - start;
        }
        return times;
    }
}
