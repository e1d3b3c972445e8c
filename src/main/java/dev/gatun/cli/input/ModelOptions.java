package dev.gatun.cli.input;

import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A trained encoder and a text: its heads on the text take the place of queries, keys and values. */
public final class ModelOptions {

    @Mixin
    private ModelArgument model;

    @Option(names = "--text", paramLabel = "T",
            description = {"The text on which the model's heads take the place of Q, K and V, (layers, heads, N, d);",
                "of a longer one than the model takes, the beginning."})
    private String text;

    @Option(names = "--text-file", paramLabel = "F", description = "A file of UTF-8 that holds the text.")
    private Path file;

    @Option(names = "--layer", paramLabel = "L", description = "The heads of one layer alone, (heads, N, d); the first is 0.")
    private Integer layer;

    @Option(names = "--head", paramLabel = "H", description = "One head of that layer alone, (N, d); the first is 0.")
    private Integer head;

    /** Whether a model was given. */
    boolean given() {
        return model.get() != null;
    }

    /** Whether none of the options was given. */
    boolean none() {
        return model.get() == null && text == null && file == null && layer == null && head == null;
    }

    /** The arguments that name files. */
    Stream<String> files() {
        return Stream.of(model.get(), file == null ? null : file.toString());
    }

    /** @throws Fault if options of a model were given without it, or together with {@code tensors}, of which null was not given */
    void check(String... tensors) {
        if (!given()) {
            if (!none()) {
                throw Fault.usage("--text, --text-file, --layer and --head are for a model: --model names it");
            }
            return;
        }
        if (Arrays.stream(tensors).anyMatch(tensor -> tensor != null)) {
            throw Fault.usage("--model: its heads take the place of queries and keys, without --q, --k, --scores, --bias and --across");
        }
        if ((text == null) == (file == null)) {
            throw Fault.usage("--model: which text? Give --text or --text-file, one of them");
        }
        if (head != null && layer == null) {
            throw Fault.usage("--head: of which layer? --layer names it");
        }
    }

    /** The heads of the model on the text. */
    Inputs read(Arena arena, Console console) {
        Path files = ModelSource.of(console).find(model.get());
        return ModelHeads.read(model.get(), files, text == null ? Utf8File.read(file) : text, layer, head, arena, console);
    }
}
