package dev.gatun.langchain4j;

import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Loads a model from files on the class path. They are copied to a folder, which is deleted once they are read. */
final class ClassPathModel {

    private static final String WEIGHTS = ".onnx";
    private static final String TOKENIZER = "-tokenizer.json";

    private ClassPathModel() {
    }

    /**
     * Loads a model.
     *
     * @param name the name of its files without their endings
     * @throws TensorFileException if they are not there, cannot be copied, or are no such model
     */
    static TextEncoder open(String name, EncoderOptions options) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("gatun-model-");
            for (String ending : List.of(WEIGHTS, TOKENIZER)) {
                copy(name + ending, folder);
            }
            return TextEncoder.open(target(folder, name + WEIGHTS), options);
        } catch (IOException failure) {
            throw new TensorFileException(name + WEIGHTS, "cannot be copied from the class path: " + failure.getMessage(), failure);
        } finally {
            delete(folder, name);
        }
    }

    private static void copy(String file, Path folder) throws IOException {
        try (InputStream stream = stream(file)) {
            if (stream == null) {
                throw new TensorFileException(file, "is not on the class path");
            }
            Files.copy(stream, target(folder, file));
        }
    }

    /** The place of a file, which may lie in a package of the class path, in the folder. */
    private static Path target(Path folder, String file) {
        return folder.resolve(file.substring(file.lastIndexOf('/') + 1));
    }

    private static InputStream stream(String file) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        InputStream stream = loader == null ? null : loader.getResourceAsStream(file);
        return stream != null ? stream : ClassPathModel.class.getClassLoader().getResourceAsStream(file);
    }

    private static void delete(Path folder, String name) {
        if (folder == null) {
            return;
        }
        try {
            Files.deleteIfExists(target(folder, name + WEIGHTS));
            Files.deleteIfExists(target(folder, name + TOKENIZER));
            Files.deleteIfExists(folder);
        } catch (IOException kept) {
            // The system clears its temporary files in the end.
        }
    }
}
