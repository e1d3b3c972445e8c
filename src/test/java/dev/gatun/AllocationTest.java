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
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No call of a plan allocates a byte, whatever vectors and registers the virtual machine has, after all of them have met all options and
 * several shapes in one virtual machine, and vectors of other widths beside theirs.
 *
 * <p>Runs with {@code -Dallocation.calls=plans}. With {@code -Dallocation.calls=all} no call of any entry point makes a vector an object
 * either, and every method of the kernels that uses vectors must have been called often enough to be compiled.
 */
@EnabledIfSystemProperty(named = "allocation.calls", matches = "plans|all")
@Tag("any-width")
class AllocationTest {

    private static final String CALLS = System.getProperty("allocation.calls", "plans");

    /** CPU time of a virtual machine at most. */
    private static final int SECONDS = 200;

    private static final Path KERNELS = Path.of("target", "classes", "dev", "gatun", "kernel");

    private static final Set<String> COMPILED = new TreeSet<>();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"-XX:MaxVectorSize=64", "-XX:MaxVectorSize=32", "-XX:MaxVectorSize=16", "-XX:UseAVX=2", "-XX:UseAVX=1"})
    @Tag("slow")
    void callsAllocateNothing(String vectors) throws Exception {
        Path said = folder.resolve("said.txt");
        Path compiled = folder.resolve("compiled.txt");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xbatch"));
        command.addAll(AllocationRun.OPTIONS);
        command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", vectors, "-cp", System.getProperty("java.class.path"),
                AllocationRun.class.getName(), CALLS, String.valueOf(SECONDS), compiled.toString()));
        Process process = new ProcessBuilder(command).redirectOutput(said.toFile()).redirectErrorStream(true).start();
        int status = process.waitFor();
        assertEquals(0, status, Files.readString(said));
        COMPILED.addAll(Files.readAllLines(compiled));
    }

    @AfterAll
    static void everyKernelWasCalled() throws IOException {
        if (CALLS.equals("all")) {
            Set<String> missing = vectorMethods();
            missing.removeAll(COMPILED);
            assertEquals(Set.of(), missing, "no entry point that EntryPoints or AllocationRun calls reaches these");
        }
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
