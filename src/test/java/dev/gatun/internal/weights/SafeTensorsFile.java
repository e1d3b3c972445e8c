package dev.gatun.internal.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A {@code .safetensors} file of an encoder, written tensor by tensor. */
final class SafeTensorsFile {

    private record Entry(String shape, float[] values) {
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final String type;

    /** @param type F32, F16, BF16 or F64 */
    SafeTensorsFile(String type) {
        this.type = type;
    }

    void add(String name, float[] values, int... shape) {
        entries.put(name, new Entry(Arrays.toString(shape), values));
    }

    void remove(String name) {
        if (entries.remove(name) == null) {
            throw new IllegalArgumentException(name);
        }
    }

    byte[] toBytes() {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        ByteBuffer data = ByteBuffer.allocate(entries.values().stream().mapToInt(entry -> 8 * entry.values.length).sum())
                .order(ByteOrder.LITTLE_ENDIAN);
        entries.forEach((name, entry) -> {
            int begin = data.position();
            for (float value : entry.values) {
                switch (type) {
                    case "F32" -> data.putFloat(value);
                    case "F16" -> data.putShort(Float.floatToFloat16(value));
                    case "BF16" -> data.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                    default -> data.putDouble(value);
                }
            }
            header.append(",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(name, type, entry.shape, begin, data.position()));
        });
        byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.position()).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length).put(text).put(data.array(), 0, data.position()).array();
    }
}
