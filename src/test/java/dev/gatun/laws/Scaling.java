package dev.gatun.laws;

/** The largest difference of two couplings of nearly the same kernel, each solved to a tolerance. */
final class Scaling {

    private Scaling() {
    }

    /**
     * The largest difference of the logarithms of two couplings whose sums have a relative error of at most {@code tolerance} and whose
     * log-kernels differ by at most {@code off}. In Hilbert's metric a positive kernel contracts by {@code tanh(D / 4)}, where D is the
     * largest logarithm of its cross-ratios (Birkhoff 1957; Franklin and Lorenz 1989). An error t of the sums therefore means factors
     * within {@code t / (1 - tanh(D / 4))} of those of the solution.
     */
    static double distance(Bounded z, double off, double tolerance) {
        double left = 2 * Math.log((1 + tolerance) / (1 - tolerance)) + 2 * off;
        return off + left + 2 * left / (1 - Math.tanh(maxCrossRatio(z) / 4));
    }

    /** The maximum of {@code z_ij + z_kl - z_il - z_kj}: over pairs of rows, the range of their difference. */
    private static double maxCrossRatio(Bounded z) {
        double maxRange = 0;
        for (int i = 0; i < z.rows(); i++) {
            for (int k = 0; k < i; k++) {
                double min = Double.POSITIVE_INFINITY;
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < z.columns(); j++) {
                    double difference = z.value(i, j) - z.value(k, j);
                    min = Math.min(min, difference);
                    max = Math.max(max, difference);
                }
                maxRange = Math.max(maxRange, max - min);
            }
        }
        return maxRange;
    }
}
