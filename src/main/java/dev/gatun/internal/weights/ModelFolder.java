package dev.gatun.internal.weights;

import dev.gatun.internal.format.JsonValue;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.onnx.ModelFile;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Stream;

/**
 * The files of one model: its weights, and beside them what describes them. A file of weights in a folder {@code onnx} belongs to the
 * folder around it as well, as in model repositories.
 *
 * @param weights the file of weights, or the index of several
 * @param folders the folders that hold the others, the nearest first
 * @param stem    the name of the file of weights without its ending
 */
record ModelFolder(Path weights, List<Path> folders, String stem) {

    private static final String INDEX = ".safetensors.index.json";

    /** Files of weights in the order in which a folder is searched. */
    private static final List<String> WEIGHTS = List.of("model.safetensors", "model" + INDEX, "model.onnx", "onnx/model.onnx");

    private static final int MAX_SHARDS = 1000;

    /** The model at {@code path}: a folder, or a file of weights. */
    static ModelFolder of(Path path) {
        Path weights = Files.isDirectory(path) ? weights(path) : path;
        Path folder = weights.toAbsolutePath().getParent();
        boolean inner = folder.getFileName() != null && folder.getFileName().toString().equals("onnx") && folder.getParent() != null;
        String file = weights.getFileName() == null ? "" : weights.getFileName().toString();
        return new ModelFolder(weights, inner ? List.of(folder, folder.getParent()) : List.of(folder), stem(file));
    }

    private static String stem(String file) {
        for (String ending : List.of(INDEX, ".safetensors", ".onnx")) {
            if (file.endsWith(ending)) {
                return file.substring(0, file.length() - ending.length());
            }
        }
        return file;
    }

