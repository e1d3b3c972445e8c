package dev.gatun.cluster;

import dev.gatun.Matrix;
import java.lang.foreign.Arena;
import java.util.Random;

/** Matrices of normal numbers. */
public final class RandomPoints {

    private RandomPoints() {
    }

    /** Rows of normal numbers with a standard deviation of {@code size}. */
    public static Matrix of(Arena arena, int rows, int columns, double size, long seed) {
        Random random = new Random(seed);
        Matrix matrix = Matrix.allocate(arena, rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < columns; c++) {
                matrix.set(i, c, (float) (size * random.nextGaussian()));
            }
        }
        return matrix;
    }
}
