package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.internal.attention.LogSumRows;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;

/** Merges attention over two parts of the keys into attention over both, by the logarithms of the row sums. */
public final class PartialAttention {

    private PartialAttention() {
    }

    /**
     * Merges the result over a second part of the keys into the result over a first part: with
     * {@code l = log(exp(l1) + exp(l2))} a row becomes {@code exp(l1 - l) out1 + exp(l2 - l) out2}, and its logarithm {@code l}. A
     * query that sees no key of either part keeps a row of zeros and a logarithm of minus infinity.
     *
     * <p>A logarithm in one float32 is good to a relative 6e-8, so that for scores of 5000 the shares of the parts are good to 3e-4 only.
     * Logarithms with a second column, which plans write where their output has one, are good to 4e-15.
     *
     * @param out            the result over the first part, {@code (..., N, C)}; receives the merged result
     * @param logSumExp      the natural logarithms of its row sums, {@code (..., N, 1)}, or {@code (..., N, 2)} whose columns add up to
     *                       them; receives the merged ones
     * @param other          the result over the second part
     * @param otherLogSumExp the natural logarithms of its row sums
     * @throws IllegalArgumentException if the shapes do not match; if an entry is not float32 or not finite, except for a logarithm
     *                                  of minus infinity; or if out or logSumExp is read-only or shares an entry with another of the
     *                                  four. Nothing is written then
     */
    public static void merge(Heads out, Heads logSumExp, Heads other, Heads otherLogSumExp) {
        check(TensorView.of(out), TensorView.of(logSumExp), TensorView.of(other), TensorView.of(otherLogSumExp));
        out.requireFinite("out");
        other.requireFinite("other");
        Checks.logarithms(TensorView.of(logSumExp), "logSumExp");
        Checks.logarithms(TensorView.of(otherLogSumExp), "otherLogSumExp");
        for (int index = 0; index < out.count(); index++) {
            merge(out.matrix(index), logSumExp.matrix(index), other.matrix(index), otherLogSumExp.matrix(index));
        }
    }

    private static void check(TensorView out, TensorView logSumExp, TensorView other, TensorView otherLogSumExp) {
        Checks.writable(out, "out");
        requireAlike(out, other, out.columns(), "other");
        Checks.given(logSumExp, "logSumExp");
        Checks.given(otherLogSumExp, "otherLogSumExp");
        requireAlike(out, logSumExp, LogSumRows.columns(logSumExp), "logSumExp");
        requireAlike(out, otherLogSumExp, LogSumRows.columns(otherLogSumExp), "otherLogSumExp");
        Checks.writable(logSumExp, "logSumExp");
        requireApart(out, "out", other, otherLogSumExp);
        requireApart(logSumExp, "logSumExp", other, otherLogSumExp);
        Checks.distinct(out, logSumExp, "logSumExp");
    }

    private static void requireApart(TensorView out, String name, TensorView other, TensorView otherLogSumExp) {
        Checks.separate(out, name);
        Checks.distinct(out, name, other, "other");
        Checks.distinct(out, name, otherLogSumExp, "otherLogSumExp");
    }

    private static void requireAlike(TensorView out, TensorView heads, int columns, String name) {
        Checks.given(heads, name);
        if (heads.batch() != out.batch() || heads.heads() != out.heads() || heads.rows() != out.rows()
                || heads.columns() != columns) {
            throw new IllegalArgumentException("%s is %s and out is %s; expected %s columns and all else alike"
                    .formatted(name, heads, out, columns));
        }
    }

    private static void merge(Matrix out, Matrix logSumExp, Matrix other, Matrix otherLogSumExp) {
        for (int i = 0; i < out.rows(); i++) {
            double first = logarithm(logSumExp, i);
            double second = logarithm(otherLogSumExp, i);
            double greater = Math.max(first, second);
            if (greater == Double.NEGATIVE_INFINITY) {
                continue;
            }
            double sum = StrictMath.exp(first - greater) + StrictMath.exp(second - greater);
            double firstShare = StrictMath.exp(first - greater) / sum;
            double secondShare = StrictMath.exp(second - greater) / sum;
            for (int c = 0; c < out.columns(); c++) {
                out.set(i, c, (float) (firstShare * out.get(i, c) + secondShare * other.get(i, c)));
            }
            double merged = greater + StrictMath.log(sum);
            logSumExp.set(i, 0, (float) merged);
            if (logSumExp.columns() > 1) {
                logSumExp.set(i, 1, (float) (merged - (float) merged));
            }
        }
    }

    private static double logarithm(Matrix logSumExp, int i) {
        return logSumExp.columns() == 1 ? logSumExp.get(i, 0) : (double) logSumExp.get(i, 0) + logSumExp.get(i, 1);
    }
}
