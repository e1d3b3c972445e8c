package dev.gatun.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The check that no output file of a command is an input or another output. */
public final class OutputFiles {

    private OutputFiles() {
    }

    /**
     * Compares outputs with inputs and with each other. Elements that were not given are null.
     *
     * @param outputs paths
     * @param inputs  arguments, which may name a tensor after {@code #}
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

    /** Whether {@code output} is the file of {@code argument}: all of it, or the part before some {@code #}. */
    private static boolean names(String argument, Path output) {
        for (int end = argument.length(); end > 0; end = argument.lastIndexOf('#', end - 1)) {
            try {
                if (same(Path.of(argument.substring(0, end)), output)) {
                    return true;
                }
            } catch (InvalidPathException notPath) {
                // Then it names no file.
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

    /** The real path of a file that need not exist. */
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
