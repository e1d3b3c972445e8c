package dev.gatun.server;

import java.util.Arrays;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts values by buckets, in the text form of Prometheus. */
final class Histogram {

    private final String name;
    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum = new DoubleAdder();

    /** @param bounds the largest value of each bucket, ascending; one more bucket takes what is larger */
    Histogram(String name, double... bounds) {
        this.name = name;
        this.bounds = bounds;
        this.counts = new LongAdder[bounds.length + 1];
        Arrays.setAll(counts, i -> new LongAdder());
    }

    /** {@code count} bounds, each {@code factor} times the one before. */
    static double[] geometric(double first, double factor, int count) {
        double[] bounds = new double[count];
        for (int i = 0; i < count; i++) {
            bounds[i] = first * StrictMath.pow(factor, i);
        }
        return bounds;
    }

    void record(double value) {
        int found = Arrays.binarySearch(bounds, value);
        counts[found < 0 ? -1 - found : found].increment();
        sum.add(value);
    }

    void write(StringBuilder text) {
        text.append("# TYPE ").append(name).append(" histogram\n");
        long total = 0;
        for (int i = 0; i < bounds.length; i++) {
            total += counts[i].sum();
            text.append(name).append("_bucket{le=\"").append(bounds[i]).append("\"} ").append(total).append('\n');
        }
        total += counts[bounds.length].sum();
        text.append(name).append("_bucket{le=\"+Inf\"} ").append(total).append('\n');
        text.append(name).append("_sum ").append(sum.sum()).append('\n');
        text.append(name).append("_count ").append(total).append('\n');
    }
}
