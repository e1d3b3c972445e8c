package dev.gatun.internal.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.io.TensorFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that describe no tokenizer of this kind are refused in one sentence that names the file and the fault. */
@Tag("any-width")
class HostileTokenizerTest {

    private static final TokenizerText GOOD = TokenizerText.of(List.of("[UNK]", "[CLS]", "[SEP]", "a", "##a"));

    @TempDir
    Path folder;

    private static void assertRefused(byte[] bytes, String name, String fault) {
        Exception refusal = assertThrows(TensorFileException.class, () -> TokenizerFile.read(new ByteArrayInputStream(bytes), name));
        assertEquals(name + ": " + fault, refusal.getMessage());
    }

    private static void assertJsonRefused(UnaryOperator<String> change, String fault) {
        String good = new String(GOOD.json(), StandardCharsets.UTF_8);
        String bad = change.apply(good);
        assertTrue(!bad.equals(good), "nothing has changed");
        assertRefused(bad.getBytes(StandardCharsets.UTF_8), "t.json", fault);
    }

    @Test
    void theGoodOneIsRead() {
        assertEquals(5, GOOD.read().size());
        assertEquals(0, GOOD.read().specialTokens());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "WordPiece                   | BPE                              | 'model.type' is 'BPE'; only WordPiece can be read",
        "WordPiece                   | Unigram                          | 'model.type' is 'Unigram'; only WordPiece can be read",
        "\"type\": \"WordPiece\",    |                                  | 'model' lacks 'type'",
        "BertNormalizer              | NFKC                             | 'normalizer.type' is 'NFKC'; only BertNormalizer can be read",
        "BertPreTokenizer | Whitespace | 'pre_tokenizer.type' is 'Whitespace'; only BertPreTokenizer can be read",
        "{\"type\": \"BertPreTokenizer\"} | null                        | lacks 'pre_tokenizer'",
        "\"a\": 3                    | \"a\": \"3\"                     | 'model.vocab.a' is a string, not a number",
        "\"a\": 3                    | \"a\": -1                        | 'model.vocab.a' is -1, not an integer of 0 to 4194303",
        "\"a\": 3                    | \"a\": 4194304                   | 'model.vocab.a' is 4194304, not an integer of 0 to 4194303",
        "\"a\": 3                    | \"a\": 4                         | gives id 4 to both 'a' and '##a'",
        "\"a\": 3                    | \"[UNK]\": 3                     | has the name '[UNK]' twice in one object",
        "\"a\": 3                    | \"\": 3                          | has an empty token, of id 3",
        "\"[UNK]\": 0, | | lacks the token '[UNK]', which stands for words that no tokens make up",
        "per_word\": 100 | per_word\": 0 | 'model.max_input_chars_per_word' is 0, not an integer of 1 to 10000",
        "per_word\": 100 | per_word\": 1e9 | 'model.max_input_chars_per_word' is 1.0E9, not an integer of 1 to 10000",
        "\"clean_text\": true        | \"clean_text\": 1                | 'normalizer.clean_text' is a number, not true or false",
        "\"added_tokens\": []        | \"added_tokens\": {}             | 'added_tokens' is an object, not an array",
        "\"added_tokens\": []        | \"added_tokens\": [{\"id\": 7}]  | 'added_tokens[0]' lacks 'content'",
        "\"added_tokens\": []        | \"added_tokens\": [{\"id\": 9, \"content\": \"a\"}] | has the token 'a' twice, as ids 3 and 9",
        "\"added_tokens\": []        | \"added_tokens\": [{\"id\": 3, \"content\": \"b\"}] | gives id 3 to both 'a' and 'b'",
        "\"added_tokens\": []        | \"added_tokens\": [{\"id\": 9, \"content\": \"\"}]  | has an empty token, of id 9",
        "\"added_tokens\": [] | \"added_tokens\": [{\"id\": 3, \"content\": \"a\"}, {\"id\": 3, \"content\": \"a\"}] | "
                + "'added_tokens[1]' is 'a', which is added twice",
        "\"post_processor\": null | \"post_processor\": {\"type\": \"ByteLevel\"} | "
                + "'post_processor.type' is 'ByteLevel'; only TemplateProcessing and BertProcessing can be read",
        "\"post_processor\": null | "
                + "\"post_processor\": {\"type\": \"BertProcessing\", \"cls\": [\"[CLS]\", 1], \"sep\": [\"[SEP]\", 99]} | "
                + "'post_processor.sep[1]' is 99, an id that no token has",
        "\"post_processor\": null | \"post_processor\": {\"type\": \"BertProcessing\", \"cls\": [1], \"sep\": [\"[SEP]\", 2]} | "
                + "'post_processor.cls' has 1 elements, not a token and its id",
        "\"post_processor\": null | \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": []} | "
                + "'post_processor.single' lacks the text",
        "\"post_processor\": null | "
                + "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 1}}]} | "
                + "'post_processor.single[0].Sequence.type_id' is 1, not an integer of 0 to 0",
        "\"post_processor\": null | "
                + "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {}}, {\"Sequence\": {}}]} | "
                + "'post_processor.single' has the text twice",
        "\"post_processor\": null | "
                + "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[CLS]\"}}, "
                + "{\"Sequence\": {}}], \"special_tokens\": {}} | "
                + "'post_processor.special_tokens' lacks '[CLS]'",
    })
    void partsOfAnotherKind(String from, String to, String fault) {
        assertJsonRefused(text -> text.replaceFirst(Pattern.quote(from), Matcher.quoteReplacement(to == null ? "" : to)), fault);
    }

    @Test
    void filesThatAreNoJson() {
        assertRefused(new byte[0], "t.json", "is empty");
        assertRefused("[CLS]\n[SEP]".getBytes(StandardCharsets.UTF_8), "t.json", "is malformed at byte 1: expected a value");
        assertRefused("{}".getBytes(StandardCharsets.UTF_8), "t.json", "lacks 'model'");
        assertRefused("[]".getBytes(StandardCharsets.UTF_8), "t.json", "its value is an array, not an object");
        assertRefused("{\"a\":".repeat(1000).getBytes(StandardCharsets.UTF_8), "t.json",
                "is malformed at byte 630: expected no more than 126 values inside each other");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "^[UNK];[CLS];[SEP];a;a^    | has the token 'a' twice, as ids 3 and 4",
        "^[UNK];[CLS];[SEP];;a^     | line 4 is empty",
        "^;[UNK];[CLS];[SEP]^       | line 1 is empty",
        "^[CLS];[SEP];a^            | lacks the token '[UNK]', which stands for words that no tokens make up",
        "^[UNK];[SEP];a^            | lacks the token '[CLS]', which every text begins with",
        "^[UNK];[CLS];a^            | lacks the token '[SEP]', which every text ends with",
        "^^                         | is empty",
    })
    void vocabularies(String lines, String fault) {
        assertRefused(lines.replace(';', '\n').getBytes(StandardCharsets.UTF_8), "vocab.txt", fault);
    }

    @Test
    void vocabulariesOfOtherBytes() {
        assertRefused(new byte[] {'[', 'U', 'N', 'K', ']', '\n', (byte) 0xe9, '\n'}, "vocab.txt", "line 2 is not UTF-8");
        byte[] windows = "[UNK]\r\n[CLS]\r\n[SEP]\r\nx\r\n".getBytes(StandardCharsets.UTF_8);
        assertEquals("x", TokenizerFile.read(new ByteArrayInputStream(windows), "vocab.txt").token(3));
    }

    @Test
    void filesThatCannotBeRead() {
        Path missing = folder.resolve("none.json");
        assertEquals(missing + ": no such file", assertThrows(TensorFileException.class, () -> TokenizerFile.read(missing)).getMessage());
        assertEquals(folder + ": is a directory", assertThrows(TensorFileException.class, () -> TokenizerFile.read(folder)).getMessage());
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the line is down");
            }
        };
        assertEquals("x.json: cannot be read: the line is down",
                assertThrows(TensorFileException.class, () -> TokenizerFile.read(broken, "x.json")).getMessage());
    }

    /** A template of 100 pieces, each of a special token that stands for 100 ids. */
    @Test
    void moreSpecialTokensThanAText() {
        String ids = IntStream.range(0, 100).mapToObj(i -> "1").collect(Collectors.joining(", "));
        String pieces = "{\"SpecialToken\": {\"id\": \"[CLS]\"}}, ".repeat(100);
        assertRefused(GOOD.withProcessor("{\"type\": \"TemplateProcessing\", \"single\": [" + pieces + "{\"Sequence\": {}}], "
                + "\"special_tokens\": {\"[CLS]\": {\"ids\": [" + ids + "]}}}").json(), "t.json",
                "'post_processor.single' adds more than 64 tokens to a text");
    }

    /** Tokens of equal hashes, of which a table of 20 bits would make one row. */
    @Test
    void tokensOfEqualHashes() {
        List<String> tokens = new ArrayList<>(List.of("[UNK]", "[CLS]", "[SEP]"));
        String[] alike = alike();
        for (int bits = 0; bits < 1 << 10; bits++) {
            StringBuilder token = new StringBuilder();
            for (int b = 0; b < 10; b++) {
                token.append(alike[bits >> b & 1]);
            }
            tokens.add(token.toString());
        }
        assertRefused(TokenizerText.of(tokens).json(), "t.json",
                "has more than 512 tokens whose hashes are alike, '" + tokens.get(515) + "' among them");
        assertEquals(500, TokenizerText.of(tokens.subList(0, 500)).read().size());
    }

    /** Two strings of one hash. */
    private static String[] alike() {
        Map<Integer, String> byHash = new HashMap<>();
        for (char first = 'a'; first < 0x800; first++) {
            for (char second = 'a'; second < 0x800; second++) {
                String text = "" + first + second + (char) (first ^ second | 0x400);
                int hash = text.chars().reduce(0, (h, unit) -> Vocabulary.BASE * h + unit);
                String other = byHash.putIfAbsent(hash, text);
                if (other != null) {
                    return new String[] {text, other};
                }
            }
        }
        throw new AssertionError("no two strings have one hash");
    }

    /** More bytes than are read: zeros, of which no more are kept than that. */
    @Test
    @Tag("slow")
    void hugeFiles() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] bytes, int from, int count) {
                return count;
            }
        };
        assertEquals("x.json: has more than 100000000 bytes; no more are read",
                assertThrows(TensorFileException.class, () -> TokenizerFile.read(endless, "x.json")).getMessage());
    }

    /** All that a file may say, and what comes of it. */
    @Test
    void otherSettings() {
        String template = """
                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A",
                        "type_id": 0}},
                {"SpecialToken": {"id": "end", "type_id": 0}}], "special_tokens": {"[CLS]": {"ids": [1]}, "end": {"ids": [2, 3]}}}""";
        WordPieceTokenizer tokenizer = TokenizerText.of(List.of("<u>", "[CLS]", "[SEP]", "A", "@A", "\u00e9")).withProcessor(template)
                .withNormaliser("null")
                .withModel("\"unk_token\": \"<u>\", \"continuing_subword_prefix\": \"@\", \"max_input_chars_per_word\": 3")
                .read();
        TokenBuffer tokens = new TokenBuffer();
        tokenizer.append("AAA AAAA \u00e9 a", Integer.MAX_VALUE, tokens);
        assertEquals(List.of(1, 3, 4, 4, 0, 5, 0, 2, 3), Arrays.stream(tokens.ids()).limit(tokens.count()).boxed().toList());
        assertEquals(3, tokenizer.specialTokens());
    }
}
