package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class HeadsPageTest {

    private static final HeadsSettings SETTINGS = new HeadsSettings(1 / Math.sqrt(32), 1, 1, false, false, 0, 0.25,
            Sinkhorn.tolerance(1e-5));

    private static HeadsPage page(HeadsPage.Shape shape, List<String> tokens) {
        return new HeadsPage("heads", tokens, shape, SETTINGS);
    }

    private static void add(HeadsPage page, int index, Arena arena, int tokens) {
        Random random = new Random(index);
        Heads[] pair = {Heads.allocate(arena, tokens, 32), Heads.allocate(arena, tokens, 32)};
        for (Heads heads : pair) {
            for (int i = 0; i < tokens; i++) {
                for (int c = 0; c < 32; c++) {
                    heads.matrix(0).set(i, c, (float) random.nextGaussian());
                }
            }
        }
        page.add(new int[] {0, index}, Scores.of(pair[0], pair[1]), index, pair[1]);
    }

    /** The size of a page of 72 heads of 128 tokens, from the part that each head has in it. */
    @Test
    void theHeadsOfAModelFitInAMail() {
        HeadsPage.Shape shape = new HeadsPage.Shape(72, 72, 128, 32, true);
        try (Arena arena = Arena.ofConfined()) {
            long one = length(shape, arena, 1);
            long two = length(shape, arena, 2);
            assertTrue(two > one);
            long all = one + 71 * (two - one);
            assertTrue(all < 5_000_000, () -> "the page has " + all + " bytes");
        }
    }

    private static long length(HeadsPage.Shape shape, Arena arena, int heads) {
        HeadsPage page = page(shape, Collections.nCopies(shape.rows(), "internationalisation"));
        for (int head = 0; head < heads; head++) {
            add(page, head, arena, shape.rows());
        }
        return page.parts().stream().mapToLong(String::length).sum();
    }

    @Test
    void aLargePageHoldsLessOfEachHead() throws IOException {
        HeadsPage.Shape shape = new HeadsPage.Shape(72, 72, 128, 32, true);
        HeadsPage page = page(shape, null);
        try (Arena arena = Arena.ofConfined()) {
            add(page, 0, arena, shape.rows());
        }
        JsonNode data = new ObjectMapper().readTree(page.json());
        JsonNode head = data.at("/heads/0");
        assertEquals(2, head.at("/diffusion/values").size());
        assertEquals(2 * 128, head.at("/diffusion/coordinates/1").asInt());
        assertEquals(2, head.at("/magnetic/values").size());
        assertEquals(2 * 128, head.at("/magnetic/imaginary/1").asInt());
        assertEquals(9, head.at("/magnetic/spectrum").size());
        assertEquals(4, head.at("/bridge/steps").asInt());
        assertEquals(5 * 128, head.at("/bridge/rho/1").asInt());
        assertEquals(40, head.get("currents").size());
        for (JsonNode coupling : head.get("couplings")) {
            JsonNode trace = coupling.get("trace");
            assertTrue(trace.size() > 2 && trace.size() <= 8, trace::toString);
            assertEquals("start", trace.get(0).get("step").asText());
            assertEquals("result", trace.get(trace.size() - 1).get("step").asText());
        }
        assertEquals(Extent.REDUCED.numbers(1, 128, 2 * 128 * 32), data.get("numbers").asInt());
    }

    @Test
    void tokensMayBeAnything() {
        List<String> tokens = List.of("</script><script>alert(1)</script>", "<!--gatun:numbers-->", "\u05e9\u05dc\u05d5\u05dd\u202e",
                "\ud83d", "\u2028\u0000", "x".repeat(100_000));
        HeadsPage page = page(new HeadsPage.Shape(1, 1, tokens.size(), 32, false), tokens);
        try (Arena arena = Arena.ofConfined()) {
            add(page, 0, arena, tokens.size());
        }
        String data = String.join("", page.parts());
        assertEquals(data.split("</script>", -1).length, data.split("<script[ >]", -1).length);
        assertTrue(data.contains("\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\",\"\\u003c!--gatun:numbers-->\",\"\\u05e9"));
        assertTrue(data.contains("\"\\ud83d\",\"\\u2028\\u0000\",\"xxx"));
    }

    @Test
    void limitsNameWhatToDo() {
        assertRefused(new HeadsPage.Shape(1, 1, 1025, 4, false), "there are 1025 tokens", "at most 1024", "choose fewer tokens");
        assertRefused(new HeadsPage.Shape(1, 1, Integer.MAX_VALUE, Integer.MAX_VALUE, false), "at most 1024");
        assertRefused(new HeadsPage.Shape(16, 0, 1024, 1024, false), "numbers, and at most 16777216", "choose fewer heads");
        page(new HeadsPage.Shape(15, 0, 1024, 1024, false), null);
        page(new HeadsPage.Shape(72, 72, 1024, 32, false), null);
    }

    private static void assertRefused(HeadsPage.Shape shape, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, () -> page(shape, null)).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }
}
