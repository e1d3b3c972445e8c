package dev.gatun.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/** JSON that was written of a value is read as that value. */
@Tag("any-width")
class WrittenJsonTest {

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void anyValue(@ForAll("values") Object value) {
        assertSame(value, JsonValue.read(MemorySource.of(" " + written(value) + "\n")));
    }

    @Provide
    Arbitrary<Object> values() {
        Arbitrary<Object> leaves = Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(8).filter(WrittenJsonTest::isText)
                .map(text -> (Object) text), Arbitraries.longs().between(-99_999_999_999_999_999L, 999_999_999_999_999_999L)
                .map(number -> (Object) number), Arbitraries.doubles().map(number -> (Object) number),
                Arbitraries.of(true, false).map(truth -> (Object) truth));
        return Arbitraries.recursive(() -> leaves, inner -> Arbitraries.oneOf(
                inner.list().ofMaxSize(4).map(list -> (Object) list),
                Combinators.combine(Arbitraries.strings().ascii().ofMaxLength(4).list().uniqueElements().ofMaxSize(4), inner)
                        .as((names, element) -> {
                            Map<String, Object> object = new LinkedHashMap<>();
                            names.forEach(name -> object.put(name, element));
                            return (Object) object;
                        })), 0, 4);
    }

    private static boolean isText(String text) {
        return text.codePoints().noneMatch(point -> point >= 0xd800 && point <= 0xdfff);
    }

    private static String written(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case List<?> list -> {
                List<String> parts = new ArrayList<>();
                list.forEach(element -> parts.add(written(element)));
                yield "[ " + String.join(" , ", parts) + "]";
            }
            case Map<?, ?> map -> {
                List<String> parts = new ArrayList<>();
                map.forEach((name, element) -> parts.add(quoted((String) name) + " :" + written(element)));
                yield "{" + String.join(",\t", parts) + " }";
            }
            default -> value.toString();
        };
    }

    /** Every other character that may stand as it is stands so. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(unit -> {
            boolean plain = unit >= ' ' && unit != '"' && unit != '\\' && (unit >= 0xd800 && unit < 0xe000 || unit % 2 == 0);
            quoted.append(plain ? "" + (char) unit : "\\u%04x".formatted(unit));
        });
        return quoted.append('"').toString();
    }

    private static void assertSame(Object expected, JsonValue read) {
        switch (expected) {
            case String text -> assertEquals(text, read.text());
            case Long number -> assertEquals(number, read.integer(Long.MIN_VALUE, Long.MAX_VALUE));
            case Double number -> assertEquals(number, read.number());
            case Boolean truth -> assertEquals(truth, read.truth());
            case List<?> list -> {
                assertEquals(list.size(), read.size());
                for (int i = 0; i < list.size(); i++) {
                    assertSame(list.get(i), read.elements().get(i));
                }
            }
            case Map<?, ?> map -> {
                assertEquals(map.size(), read.size());
                map.forEach((name, element) -> assertSame(element, read.field((String) name)));
            }
            default -> throw new AssertionError(expected);
        }
    }
}
