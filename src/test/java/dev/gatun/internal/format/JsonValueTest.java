package dev.gatun.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON files are read as they are written, and refused in one sentence that names the place. */
@Tag("any-width")
class JsonValueTest {

    private static final String CONFIG = """
            {"layers": 6, "epsilon": 1e-12, "cased": false, "activation": "gelu", "nothing": null,
             "vocab": {"[PAD]": 0, "caf\\u00e9": 1, "\\ud83d\\ude00": 2, "\u00e9\\\\\\"\\n": 3}, "added": [{"id": 0}, {"id": -7}, []]}
            """;

    private static JsonValue read(String text) {
        return JsonValue.read(MemorySource.of(text));
    }

    @Test
    void fields() {
        JsonValue config = read(CONFIG);
        assertEquals(6, config.field("layers").integer(1, 100));
        assertEquals(1e-12, config.field("epsilon").number());
        assertEquals(6.0, config.field("layers").number());
        assertEquals("gelu", config.field("activation").text());
        assertEquals(false, config.field("cased").truth());
        assertNull(config.optional("nothing"));
        assertNull(config.optional("absent"));
        Map<String, Long> vocab = new LinkedHashMap<>();
        config.field("vocab").forEachField((token, id) -> vocab.put(token, id.integer(0, 3)));
        assertEquals(List.of("[PAD]", "caf\u00e9", "\ud83d\ude00", "\u00e9\\\"\n"), List.copyOf(vocab.keySet()));
        assertEquals(List.of(0L, 1L, 2L, 3L), List.copyOf(vocab.values()));
        assertEquals(4, config.field("vocab").size());
        assertEquals(3, config.field("added").size());
        assertEquals(-7, config.field("added").elements().get(1).field("id").integer(-10, 0));
        assertTrue(config.isObject() && config.field("added").isArray() && config.field("activation").isText());
    }

    @Test
    void defaults() {
        JsonValue config = read(CONFIG);
        assertEquals("gelu", config.text("activation", "relu"));
        assertEquals("relu", config.text("absent", "relu"));
        assertEquals("relu", config.text("nothing", "relu"));
        assertEquals(6, config.integer("layers", 12, 1, 100));
        assertEquals(12, config.integer("absent", 12, 1, 100));
        assertEquals(1e-12, config.number("epsilon", 1));
        assertEquals(1, config.number("absent", 1));
        assertEquals(false, config.truth("cased", true));
        assertEquals(true, config.truth("absent", true));
    }

    @Test
    void numbers() {
        assertEquals(999_999_999_999_999_999L, read("999999999999999999").integer(0, Long.MAX_VALUE));
        assertEquals(1e19, read("10000000000000000000").number());
        assertEquals(-0.5e-3, read(" -0.5E-3 ").number());
        assertRefused("1e999", value -> { }, "has a number beyond float64, at byte 0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "                 | is empty",
        "{                | is malformed at byte 1: expected '\"'",
        "{\"a\" 1}        | is malformed at byte 5: expected ':'",
        "[1,]             | is malformed at byte 3: expected a value",
        "[01]             | is malformed at byte 2: expected ']'",
        "[1.]             | is malformed at byte 3: expected a digit",
        "[+1]             | is malformed at byte 1: expected a value",
        "nul              | is malformed at byte 0: expected a value",
        "[NaN]            | is malformed at byte 1: expected a value",
        "'a'              | is malformed at byte 0: expected a value",
        "\"a              | is malformed at byte 2: expected the rest of a string",
        "\"\\x\"          | is malformed at byte 3: expected an escape before",
        "\"\\ud800\"      | is malformed at byte 8: expected paired surrogates in the string before",
        "[] []            | is malformed at byte 3: expected nothing more",
        "{\"a\":1,\"a\":2} | has the name 'a' twice in one object",
    })
    void malformedFiles(String text, String fault) {
        assertRefused(text == null ? "" : text, value -> { }, fault);
    }

    @Test
    void bytesThatAreNoText() {
        assertRefused(new byte[] {'"', (byte) 0xc3, '"'}, "is malformed at byte 2: expected UTF-8 in the string before");
        assertRefused(new byte[] {'"', 'a', (byte) 0x80, '"'}, "is malformed at byte 3: expected UTF-8 in the string before");
        assertRefused(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '1'}, "is malformed at byte 0: expected a value");
        assertRefused(new byte[] {'"', 10, '"'}, "is malformed at byte 1: expected the rest of a string");
    }

    private static void assertRefused(byte[] bytes, String fault) {
        Source file = new MemorySource(bytes, bytes.length);
        assertEquals("x.json: " + fault, assertThrows(IllegalArgumentException.class, () -> JsonValue.read(file)).getMessage());
    }

    private static void assertRefused(String text, Consumer<JsonValue> use, String fault) {
        Exception refusal = assertThrows(IllegalArgumentException.class, () -> use.accept(read(text)));
        assertEquals("x.json: " + fault, refusal.getMessage());
    }

    @Test
    void otherKindsThanExpected() {
        assertRefused(CONFIG, config -> config.field("absent"), "lacks 'absent'");
        assertRefused(CONFIG, config -> config.field("nothing"), "lacks 'nothing'");
        assertRefused(CONFIG, config -> config.field("vocab").field("x"), "'vocab' lacks 'x'");
        assertRefused(CONFIG, config -> config.field("layers").text(), "'layers' is a number, not a string");
        assertRefused(CONFIG, config -> config.field("vocab").elements(), "'vocab' is an object, not an array");
        assertRefused(CONFIG, config -> config.field("activation").number(), "'activation' is a string, not a number");
        assertRefused(CONFIG, config -> config.field("added").field("id"), "'added' is an array, not an object");
        assertRefused(CONFIG, config -> config.field("added").elements().get(2).truth(), "'added[2]' is an array, not true or false");
        assertRefused(CONFIG, config -> config.field("added").elements().get(1).field("id").integer(0, 9),
                "'added[1].id' is -7, not an integer of 0 to 9");
        assertRefused(CONFIG, config -> config.field("epsilon").integer(0, 9), "'epsilon' is 1.0E-12, not an integer of 0 to 9");
        assertRefused("[1]", value -> value.field("x"), "its value is an array, not an object");
        assertRefused("[null]", value -> value.elements().get(0).text(), "'[0]' is null, not a string");
        assertRefused("[true]", value -> value.elements().get(0).text(), "'[0]' is true or false, not a string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void depth(String opening) {
        String closing = opening.equals("[") ? "]" : "}";
        read(opening.repeat(126) + "1" + closing.repeat(126));
        assertRefused(opening.repeat(200_000), value -> { }, "is malformed at byte " + 126 * opening.length()
                + ": expected no more than 126 values inside each other");
    }

    @Test
    void sizes() {
        Source huge = new MemorySource(new byte[0], JsonValue.MAX_BYTES + 1);
        assertEquals("x.json: has 100000001 bytes; at most 100000000 of JSON are read",
                assertThrows(IllegalArgumentException.class, () -> JsonValue.read(huge)).getMessage());
    }
}
