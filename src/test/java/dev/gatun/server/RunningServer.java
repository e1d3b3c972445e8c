package dev.gatun.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A server of {@link CodePointEncoder} on a free port, and a client of it. */
final class RunningServer implements AutoCloseable {

    /** What starts and stops is no news. Kept, for a logger that nobody has is forgotten with its level. */
    static final Logger HELIDON = Logger.getLogger("io.helidon");

    static {
        HELIDON.setLevel(Level.OFF);
    }

    final CodePointEncoder encoder = new CodePointEncoder();
    final EmbeddingServer server;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RunningServer() {
        this(options -> options);
    }

    RunningServer(UnaryOperator<ServerOptions> limits) {
        try {
            server = EmbeddingServer.start(encoder, limits.apply(ServerOptions.usual().withPort(0)));
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    /** The answer to a JSON body. */
    HttpResponse<String> post(String path, String body) {
        return send(request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    CompletableFuture<HttpResponse<String>> postLater(String path, String body) {
        HttpRequest request = request(path).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address() + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException fault) {
            throw new IllegalStateException(fault);
        }
    }

    String address() {
        InetSocketAddress address = server.address();
        return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** The value of a counter or gauge. */
    double metric(String name) {
        return get("/metrics").body().lines().filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1))).findFirst().orElse(0);
    }

    @Override
    public void close() {
        encoder.runs.release(Integer.MAX_VALUE - encoder.runs.availablePermits());
        server.close();
        client.close();
    }
}
