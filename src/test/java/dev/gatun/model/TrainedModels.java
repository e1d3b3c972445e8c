package dev.gatun.model;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Trained encoders as files: copies of the resources of their archives, made once a build folder. */
public final class TrainedModels {

    private static final Path FOLDER = Path.of("target", "models");

    private TrainedModels() {
    }

    /** The file {@code NAME.onnx}, with {@code NAME-tokenizer.json} beside it. */
    public static Path path(String name) {
        copy(name + "-tokenizer.json");
        return copy(name + ".onnx");
    }

    private static Path copy(String resource) {
        Path file = FOLDER.resolve(resource);
        if (Files.exists(file)) {
            return file;
        }
        try (InputStream content = TrainedModels.class.getResourceAsStream("/" + resource)) {
            if (content == null) {
                throw new FileNotFoundException(resource + " is not on the class path");
            }
            Files.createDirectories(FOLDER);
            Path unfinished = Files.createTempFile(FOLDER, resource, ".part");
            Files.copy(content, unfinished, StandardCopyOption.REPLACE_EXISTING);
            return Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
