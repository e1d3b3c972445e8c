package dev.gatun.encoder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of all-MiniLM-L6-v2, which are in a jar on the class path, copied to a folder. */
public final class MiniLmFiles {

    private static final String MODEL = "all-minilm-l6-v2.onnx";

    private MiniLmFiles() {
    }

    /** Copies the model and its tokenizer to a folder, and returns the path of the model. */
    public static Path copy(Path folder) {
        for (String file : List.of(MODEL, "all-minilm-l6-v2-tokenizer.json")) {
            try (InputStream stream = MiniLmFiles.class.getResourceAsStream("/" + file)) {
                Files.copy(stream, folder.resolve(file));
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        }
        return folder.resolve(MODEL);
    }
}
