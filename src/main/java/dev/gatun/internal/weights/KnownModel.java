package dev.gatun.internal.weights;

import dev.gatun.internal.weights.EmbeddingForm.StatePooling;
import java.util.regex.Pattern;

/** Models whose use is known by their names, for files that come without a description. */
enum KnownModel {

    ALL_MINILM("all-minilm-l\\d+-v\\d+", new EmbeddingForm(StatePooling.MEAN, true, "", "")),

    BGE("bge-(small|base|large)-en(-v1\\.?5)?",
            new EmbeddingForm(StatePooling.CLS, true, "Represent this sentence for searching relevant passages: ", "")),

    E5("e5-(small|base|large)(-v2)?", new EmbeddingForm(StatePooling.MEAN, true, "query: ", "passage: ")),

    OTHER("", new EmbeddingForm(null, false, "", ""));

    private final Pattern name;
    private final EmbeddingForm form;

    KnownModel(String name, EmbeddingForm form) {
        this.name = Pattern.compile(name, Pattern.CASE_INSENSITIVE);
        this.form = form;
    }

    /** The model of that name. */
    static KnownModel of(String name) {
        for (KnownModel model : values()) {
            if (model.name.matcher(name).matches()) {
                return model;
            }
        }
        return OTHER;
    }

    EmbeddingForm form() {
        return form;
    }
}
