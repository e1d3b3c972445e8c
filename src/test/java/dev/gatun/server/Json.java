package dev.gatun.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;

/** Reads answers. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {
    }

    static JsonNode of(HttpResponse<String> answer) {
        return of(answer.body());
    }

    static JsonNode of(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException fault) {
            throw new AssertionError(text, fault);
        }
    }

    static String quote(String text) {
        try {
            return MAPPER.writeValueAsString(text);
        } catch (JsonProcessingException fault) {
            throw new AssertionError(text, fault);
        }
    }

    /** The numbers of an array, each read as float32. */
    static float[] floats(JsonNode array) {
        float[] row = new float[array.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = Float.parseFloat(array.get(i).asText());
        }
        return row;
    }
}
