package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The pages hold what they promise: links lead somewhere, snippets of Java compile, and the tests, benchmarks and methods that
 * commands name exist.
 *
 * <p>Snippets are the blocks of {@code README.md} and {@code native-notes} that begin with three backticks and {@code java}, and the
 * {@code {@snippet :}} bodies of {@code package-info.java} files. They follow one convention:
 *
 * <ul>
 * <li>A snippet that declares a type at the start of a line is a source file. It is compiled as it stands, in a package of its own.
 * <li>Any other snippet is a list of statements, which may begin with imports. It becomes the body of a method that may throw any
 *     exception. The fields of {@link SnippetVariables} are in scope: {@code q}, {@code k}, {@code v}, {@code scores}, ...
 * <li>A snippet in a page imports what it uses, for readers paste it.
 * <li>A snippet in a {@code package-info.java} has the exported packages of the library imported, and a few of the JDK. Where its own
 *     package is not exported it is compiled inside that package.
 * </ul>
 */
@Tag("any-width")
class PagesTest {

    private static final int README_LINES = 250;
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path TESTS = Path.of("src/test/java");
    private static final Path LAWS = TESTS.resolve("dev/gatun/laws");
    private static final Path BENCHMARKS = Path.of("bench/src");

    /** Snippets that need Spark are compiled by -Pspark. */
    private static final boolean SPARK = PagesTest.class.getResource("/org/apache/spark/SparkContext.class") != null;

    private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+)");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern JAVADOC_SNIPPET = Pattern.compile("\\{@snippet[^:}]*:[^\\n]*\\n");
    private static final Pattern TEST_OPTION = Pattern.compile("-Dtest=([\\w.,*#'\"]+)");
    private static final Pattern BENCHMARK = Pattern.compile("\\b\\w+Bench\\b");
    private static final Pattern METHOD = Pattern.compile("\\b([A-Z]\\w+)::(\\w+)");

    @Test
    void theReadmeIsShort() throws IOException {
        int lines = Files.readAllLines(Path.of("README.md")).size();
        assertTrue(lines <= README_LINES, "README.md has %d lines, %d are allowed".formatted(lines, README_LINES));
    }

    @Test
    void relativeLinksResolve() throws IOException {
        List<String> faults = new ArrayList<>();
        for (Page page : pages()) {
            for (Page.Link link : page.links()) {
                if (!link.target().matches("[a-z]+:.*") && !resolves(page, link.target())) {
                    faults.add("%s:%d: %s".formatted(page.path(), link.line(), link.target()));
                }
            }
        }
        assertEquals(List.of(), faults);
    }

    private static boolean resolves(Page page, String target) throws IOException {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path path = file.isEmpty() ? page.path() : page.path().resolveSibling(file).normalize();
        return Files.exists(path) && (hash < 0 || Page.read(path).anchors().contains(target.substring(hash + 1)));
    }

    @Test
    void snippetsCompile() throws IOException {
        List<Snippet> snippets = new ArrayList<>();
        for (Page page : pages()) {
            for (Page.Block block : page.blocks()) {
                if (block.language().equals("java") && (SPARK || !block.text().contains("import dev.gatun.spark."))) {
                    snippets.add(new Snippet(page.path().toString(), block.line(), block.text(), snippets.size(), List.of(), null));
                }
            }
        }
        assertTrue(snippets.size() > 10, "only %d snippets were found".formatted(snippets.size()));
        snippets.addAll(javadocSnippets(snippets.size()));

        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of("-proc:none", "-implicit:none", "--add-modules", "jdk.incubator.vector", "-classpath",
                System.getProperty("java.class.path"));
        ((JavacTask) compiler.getTask(null, null, diagnostics, options, null, snippets)).analyze();
        assertEquals(List.of(), diagnostics.getDiagnostics().stream().filter(fault -> fault.getKind() == Diagnostic.Kind.ERROR)
                .map(Snippet::describe).toList());
    }

    private static List<Snippet> javadocSnippets(int firstNumber) throws IOException {
        List<String> exported = EXPORT.matcher(Files.readString(SOURCES.resolve("module-info.java"))).results()
                .map(match -> match.group(1)).toList();
        List<String> imports = new ArrayList<>(exported);
        imports.addAll(List.of("java.lang.foreign", "java.nio.file", "java.util"));
        List<Snippet> snippets = new ArrayList<>();
        List<Path> files = new ArrayList<>(javaFiles(SOURCES));
        files.addAll(javaFiles(LAWS));
        for (Path path : files) {
            if (!path.endsWith("package-info.java")) {
                continue;
            }
            String text = Files.readString(path);
            Matcher name = PACKAGE.matcher(text);
            assertTrue(name.find(), path + " names no package");
            String home = exported.contains(name.group(1)) ? null : name.group(1);
            Matcher snippet = JAVADOC_SNIPPET.matcher(text);
            while (snippet.find()) {
                int line = 1 + (int) text.substring(0, snippet.end()).lines().count();
                String body = text.substring(snippet.end(), closingBrace(text, snippet.end())).replaceAll("(?m)^ \\* ?", "");
                snippets.add(new Snippet(path.toString(), line, body, firstNumber + snippets.size(), imports, home));
            }
        }
        return snippets;
    }

    /** Where the brace is that closes the one open at {@code from}; as in Javadoc, braces in a snippet must balance. */
    private static int closingBrace(String text, int from) {
        int open = 1;
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            open += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (open == 0) {
                return at;
            }
        }
        throw new IllegalArgumentException("a snippet has no end");
    }

    @Test
    void namesInCommandsExist() throws IOException {
        TreeSet<String> tests = simpleNames(TESTS);
        TreeSet<String> benchmarks = simpleNames(BENCHMARKS);
        List<String> faults = new ArrayList<>();
        for (Page page : pages()) {
            String text = String.join("\n", page.lines());
            for (String name : TEST_OPTION.matcher(text).results().flatMap(match -> Stream.of(match.group(1).split(","))).toList()) {
                String pattern = name.replaceAll("['\"]|#.*", "").replace("*", "\\w*");
                if (tests.stream().noneMatch(test -> test.matches(pattern))) {
                    faults.add("%s: no test %s".formatted(page.path(), name));
                }
            }
            for (String name : BENCHMARK.matcher(text).results().map(match -> match.group()).toList()) {
                if (!benchmarks.contains(name)) {
                    faults.add("%s: no benchmark %s".formatted(page.path(), name));
                }
            }
            for (Matcher method = METHOD.matcher(text); method.find(); ) {
                if (!declares(method.group(1), method.group(2))) {
                    faults.add("%s: no method %s".formatted(page.path(), method.group()));
                }
            }
        }
        assertEquals(List.of(), faults);
    }

    private static boolean declares(String type, String method) throws IOException {
        for (Path path : javaFiles(SOURCES)) {
            if (path.endsWith(type + ".java")) {
                return Files.readString(path).contains(" " + method + "(");
            }
        }
        return false;
    }

    private static TreeSet<String> simpleNames(Path folder) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        javaFiles(folder).forEach(path -> names.add(path.getFileName().toString().replace(".java", "")));
        return names;
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(path -> path.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static List<Page> pages() throws IOException {
        List<Page> pages = new ArrayList<>();
        for (Path folder : List.of(Path.of(""), Path.of("native-notes"))) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path path : files.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
                    pages.add(Page.read(path));
                }
            }
        }
        return pages;
    }
}
