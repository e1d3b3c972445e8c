package dev.gatun.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Safetensors files made byte by byte, independently of the code under test. */
final class SafeTensorsBytes {

    private SafeTensorsBytes() {
    }

    static byte[] file(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length).put(text).put(data).array();
    }

    static String entry(String name, String type, String shape, long begin, long end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, type, shape, begin, end);
    }

    /** Two matrices, {@code q} and {@code k}, and a vector of integers between them. */
    static byte[] sample() {
        String header = "{\"__metadata__\":{\"format\":\"pt\"}," + entry("q", "F32", "[2,2]", 0, 16) + ","
                + entry("ids", "I64", "[1]", 16, 24) + "," + entry("k", "F32", "[1,2,1]", 24, 32) + "}";
        byte[] data = new byte[32];
        System.arraycopy(NpyBytes.data("<f4", 1, 2, 3, 4), 0, data, 0, 16);
        System.arraycopy(NpyBytes.data("<f4", 5, 6), 0, data, 24, 8);
        return file(header, data);
    }
}
