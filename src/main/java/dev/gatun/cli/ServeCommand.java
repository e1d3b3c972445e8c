package dev.gatun.cli;

import dev.gatun.cli.input.EncoderLoading;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.server.EmbeddingServer;
import dev.gatun.server.ServedEncoder;
import dev.gatun.server.ServerOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: an HTTP server of embeddings. */
@Command(name = "serve", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Serve embeddings of a trained encoder over HTTP.",
        description = "%nAnswers POST /v1/embeddings as OpenAI does, and POST /embed, /similarity and /tokenize, GET /info, /health and"
                + " /metrics as text-embeddings-inference does. Prints its address once it answers. An interrupt or a SIGTERM stops it:"
                + " it accepts no more requests and answers those that it has.%n")
final class ServeCommand implements Callable<Integer> {

    private static final int MIB = 1 << 20;
    private static final int MAX_SECONDS = 86_400;

    /** Each batch has a thread of its own. */
    private static final int MAX_BATCHES = 1024;

    private final Console console;

    @Mixin
    private EncoderLoading loading;

    @Option(names = "--host", paramLabel = "ADDRESS",
            description = "The address to listen on (" + ServerOptions.LOOPBACK + "); any other lets other machines in, all without a key.")
    private String host = ServerOptions.LOOPBACK;

    @Option(names = "--port", paramLabel = "N", description = "The port (8080); 0 takes a free one.")
    private int port = 8080;

    @Option(names = "--name", paramLabel = "NAME", description = "The name of the model in answers (that of its file or folder).")
    private String name;

    @Option(names = "--prompt", paramLabel = "NAME",
            description = "The prefix of texts where a request names none: query or passage, for models that have them.")
    private String prompt;

    @Option(names = "--truncate", description = "Cut texts that have more tokens than the model takes, unless a request says otherwise.")
    private boolean truncate;

    @Option(names = "--batches", paramLabel = "N", description = "Batches that run at the same time (1), each with all threads.")
    private int batches = 1;

    @Option(names = "--max-batch-tokens", paramLabel = "N", description = "The most tokens of a batch (2048).")
    private int batchTokens = 2048;

    @Option(names = "--max-queue", paramLabel = "N", description = "The most texts that wait (4096); more are refused with status 429.")
    private int queuedTexts = 4096;

    @Option(names = "--max-queue-tokens", paramLabel = "N", description = "The most tokens that wait (131072).")
    private int queuedTokens = 131_072;

    @Option(names = "--max-texts", paramLabel = "N", description = "The most texts of a request (2048).")
    private int texts = 2048;

    @Option(names = "--max-body", paramLabel = "MIB", description = "The largest body of a request in MiB (2).")
    private int body = 2;

    @Option(names = "--max-connections", paramLabel = "N", description = "The most connections (1024); more clients wait.")
    private int connections = 1024;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "The longest time of a request (30), then status 503.")
    private int timeout = 30;

    @Option(names = "--warm-up", paramLabel = "SECONDS",
            description = "Time in which kernels are compiled before the first request (2).")
    private int warmUp = 2;

    ServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        loading.check();
        ServerOptions options = options();
        // What is of no interest to whoever reads this one line of output.
        Logger helidon = Logger.getLogger("io.helidon");
        helidon.setLevel(Level.WARNING);
        try (Team team = Team.of(loading.threads()); TextEncoder encoder = loading.open(console, team.workers())) {
            warm(encoder);
            serve(encoder, options);
        } catch (IOException fault) {
            throw Fault.usage("%s", fault.getMessage());
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private ServerOptions options() {
        requireWithin("--warm-up", warmUp, 0, MAX_SECONDS);
        requireWithin("--timeout", timeout, 1, MAX_SECONDS);
        requireWithin("--max-body", body, 1, Integer.MAX_VALUE / MIB);
        requireWithin("--batches", batches, 1, MAX_BATCHES);
        requireWithin("--max-batch-tokens", batchTokens, 1, Integer.MAX_VALUE);
        requireWithin("--max-queue", queuedTexts, 1, Integer.MAX_VALUE);
        requireWithin("--max-queue-tokens", queuedTokens, 1, Integer.MAX_VALUE);
        requireWithin("--max-texts", texts, 1, Integer.MAX_VALUE);
        requireWithin("--max-connections", connections, 1, Integer.MAX_VALUE);
        try {
            return ServerOptions.usual().withHost(host).withPort(port).withPrompt(prompt).withTruncation(truncate)
                    .withBatchers(batches).withMaxBatch(batchTokens, batchTokens).withMaxQueue(queuedTokens, queuedTexts)
                    .withMaxTexts(texts).withMaxBody(body * MIB).withMaxConnections(connections)
                    .withRequestTime(Duration.ofSeconds(timeout));
        } catch (IllegalArgumentException fault) {
            throw Fault.usage("%s", fault.getMessage());
        }
    }

    private static void requireWithin(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw Fault.usage("%s must be %s, not %d", option,
                    most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most, value);
        }
    }

    /** Embeds texts of several lengths until the time is over: what has not been compiled is many times slower. */
    private void warm(TextEncoder encoder) {
        long end = System.nanoTime() + Duration.ofSeconds(warmUp).toNanos();
        for (int words = 4; System.nanoTime() < end; words = words < encoder.maxTokens() / 2 ? 2 * words : 4) {
            try {
                encoder.embed("word ".repeat(Math.min(words, encoder.maxTokens() - 2)));
            } catch (IllegalStateException noResult) {
                // Of a head of a regime. Each request is told so.
                return;
            }
        }
    }

    private void serve(TextEncoder encoder, ServerOptions options) throws IOException, InterruptedException {
        ServedEncoder served = ServedEncoder.of(encoder, name == null ? encoder.name() : name);
        try (EmbeddingServer server = start(served, options)) {
            CountDownLatch stopped = new CountDownLatch(1);
            Thread stop = Thread.ofPlatform().name("gatun-stop").unstarted(() -> {
                server.close();
                stopped.countDown();
                // A stop that was asked for is no fault: without this the JVM ends with the status of the signal.
                Runtime.getRuntime().halt(0);
            });
            Runtime.getRuntime().addShutdownHook(stop);
            console.out().print(String.format(Locale.ROOT, "%s at http://%s:%d%n", served.name(), address(server),
                    server.address().getPort()));
            console.out().flush();
            stopped.await();
        }
    }

    private static EmbeddingServer start(ServedEncoder served, ServerOptions options) throws IOException {
        try {
            return EmbeddingServer.start(served, options);
        } catch (IllegalArgumentException prompt) {
            throw Fault.usage("--prompt: %s", prompt.getMessage());
        }
    }

    private static String address(EmbeddingServer server) {
        String address = server.address().getAddress().getHostAddress();
        return address.contains(":") ? "[" + address + "]" : address;
    }
}
