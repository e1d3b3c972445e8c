package dev.gatun.cli.input;

import dev.gatun.cli.output.Fault;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files of UTF-8 that options name. */
public final class Utf8File {

    private Utf8File() {
    }

    /**
     * All text of a file.
     *
     * @throws Fault if it cannot be read, or is not UTF-8
     */
    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException absent) {
            throw Fault.usage("%s: does not exist", file);
        } catch (CharacterCodingException malformed) {
            throw Fault.usage("%s: is not UTF-8", file);
        } catch (IOException | OutOfMemoryError failure) {
            throw Fault.usage("%s: cannot be read: %s", file, failure.getMessage());
        }
    }
}
