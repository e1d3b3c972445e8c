package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that {@code report} wrote, read as a browser would.
 *
 * @param html    the page
 * @param data    its data
 * @param numbers its block of numbers
 */
record ReportPage(String html, JsonNode data, float[] numbers) {

    private static final Pattern DATA = Pattern.compile("<script type=\"application/json\" id=\"data\">([^<]*)</script>");
    private static final Pattern NUMBERS = Pattern.compile("<script type=\"text/plain\" id=\"numbers\">([A-Za-z0-9+/=]*)</script>");

    static ReportPage read(Path file) {
        try {
            String html = Files.readString(file);
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(only(NUMBERS, html))).order(ByteOrder.LITTLE_ENDIAN);
            float[] numbers = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(numbers);
            ReportPage page = new ReportPage(html, json(only(DATA, html)), numbers);
            assertEquals(numbers.length, page.data.get("numbers").asInt());
            return page;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String only(Pattern element, String html) {
        Matcher matcher = element.matcher(html);
        assertEquals(true, matcher.find(), element::toString);
        String content = matcher.group(1);
        assertEquals(false, matcher.find(), element::toString);
        return content;
    }

    static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException fault) {
            throw new AssertionError(text, fault);
        }
    }

    JsonNode head(int index) {
        return data.get("heads").get(index);
    }

    /** The numbers of a part {@code [offset, length]}. */
    float[] part(JsonNode part) {
        float[] numbers = new float[part.get(1).asInt()];
        System.arraycopy(this.numbers, part.get(0).asInt(), numbers, 0, numbers.length);
        return numbers;
    }
}
