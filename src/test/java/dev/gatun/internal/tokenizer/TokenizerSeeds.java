package dev.gatun.internal.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Small files of tokenizers with all that they may say: to be damaged. */
final class TokenizerSeeds {

    private static final List<String> TOKENS = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "##a", "##b", "\u00e9", "-", "aaab");

    private static final String TEMPLATE = """
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A",
                    "type_id": 0}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2],
                    "tokens": ["[CLS]"]},
            "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}""";

    private TokenizerSeeds() {
    }

    static Stream<byte[]> json() {
        TokenizerText plain = TokenizerText.of(TOKENS);
        return Stream.of(plain.withProcessor(TEMPLATE).withAdded(TokenizerText.added(2, "[CLS]", "special"), TokenizerText.added(3,
                "[SEP]", "special lstrip"))
                        .json(),
                plain.withNormaliser("null")
                        .withProcessor("{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}").json(),
                plain.withNormaliser(TokenizerText.normaliser(false, true, "false", false))
                        .withAdded(TokenizerText.added(11, "<X>", "normalized single_word"), TokenizerText.added(12, "\u4e2d",
                                "rstrip normalized")).json(),
                plain.withModel("\"unk_token\": \"b\", \"continuing_subword_prefix\": \"\", \"max_input_chars_per_word\": 7").json());
    }

    static Stream<byte[]> vocabularies() {
        return Stream.of(String.join("\n", TOKENS), String.join("\r\n", TOKENS) + "\n", "[CLS]\n[SEP]\n[UNK]\n[MASK]\n")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
