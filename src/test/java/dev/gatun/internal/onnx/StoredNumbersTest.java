package dev.gatun.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.internal.format.Precision;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stored numbers of each type, more of them than are converted at once, from any entry on. */
@Tag("any-width")
class StoredNumbersTest {

    private static final int COUNT = 10_000;

    @TempDir
    Path folder;

    /** Multiples of 1/64 that every type holds. */
    private static float value(int index) {
        return (index * 37 % 255 - 127) / 64f;
    }

    private static StoredNumbers numbers(Precision precision, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(1 + count * precision.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0);
        for (int i = 0; i < count; i++) {
            switch (precision) {
                case FLOAT32 -> bytes.putFloat(value(i));
                case FLOAT64 -> bytes.putDouble(value(i));
                case FLOAT16 -> bytes.putShort(Float.floatToFloat16(value(i)));
                default -> bytes.putShort((short) (Float.floatToRawIntBits(value(i)) >>> 16));
            }
        }
        return new StoredNumbers(null, "x", precision, MemorySegment.ofArray(bytes.array()).asSlice(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void anyPart(Precision precision) {
        StoredNumbers numbers = numbers(precision, COUNT);
        for (int first : new int[] {0, 1, 5000}) {
            for (int count : new int[] {0, 1, 4096, 4097, COUNT - first}) {
                float[] expected = new float[COUNT + 3];
                float[] read = new float[COUNT + 3];
                for (int i = 0; i < count; i++) {
                    expected[2 + i] = value(first + i);
                }
                numbers.read(first, count, read, 2);
                assertArrayEquals(expected, read);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BFLOAT16", "FLOAT32"})
    void transposed(Precision precision) {
        for (int rows : new int[] {1, 15, 16, 17, 50}) {
            int columns = 33;
            float[] expected = new float[rows * columns];
            for (int i = 0; i < expected.length; i++) {
                expected[i % columns * rows + i / columns] = value(i);
            }
            float[] read = new float[rows * columns];
            numbers(precision, rows * columns).readTransposed(rows, columns, read);
            assertArrayEquals(expected, read);
        }
    }

    /** An infinite number is kept, a finite one beyond float32 is not made infinite. */
    @Test
    void float64BeyondFloat32() throws IOException {
        Path path = Files.write(folder.resolve("m.onnx"), new byte[1]);
        double[] values = new double[5000];
        values[1] = Double.NEGATIVE_INFINITY;
        values[4999] = 1e300;
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        try (ModelFile file = ModelFile.open(path)) {
            StoredNumbers numbers = new StoredNumbers(file, "x", Precision.FLOAT64, MemorySegment.ofArray(bytes.array()));
            float[] read = new float[4999];
            numbers.read(0, 4999, read, 0);
            assertEquals(Float.NEGATIVE_INFINITY, read[1]);
            assertEquals(path + ": tensor 'x': entry 4999 is 1.0E300, beyond the float32 range",
                    assertThrows(TensorFileException.class, () -> numbers.read(0, 5000, new float[5000], 0)).getMessage());
        }
    }
}
