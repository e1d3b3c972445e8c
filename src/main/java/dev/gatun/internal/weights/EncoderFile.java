package dev.gatun.internal.weights;

import dev.gatun.internal.format.SafeTensorsHeader;
import dev.gatun.internal.onnx.ModelFile;
import dev.gatun.io.TensorFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An encoder of the BERT family in its files: its sizes, its tensors by role, and what the files beside it say. Tensors are read out of
 * mapped memory, by any number of threads, until it is closed.
 */
public final class EncoderFile implements AutoCloseable {

    /** The bytes that distinguish the formats. */
    private static final int MAGIC_BYTES = 9;

    private final ModelFolder folder;
    private final List<ModelFile> files;
    private final EncoderTensors tensors;
    private final EmbeddingForm form;

    private EncoderFile(ModelFolder folder, List<ModelFile> files, EncoderTensors tensors, EmbeddingForm form) {
        this.folder = folder;
        this.files = files;
        this.tensors = tensors;
        this.form = form;
    }

    /**
     * Opens a model.
     *
     * @param path an {@code .onnx} or {@code .safetensors} file, or a folder that holds one; a {@code .safetensors} file has a
     *             {@code config.json} beside it
     * @throws TensorFileException if a file cannot be read, is malformed, or holds no such encoder; the message is one line
     */
    public static EncoderFile open(Path path) {
        ModelFolder folder = ModelFolder.of(path);
        List<ModelFile> files = new ArrayList<>();
        try {
            if (folder.isIndex()) {
                folder.shards().forEach(shard -> files.add(ModelFile.open(shard)));
            } else {
                files.add(ModelFile.open(folder.weights()));
            }
            return new EncoderFile(folder, files, tensors(folder, files), folder.form());
        } catch (Throwable fault) {
            close(files);
            throw fault;
        }
    }

    private static EncoderTensors tensors(ModelFolder folder, List<ModelFile> files) {
        Path config = folder.companion("config.json");
        if (!folder.isIndex() && !isSafeTensors(files.getFirst())) {
            return OnnxEncoder.read(files.getFirst(), config == null ? 0 : ModelConfig.read(config).heads());
        }
        if (config == null) {
            throw files.getFirst().fault("needs its config.json beside it");
        }
        return SafeTensorsEncoder.read(files, ModelConfig.read(config));
    }

    private static boolean isSafeTensors(ModelFile file) {
        String name = file.path().toString();
        return name.endsWith(".safetensors") || !name.endsWith(".onnx") && SafeTensorsHeader.hasMagic(file.bytes(0, MAGIC_BYTES));
    }

    public EncoderSizes sizes() {
        return tensors.sizes();
    }

    /** The vectors of the vocabulary. */
    public EmbeddingTensor word() {
        return tensors.word();
    }

    /** The vectors of the positions. */
    public EmbeddingTensor position() {
        return tensors.position();
    }

    /** The vectors of the types of tokens, none if the model has no types. */
    public EmbeddingTensor type() {
        return tensors.type();
    }

    /** The normalisation of the sum of the three. */
    public NormTensor embeddingNorm() {
        return tensors.embeddingNorm();
    }

    public EncoderLayer layer(int index) {
        return tensors.layers().get(index);
    }

    /** How the model makes embeddings of texts. */
    public EmbeddingForm form() {
        return form;
    }

    /** What people call the model, from the names of its file and folder. */
    public String name() {
        return folder.name();
    }

    /** The {@code tokenizer.json} or {@code vocab.txt} that belongs to the model at {@code path}, or null; nothing is read. */
    public static Path tokenizer(Path path) {
        return ModelFolder.of(path).tokenizer();
    }

    /** The {@code tokenizer.json} or {@code vocab.txt} beside the weights, or null. */
    public Path tokenizer() {
        return folder.tokenizer();
    }

    /** The file of weights, or the index of several. */
    public Path path() {
        return folder.weights();
    }

    @Override
    public void close() {
        close(files);
    }

    private static void close(List<ModelFile> files) {
        for (ModelFile file : files) {
            file.close();
        }
    }
}
