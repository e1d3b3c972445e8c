package dev.gatun.internal.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits texts into the tokens of a vocabulary. Tokens that were added to it are found first; of what is between them, each character is
 * normalised, words are what white space and punctuation separate, and a word is split into the longest tokens, from its beginning on.
 *
 * <p>Threads may share a tokenizer, each with a {@link TokenBuffer} of its own. A surrogate without its other half counts as U+FFFD.
 */
public final class WordPieceTokenizer {

    private static final AddedTokens NO_TOKENS = new AddedTokens(List.of());

    private final String[] tokens;
    private final Vocabulary vocabulary;
    private final int unknown;
    private final int maxWord;
    private final int[] before;
    private final int[] after;

    private final AddedTokens inText;
    private final AddedTokens inNormalised;
    private final CharacterTable characters;

    /** @param description what a file describes, its faults found */
    WordPieceTokenizer(TokenizerDescription description) {
        this.tokens = description.tokens();
        this.vocabulary = description.vocabulary();
        this.unknown = description.unknown();
        this.maxWord = description.maxWord();
        this.before = description.before();
        this.after = description.after();
        this.inText = new AddedTokens(description.inText());
        this.characters = new CharacterTable(description.settings(), inText.beginnings());
        this.inNormalised = new AddedTokens(normalised(description.inNormalised(), description.settings()));
    }

    /** Added tokens as they are looked for: with normalised contents. One that nothing is left of is never found. */
    private static List<AddedToken> normalised(List<AddedToken> added, NormaliserSettings settings) {
        CharacterTable characters = new CharacterTable(settings, new int[0]);
        List<AddedToken> normalised = new ArrayList<>();
        for (AddedToken token : added) {
            String content = normalise(token.content(), characters);
            if (!content.isEmpty()) {
                normalised.add(token.withContent(content));
            }
        }
        return normalised;
    }

    private static String normalise(String text, CharacterTable characters) {
        NormalisedText written = new NormalisedText();
        TextReader reader = new TextReader();
        reader.start(text, characters, NO_TOKENS, written, new TokenBuffer());
        reader.read();
        return written.toString();
    }

    /** One more than the largest id. */
    public int size() {
        return tokens.length;
    }

    /** The token of an id; null if it has none. */
    public String token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : null;
    }

    /** The number of tokens that every text gets before and behind its own, such as {@code [CLS]} and {@code [SEP]}. */
    public int specialTokens() {
        return before.length + after.length;
    }

    /**
     * Appends the tokens of {@code text} to {@code tokens}, the special ones included: at most {@code most}, where those of the text that
     * are too many at its end are left out. Special tokens have no length; they stand at the beginning and the end of the text.
     *
     * @param most at least {@link #specialTokens}
     */
    public void append(String text, int most, TokenBuffer tokens) {
        tokens.limit(Integer.MAX_VALUE);
        for (int id : before) {
            tokens.add(id, 0, 0);
        }
        long end = (long) tokens.count() + most - specialTokens();
        tokens.limit((int) Math.min(end, Integer.MAX_VALUE));
        appendWords(text, tokens);
        boolean full = tokens.isFull();
        tokens.limit(Integer.MAX_VALUE);
        for (int id : after) {
            tokens.add(id, text.length(), text.length());
        }
        tokens.setFull(full);
    }

    private void appendWords(String text, TokenBuffer tokens) {
        Word word = tokens.word(maxWord);
        TextReader reader = tokens.reader();
        word.start(text, vocabulary, unknown, tokens);
        Sink sink = word;
        if (!inNormalised.isEmpty()) {
            NormalisedText written = tokens.normalised();
            written.start(inNormalised, word, tokens);
            sink = written;
        }
        reader.start(text, characters, inText, sink, tokens);
        try {
            reader.read();
        } finally {
            reader.finish();
            word.finish();
            tokens.trim();
        }
    }
}
