package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mathematics of the page of heads, by the tests of its own script, which run in a browser. */
@Tag("any-width")
@Tag("slow")
class MarkovInBrowserTest {

    @TempDir
    Path folder;

    @Test
    void theScriptHoldsItsTests() throws IOException {
        Browser browser = Browser.get();
        Path page = Files.writeString(folder.resolve("markov.html"), "<!DOCTYPE html><meta charset=\"utf-8\"><title>markov</title><script>"
                + resource("markov.js") + "</script><script>" + resource("markov-test.js") + "</script>");
        browser.open(page);
        assertEquals(List.of(), browser.list("return gatunMarkovTest()"));
        browser.assertQuiet(page);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = PageTemplate.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
