package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The exported packages and the published laws are documented in full, and their Javadoc is well formed. */
@Tag("any-width")
@Tag("virtual-machines")
class JavadocTest {

    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Path LAWS = Path.of("src", "test", "java", "dev", "gatun", "laws");
    private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+);");

    /** The key of what the documentation check of the compiler reports. */
    private static final Pattern OF_DOCUMENTATION = Pattern.compile(": compiler\\.(warn|err)\\.proc\\.messager: ");

    @Test
    void nothingIsMissingOrMalformed() throws IOException {
        List<Path> files = new ArrayList<>(javaFiles(LAWS));
        for (String exported : exported()) {
            files.addAll(javaFiles(SOURCES.resolve(exported.replace('.', '/'))));
        }
        assertTrue(files.size() > 100, () -> "only %s files were found".formatted(files.size()));
        List<String> faults = faults(files, "all/protected");
        assertEquals(List.of(), faults);
    }

    /** A check that reported nothing would pass: it reports what private members lack. */
    @Test
    void theCheckReports() throws IOException {
        assertTrue(faults(List.of(SOURCES.resolve("dev/gatun/Scores.java")), "all/private").size() > 5);
    }

    /** By a compiler in a virtual machine of its own, which is over before a second compiler of its code would pay. */
    private static List<String> faults(List<Path> files, String groups) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-XDrawDiagnostics", "-XDshould-stop.ifNoError=FLOW", "-proc:none",
                "-implicit:none", "--add-modules", "jdk.incubator.vector", "-Xmaxwarns", "1000", "-Xdoclint:" + groups, "-classpath",
                System.getProperty("java.class.path")));
        files.forEach(file -> command.add(file.toString()));
        Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said.lines().filter(line -> OF_DOCUMENTATION.matcher(line).find()).toList();
    }

    private static List<String> exported() throws IOException {
        return EXPORT.matcher(Files.readString(SOURCES.resolve("module-info.java"))).results().map(match -> match.group(1)).toList();
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }
}
