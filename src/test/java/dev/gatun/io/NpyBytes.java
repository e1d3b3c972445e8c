package dev.gatun.io;

import dev.gatun.Heads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files made byte by byte, independently of the code under test. */
final class NpyBytes {

    private NpyBytes() {
    }

    static String dictionary(String descriptor, boolean columnMajor, String shape) {
        return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                .formatted(descriptor, columnMajor ? "True" : "False", shape);
    }

    /** A version 1.0 file with unaligned data. */
    static byte[] file(String dictionary, byte[] data) {
        return file(1, dictionary, data);
    }

    static byte[] file(int version, String dictionary, byte[] data) {
        byte[] text = (dictionary + "\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(12 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version).put((byte) 0);
        if (version == 1) {
            file.putShort((short) text.length);
        } else {
            file.putInt(text.length);
        }
        file.put(text).put(data);
        byte[] bytes = new byte[file.position()];
        file.flip().get(bytes);
        return bytes;
    }

    /** {@code values} as the entries of a type such as {@code <f4}, one after the other. */
    static byte[] data(String descriptor, double... values) {
        ByteBuffer data = ByteBuffer.allocate(8 * values.length)
                .order(descriptor.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        String type = descriptor.substring(1);
        for (double value : values) {
            switch (type) {
                case "f2" -> data.putShort(Float.floatToFloat16((float) value));
                case "f4" -> data.putFloat((float) value);
                case "f8" -> data.putDouble(value);
                case "b1", "i1", "u1" -> data.put((byte) (int) value);
                case "i2", "u2" -> data.putShort((short) (int) value);
                case "i4", "u4" -> data.putInt((int) (long) value);
                case "i8", "u8" -> data.putLong(new BigDecimal(value).toBigInteger().longValue());
                default -> throw new IllegalArgumentException(descriptor);
            }
        }
        byte[] bytes = new byte[data.position()];
        data.flip().get(bytes);
        return bytes;
    }

    /** The files, concatenated. */
    static byte[] joined(byte[]... files) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] file : files) {
            all.writeBytes(file);
        }
        return all.toByteArray();
    }

    static Path write(Path path, byte[] bytes) {
        try {
            return Files.write(path, bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The values of all matrices of {@code heads}, one row after the other. */
    static float[] values(Heads heads) {
        float[] values = new float[heads.count() * heads.rows() * heads.columns()];
        for (int i = 0; i < heads.count(); i++) {
            float[] matrix = heads.matrix(i).toArray();
            System.arraycopy(matrix, 0, values, i * matrix.length, matrix.length);
        }
        return values;
    }

    /** The values {@code first, first + 1, ...}. */
    static double[] count(double first, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = first + i;
        }
        return values;
    }
}
