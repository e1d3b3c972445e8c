package dev.gatun.laws;

import java.util.Arrays;

/** What several suites require of the weights of an operator. */
public final class Numerators {

    private Numerators() {
    }

    /** The values of a head, row by row. */
    static double[][] values(Head head) {
        return Law.rows(head.values(), head.valueColumns());
    }

    static void requireNoneNegative(Law law, double[][] p, Head head) {
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p[i].length; j++) {
                int row = i;
                int column = j;
                double weight = p[i][j];
                law.holds(weight >= 0, head, () -> "P[%d, %d] is %s".formatted(row, column, weight));
            }
        }
    }

    static void requireHidden(Law law, double[][] p, Head head) {
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p[i].length; j++) {
                int row = i;
                int column = j;
                double weight = p[i][j];
                law.holds(head.visible(i, j) || weight == 0, head,
                        () -> "P[%d, %d] is %s, and the key is hidden from the query".formatted(row, column, weight));
            }
        }
    }

    /** {@code P (2 V - W) = 2 P V - P W} but for the roundings of the products and of the values {@code 2 V - W}. */
    static void requireLinear(Law law, OperatorUnderTest operator, Head head, Bounded p) {
        Head turned = head.withValues(Head.chosen(head.values(), head.valueColumns(), Orders.reversed(head.columns())));
        float[] combined = head.values().clone();
        for (int at = 0; at < combined.length; at++) {
            combined[at] = 2 * combined[at] - turned.values()[at];
        }
        double[][] v = law.result(operator, head);
        double[][] w = law.result(operator, turned);
        double[][] both = law.result(operator, head.withValues(combined));
        for (int i = 0; i < v.length; i++) {
            double[] sizes = p.meanSizes(i, values(head));
            double[] sizesTurned = p.meanSizes(i, values(turned));
            for (int c = 0; c < v[i].length; c++) {
                int row = i;
                int column = c;
                double bound = 2 * p.sumError() * (2 * sizes[c] + sizesTurned[c]) + Bounded.FLUSHED;
                law.near(2 * v[i][c] - w[i][c], both[i][c], bound, head, () -> "P (2 V - W)[%d, %d]".formatted(row, column));
            }
        }
    }

    /** The result is the matrix times the values, each off by what rounding explains of {@code p}. */
    static void requireStreamed(Law law, OperatorUnderTest operator, Head head, Bounded p) {
        Bounded product = p.times(values(head));
        Bounded written = new Bounded(law.matrix(operator, head), p.errors(), p.roundoff());
        double[][] expected = written.times(values(head)).values();
        double[][] actual = law.result(operator, head);
        for (int i = 0; i < actual.length; i++) {
            for (int c = 0; c < actual[i].length; c++) {
                int row = i;
                int column = c;
                law.near(expected[i][c], actual[i][c], 2 * product.error(i, c), head, () -> "O[%d, %d]".formatted(row, column));
            }
        }
    }

    /** Tokens in the opposite order, and one further each, have the weights that they had. */
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

    /** By how much the greatest of a row leads the second. */
    static double lead(double[] row) {
        double[] sorted = Arrays.stream(row).sorted().toArray();
        return sorted.length < 2 ? 0 : sorted[sorted.length - 1] - sorted[sorted.length - 2];
    }

    /** Where the greatest entry is. */
    static int greatestPlace(double[] row) {
        int greatest = 0;
        for (int j = 1; j < row.length; j++) {
            greatest = row[j] > row[greatest] ? j : greatest;
        }
        return greatest;
    }

    static double greatest(double[] row) {
        return Arrays.stream(row).max().orElseThrow();
    }

    static double greatestError(Bounded z) {
        return Arrays.stream(z.errors()).mapToDouble(Numerators::greatest).max().orElseThrow();
    }
}
