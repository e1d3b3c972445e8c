package dev.gatun.cli.bench;

/**
 * One measured rate.
 *
 * @param name  the kernel, operator or limit
 * @param shape the heads, tokens and components of an operator; null for a kernel or limit
 * @param rate  the rate in 1e9 units a second
 * @param unit  the unit of the rate
 * @param share the share of the machine's limit; NaN for a limit
 */
record BenchFigure(String name, int[] shape, double rate, String unit, double share) {

    static final String OPERATIONS = "GFLOP/s";
    static final String BYTES = "GB/s";
    static final String ENTRIES = "entries/ns";

    /** The name with the operator's shape, for a table. */
    String title() {
        return shape == null ? name : "%s (%s, %s, %s)".formatted(name, shape[0], shape[1], shape[2]);
    }
}
