package dev.gatun.cli.report;

import dev.gatun.cli.output.JsonWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;

/** Float32 numbers in one block, which the page decodes as one array. */
final class NumberBlock {

    /** The largest block: of 64 MiB, 86 MB in base64. */
    static final int MAX_NUMBERS = 1 << 24;

    private float[] numbers = new float[1 << 12];
    private int count;

    /**
     * A part of the block.
     *
     * @param offset the place of its first number
     * @param length the number of its numbers
     */
    record Part(int offset, int length) {

        /** Writes {@code [offset, length]}, or {@code null} for no part. */
        static void write(JsonWriter json, Part part) {
            if (part == null) {
                json.value(Double.NaN);
            } else {
                json.value(new int[] {part.offset, part.length});
            }
        }
    }

    /** Appends numbers as they are. */
    Part add(float[] part) {
        int end = Math.addExact(count, part.length);
        if (end > numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(end, 2 * numbers.length));
        }
        System.arraycopy(part, 0, numbers, count, part.length);
        Part added = new Part(count, part.length);
        count = end;
        return added;
    }

    /** Appends numbers, each rounded to the nearest float32 number. */
    Part add(double[] part) {
        float[] rounded = new float[part.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) part[i];
        }
        return add(rounded);
    }

    /** The number of numbers. */
    int count() {
        return count;
    }

    /** The numbers in little-endian order, in base64 without line breaks. */
    String base64() {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, count)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(numbers, 0, count);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
