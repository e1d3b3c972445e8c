package dev.gatun.cli.output;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Writes a text file in one atomic step. */
public final class TextFile {

    private TextFile() {
    }

    /**
     * Checks that a file can be written at {@code path}.
     *
     * @throws Fault if it cannot
     */
    public static void requireWritable(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        String fault = Files.isDirectory(path) ? "is a directory"
                : Files.exists(path) && !Files.isRegularFile(path) ? "is not a regular file"
                : Files.exists(path) && !Files.isWritable(path) ? "the file is read-only"
                : !Files.exists(folder) ? "the folder " + folder + " does not exist"
                : !Files.isDirectory(folder) ? folder + " is not a folder"
                : !Files.isWritable(folder) ? "the folder " + folder + " is not writable" : null;
        if (fault != null) {
            throw Fault.usage("%s: cannot be written: %s", path, fault);
        }
    }

    /**
     * Writes {@code text} under a temporary name and moves it to {@code path} in one step.
     *
     * @throws Fault if that fails; the temporary file is then deleted
     */
    public static void write(Path path, String text) {
        write(path, List.of(text));
    }

    /**
     * Writes the parts of a text, one after the other, likewise.
     *
     * @throws Fault if that fails; the temporary file is then deleted
     */
    public static void write(Path path, List<String> parts) {
        requireWritable(path);
        Path temporary = null;
        try {
            Path place = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
            temporary = place.resolveSibling(
                    String.format(Locale.ROOT, ".gatun-%016x.tmp", ThreadLocalRandom.current().nextLong()));
            try (Writer writer = Files.newBufferedWriter(temporary)) {
                for (String part : parts) {
                    writer.write(part);
                }
            }
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            discard(temporary);
            throw Fault.usage("%s: cannot be written: %s", path, failure.getMessage());
        }
    }

    private static void discard(Path temporary) {
        try {
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException kept) {
            // The fault that follows states the reason.
        }
    }
}
