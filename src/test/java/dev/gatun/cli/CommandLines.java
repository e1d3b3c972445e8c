package dev.gatun.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Runs the commands of a file, one in each line, in one virtual machine, whose start takes longer than a command under emulation. Words are
 * separated by spaces. Ends with the largest exit status.
 */
final class CommandLines {

    private CommandLines() {
    }

    /** Runs the commands of the file that the first argument names. */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        int status = 0;
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            status = Math.max(status, Main.run(line.split(" "), System.out, System.err, false));
        }
        System.exit(status);
    }
}
