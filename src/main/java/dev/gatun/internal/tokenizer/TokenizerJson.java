package dev.gatun.internal.tokenizer;

import dev.gatun.internal.format.JsonValue;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A reader of {@code tokenizer.json} of BERT-family models: BertNormalizer or none, BertPreTokenizer, WordPiece, and
 * TemplateProcessing or BertProcessing or none. Padding and truncation that it describes are not applied.
 */
final class TokenizerJson {

    /** Bounds the memory that a word is read into. */
    private static final int MAX_WORD = 10_000;

    /** Tokens before and behind a text; a model of the BERT family has one of each. */
    private static final int MAX_SPECIAL = 64;

    private final JsonValue root;
    private final TokenTable table;
    private Vocabulary vocabulary;

    private final List<AddedToken> inText = new ArrayList<>();
    private final List<AddedToken> inNormalised = new ArrayList<>();
    private final Set<String> added = new HashSet<>();
    private final List<Integer> before = new ArrayList<>();
    private final List<Integer> after = new ArrayList<>();

    private TokenizerJson(Source file) {
        this.root = JsonValue.read(file);
        this.table = new TokenTable(file);
    }

    static TokenizerDescription read(Source file) {
        return new TokenizerJson(file).describe();
    }

    private TokenizerDescription describe() {
        JsonValue model = root.field("model");
        requireType(model, "WordPiece");
        requireType(root.field("pre_tokenizer"), "BertPreTokenizer");
        NormaliserSettings settings = settings(root.optional("normalizer"));
        model.field("vocab").forEachField((token, id) -> table.add(token, id(id)));
        vocabulary = table.vocabulary(model.text("continuing_subword_prefix", VocabularyText.PREFIX));
        int unknown = table.require(vocabulary, model.text("unk_token", VocabularyText.UNKNOWN), VocabularyText.UNKNOWN_USE);
        int maxWord = (int) model.integer("max_input_chars_per_word", VocabularyText.MAX_WORD, 1, MAX_WORD);
        readAddedTokens();
        JsonValue processor = root.optional("post_processor");
        if (processor != null) {
            readSpecialTokens(processor);
        }
        return new TokenizerDescription(table.tokens(), vocabulary, settings, unknown, maxWord, array(before), array(after), inText,
                inNormalised);
    }

    private static void requireType(JsonValue value, String... known) {
        String type = value.field("type").text();
        if (!Arrays.asList(known).contains(type)) {
            throw value.field("type").fault("is %s; only %s can be read".formatted(Names.quote(type), String.join(" and ", known)));
        }
    }

    private static int id(JsonValue id) {
        return (int) id.integer(0, TokenTable.MAX_IDS - 1);
    }

    private static NormaliserSettings settings(JsonValue normaliser) {
        if (normaliser == null) {
            return NormaliserSettings.NONE;
        }
        requireType(normaliser, "BertNormalizer");
        boolean lowerCase = normaliser.truth("lowercase", true);
        return new NormaliserSettings(normaliser.truth("clean_text", true), normaliser.truth("handle_chinese_chars", true),
                normaliser.truth("strip_accents", lowerCase), lowerCase);
    }

    /** Tokens that are added to the vocabulary, or found before words are: the special ones first, which win over equal others. */
    private void readAddedTokens() {
        JsonValue array = root.optional("added_tokens");
        List<JsonValue> added = array == null ? List.of() : array.elements();
        for (boolean special : new boolean[] {true, false}) {
            for (JsonValue token : added) {
                if (token.truth("special", false) == special) {
                    (token.truth("normalized", true) ? inNormalised : inText).add(addedToken(token));
                }
            }
        }
    }

    private AddedToken addedToken(JsonValue token) {
        String content = token.field("content").text();
        int id = id(token.field("id"));
        if (!added.add(content)) {
            throw token.fault("is %s, which is added twice".formatted(Names.quote(content)));
        }
        int known = content.isEmpty() ? -1 : vocabulary.id(content);
        if (known >= 0 && known != id) {
            throw table.twice(content, known, id);
        }
        if (known < 0) {
            table.add(content, id);
        }
        return new AddedToken(content, id, token.truth("single_word", false), token.truth("lstrip", false), token.truth("rstrip", false));
    }

    private void readSpecialTokens(JsonValue processor) {
        requireType(processor, "TemplateProcessing", "BertProcessing");
        if (processor.field("type").text().equals("BertProcessing")) {
            before.add(special(processor.field("cls")));
            after.add(special(processor.field("sep")));
        } else {
            readTemplate(processor);
        }
    }

    /** A token and its id. */
    private int special(JsonValue pair) {
        List<JsonValue> elements = pair.elements();
        if (elements.size() != 2) {
            throw pair.fault("has %s elements, not a token and its id".formatted(elements.size()));
        }
        elements.get(0).text();
        return known(elements.get(1));
    }

    private int known(JsonValue id) {
        int known = id(id);
        if (table.token(known) == null) {
            throw id.fault("is %s, an id that no token has".formatted(known));
        }
        return known;
    }

    private void readTemplate(JsonValue processor) {
        JsonValue single = processor.field("single");
        boolean text = false;
        for (JsonValue piece : single.elements()) {
            JsonValue token = piece.optional("SpecialToken");
            JsonValue content = token == null ? piece.field("Sequence") : token;
            content.integer("type_id", 0, 0, 0);
            if (token != null) {
                JsonValue special = processor.field("special_tokens").field(token.field("id").text());
                for (JsonValue id : special.field("ids").elements()) {
                    (text ? after : before).add(known(id));
                    if (before.size() + after.size() > MAX_SPECIAL) {
                        throw single.fault("adds more than %s tokens to a text".formatted(MAX_SPECIAL));
                    }
                }
            } else if (text) {
                throw single.fault("has the text twice");
            } else {
                text = true;
            }
        }
        if (!text) {
            throw single.fault("lacks the text");
        }
    }

    private static int[] array(List<Integer> ids) {
        int[] array = new int[ids.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = ids.get(i);
        }
        return array;
    }
}
