package dev.gatun.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class JsonWriterTest {

    @Test
    void nests() {
        String json = new JsonWriter().beginObject()
                .name("heads").beginArray()
                .beginObject().name("head").value(0, 1).name("sum").value(0.5).end()
                .value("x").end()
                .name("none").beginArray().end()
                .name("passed").value(true)
                .end().toString();
        assertEquals("""
                {
                  "heads": [
                    {
                      "head": [0, 1],
                      "sum": 0.5
                    },
                    "x"
                  ],
                  "none": [],
                  "passed": true
                }
                """, json);
    }

    @Test
    void whatJsonHasNoNumberFor() {
        String json = new JsonWriter().beginArray().value(Double.NaN).value(Double.POSITIVE_INFINITY)
                .value(Double.NEGATIVE_INFINITY).value(1e-7).end().toString();
        assertEquals("[\n  null,\n  \"inf\",\n  \"-inf\",\n  1.0E-7\n]\n", json);
    }

    @Test
    void escapes() {
        String json = new JsonWriter().beginArray().value("a\"b\\c\n\u00e9").end().toString();
        assertEquals("[\n  \"a\\\"b\\\\c\\u000a\\u00e9\"\n]\n", json);
    }

    @Test
    void compactHasNoSpaces() {
        String json = JsonWriter.compact().beginObject().name("head").value(0, 1).name("none").beginArray().end()
                .name("some").beginArray().value("a b").value(0.5).end().end().toString();
        assertEquals("{\"head\":[0,1],\"none\":[],\"some\":[\"a b\",0.5]}", json);
    }

    @Test
    void float32NumbersAreShort() {
        String json = JsonWriter.compact().beginArray().value(0.1f).value(Float.NaN).value(Float.POSITIVE_INFINITY).end().toString();
        assertEquals("[0.1,null,\"inf\"]", json);
    }

    @Test
    void mustEndWhatItBegan() {
        JsonWriter json = new JsonWriter().beginObject();
        assertThrows(IllegalStateException.class, json::toString);
    }
}
