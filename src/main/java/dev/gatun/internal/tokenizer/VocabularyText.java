package dev.gatun.internal.tokenizer;

import dev.gatun.internal.format.Source;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A reader of {@code vocab.txt}: a token a line, whose number, counted from 0, is its id. Nothing else is known of the tokenizer, which
 * is then that of uncased BERT models: {@code [CLS]} before and {@code [SEP]} behind each text.
 */
final class VocabularyText {

    static final String UNKNOWN = "[UNK]";
    static final String UNKNOWN_USE = "which stands for words that no tokens make up";
    static final String PREFIX = "##";
    static final int MAX_WORD = 100;

    private static final String FIRST = "[CLS]";
    private static final String LAST = "[SEP]";

    private VocabularyText() {
    }

    static TokenizerDescription read(Source file) {
        TokenTable table = new TokenTable(file);
        readLines(file, table);
        Vocabulary vocabulary = table.vocabulary(PREFIX);
        int unknown = table.require(vocabulary, UNKNOWN, UNKNOWN_USE);
        int first = table.require(vocabulary, FIRST, "which every text begins with");
        int last = table.require(vocabulary, LAST, "which every text ends with");
        List<AddedToken> special = new ArrayList<>();
        for (String token : List.of("[PAD]", UNKNOWN, FIRST, LAST, "[MASK]")) {
            int id = vocabulary.id(token);
            if (id >= 0) {
                special.add(new AddedToken(token, id, false, false, false));
            }
        }
        return new TokenizerDescription(table.tokens(), vocabulary, NormaliserSettings.UNCASED, unknown, MAX_WORD, new int[] {first},
                new int[] {last}, special, List.of());
    }

    /** Lines end with a line feed, before which a carriage return is no part of a token. */
    private static void readLines(Source file, TokenTable table) {
        byte[] bytes = file.bytes(0, (int) file.size());
        if (bytes.length == 0) {
            throw file.fault("is empty");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        int line = 0;
        for (int from = 0; from < bytes.length; line++) {
            int to = from;
            while (to < bytes.length && bytes[to] != '\n') {
                to++;
            }
            int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
            if (line == TokenTable.MAX_IDS) {
                throw file.fault("has more than %d lines", TokenTable.MAX_IDS);
            }
            if (end == from) {
                throw file.fault("line %d is empty", line + 1);
            }
            try {
                table.add(decoder.decode(ByteBuffer.wrap(bytes, from, end - from)).toString(), line);
            } catch (CharacterCodingException invalid) {
                throw file.fault("line %d is not UTF-8", line + 1);
            }
            from = to + 1;
        }
    }
}
