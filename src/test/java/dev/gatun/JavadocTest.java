package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The exported packages and the published laws are documented in full, and their Javadoc is well formed. */
@Tag("any-width")
class JavadocTest {

    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Path LAWS = Path.of("src", "test", "java", "dev", "gatun", "laws");
    private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+);");

    /** The key of what the documentation check of the compiler reports. */
    private static final Pattern OF_DOCUMENTATION = Pattern.compile("compiler\\.(warn|err)\\.proc\\.messager");

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

    private static List<String> faults(List<Path> files, String groups) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8)) {
            List<String> options = List.of("-proc:none", "-implicit:none", "--add-modules", "jdk.incubator.vector", "-Xmaxwarns", "1000",
                    "-Xdoclint:" + groups, "-classpath", System.getProperty("java.class.path"));
            ((JavacTask) compiler.getTask(null, manager, diagnostics, options, null, manager.getJavaFileObjectsFromPaths(files))).analyze();
        }
        return diagnostics.getDiagnostics().stream().filter(fault -> OF_DOCUMENTATION.matcher(fault.getCode()).matches())
                .map(JavadocTest::describe).toList();
    }

    private static String describe(Diagnostic<? extends JavaFileObject> fault) {
        return "%s:%s: %s".formatted(fault.getSource().getName(), fault.getLineNumber(), fault.getMessage(Locale.ROOT));
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
