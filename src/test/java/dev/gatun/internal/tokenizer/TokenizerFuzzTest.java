package dev.gatun.internal.tokenizer;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a {@code tokenizer.json}, or as a {@code vocab.txt}: {@code -Dtest=TokenizerFuzzTest#json}, or {@code #vocabulary}. */
@Timeout(10)
class TokenizerFuzzTest {

    private static final WatchedTokenizer JSON = new WatchedTokenizer("tokenizer.json");
    private static final WatchedTokenizer VOCABULARY = new WatchedTokenizer("vocab.txt");

    static Stream<byte[]> jsonSeeds() {
        return TokenizerSeeds.json();
    }

    static Stream<byte[]> vocabularySeeds() {
        return TokenizerSeeds.vocabularies();
    }

    @DictionaryEntries({"\"added_tokens\":", "\"normalizer\":", "\"pre_tokenizer\":", "\"post_processor\":", "\"model\":", "\"vocab\":",
        "\"type\":", "\"id\":", "\"content\":", "\"single_word\":", "\"lstrip\":", "\"rstrip\":", "\"normalized\":", "\"special\":",
        "true", "false", "null",
        "\"unk_token\":", "\"continuing_subword_prefix\":", "\"max_input_chars_per_word\":", "TemplateProcessing", "BertProcessing",
        "\"ids\":", "4194303", "{}", "[]", "\\u0301"})
    @MethodSource("jsonSeeds")
    @FuzzTest
    void json(byte[] bytes) {
        JSON.read(bytes);
    }

    @DictionaryEntries({"[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "##a", "\u00e9"})
    @MethodSource("vocabularySeeds")
    @FuzzTest
    void vocabulary(byte[] bytes) {
        VOCABULARY.read(bytes);
    }
}
