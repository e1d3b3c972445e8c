package dev.gatun.property;

import dev.gatun.MagneticOperator;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.function.Function;

/** Operators written out: their float32 entries as float64 numbers. */
final class Entries {

    private Entries() {
    }

    /** The entries of an operator of these tokens. */
    static double[][] of(Tokens tokens, Function<Scores, Operator> operator) {
        try (Arena arena = Arena.ofConfined()) {
            return of(operator.apply(tokens.scores(arena)));
        }
    }

    /** The entries of an operator of one head. */
    static double[][] of(Operator operator) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
            operator.matrix(out);
            return of(out);
        }
    }

    /** The entries of a complex operator of one head. */
    static ReferenceMagnetic.Complex of(MagneticOperator operator) {
        int n = operator.rows();
        double[][] real = new double[n][n];
        double[][] imaginary = new double[n][n];
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.allocate(arena, n, 2 * n);
            operator.matrix(out);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    real[i][j] = out.get(i, 2 * j);
                    imaginary[i][j] = out.get(i, 2 * j + 1);
                }
            }
        }
        return new ReferenceMagnetic.Complex(real, imaginary);
    }

    /** The entries of a matrix. */
    static double[][] of(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }
}
