package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Where there is no room an error says for what, nothing is left behind, and the next call is served: see {@link ScarceMemory}. */
class OutOfMemoryTest {

    @Tag("thorough")
    @Tag("virtual-machines")
    @Test
    void shapesThatAreTooLarge() throws IOException, InterruptedException {
        run();
    }

    /** Takes minutes: {@code -Dscarce.methods=.*} for all of {@link EntryPoints}. */
    @Test
    @EnabledIfSystemProperty(named = "scarce.methods", matches = ".+")
    void heapsThatAreNearlyFull() throws IOException, InterruptedException {
        run(System.getProperty("scarce.methods"));
    }

    /** In a virtual machine of its own, whose memory is small, and whose vectors are as wide as those of this one. */
    private static void run(String... arguments) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-Xmx32m", "-XX:MaxDirectMemorySize=16m", "-XX:+UseSerialGC",
                "-XX:NativeMemoryTracking=summary"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.contains("MaxVectorSize") || argument.contains("add-modules")).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ScarceMemory.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("calls out of heap"), said);
        System.out.print(said.substring(said.lastIndexOf('\n', said.length() - 2) + 1));
    }
}
