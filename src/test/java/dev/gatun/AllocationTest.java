package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No call of a plan allocates a byte, whatever vectors and registers the virtual machine has, after all of them have met all options and
 * several shapes in one virtual machine, and vectors of other widths beside theirs.
 *
 * <p>Tests AVX2 and the widest vectors; with {@code -Dallocation.calls=plans} all five configurations. With {@code -Dallocation.calls=all}
 * no call of any entry point makes a vector an object either.
 *
 * <p>What the compiler inlines depends on when it is asked, and so on the load of the machine: a configuration fails if two virtual machines
 * in a row allocate.
 */
@Tag("any-width")
@Tag("virtual-machines")
class AllocationTest {

    private static final String CALLS = System.getProperty("allocation.calls", "some");

    /** CPU time of a virtual machine at most. */
    private static final int SECONDS = 100;

    private static final int ATTEMPTS = 2;

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
            List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xbatch"));
            command.addAll(AllocationRun.OPTIONS);
            command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", vectors, "-cp", System.getProperty("java.class.path"),
                    AllocationRun.class.getName(), CALLS.equals("all") ? "all" : "plans", String.valueOf(SECONDS)));
            Process process = new ProcessBuilder(command).redirectOutput(said.toFile()).redirectErrorStream(true).start();
            try {
                if (process.waitFor() == 0) {
                    return "";
                }
            } finally {
                process.destroy();
            }
            faults.append(Files.readString(said));
        }
        return faults.toString();
    }
}
