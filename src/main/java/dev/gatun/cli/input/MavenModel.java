package dev.gatun.cli.input;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Models on Maven Central: jars that hold an ONNX file and its tokenizer. */
enum MavenModel {

    ALL_MINILM_L6_V2("all-minilm-l6-v2", "1.20.0-beta30", "all-minilm-l6-v2", 84),
    BGE_SMALL_EN_V15("bge-small-en-v15", "1.20.0-beta30", "bge-small-en-v1.5", 124),
    E5_SMALL_V2("e5-small-v2", "1.17.0-beta27", "e5-small-v2", 124);

    private static final String GROUP = "dev.langchain4j";

    private final String argument;
    private final String version;
    private final String stem;
    private final int megabytes;

    /**
     * @param stem      the name of its ONNX file without the ending
     * @param megabytes what is fetched
     */
    MavenModel(String argument, String version, String stem, int megabytes) {
        this.argument = argument;
        this.version = version;
        this.stem = stem;
        this.megabytes = megabytes;
    }

    /** The model that a command line calls {@code name}: as the jar does, or as its makers do. */
    static Optional<MavenModel> of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).filter(model -> lower.equals(model.argument) || lower.equals(model.stem)).findFirst();
    }

    static String names() {
        return Arrays.stream(values()).map(MavenModel::toString).collect(Collectors.joining(", "));
    }

    private String artifact() {
        return "langchain4j-embeddings-" + argument;
    }

    /** Its coordinates, as Maven takes them. */
    String coordinates() {
        return GROUP + ":" + artifact() + ":" + version;
    }

    String jar() {
        return artifact() + "-" + version + ".jar";
    }

    /** The path of its jar in a local repository. */
    String repositoryPath() {
        return GROUP.replace('.', '/') + "/" + artifact() + "/" + version + "/" + jar();
    }

    /** The folder of its files in the cache. */
    String folder() {
        return argument + "-" + version;
    }

    String onnx() {
        return stem + ".onnx";
    }

    String tokenizer() {
        return stem + "-tokenizer.json";
    }

    int megabytes() {
        return megabytes;
    }

    String version() {
        return version;
    }

    /** The name that a command line takes. */
    @Override
    public String toString() {
        return argument;
    }
}
