package dev.gatun.internal.weights;

import dev.gatun.internal.weights.EmbeddingForm.StatePooling;
import java.util.Locale;

/** Models whose use is known by their names, for files that come without a description. */
enum KnownModel {

    ALL_MINILM(new EmbeddingForm(StatePooling.MEAN, true, "", ""), "all-minilm-l#-v#"),

    BGE(new EmbeddingForm(StatePooling.CLS, true, "Represent this sentence for searching relevant passages: ", ""),
            "bge-*-en", "bge-*-en-v1.5", "bge-*-en-v15"),

    E5(new EmbeddingForm(StatePooling.MEAN, true, "query: ", "passage: "), "e5-*", "e5-*-v2"),

    OTHER(new EmbeddingForm(null, false, "", ""));

    private static final String[] SIZES = {"small", "base", "large"};

    private final EmbeddingForm form;
    private final String[] names;

    /** @param names with {@code #} for a number and {@code *} for a size */
    KnownModel(EmbeddingForm form, String... names) {
        this.form = form;
        this.names = names;
    }

    /** The model of that name, whatever the case of its letters. */
    static KnownModel of(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        for (KnownModel model : values()) {
            for (String known : model.names) {
                if (isCalled(lowerCase, 0, known, 0)) {
                    return model;
                }
            }
        }
        return OTHER;
    }

    /** Whether a name, from {@code at} on, is a known one, from {@code from} on. */
    private static boolean isCalled(String name, int at, String known, int from) {
        if (from == known.length()) {
            return at == name.length();
        }
        char expected = known.charAt(from);
        int end = at;
        if (expected == '#') {
            while (end < name.length() && name.charAt(end) >= '0' && name.charAt(end) <= '9') {
                end++;
            }
        } else if (expected == '*') {
            for (String size : SIZES) {
                end = name.startsWith(size, at) ? at + size.length() : end;
            }
        } else if (at < name.length() && name.charAt(at) == expected) {
            end = at + 1;
        }
        return end > at && isCalled(name, end, known, from + 1);
    }

    EmbeddingForm form() {
        return form;
    }
}
