package dev.gatun.laws;

/** How far plans of nearly the same kernel, each solved for up to a tolerance, may lie from each other. */
final class Scaling {

    private Scaling() {
    }

    /**
     * The largest difference of logarithms of two plans whose sums miss their masses by {@code tolerance} at most and whose
     * log-kernels differ by {@code off} at most. In Hilbert's metric a positive kernel contracts by {@code tanh(D / 4)}, D being the
     * greatest logarithm of its cross-ratios (Birkhoff 1957; Franklin and Lorenz 1989), so that what is left over of a solve, t, means
     * factors within {@code t / (1 - tanh(D / 4))} of the solution's on either side.
     */
    static double distance(Bounded z, double off, double tolerance) {
        double left = 2 * Math.log((1 + tolerance) / (1 - tolerance)) + 2 * off;
        return off + left + 2 * left / (1 - Math.tanh(greatestCrossRatio(z) / 4));
    }

    /** The greatest of {@code z_ij + z_kl - z_il - z_kj}: of each pair of rows, the range of their difference. */
    private static double greatestCrossRatio(Bounded z) {
        double greatest = 0;
        for (int i = 0; i < z.rows(); i++) {
            for (int k = 0; k < i; k++) {
                double least = Double.POSITIVE_INFINITY;
                double most = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < z.columns(); j++) {
                    double difference = z.value(i, j) - z.value(k, j);
                    least = Math.min(least, difference);
                    most = Math.max(most, difference);
                }
                greatest = Math.max(greatest, most - least);
            }
        }
        return greatest;
    }
}
