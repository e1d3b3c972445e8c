package dev.gatun.laws;

import java.util.function.Supplier;

/**
 * A law that operators must obey, with the checks that report a violation and its input.
 *
 * @param name    the law in a few words, which is also the label of its property
 * @param formula the law as a formula
 * @param source  the equation or paper, or the reason
 */
public record Law(String name, String formula, String source) {

    /** Requires {@code condition}; {@code what} describes the violation. */
    void holds(boolean condition, Object input, Supplier<String> what) {
        if (!condition) {
            throw broken(input, what.get());
        }
    }

    /** Requires {@code |actual - expected| <= bound}, where the bound is that of rounding, and that neither is NaN. */
    void near(double expected, double actual, double bound, Object input, Supplier<String> where) {
        if (Double.isNaN(actual) || Double.isNaN(expected)) {
            throw broken(input, where.get() + " is not a number");
        }
        if (!(Math.abs(actual - expected) <= bound)) {
            throw broken(input, "%s is %s and should be %s, give or take the %.2g that rounding explains".formatted(where.get(),
                    number(actual), number(expected), bound));
        }
    }

    /** Requires that each entry is within its error bound. */
    void near(Bounded expected, double[][] actual, Object input, String what) {
        for (int i = 0; i < actual.length; i++) {
            for (int j = 0; j < actual[i].length; j++) {
                int row = i;
                int column = j;
                near(expected.value(i, j), actual[i][j], expected.error(i, j), input,
                        () -> "%s[%d, %d]".formatted(what, row, column));
            }
        }
    }

    /** The result of an operator, after a check of its size. */
    float[] applied(OperatorUnderTest operator, Head head) {
        return sized(operator.apply(head), head.rows(), head.valueColumns(), head);
    }

    /** The result of an operator, row by row. */
    double[][] result(OperatorUnderTest operator, Head head) {
        return rows(applied(operator, head), head.valueColumns());
    }

    /** The matrix of an operator, row by row. */
    double[][] matrix(OperatorUnderTest operator, Head head) {
        return rows(sized(operator.matrix(head), head.rows(), head.columns(), head), head.columns());
    }

    /** The entries, after a check of their number. */
    float[] sized(float[] entries, int rows, int columns, Head head) {
        holds(entries != null && entries.length == rows * columns, head, () -> "the result has %s entries and should have %d x %d"
                .formatted(entries == null ? "no" : entries.length, rows, columns));
        return entries;
    }

    /** The rows of a matrix whose entries are given row by row. */
    static double[][] rows(float[] entries, int columns) {
        double[][] matrix = new double[entries.length / columns][columns];
        for (int at = 0; at < entries.length; at++) {
            matrix[at / columns][at % columns] = entries[at];
        }
        return matrix;
    }

    private static String number(double x) {
        return (float) x == x ? Float.toString((float) x) : "%.10g".formatted(x);
    }

    private AssertionError broken(Object input, String what) {
        return new AssertionError("%s: %s  (%s)%n  %s%n  for %s".formatted(name, formula, source, what, input));
    }

    @Override
    public String toString() {
        return name;
    }
}
