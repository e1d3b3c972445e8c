package dev.gatun.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Writes answers as JSON. A float32 number is the shortest decimal that reads back as the same float32 number. */
final class Answers {

    private static final JsonFactory FACTORY = new JsonFactory();

    /** Bytes of a component of an embedding as a decimal, and of an answer besides its embeddings. */
    private static final int BYTES_PER_COMPONENT = 14;
    private static final int OTHER_BYTES = 256;

    /** Writes the value of an answer. */
    interface Content {

        /** Writes one value. */
        void write(JsonGenerator json) throws IOException;
    }

    private Answers() {
    }

    /** The bytes of an answer with embeddings, approximately. */
    static int expectedBytes(int rows, int components) {
        return (int) Math.min(Integer.MAX_VALUE, OTHER_BYTES + (long) rows * components * BYTES_PER_COMPONENT);
    }

    /** The bytes of an answer. */
    static byte[] bytes(int expected, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(expected);
        try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
            content.write(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** An error in the form of OpenAI's interface, or of text-embeddings-inference. */
    static byte[] error(boolean openAi, Refusal.Reason reason, String message, String parameter) {
        return bytes(256, json -> {
            json.writeStartObject();
            if (openAi) {
                json.writeObjectFieldStart("error");
                json.writeStringField("message", message);
                json.writeStringField("type", reason.type(true));
                json.writeStringField("param", parameter);
                json.writeStringField("code", reason.openAiCode());
                json.writeEndObject();
            } else {
                json.writeStringField("error", message);
                json.writeStringField("error_type", reason.type(false));
            }
            json.writeEndObject();
        });
    }

    static void floats(JsonGenerator json, float[] row) throws IOException {
        json.writeStartArray();
        for (float component : row) {
            json.writeNumber(component);
        }
        json.writeEndArray();
    }

    /** The bytes of float32 numbers, low byte first, in base 64. */
    static String base64(float[] row) {
        ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(row);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
