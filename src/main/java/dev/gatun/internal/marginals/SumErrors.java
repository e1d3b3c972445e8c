package dev.gatun.internal.marginals;

/** The errors of row sums, or of column sums, relative to their targets. */
public final class SumErrors {

    private double largest = Double.NaN;
    private double total = Double.NaN;
    private double target;
    private int worst;
    private int missed;

    /** Clears the last measurement. */
    public void clear() {
        largest = Double.NaN;
        total = Double.NaN;
        missed = 0;
    }

    /**
     * Compares sums with their targets.
     *
     * @param tolerance the largest {@code |sum / target - 1|} that meets a positive target
     */
    public void measure(double[] sums, double[] targets, double tolerance) {
        clear();
        largest = 0;
        total = 0;
        for (int i = 0; i < sums.length; i++) {
            total += Math.abs(sums[i] - targets[i]);
            double error = targets[i] > 0 ? relative(sums[i], targets[i]) : 0;
            missed += error > tolerance ? 1 : 0;
            if (error > largest) {
                largest = error;
                target = targets[i];
                worst = i;
            }
        }
    }

    private static double relative(double sum, double target) {
        double error = Math.abs(sum / target - 1);
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    /** The largest {@code |sum / target - 1|} over positive targets, infinite if one is not defined; NaN before a measurement. */
    public double largest() {
        return largest;
    }

    /** {@code sum |sum - target|}; NaN before a measurement. */
    public double total() {
        return total;
    }

    /** The number of sums that miss the tolerance. */
    public int missed() {
        return missed;
    }

    /** The index of the largest relative error. */
    public int worst() {
        return worst;
    }

    /** The target at that index. */
    public double target() {
        return target;
    }
}
