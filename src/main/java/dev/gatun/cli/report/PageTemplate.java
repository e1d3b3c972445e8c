package dev.gatun.cli.report;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A skeleton of HTML with placeholders {@code <!--gatun:NAME-->}, and the text in their place. A placeholder may occur several times.
 *
 * <p>Text is inserted once: a placeholder inside it stays as it is.
 */
public final class PageTemplate {

    /** The script of D3 on the class path. */
    private static final String D3 = "META-INF/resources/webjars/d3/7.9.0/dist/d3.min.js";

    private static final Pattern PLACEHOLDER = Pattern.compile("<!--gatun:([a-z0-9]+)-->");

    private static final char UNKNOWN_CHARACTER = '\ufffd';

    private final String skeleton;
    private final Map<String, String> texts = new HashMap<>();

    private PageTemplate(String skeleton) {
        this.skeleton = skeleton;
    }

    /**
     * The template of a skeleton among the resources of this package.
     *
     * @param resource the name of its file
     * @return a template without texts
     */
    public static PageTemplate of(String resource) {
        return new PageTemplate(resource(resource));
    }

    /** The template of a skeleton. */
    static PageTemplate ofText(String skeleton) {
        return new PageTemplate(skeleton);
    }

    /** Puts plain text in the place of a placeholder: characters that HTML gives a meaning are escaped. */
    PageTemplate withText(String placeholder, String text) {
        return with(placeholder, escaped(text));
    }

    /** Puts a resource of this package in the place of a placeholder, as it is. */
    PageTemplate withResource(String placeholder, String resource) {
        return with(placeholder, resource(resource));
    }

    /** Puts a script element for each of the resources of this package in the place of a placeholder, in their order. */
    PageTemplate withScripts(String placeholder, String... resources) {
        StringBuilder elements = new StringBuilder();
        for (String resource : resources) {
            elements.append("<script>\n").append(resource(resource)).append("</script>\n");
        }
        return with(placeholder, elements.toString());
    }

    /**
     * Puts D3 in the place of a placeholder, with its notice of copyright.
     *
     * @throws IllegalStateException if it is not on the class path
     */
    PageTemplate withD3(String placeholder) {
        try (InputStream script = PageTemplate.class.getClassLoader().getResourceAsStream(D3)) {
            if (script == null) {
                throw new IllegalStateException("a page needs D3: add org.webjars.npm:d3:7.9.0 to the class path");
            }
            return with(placeholder, new String(script.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Puts JSON in the place of a placeholder, inside a script element. It ends no element, for every {@code <} in it is escaped. */
    PageTemplate withJson(String placeholder, String json) {
        return with(placeholder, json.replace("<", "\\u003c"));
    }

    /** Puts markup, or text without any, in the place of a placeholder. */
    PageTemplate with(String placeholder, String markup) {
        texts.put(placeholder, markup);
        return this;
    }

    /**
     * The page in parts, which follow each other.
     *
     * @return the parts: together they may be longer than a string
     * @throws IllegalStateException if a placeholder has no text, or a text no placeholder
     */
    public List<String> parts() {
        List<String> parts = new ArrayList<>();
        Set<String> found = new HashSet<>();
        Matcher matcher = PLACEHOLDER.matcher(skeleton);
        int end = 0;
        while (matcher.find()) {
            String text = texts.get(matcher.group(1));
            if (text == null) {
                throw new IllegalStateException("nothing takes the place of " + matcher.group());
            }
            parts.add(skeleton.substring(end, matcher.start()));
            parts.add(text);
            found.add(matcher.group(1));
            end = matcher.end();
        }
        parts.add(skeleton.substring(end));
        for (String placeholder : texts.keySet()) {
            if (!found.contains(placeholder)) {
                throw new IllegalStateException("the skeleton has no placeholder for " + placeholder);
            }
        }
        return parts;
    }

    private static String resource(String name) {
        try (InputStream file = PageTemplate.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new FileNotFoundException(name + " is not on the class path");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The text with references to characters, such as {@code &lt;}, and without halves of characters, which UTF-8 cannot write. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(character -> {
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.getType(character) == Character.SURROGATE ? UNKNOWN_CHARACTER : character);
            }
        });
        return escaped.toString();
    }
}
