package dev.gatun.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A new folder in memory if the system offers one, otherwise among the temporary files. */
public final class MemoryFolder implements AutoCloseable {

    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path folder;

    public MemoryFolder() {
        try {
            this.folder = Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "gatun") : Files.createTempDirectory("gatun");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Deletes the folder and the files in it. */
    @Override
    public void close() {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
