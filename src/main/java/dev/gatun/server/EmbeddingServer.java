package dev.gatun.server;

import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An HTTP server of text embeddings, with the interfaces of OpenAI and of text-embeddings-inference.
 *
 * <p>A request is read and tokenized on a virtual thread of its own. Its texts wait in a bounded queue until the next ragged batch takes
 * them; a lone request runs at once.
 */
public final class EmbeddingServer implements AutoCloseable {

    /** How long answers to the requests that are left may take once the time of a stop is over. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

    private final ServerOptions options;
    private final TimeLimits limits = new TimeLimits();
    private final TextBatcher batcher;
    private final HttpFront front;
    private final WebServer server;
    private final AtomicBoolean stopped = new AtomicBoolean();

    private EmbeddingServer(ServedEncoder encoder, ServerOptions options) {
        this.options = options;
        ServerMetrics metrics = new ServerMetrics();
        this.batcher = new TextBatcher(encoder, options, metrics);
        this.front = new HttpFront(encoder, options, metrics, batcher, limits);
        this.server = WebServer.builder()
                .host(options.host())
                .port(options.port())
                .protocolsDiscoverServices(false)
                .featuresDiscoverServices(false)
                .addConnectionSelector(front.connections())
                .maxPayloadSize(options.maxBodyBytes())
                .maxTcpConnections(options.maxConnections())
                .idleConnectionTimeout(options.idleTime())
                .idleConnectionPeriod(options.idleTime().dividedBy(4))
                .shutdownGracePeriod(options.stopTime().plus(LAST_ANSWERS))
                .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                .directHandlers(front.directHandlers())
                .contentEncoding(new PlainContent())
                .shutdownHook(false)
                .routing(HttpRouting.builder().update(front::route))
                .build();
    }

    /**
     * Starts a server, which runs until it is closed.
     *
     * @param encoder the encoder that it serves; its owner closes it after the server
     * @param options the address and the limits
     * @return the server
     * @throws IllegalArgumentException if the encoder has no prefix of the name in the options
     * @throws IOException              if the address is not one of this machine, or the port is in use
     */
    public static EmbeddingServer start(ServedEncoder encoder, ServerOptions options) throws IOException {
        if (options.prompt() != null && !encoder.prompts().containsKey(options.prompt())) {
            throw new IllegalArgumentException("the model has no prefix '" + options.prompt() + "'; it has "
                    + encoder.prompts().keySet());
        }
        requireFree(options);
        EmbeddingServer started = new EmbeddingServer(encoder, options);
        try {
            started.server.start();
        } catch (RuntimeException | Error failure) {
            started.close();
            throw failure;
        }
        if (!started.server.isRunning()) {
            started.close();
            throw new IOException(options.host() + ":" + options.port() + ": cannot listen");
        }
        return started;
    }

    /** The server itself logs why it cannot listen and returns; the reason belongs in the exception. */
    private static void requireFree(ServerOptions options) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(options.host()), options.port()));
        } catch (IOException fault) {
            throw new IOException(options.host() + ":" + options.port() + ": cannot listen: " + fault.getMessage(), fault);
        }
    }

    /** {@return the address that clients connect to} */
    public InetSocketAddress address() {
        try {
            return new InetSocketAddress(InetAddress.getByName(options.host()), server.port());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * Stops: accepts no more connections, answers the requests that it has, and closes all connections. Requests whose texts are not
     * embedded within the time of the options are answered with status 503.
     */
    @Override
    public void close() {
        if (stopped.getAndSet(true)) {
            return;
        }
        long end = System.nanoTime() + options.stopTime().plus(LAST_ANSWERS).toNanos();
        front.stop();
        Thread late = Thread.ofVirtual().name("gatun-late").start(this::refuseLate);
        try {
            server.stop();
        } finally {
            late.interrupt();
            batcher.close(end - System.nanoTime());
            limits.close();
        }
    }

    private void refuseLate() {
        try {
            Thread.sleep(options.stopTime());
            batcher.refuseAll();
        } catch (InterruptedException stopped) {
            // All requests are answered.
        }
    }
}
