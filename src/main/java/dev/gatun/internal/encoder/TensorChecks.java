package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Norm;

/** Checks that tensors have the expected sizes and finite entries, with the reading of those that are read in parts. */
final class TensorChecks {

    /** The bits of the exponent of a float32, all set for infinity and NaN alone, and the lowest of them: then their sum is negative. */
    private static final int EXPONENT = 0x7F80_0000;
    private static final int LOWEST = 0x0080_0000;

    /**
     * Entries of a step, 4, in a field that is no constant: the compiler would unroll and vectorise the loop, which takes it longer than the
     * loop itself takes in the first second of a virtual machine.
     */
    private static int step = 4;

    private TensorChecks() {
    }

    static void requireShape(MatrixRows matrix, int rows, int columns, String name) {
        if (matrix.rows() != rows || matrix.columns() != columns) {
            throw new IllegalArgumentException("%s: there are %s rows of %s entries, expected %s of %s"
                    .formatted(name, matrix.rows(), matrix.columns(), rows, columns));
        }
    }

    /** Reads {@code count} rows to {@code target[at]} and on. */
    static void read(MatrixRows matrix, int first, int count, float[] target, int at, String name) {
        matrix.read(first, count, target, at);
        requireFinite(target, at, at + count * matrix.columns(), name);
    }

    static float[] require(float[] entries, int expected, String name) {
        if (entries.length != expected) {
            throw new IllegalArgumentException("%s: there are %s entries, expected %s".formatted(name, entries.length, expected));
        }
        requireFinite(entries, 0, entries.length, name);
        return entries;
    }

    static Norm require(Norm norm, int size, String name) {
        require(norm.gain(), size, name);
        require(norm.shift(), size, name);
        return norm;
    }

    private static void requireFinite(float[] entries, int from, int to, String name) {
        int whole = to - (to - from) % 4;
        int sums = 0;
        for (int i = from; i < whole; i += step) {
            sums |= (Float.floatToRawIntBits(entries[i]) & EXPONENT) + LOWEST;
            sums |= (Float.floatToRawIntBits(entries[i + 1]) & EXPONENT) + LOWEST;
            sums |= (Float.floatToRawIntBits(entries[i + 2]) & EXPONENT) + LOWEST;
            sums |= (Float.floatToRawIntBits(entries[i + 3]) & EXPONENT) + LOWEST;
        }
        for (int i = whole; i < to; i++) {
            sums |= (Float.floatToRawIntBits(entries[i]) & EXPONENT) + LOWEST;
        }
        if (sums < 0) {
            throw new IllegalArgumentException("%s: an entry is not finite".formatted(name));
        }
    }
}
