package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class PageTemplateTest {

    private static String page(PageTemplate template) {
        return String.join("", template.parts());
    }

    @Test
    void placeholdersAreReplacedOnce() {
        PageTemplate template = PageTemplate.ofText("<i><!--gatun:a--></i><b><!--gatun:b--><!--gatun:a--></b>")
                .with("a", "<!--gatun:b-->").with("b", "$1\\2");
        assertEquals("<i><!--gatun:b--></i><b>$1\\2<!--gatun:b--></b>", page(template));
    }

    @Test
    void nothingIsLeftOut() {
        PageTemplate empty = PageTemplate.ofText("<!--gatun:a-->");
        assertTrue(assertThrows(IllegalStateException.class, empty::parts).getMessage().contains("<!--gatun:a-->"));
        PageTemplate more = empty.with("a", "").with("b", "");
        assertTrue(assertThrows(IllegalStateException.class, more::parts).getMessage().endsWith("no placeholder for b"));
    }

    @Test
    void textIsEscaped() {
        assertEquals("&lt;a href=&#39;&quot;&amp;amp;&gt;\ud83d\ude00\ufffd", PageTemplate.escaped("<a href='\"&amp;>\ud83d\ude00\ud83d"));
    }

    @Test
    void jsonEndsNoElement() {
        assertEquals("[\"\\u003c/script>\"]", page(PageTemplate.ofText("<!--gatun:a-->").withJson("a", "[\"</script>\"]")));
    }

    /** Inside a script element, these end it or hide its end. */
    @Test
    void scriptsAndStylesEndNoElement() throws IOException {
        try (var files = Files.list(Path.of("src/main/resources/dev/gatun/cli/report"))) {
            for (Path file : files.filter(name -> !name.toString().endsWith(".html")).toList()) {
                String text = Files.readString(file).toLowerCase(Locale.ROOT);
                for (String end : new String[] {"</script", "<script", "<!--", "</style"}) {
                    assertFalse(text.contains(end), () -> file + " has " + end);
                }
            }
        }
    }
}
