package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AccessFlag;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The packages of the library, in their order: each depends on those before it alone. Read from the class files. */
@Tag("any-width")
class RoomsTest {

    /** From the bottom up. A new package gets its place here. */
    private static final List<String> ORDER = List.of("dev.gatun.kernel", "dev.gatun.kernel.tile",
            "dev.gatun.kernel.linear", "dev.gatun.kernel.stored",
            "dev.gatun.kernel.pack", "dev.gatun.kernel.coupling", "dev.gatun.kernel.pass", "dev.gatun.kernel.decode",
            "dev.gatun.kernel.dense", "dev.gatun.kernel.probe", "dev.gatun.internal.view", "dev.gatun.internal.work",
            "dev.gatun.internal.marginals", "dev.gatun.internal.head", "dev.gatun.internal.rows", "dev.gatun.internal.sinkhorn.trace",
            "dev.gatun.internal.sinkhorn", "dev.gatun.internal.sinkhorn.relaxed", "dev.gatun.internal.operator",
            "dev.gatun.internal.format", "dev.gatun.internal.cache", "dev.gatun.internal.attention", "dev.gatun.internal.decode",
            "dev.gatun", "dev.gatun.attention", "dev.gatun.cluster", "dev.gatun.dynamics", "dev.gatun.spectral", "dev.gatun.hopfield",
            "dev.gatun.io",
            "dev.gatun.internal.onnx", "dev.gatun.internal.weights", "dev.gatun.internal.tokenizer", "dev.gatun.internal.encoder",
            "dev.gatun.encoder", "dev.gatun.machine", "dev.gatun.langchain4j", "dev.gatun.server",
            "dev.gatun.cli.output", "dev.gatun.cli.input", "dev.gatun.cli.operator",
            "dev.gatun.cli.bench", "dev.gatun.cli.analysis", "dev.gatun.cli.report", "dev.gatun.cli");

    /** Source files and lines of a package, and types of the first package that are not public. */
    private static final int MAX_FILES = 25;
    private static final int MAX_LINES = 4000;
    private static final int MAX_HIDDEN = 5;

    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Path SPARK = Path.of("src", "spark", "java");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (dev\\.gatun[\\w.]*)\\.[A-Z]");
    private static final Path BENCHMARKS = Path.of("bench", "pom.xml");
    private static final Path CLASSES = Path.of("target", "classes");
    private static final Pattern TYPE = Pattern.compile("L(dev/gatun(?:/[a-z]\\w*)*)/[A-Z][\\w$]*[;<]|L(jdk/incubator/vector)/");

    private static List<ClassModel> library;

