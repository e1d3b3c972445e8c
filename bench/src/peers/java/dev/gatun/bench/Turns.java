package dev.gatun.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

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
     * Lets the sides take turns.
     *
     * @param seconds how long: the first half only warms up
     */
    Times times(double seconds) {
        long half = System.nanoTime() + (long) (0.5e9 * seconds);
        while (System.nanoTime() < half) {
            round();
        }
        List<double[]> rounds = new ArrayList<>();
        long end = System.nanoTime() + (long) (0.5e9 * seconds);
        while (rounds.size() < MIN_ROUNDS || System.nanoTime() < end) {
            rounds.add(round());
        }
        return new Times(rounds);
    }

    /**
     * Times of all sides.
     *
     * @param rounds for each round the nanoseconds of each side
     */
    record Times(List<double[]> rounds) {

        /** The median time of a side in nanoseconds. */
        double median(int side) {
            return median(round -> round[side]);
        }

        /** The median over the rounds of the time of side 0 divided by that of another: what slows a round slows both. */
        double ratio(int side) {
            return median(round -> round[0] / round[side]);
        }

        private double median(ToDoubleFunction<double[]> figure) {
            double[] figures = rounds.stream().mapToDouble(figure).sorted().toArray();
            return figures[figures.length / 2];
        }
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