    private static Path weights(Path folder) {
        for (String name : WEIGHTS) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> models = files.filter(file -> file.toString().endsWith(".onnx") || file.toString().endsWith(".safetensors"))
                    .sorted().toList();
            if (models.size() == 1) {
                return models.getFirst();
            }
            throw new TensorFileException(folder.toString(), models.isEmpty()
                    ? "holds neither model.safetensors nor model.onnx" + (Files.exists(folder.resolve("pytorch_model.bin"))
                            ? "; pytorch_model.bin is not read: save the model as safetensors" : "")
                    : "holds %s files of weights, none of them model.safetensors or model.onnx: name one".formatted(models.size()));
        } catch (IOException failure) {
            throw ModelFile.unreadable(folder, failure);
        }
    }

    boolean isIndex() {
        return weights.toString().endsWith(INDEX);
    }

    /** The files that the index of weights names. */
    SequencedSet<Path> shards() {
        try (ModelFile file = ModelFile.open(weights)) {
            SequencedSet<Path> shards = new LinkedHashSet<>();
            JsonValue.read(file).field("weight_map").forEachField((tensor, value) -> {
                String name = value.text();
                Path shard = name.endsWith(".safetensors") ? ModelFile.beside(weights, name) : null;
                if (shard == null) {
                    throw value.fault("is " + Names.quote(name) + ", not a .safetensors file in the folder");
                }
                shards.add(shard);
                if (shards.size() > MAX_SHARDS) {
                    throw file.fault("names more than %d files", MAX_SHARDS);
                }
            });
            if (shards.isEmpty()) {
                throw file.fault("names no file");
            }
            return shards;
        }
    }

    /** The file of that name beside the weights, or null. */
    Path companion(String name) {
        for (Path folder : folders) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        return null;
    }

    /** The tokenizer: {@code NAME-tokenizer.json} beside {@code NAME.onnx}, {@code tokenizer.json} or {@code vocab.txt}; or null. */
    Path tokenizer() {
        for (String name : List.of(stem + "-tokenizer.json", "tokenizer.json", "vocab.txt")) {
            Path file = companion(name);
            if (file != null) {
                return file;
            }
        }
        return null;
    }

    /** What people call the model: the file's name, or its folder's where the file is called as all are. */
    String name() {
        if (!stem.startsWith("model") && !stem.isEmpty()) {
            return stem;
        }
        Path folder = folders.getLast().normalize().getFileName();
        return folder == null ? stem : folder.toString();
    }

    /** How embeddings are made: by the files of sentence-transformers, otherwise by what is known of models of its name. */
    EmbeddingForm form() {
        KnownModel known = known();
        Path modules = companion("modules.json");
        Path prompts = companion("config_sentence_transformers.json");
        EmbeddingForm form = modules == null ? pooled(companion("1_Pooling/config.json"), known) : modules(modules, known);
        return prompts == null ? form : prompted(prompts, form);
    }

    /** By the name of its file or folder, or by the one that its configuration remembers. */
    private KnownModel known() {
        KnownModel known = KnownModel.of(name());
        Path config = companion("config.json");
        if (known != KnownModel.OTHER || config == null) {
            return known;
        }
        try (ModelFile file = ModelFile.open(config)) {
            String path = JsonValue.read(file).text("_name_or_path", "");
            return KnownModel.of(path.substring(path.lastIndexOf('/') + 1));
        }
    }

    private static EmbeddingForm pooled(Path pooling, KnownModel known) {
        return pooling == null ? known.form()
                : new EmbeddingForm(pooling(pooling), known.form().normalised(), known.form().queryPrefix(), known.form().passagePrefix());
    }

    private EmbeddingForm modules(Path modules, KnownModel known) {
        EmbeddingForm.StatePooling pooling = null;
        boolean normalised = false;
        try (ModelFile file = ModelFile.open(modules)) {
            for (JsonValue module : JsonValue.read(file).elements()) {
                String type = module.field("type").text();
                switch (type.substring(type.lastIndexOf('.') + 1)) {
                    case "Transformer" -> {
                    }
                    case "Pooling" -> pooling = pooling(poolingConfig(module));
                    case "Normalize" -> normalised = true;
                    default -> throw module.field("type").fault("is " + Names.quote(type) + "; an encoder with pooling and normalisation "
                            + "is read");
                }
            }
        }
        return new EmbeddingForm(pooling, normalised, known.form().queryPrefix(), known.form().passagePrefix());
    }

    private Path poolingConfig(JsonValue module) {
        String folder = module.field("path").text();
        Path config = folder.matches("[\\w.-]+") && !folder.equals("..") ? companion(folder + "/config.json") : null;
        if (config == null) {
            throw module.field("path").fault("is " + Names.quote(folder) + ", which holds no config.json");
        }
        return config;
    }

    private static EmbeddingForm.StatePooling pooling(Path path) {
        try (ModelFile file = ModelFile.open(path)) {
            JsonValue config = JsonValue.read(file);
            boolean mean = config.truth("pooling_mode_mean_tokens", false);
            boolean cls = config.truth("pooling_mode_cls_token", false);
            for (String other : List.of("pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens",
                    "pooling_mode_lasttoken")) {
                if (config.truth(other, false)) {
                    throw config.field(other).fault("is true; pooling by the mean or by the first token is read");
                }
            }
            if (mean == cls) {
                throw file.fault("asks for pooling by %s; the mean or the first token is read",
                        mean ? "both the mean and the first token" : "neither the mean nor the first token");
            }
            return mean ? EmbeddingForm.StatePooling.MEAN : EmbeddingForm.StatePooling.CLS;
        }
    }

    private static EmbeddingForm prompted(Path path, EmbeddingForm form) {
        try (ModelFile file = ModelFile.open(path)) {
            JsonValue prompts = JsonValue.read(file).optional("prompts");
            if (prompts == null) {
                return form;
            }
            String passage = prompts.text("document", prompts.text("passage", form.passagePrefix()));
            return new EmbeddingForm(form.pooling(), form.normalised(), prefix(prompts.text("query", ""), form.queryPrefix()),
                    prefix(passage, form.passagePrefix()));
        }
    }

    /** Newer versions write empty prompts for models that have none of their own. */
    private static String prefix(String written, String known) {
        return written.isEmpty() ? known : written;
    }
}
