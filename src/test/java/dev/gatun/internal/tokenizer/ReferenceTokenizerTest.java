package dev.gatun.internal.tokenizer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tokens, ids and places are those of the tokenizer that models are published with: on random lines, on real ones, and for every
 * character. {@code -Dtokenizer.lines=100000 -Dtokenizer.seed=1} for more random lines, or others, and for the characters of all planes.
 */
@Tag("any-width")
class ReferenceTokenizerTest {

    private static final String MODEL = "/all-minilm-l6-v2-tokenizer.json";

    private static final int LINES = Integer.getInteger("tokenizer.lines", 3000);
    private static final long SEED = Long.getLong("tokenizer.seed", 0);
    private static final boolean ALL = LINES >= 100_000;

    /** Lines of pages, of licences and of manuals. */
    private static final int REAL_LINES = 2000;

    /** A tokenizer beside the reference, both of the same file. */
    private static final class Pair implements AutoCloseable {

        private final ReferenceTokenizer reference;
        private final WordPieceTokenizer tokenizer;
        private final TokenBuffer buffer = new TokenBuffer();
        private long tokens;

        Pair(byte[] json) {
            reference = ReferenceTokenizer.of(json);
            tokenizer = TokenizerFile.read(new ByteArrayInputStream(json), MODEL);
        }

        static Pair ofModel() throws IOException {
            try (InputStream in = ReferenceTokenizerTest.class.getResourceAsStream(MODEL)) {
                return new Pair(in.readAllBytes());
            }
        }

        void requireEqual(String text) {
            read(text);
            reference.requireEqual(text, tokenizer, buffer);
        }

        /** Ids and places alone: the reference calls an added token by what stands in the text. */
        void requireEqualIds(String text) {
            read(text);
            reference.requireEqualIds(text, buffer);
        }

        private void read(String text) {
            buffer.clear();
            tokenizer.append(text, Integer.MAX_VALUE, buffer);
            tokens += buffer.count();
        }

        List<String> vocabulary() {
            return IntStream.range(0, tokenizer.size()).mapToObj(tokenizer::token).filter(Objects::nonNull).toList();
        }

        @Override
        public void close() {
            reference.close();
        }
    }

    @Test
    void randomLines() throws IOException {
        try (Pair pair = Pair.ofModel()) {
            RandomLines random = new RandomLines(SEED, pair.vocabulary());
            for (int i = 0; i < LINES; i++) {
                pair.requireEqual(random.next());
            }
            System.out.printf("%d random lines of %d tokens%n", LINES, pair.tokens);
            assertTrue(pair.tokens > 10L * LINES);
        }
    }

    @Test
    void realLines() throws IOException {
        try (Pair pair = Pair.ofModel()) {
            List<String> lines = new ArrayList<>();
            for (Path folder : List.of(Path.of("native-notes"), Path.of(System.getProperty("java.home"), "legal"),
                    Path.of("/usr/share/doc"))) {
                addLines(lines, folder, lines.size() + REAL_LINES);
            }
            assertTrue(lines.size() >= REAL_LINES, () -> lines.size() + " lines were found");
            lines.forEach(pair::requireEqual);
            pair.requireEqual(String.join("\n", lines));
        }
    }

