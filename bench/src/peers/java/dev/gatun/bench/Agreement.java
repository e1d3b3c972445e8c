package dev.gatun.bench;

/** Peers are only timed on the same work: their results must agree first. */
public final class Agreement {

    /** The largest difference between entries of two results of the same operator. */
    private static final double TOLERANCE = 1e-4;

    private Agreement() {
    }

    /**
     * Compares two results entry by entry.
     *
     * @throws IllegalStateException if they have other sizes, or differ by more than 1e-4 somewhere
     */
    public static void require(String name, float[] result, String otherName, float[] other) {
        require(name, result, otherName, other, TOLERANCE);
    }

    /**
     * Compares two results entry by entry.
     *
     * @throws IllegalStateException if they have other sizes, or differ by more than the tolerance somewhere
     */
    static void require(String name, float[] result, String otherName, float[] other, double tolerance) {
        if (result.length != other.length) {
            throw new IllegalStateException("%s gives %d entries and %s gives %d"
                    .formatted(name, result.length, otherName, other.length));
        }
        double largest = 0;
        for (int i = 0; i < result.length; i++) {
            double difference = Math.abs((double) result[i] - other[i]);
            if (!(difference <= tolerance)) {
                throw new IllegalStateException("entry %d is %s by %s and %s by %s"
                        .formatted(i, result[i], name, other[i], otherName));
            }
            largest = Math.max(largest, difference);
        }
        System.out.printf("%s agrees with %s to %.1e%n", name, otherName, largest);
    }
}
