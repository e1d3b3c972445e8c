package dev.gatun.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The library as a module, with and without what is optional. */
@Tag("any-width")
class ModulePathTest {

    private static final String CLASSES = Path.of("target", "classes").toAbsolutePath().toString();

    /** Nothing optional is on the module path, and the module resolves. */
    @Test
    void withoutOptionalModules() throws Exception {
        assertTrue(run("-p", CLASSES, "--add-modules", "dev.gatun", "--describe-module", "dev.gatun").contains("provides "));
        assertTrue(run("-p", CLASSES, "--add-modules", "dev.gatun", "-version").contains("version"));
    }

    @Test
    void withLangChain4j() throws Exception {
        String jars = jars("langchain4j-core-", "jackson-core-", "jackson-databind-", "jackson-annotations-", "slf4j-api-", "jspecify-");
        String found = run("-p", CLASSES + File.pathSeparator + jars, "--add-modules", "ALL-MODULE-PATH", "-cp",
                Path.of("target", "test-classes").toAbsolutePath().toString(), "dev.gatun.modules.FactoryNames");
        assertTrue(found.lines().anyMatch("dev.gatun/dev.gatun.langchain4j.GatunEmbeddingModelFactory"::equals), found);
    }

    /** The modules of the HTTP server resolve with that of the library. */
    @Test
    void withTheServer() throws Exception {
        String jars = jars("helidon-", "jackson-core-");
        assertTrue(run("-p", CLASSES + File.pathSeparator + jars, "--add-modules", "dev.gatun,io.helidon.webserver,com.fasterxml.jackson.core",
                "--limit-modules", "dev.gatun,io.helidon.webserver,com.fasterxml.jackson.core,java.logging,jdk.jfr,java.management",
                "-version").contains("version"));
    }

    private static String jars(String... names) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> Stream.of(names).anyMatch(name -> Path.of(jar).getFileName().toString().startsWith(name)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out;
    }
}