    /** Adds lines of the text files in a folder, each line once, as long as there are no more than {@code most}. */
    private static void addLines(List<String> lines, Path folder, int most) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder, 2)) {
            for (Path file : walk.filter(path -> Files.isRegularFile(path) && !path.toString().endsWith(".gz")).sorted().toList()) {
                try {
                    Files.readAllLines(file).stream().filter(line -> !line.isBlank() && lines.size() < most).distinct().forEach(lines::add);
                } catch (MalformedInputException otherEncoding) {
                    // Some documents are of Latin 1.
                    Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream().filter(line -> lines.size() < most).forEach(lines::add);
                }
            }
        }
    }

    /**
     * With a vocabulary of single characters, which show what becomes of each: alone, between letters, and among marks. All of them for
     * the settings of uncased models, every so many for others.
     */
    @ParameterizedTest
    @CsvSource({"true, true, null, true, 1", "true, false, false, true, 5", "false, true, true, false, 5", "false, false, false, false, 5"})
    void everyCharacter(boolean clean, boolean chinese, String accents, boolean lowerCase, int step) {
        TokenizerText text = TokenizerText.of(spelled()).withNormaliser(TokenizerText.normaliser(clean, chinese, accents, lowerCase));
        try (Pair pair = new Pair(text.json())) {
            StringBuilder line = new StringBuilder();
            for (int point = 0; point < 0x110000; point++) {
                if (ALL || (point < 0x20000 || point >> 16 == 14) && point % step == 0) {
                    String one = Character.toString(point);
                    line.append(one).append(" x").append(one).append("y ");
                    if (Character.getType(point) <= Character.COMBINING_SPACING_MARK
                            && Character.getType(point) >= Character.NON_SPACING_MARK
                            || CharacterData.decomposition(point).length > 1) {
                        line.append('a').append(one).append("\u1b44\u302e\u0301b ");
                    }
                }
                if (line.length() > 2000 || point == 0x10ffff) {
                    pair.requireEqual(line.toString());
                    line.setLength(0);
                }
            }
            RandomLines random = new RandomLines(SEED, List.of("hello", "##ing", "World"));
            for (int i = 0; i < LINES / 10; i++) {
                pair.requireEqual(random.next());
            }
            assertTrue(pair.tokens > 500_000 / step);
        }
    }

    /** Single characters, at the beginning of words and inside them, but those that have thousands of their kind. */
    private static List<String> spelled() {
        List<String> spelled = new ArrayList<>(List.of("[UNK]"));
        for (int point = 0; point < 0x110000; point++) {
            boolean many = Character.isIdeographic(point) || point >= 0xac00 && point < 0xf900 || point >= 0x12000 && point < 0x15000;
            if (Character.isDefined(point) && point < 0x1f000 && !many) {
                spelled.add(Character.toString(point));
                spelled.add("##" + Character.toString(point));
            }
        }
        return spelled;
    }

    /** Added tokens of all kinds, in lines that are full of them. */
    @ParameterizedTest
    @CsvSource({"true, true, null, true", "true, false, false, false", "false, true, false, true"})
    void addedTokens(boolean clean, boolean chinese, String accents, boolean lowerCase) {
        String[] contents = {"[MASK]", "[MASK] x", "<Mask>", "Word", "word", "wor", "\u00c9t\u00e9", "\u4e2d", "\u4e2d\u6587", "ab",
                "b c", "\ud83d\ude00", "##", "-"};
        String[] flags = {"special", "normalized", "single_word normalized", "lstrip rstrip special", "lstrip normalized",
            "rstrip single_word normalized", "single_word", "lstrip rstrip normalized"};
        List<String> vocabulary = new ArrayList<>(spelled().subList(0, 2000));
        vocabulary.addAll(List.of("word", "##word", "Word", "[MASK]"));
        Random random = new Random(SEED);
        for (int round = 0; round < 12; round++) {
            List<String> added = new ArrayList<>();
            int next = vocabulary.size();
            for (String content : contents) {
                if (random.nextInt(3) > 0) {
                    int known = vocabulary.indexOf(content);
                    added.add(TokenizerText.added(known >= 0 ? known : next++, content, flags[random.nextInt(flags.length)]));
                }
            }
            TokenizerText text = TokenizerText.of(vocabulary).withNormaliser(TokenizerText.normaliser(clean, chinese, accents, lowerCase))
                    .withAdded(added.toArray(new String[0]));
            try (Pair pair = new Pair(text.json())) {
                for (int i = 0; i < Math.max(100, LINES / 100); i++) {
                    pair.requireEqualIds(line(random, contents));
                }
            }
        }
    }

    private static String line(Random random, String[] contents) {
        String[] between = {" ", "", "", "  ", "\t ", "x", "\u0301", "\u3000", "-", "_", "7", "\u200d", "\u00a0", "\u4e2d", "E", "\n"};
        StringBuilder line = new StringBuilder();
        for (int i = random.nextInt(10); i >= 0; i--) {
            String content = contents[random.nextInt(contents.length)];
            line.append(random.nextInt(4) == 0 ? content.toUpperCase(java.util.Locale.ROOT) : content);
            line.append(between[random.nextInt(between.length)]).append(between[random.nextInt(between.length)]);
        }
        return line.toString();
    }
}