    @BeforeAll
    static void readTheClassFiles() throws IOException {
        List<ClassModel> models = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CLASSES.resolve("dev"))) {
            for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                models.add(ClassFile.of().parse(file));
            }
        }
        library = models;
    }

    @Test
    void everyPackageDependsOnThoseBeforeItAlone() {
        Set<String> upward = new TreeSet<>();
        for (ClassModel type : library) {
            String from = packageOf(type.thisClass().asInternalName());
            assertTrue(ORDER.contains(from), () -> from + " has no place in the order of packages");
            for (String to : packagesOf(type)) {
                if (to.startsWith("dev.gatun") && ORDER.indexOf(to) > ORDER.indexOf(from)) {
                    upward.add(type.thisClass().asInternalName() + " depends on " + to);
                }
            }
        }
        assertEquals(Set.of(), upward);
    }

    @Test
    void kernelsAloneUseTheVectorApi() {
        Set<String> users = new TreeSet<>();
        for (ClassModel type : library) {
            if (packagesOf(type).contains("jdk.incubator.vector")) {
                users.add(packageOf(type.thisClass().asInternalName()));
            }
        }
        assertTrue(users.contains("dev.gatun.kernel"));
        assertEquals(Set.of(), users.stream().filter(user -> !user.startsWith("dev.gatun.kernel")).collect(Collectors.toSet()));
    }

    /** Packages behind the encoder: {@code EmbeddingVectors} and {@code TextEncoder} are what they have of it. */
    @Test
    void usersOfTheEncoderReachKernelsThroughItAlone() {
        Set<String> users = Set.of("dev.gatun.langchain4j", "dev.gatun.server", "dev.gatun.cli", "dev.gatun.cli.input");
        Set<String> behind = new TreeSet<>();
        for (ClassModel type : library) {
            if (users.contains(packageOf(type.thisClass().asInternalName()))) {
                packagesOf(type).stream().filter(name -> name.startsWith("dev.gatun.kernel") || name.startsWith("dev.gatun.internal"))
                        .forEach(name -> behind.add(type.thisClass().asInternalName() + " uses " + name));
            }
        }
        assertEquals(Set.of(), behind);
    }

    /** What runs the library on a cluster is a user of it. */
    @Test
    void sparkUsesExportedPackagesAlone() throws IOException {
        Set<String> exported = exported();
        Set<String> behind = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SPARK)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
                IMPORT.matcher(Files.readString(file)).results().map(found -> found.group(1))
                        .filter(name -> !exported.contains(name) && !name.startsWith("dev.gatun.spark"))
                        .forEach(name -> behind.add(file.getFileName() + " imports " + name));
            }
        }
        assertEquals(Set.of(), behind);
    }

    /** What users see names nothing that they cannot. */
    @Test
    void thePublicApiNamesExportedTypesAlone() throws IOException {
        Set<String> exported = exported();
        Map<String, Set<String>> leaks = new TreeMap<>();
        for (ClassModel type : library) {
            if (!exported.contains(packageOf(type.thisClass().asInternalName())) || !type.flags().has(AccessFlag.PUBLIC)) {
                continue;
            }
            Set<String> named = new TreeSet<>();
            type.methods().stream().filter(method -> seen(method.flags().flagsMask()))
                    .forEach(method -> named.addAll(named(method.methodType().stringValue())));
            type.fields().stream().filter(field -> seen(field.flags().flagsMask()))
                    .forEach(field -> named.addAll(named(field.fieldType().stringValue())));
            named.removeIf(name -> !name.startsWith("dev.gatun") || exported.contains(name));
            if (!named.isEmpty()) {
                leaks.put(type.thisClass().asInternalName(), named);
            }
        }
        assertEquals(Map.of(), leaks);
    }

    /** The benchmarks compile the library without some packages: what they compile depends on none of those, with peers and without. */
    @Test
    void whatTheBenchmarksCompileDependsOnNothingThatTheyExclude() throws Exception {
        List<List<PathMatcher>> builds = excludedByBenchmarks();
        assertTrue(builds.size() == 2 && builds.stream().allMatch(build -> isExcluded("dev.gatun.cli", build)), "the packages excluded");
        Set<String> missing = new TreeSet<>();
        for (List<PathMatcher> build : builds) {
            for (ClassModel type : library) {
                if (!isExcluded(packageOf(type.thisClass().asInternalName()), build)) {
                    packagesOf(type).stream().filter(name -> isExcluded(name, build))
                            .forEach(name -> missing.add(type.thisClass().asInternalName() + " depends on " + name));
                }
            }
        }
        assertEquals(Set.of(), missing);
    }

    private static boolean isExcluded(String name, List<PathMatcher> build) {
        Path member = Path.of(name.replace('.', '/'), "Member.java");
        return build.stream().anyMatch(pattern -> pattern.matches(member));
    }

    /** The patterns of sources that the compiler of the benchmarks leaves out, for each value of the property that they name. */
    private static List<List<PathMatcher>> excludedByBenchmarks() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(BENCHMARKS.toFile());
        List<String> patterns = texts(pom, "exclude").stream().filter(pattern -> pattern.matches("(dev/gatun/|\\$).*")).toList();
        return texts(pom, "excluded.server").stream()
                .map(server -> patterns.stream().map(pattern -> pattern.replace("${excluded.server}", server))
                        .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern)).toList())
                .toList();
    }

    private static List<String> texts(Document document, String element) {
        NodeList found = document.getElementsByTagName(element);
        return IntStream.range(0, found.getLength()).mapToObj(at -> found.item(at).getTextContent().trim()).toList();
    }

    /** A package is small enough to be read in one sitting. */
    @Test
    void packagesAreSmall() throws IOException {
        Map<String, String> large = new TreeMap<>();
        try (Stream<Path> folders = Files.walk(SOURCES)) {
            for (Path folder : folders.filter(Files::isDirectory).toList()) {
                List<Path> files = sources(folder);
                long lines = 0;
                for (Path file : files) {
                    lines += Files.readAllLines(file).size();
                }
                if (files.size() > MAX_FILES || lines > MAX_LINES) {
                    large.put(folder.toString(), files.size() + " files of " + lines + " lines");
                }
            }
        }
        assertEquals(Map.of(), large);
    }

    /** Users who open the first package find its public types, not what drives them. */
    @Test
    void theFirstPackageHidesFewTypes() {
        List<String> hidden = library.stream()
                .filter(type -> packageOf(type.thisClass().asInternalName()).equals("dev.gatun"))
                .filter(type -> !type.flags().has(AccessFlag.PUBLIC))
                .map(type -> type.thisClass().asInternalName())
                .filter(name -> !name.contains("$") && !name.endsWith("package-info"))
                .sorted().toList();
        assertTrue(hidden.size() <= MAX_HIDDEN, hidden::toString);
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java")).toList();
        }
    }

    private static boolean seen(int flags) {
        return (flags & (ClassFile.ACC_PUBLIC | ClassFile.ACC_PROTECTED)) != 0 && (flags & ClassFile.ACC_SYNTHETIC) == 0;
    }

    private static Set<String> exported() throws IOException {
        try (var in = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in).exports().stream().map(ModuleDescriptor.Exports::source).collect(Collectors.toSet());
        }
    }

    /** All packages that a class file names: as classes, in descriptors and in signatures. */
    private static Set<String> packagesOf(ClassModel type) {
        Set<String> packages = new TreeSet<>();
        StreamSupport.stream(type.constantPool().spliterator(), false).forEach(entry -> {
            if (entry instanceof ClassEntry used) {
                String name = used.asInternalName();
                packages.addAll(name.startsWith("[") ? named(name) : Set.of(packageOf(name)));
            } else if (entry instanceof Utf8Entry text) {
                packages.addAll(named(text.stringValue()));
            }
        });
        return packages;
    }

    private static Set<String> named(String descriptor) {
        Set<String> packages = new TreeSet<>();
        Matcher matcher = TYPE.matcher(descriptor);
        while (matcher.find()) {
            packages.add((matcher.group(1) == null ? matcher.group(2) : matcher.group(1)).replace('/', '.'));
        }
        return packages;
    }

    private static String packageOf(String internalName) {
        int end = internalName.lastIndexOf('/');
        return end < 0 ? "" : internalName.substring(0, end).replace('/', '.');
    }
}
