package dev.gatun.laws;

/** Checks of the entries of an operator's matrix P and of its products {@code P V}, which several suites share. */
final class MatrixChecks {

    private MatrixChecks() {
    }

    /** Requires {@code P_ij >= 0}. */
    static void requireNonNegative(Law law, double[][] p, Head head) {
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p[i].length; j++) {
                int row = i;
                int column = j;
                double entry = p[i][j];
                law.holds(entry >= 0, head, () -> "P[%d, %d] is %s".formatted(row, column, entry));
            }
        }
    }

    /** Requires {@code P_ij = 0} where key j is hidden from query i. */
    static void requireHidden(Law law, double[][] p, Head head) {
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p[i].length; j++) {
                int row = i;
                int column = j;
                double entry = p[i][j];
                law.holds(head.visible(i, j) || entry == 0, head,
                        () -> "P[%d, %d] is %s, and the key is hidden from the query".formatted(row, column, entry));
            }
        }
    }

    /**
     * Requires {@code P (2 V - W) = 2 P V - P W} up to the rounding of the products and of {@code 2 V - W}, where W is V in the opposite
     * order.
     */
    static void requireLinear(Law law, OperatorUnderTest operator, Head head, Bounded p) {
        Head reversed = head.withValues(Head.chosen(head.values(), head.valueColumns(), Orders.reversed(head.columns())));
        float[] combined = head.values().clone();
        for (int at = 0; at < combined.length; at++) {
            combined[at] = 2 * combined[at] - reversed.values()[at];
        }
        double[][] v = law.result(operator, head);
        double[][] w = law.result(operator, reversed);
        double[][] both = law.result(operator, head.withValues(combined));
        for (int i = 0; i < v.length; i++) {
            double[] sizes = p.meanSizes(i, head.valueRows());
            double[] sizesReversed = p.meanSizes(i, reversed.valueRows());
            for (int c = 0; c < v[i].length; c++) {
                int row = i;
                int column = c;
                double bound = 2 * p.sumError() * (2 * sizes[c] + sizesReversed[c]) + Bounded.FLUSHED;
                law.near(2 * v[i][c] - w[i][c], both[i][c], bound, head, () -> "P (2 V - W)[%d, %d]".formatted(row, column));
            }
        }
    }

    /** Requires that the result is the matrix times the values, each within the error bounds of {@code p}. */
    static void requireStreamed(Law law, OperatorUnderTest operator, Head head, Bounded p) {
        Bounded product = p.times(head.valueRows());
        Bounded matrix = new Bounded(law.matrix(operator, head), p.errors(), p.roundoff());
        double[][] expected = matrix.times(head.valueRows()).values();
        double[][] actual = law.result(operator, head);
        for (int i = 0; i < actual.length; i++) {
            for (int c = 0; c < actual[i].length; c++) {
                int row = i;
                int column = c;
                law.near(expected[i][c], actual[i][c], 2 * product.error(i, c), head, () -> "O[%d, %d]".formatted(row, column));
            }
        }
    }

    /** Requires that reversing and rotating the tokens reverses and rotates the entries. */
    static void requireEquivariant(Law law, OperatorUnderTest operator, Head head, Bounded p) {
        double[][] before = law.matrix(operator, head);
        for (boolean reversed : new boolean[] {true, false}) {
            int[] order = reversed ? Orders.reversed(head.rows()) : Orders.rotated(head.rows());
            String name = reversed ? "the opposite order" : "the order 1, 2, ..., 0";
            double[][] after = law.matrix(operator, head.chosen(order, order));
            for (int i = 0; i < order.length; i++) {
                for (int j = 0; j < order.length; j++) {
                    int row = i;
                    int column = j;
                    law.near(before[order[i]][order[j]], after[i][j], 2 * p.error(order[i], order[j]), head,
                            () -> "P[%d, %d] in %s".formatted(row, column, name));
                }
            }
        }
    }
}
