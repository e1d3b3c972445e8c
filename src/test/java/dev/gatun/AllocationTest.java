package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No call of a plan allocates a byte, whatever vectors and registers the virtual machine has, after all of them have met all options and
 * several shapes in one virtual machine, and vectors of other widths beside theirs.
 *
 * <p>Tests AVX2 and the widest vectors; with {@code -Dallocation.calls=plans} all five configurations. With {@code -Dallocation.calls=all}
 * no call of any entry point makes a vector an object either, and every method of the kernels that uses vectors must have been called
 * often enough to be compiled.
 *
 * <p>When the compiler compiles what is up to the load of the machine, so a configuration fails if two virtual machines allocate.
 */
@Tag("any-width")
class AllocationTest {

    private static final String CALLS = System.getProperty("allocation.calls", "some");

    /** CPU time of a virtual machine at most. */
    private static final int SECONDS = 100;

    private static final int ATTEMPTS = 2;

    private static final Path KERNELS = Path.of("target", "classes", "dev", "gatun", "kernel");

    private static final Set<String> COMPILED = new ConcurrentSkipListSet<>();

    @TempDir
    static Path folder;

    /** Two virtual machines at a time. */
    private static ExecutorService machines;
    private static Map<String, Future<String>> faults;

    static List<String> configurations() {
        List<String> some = List.of("-XX:UseAVX=2", "-XX:MaxVectorSize=64");
        return CALLS.equals("some") ? some : Stream.concat(some.stream(),
                Stream.of("-XX:MaxVectorSize=32", "-XX:MaxVectorSize=16", "-XX:UseAVX=1")).toList();
    }

    @BeforeAll
    static void start() {
        machines = Executors.newFixedThreadPool(2);
        faults = new LinkedHashMap<>();
        configurations().forEach(vectors -> faults.put(vectors, machines.submit(() -> fault(vectors))));
    }

    @AfterAll
    static void stop() {
        machines.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    @Tag("slow")
    void callsAllocateNothing(String vectors) throws Exception {
        assertEquals("", faults.get(vectors).get());
    }

    /** What virtual machines say if they allocate. */
    private static String fault(String vectors) throws IOException, InterruptedException {
        StringBuilder faults = new StringBuilder();
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Path said = Files.createTempFile(folder, "said", ".txt");
            Path compiled = Files.createTempFile(folder, "compiled", ".txt");
            List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xbatch"));
            command.addAll(AllocationRun.OPTIONS);
            command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", vectors, "-cp", System.getProperty("java.class.path"),
                    AllocationRun.class.getName(), CALLS.equals("all") ? "all" : "plans", String.valueOf(SECONDS), compiled.toString()));
            Process process = new ProcessBuilder(command).redirectOutput(said.toFile()).redirectErrorStream(true).start();
            try {
                if (process.waitFor() == 0) {
                    COMPILED.addAll(Files.readAllLines(compiled));
                    return "";
                }
            } finally {
                process.destroy();
            }
            faults.append(Files.readString(said));
        }
        return faults.toString();
    }

    @Test
    @EnabledIfSystemProperty(named = "allocation.calls", matches = "all")
    void everyKernelIsCalled() throws Exception {
        for (Future<String> fault : faults.values()) {
            fault.get();
        }
        Set<String> missing = vectorMethods();
        missing.removeAll(COMPILED);
        assertEquals(Set.of(), missing, "no entry point that EntryPoints or AllocationRun calls reaches these");
    }

    /** The methods of the kernels that call the Vector API, apart from initialisers of classes. */
    private static Set<String> vectorMethods() throws IOException {
        Set<String> methods = new TreeSet<>();
        try (Stream<Path> files = Files.walk(KERNELS)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                ClassModel type = ClassFile.of().parse(file);
                for (MethodModel method : type.methods()) {
                    if (!method.methodName().equalsString("<clinit>") && method.code().isPresent() && usesVectors(method)) {
                        methods.add(type.thisClass().asInternalName().replace('/', '.') + " " + method.methodName().stringValue()
                                + method.methodType().stringValue());
                    }
                }
            }
        }
        return methods;
    }

    private static boolean usesVectors(MethodModel method) {
        return method.code().orElseThrow().elementStream().anyMatch(element -> element instanceof InvokeInstruction call
                && call.owner().asInternalName().matches("jdk/incubator/vector/\\w*Vector"));
    }
}
