package dev.gatun.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The files that a command is to write: none may be an input, nor the same as another. */
public final class OutputFiles {

    private OutputFiles() {
    }

    /**
     * Checks outputs against inputs, before anything is computed. Elements may be null, for what was not asked for.
     *
     * @param outputs paths
     * @param inputs  arguments, which may name a tensor behind {@code #}
     * @throws Fault if two are the same file
     */
    public static void requireApart(List<Path> outputs, String... inputs) {
        List<Path> wanted = outputs.stream().filter(Objects::nonNull).toList();
        for (int i = 0; i < wanted.size(); i++) {
            Path output = wanted.get(i);
            if (wanted.subList(0, i).stream().anyMatch(earlier -> same(earlier, output))) {
                throw Fault.usage("%s: is given for two outputs", output);
            }
            if (Arrays.stream(inputs).filter(Objects::nonNull).anyMatch(input -> names(input, output))) {
                throw Fault.usage("%s: cannot be written: is an input", output);
            }
        }
    }

    /** Whether {@code output} is the file of {@code argument}, all of it or what stands before some {@code #}. */
    private static boolean names(String argument, Path output) {
        for (int end = argument.length(); end > 0; end = argument.lastIndexOf('#', end - 1)) {
            try {
                if (same(Path.of(argument.substring(0, end)), output)) {
                    return true;
                }
            } catch (InvalidPathException notPath) {
                // Then it is no file either.
            }
        }
        return false;
    }

    private static boolean same(Path a, Path b) {
        try {
            return Files.exists(a) && Files.exists(b) ? Files.isSameFile(a, b) : place(a).equals(place(b));
        } catch (IOException unreadable) {
            return place(a).equals(place(b));
        }
    }

    /** Where a file that may not exist yet would stand. */
    private static Path place(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            return absolute.getParent() == null ? absolute
                    : absolute.getParent().toRealPath().resolve(absolute.getFileName());
        } catch (IOException noFolder) {
            return absolute;
        }
    }
}
