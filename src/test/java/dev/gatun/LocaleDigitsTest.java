package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.attention.AttentionShape;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.TensorFileException;
import dev.gatun.spectral.DirectedGraph;
import dev.gatun.spectral.Eigenpairs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in messages have the digits of ASCII, wherever the program runs. */
class LocaleDigitsTest {

    /** A format that names no locale, up to the end of its statement. */
    private static final Pattern FORMAT = Pattern.compile("\\.formatted\\(|String\\.format\\((?!Locale\\.ROOT)");

    /** What a locale has its own digits or signs for; {@code %s} of a number has none. */
    private static final Pattern NUMBER = Pattern.compile("%[-#+ 0,(]*[0-9]*(\\.[0-9]+)?[dxXeEfgGoa]");

    @TempDir
    Path folder;

    @Test
    void everyFormatOfANumberNamesTheLocale() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
            for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
                String text = Files.readString(source);
                for (Matcher format = FORMAT.matcher(text); format.find(); ) {
                    String statement = text.substring(text.lastIndexOf(";\n", format.start()) + 1, text.indexOf(';', format.start()));
                    statement = statement.substring(1 + statement.lastIndexOf("{\n"));
                    if (!statement.contains("Locale.ROOT") && NUMBER.matcher(statement).find()) {
                        found.add(source + ": " + statement.strip());
                    }
                }
            }
        }
        assertEquals(List.of(), found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "fa-IR", "th-TH-u-nu-thai"})
    void messagesAreAscii(String tag) {
        Locale before = Locale.getDefault();
        try (Arena arena = Arena.ofConfined()) {
            Locale.setDefault(Locale.forLanguageTag(tag));
            assertTrue(!"%d".formatted(12).equals("12"), "a locale with digits of its own");
            for (Runnable call : calls(arena)) {
                String message = assertThrows(RuntimeException.class, call::run).getMessage();
                assertTrue(message.chars().allMatch(character -> character < 0x7f), message);
                assertTrue(message.chars().anyMatch(character -> character >= '0' && character <= '9'), message);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Calls that are refused with numbers in their messages, in every package. */
    private List<Runnable> calls(Arena arena) {
        Matrix matrix = Matrix.allocate(arena, 4, 3);
        Heads heads = Heads.allocate(arena, 2, 4, 3);
        MemorySegment segment = arena.allocate(16);
        Scores scores = Scores.of(matrix, matrix);
        Path file = folder.resolve("m.safetensors");
        try {
            Files.write(file, new byte[5]);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return List.of(() -> matrix.get(4, 0), () -> matrix.rows(2, 9), () -> Matrix.copyOf(arena, new float[5], 2, 3),
                () -> Matrix.of(segment, 8, 2, 3, 3), () -> Heads.of(segment, 0, 1, 2, 3, 4, 5), () -> heads.matrix(7),
                () -> Scores.of(heads, Heads.allocate(arena, 2, 4, 2)), () -> scores.attention().apply(matrix, heads.matrix(0).rows(0, 2)),
                () -> scores.withSequences(3, 3), () -> scores.sinkhorn(Sinkhorn.bistochastic().withMarginals(new double[2], null)),
                () -> AttentionShape.of(0, 4, 3), () -> Transitions.of(new double[][] {{0.5, 0.25}, {0, 1}}),
                () -> DirectedGraph.ofEdges(2, new int[] {7}, new int[] {0}, null), () -> Eigenpairs.largest(0),
                () -> NpyOutput.create(folder.resolve("x.npy"), NpyType.FLOAT32, 0, 4),
                () -> SafeTensors.names(file), () -> {
                    throw new TensorFileException("x", String.valueOf(7));
                });
    }
}
