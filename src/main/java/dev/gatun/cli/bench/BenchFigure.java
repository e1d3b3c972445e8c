package dev.gatun.cli.bench;

/**
 * One measured rate.
 *
 * @param name  of what was measured
 * @param shape heads, tokens and components, of an operator; null for a kernel
 * @param rate  in 1e9 units a second
 * @param unit  of the rate
 * @param share of the machine's limit, where there is one to compare with; NaN otherwise
 */
record BenchFigure(String name, int[] shape, double rate, String unit, double share) {

    static final String OPERATIONS = "GFLOP/s";
    static final String BYTES = "GB/s";
    static final String ENTRIES = "entries/ns";

    /** The figure, with the operator's shape, as it stands in a table. */
    String title() {
        return shape == null ? name : "%s (%s, %s, %s)".formatted(name, shape[0], shape[1], shape[2]);
    }
}
