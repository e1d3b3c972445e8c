package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.encoder.MiniLmFiles;
import java.io.BufferedReader;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
@Timeout(120)
class ServeTest {

    @TempDir
    private static Path folder;

    private static Path model;

    @BeforeAll
    static void copy() {
        model = MiniLmFiles.copy(folder);
    }

    /** In a virtual machine of its own, for it ends with it. */
    @Test
    void servesUntilItIsStopped() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(java.toString(), "--add-modules", "jdk.incubator.vector", "-cp",
                System.getProperty("java.class.path"), "dev.gatun.cli.Main", "serve", "--model", model.toString(), "--port", "0",
                "--warm-up", "0", "--name", "mini").redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader out = process.inputReader(); HttpClient client = HttpClient.newHttpClient()) {
            String line = out.readLine();
            assertTrue(line.matches("mini at http://127\\.0\\.0\\.1:\\d+"), line);
            HttpRequest request = HttpRequest.newBuilder(URI.create(line.substring("mini at ".length()) + "/embed"))
                    .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString("{\"inputs\": \"rain\"}")).build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode());
            assertEquals(384, answer.body().split(",").length);
            process.toHandle().destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void refusals() throws Exception {
        Outcome.of("serve").assertRefused("--model");
        serve("--port", 70_000).assertRefused("a port is 0 to 65535, not 70000");
        serve("--max-queue", 0).assertRefused("--max-queue must be at least 1, not 0");
        serve("--max-body", 4096).assertRefused("--max-body must be 1 to 2047, not 4096");
        serve("--timeout", 0).assertRefused("--timeout must be 1 to 86400, not 0");
        serve("--warm-up", -1).assertRefused("--warm-up must be 0 to 86400, not -1");
        serve("--batches", 0).assertRefused("--batches must be 1 to 1024, not 0");
        serve("--host", "").assertRefused("the address to listen on is blank");
        serve("--threads", 0).assertRefused("--threads");
        Outcome.of("serve", "--model", folder.resolve("absent.onnx")).assertRefused("absent.onnx");
        serve("--prompt", "query", "--warm-up", 0).assertRefused("--prompt: the model has no prefix 'query'");
        try (ServerSocket taken = new ServerSocket(0)) {
            serve("--host", "0.0.0.0", "--port", taken.getLocalPort(), "--warm-up", 0)
                    .assertRefused("0.0.0.0:" + taken.getLocalPort() + ": cannot listen: ");
        }
    }

    private static Outcome serve(Object... arguments) {
        Object[] all = new Object[arguments.length + 3];
        all[0] = "serve";
        all[1] = "--model";
        all[2] = model;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Outcome.of(all);
    }
}
