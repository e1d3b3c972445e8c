package dev.gatun.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** NumPy files written and read byte by byte, independently of the code under test. */
final class NpyFiles {

    private static final Pattern SHAPE = Pattern.compile("'shape': \\(([^)]*)\\)");
    private static final Pattern TYPE = Pattern.compile("'descr': '([^']*)'");

    private NpyFiles() {
    }

    /** The type and shape of a file and its values as float64; real and imaginary parts of complex values alternate. */
    record Contents(String type, int[] shape, double[] values) {
        double get(int... index) {
            return values[place(index)];
        }

        double real(int... index) {
            return values[2 * place(index)];
        }

        double imaginary(int... index) {
            return values[2 * place(index) + 1];
        }

        private int place(int[] index) {
            int at = 0;
            for (int i = 0; i < index.length; i++) {
                at = at * shape[i] + index[i];
            }
            return at;
        }
    }

    static byte[] bytes(String type, String shape, byte[] data) {
        String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(type, shape);
        return ByteBuffer.allocate(10 + text.length() + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0)
                .putShort((short) text.length()).put(text.getBytes(StandardCharsets.US_ASCII)).put(data).array();
    }

    static Path write(Path path, byte[] bytes) {
        try {
            return Files.write(path, bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Path float32(Path path, float[] values, int... shape) {
        ByteBuffer data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return write(path, bytes("<f4", tuple(shape), data.array()));
    }

    static Path float64(Path path, double[] values, int... shape) {
        ByteBuffer data = ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            data.putDouble(value);
        }
        return write(path, bytes("<f8", tuple(shape), data.array()));
    }

    /** Normally distributed float32, the same for the same seed. */
    static Path random(Path path, long seed, int... shape) {
        return float32(path, normal(seed, size(shape)), shape);
    }

    static float[] normal(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static int size(int... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    private static String tuple(int... shape) {
        return Arrays.stream(shape).mapToObj(size -> size + ",").collect(Collectors.joining(" ", "(", ")"));
    }

    static Contents read(Path path) {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[file.getShort(8)];
            file.position(10).get(header);
            String text = new String(header, StandardCharsets.US_ASCII);
            String type = find(TYPE, text);
            int[] shape = Arrays.stream(find(SHAPE, text).split(",")).map(String::strip)
                    .filter(size -> !size.isEmpty()).mapToInt(Integer::parseInt).toArray();
            boolean isFloat64 = type.equals("<f8") || type.equals("<c16");
            double[] values = new double[file.remaining() / (isFloat64 ? Double.BYTES : Float.BYTES)];
            for (int i = 0; i < values.length; i++) {
                values[i] = isFloat64 ? file.getDouble() : file.getFloat();
            }
            return new Contents(type, shape, values);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new AssertionError(text);
        }
        return matcher.group(1);
    }
}
