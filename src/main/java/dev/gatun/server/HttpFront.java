package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.BadRequestException;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.HttpPrologue;
import io.helidon.http.RequestException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Routes requests to their endpoints, reads their bodies, and sends answers and errors. */
final class HttpFront {

    private static final Logger LOGGER = System.getLogger(HttpFront.class.getName());

    private static final String JSON = "application/json";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OTHER = "other";

    /** How many of the longest bodies are in memory at the same time, at most. */
    private static final int MAX_BODIES = 32;

    private final ServerOptions options;
    private final ServerMetrics metrics;
    private final TextBatcher batcher;
    private final TimeLimits limits;
    private final OpenAiEndpoints openAi;
    private final InferenceEndpoints inference;
    private final Semaphore bodyRoom;
    private volatile boolean stopping;

    HttpFront(ServedEncoder encoder, ServerOptions options, ServerMetrics metrics, TextBatcher batcher, TimeLimits limits) {
        this.options = options;
        this.metrics = metrics;
        this.batcher = batcher;
        this.limits = limits;
        TextService service = new TextService(encoder, options, metrics, batcher);
        this.openAi = new OpenAiEndpoints(encoder, options, service);
        this.inference = new InferenceEndpoints(encoder, options, service);
        this.bodyRoom = new Semaphore(Math.toIntExact(Math.min(Integer.MAX_VALUE, (long) MAX_BODIES * options.maxBodyBytes())));
    }

    /** From now on the server says that it is not well, so that nobody sends it more. */
    void stop() {
        stopping = true;
    }

    void route(HttpRouting.Builder routing) {
        routing.addFilter(this::serve);
        post(routing, true, "/v1/embeddings", openAi::embeddings);
        post(routing, true, "/embeddings", openAi::embeddings);
        get(routing, true, "/v1/models", JSON, openAi::models);
        routing.get("/v1/models/{name}", (request, response) -> answer(true, "/v1/models", JSON, response,
                () -> openAi.model(request.path().pathParameters().get("name"))));
        post(routing, false, "/embed", inference::embed);
        post(routing, false, "/tokenize", inference::tokenize);
        post(routing, false, "/similarity", inference::similarity);
        get(routing, false, "/info", JSON, inference::info);
        get(routing, false, "/metrics", PROMETHEUS, this::metrics);
        get(routing, false, "/health", JSON, this::health);
        routing.any((request, response) -> answer(isOpenAi(request.path().path()), OTHER, JSON, response, () -> {
            throw new Refusal(Reason.NOT_FOUND, "there is nothing at this path");
        }));
    }

    private void post(HttpRouting.Builder routing, boolean openAiForm, String path, UnaryOperator<byte[]> endpoint) {
        routing.post(path, (request, response) -> answer(openAiForm, path, JSON, response, () -> answerBody(request, endpoint)));
        routing.any(path, refuseMethod(openAiForm, path, "POST"));
    }

    private void get(HttpRouting.Builder routing, boolean openAiForm, String path, String type, Supplier<byte[]> endpoint) {
        routing.get(path, (request, response) -> answer(openAiForm, path, type, response, endpoint));
        routing.any(path, refuseMethod(openAiForm, path, "GET"));
    }

    private Handler refuseMethod(boolean openAiForm, String path, String allowed) {
        return (request, response) -> {
            response.header(HeaderNames.ALLOW, allowed);
            answer(openAiForm, path, JSON, response, () -> {
                throw new Refusal(Reason.NO_SUCH_METHOD, "the method of this path is " + allowed);
            });
        };
    }

    private byte[] metrics() {
        return metrics.text(batcher.queuedTexts(), batcher.queuedTokens()).getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] health() {
        if (stopping) {
            throw new Refusal(Reason.STOPPING, "the server stops");
        }
        return new byte[0];
    }

    /** Sends the answer of an endpoint, or the reason why there is none. */
    private void answer(boolean openAiForm, String path, String type, ServerResponse response, Supplier<byte[]> endpoint) {
        byte[] bytes;
        int status = Status.OK_200.code();
        String contentType = type;
        try {
            bytes = endpoint.get();
        } catch (Refusal refusal) {
            bytes = refuse(openAiForm, refusal, response);
            status = refusal.reason().status(openAiForm);
            contentType = JSON;
        } catch (CloseConnectionException | RequestException | HttpException connection) {
            throw connection;
        } catch (RuntimeException | Error bug) {
            LOGGER.log(Level.ERROR, "internal error", bug);
            bytes = refuse(openAiForm, new Refusal(Reason.FAILED, "internal error"), response);
            status = Reason.FAILED.status(openAiForm);
            contentType = JSON;
        }
        metrics.answered(path, status);
        response.status(status);
        if (bytes.length > 0) {
            response.header(HeaderNames.CONTENT_TYPE, contentType);
        }
        try (TimeLimits.TimeLimit sending = limits.begin(options.clientTime().toNanos())) {
            response.send(bytes);
        }
    }

    private byte[] refuse(boolean openAiForm, Refusal refusal, ServerResponse response) {
        metrics.refused(refusal.reason());
        if (refusal.reason().passes()) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        return Answers.error(openAiForm, refusal.reason(), refusal.getMessage(), refusal.parameter());
    }

    private byte[] answerBody(ServerRequest request, UnaryOperator<byte[]> endpoint) {
        requireJson(request);
        int room = (int) request.headers().contentLength().orElse(options.maxBodyBytes());
        if (!acquire(room)) {
            throw new Refusal(Reason.OVERLOADED, "Model is overloaded");
        }
        try {
            byte[] bytes = body(request);
            bodyRoom.release(room - bytes.length);
            room = bytes.length;
            return endpoint.apply(bytes);
        } finally {
            bodyRoom.release(room);
        }
    }

    private boolean acquire(int room) {
        try {
            return bodyRoom.tryAcquire(room, options.clientTime().toNanos() / 2, TimeUnit.NANOSECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the client is too slow, or the server stops", stop);
        }
    }

    /** A page in a browser can send what is not declared JSON to any server on this machine, without asking. */
    private static void requireJson(ServerRequest request) {
        boolean json = request.headers().contentType().map(type -> type.mediaType().text().equals(JSON)).orElse(false);
        if (!json) {
            throw new Refusal(Reason.NOT_JSON, "the Content-Type must be " + JSON);
        }
    }

    private static byte[] body(ServerRequest request) {
        if (!request.content().hasEntity()) {
            throw new Refusal(Reason.MALFORMED, "the body must be a JSON object");
        }
        try {
            byte[] bytes = request.content().inputStream().readAllBytes();
            ClientConnection.current().received();
            return bytes;
        } catch (CloseConnectionException | RequestException known) {
            throw known;
        } catch (IOException | RuntimeException framing) {
            // Where the next request begins is not known: the connection ends with this answer.
            throw new BadRequestException("the body is not framed as its headers say", framing);
        }
    }

    /** Ends the time in which a request arrives, and the connection where the client asks for that. */
    private void serve(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        try {
            chain.proceed();
        } finally {
            ClientConnection.current().received();
        }
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asks for it");
        }
    }

    /** Connections of HTTP/1.1 that notice when a client has gone, and that limit the time in which a request arrives. */
    ServerConnectionSelector connections() {
        Http1ConnectionListener begins = new Http1ConnectionListener() {
            @Override
            public void prologue(ConnectionContext context, HttpPrologue prologue) {
                ClientConnection.current().receive(limits.begin(options.clientTime().toNanos()));
            }
        };
        ServerConnectionSelector selector = Http1ConnectionSelector.builder()
                .config(Http1Config.builder().addReceiveListener(begins).build()).build();
        return new ServerConnectionSelector() {
            @Override
            public int bytesToIdentifyConnection() {
                return selector.bytesToIdentifyConnection();
            }

            @Override
            public Support supports(BufferData data) {
                return selector.supports(data);
            }

            @Override
            public Set<String> supportedApplicationProtocols() {
                return selector.supportedApplicationProtocols();
            }

            @Override
            public ServerConnection connection(ConnectionContext context) {
                return selector.connection(new ClientConnection(context));
            }
        };
    }

    /** Answers what the server itself refuses, before any endpoint sees it, in the form of the path. */
    DirectHandlers directHandlers() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (EventType event : EventType.values()) {
            handlers.addHandler(event, this::direct);
        }
        return handlers.build();
    }

    private DirectHandler.TransportResponse direct(DirectHandler.TransportRequest request, EventType event, Status status,
            ServerResponseHeaders headers, String message) {
        Reason reason = reason(status);
        boolean openAiForm = isOpenAi(request.path());
        metrics.answered(OTHER, status.code());
        metrics.refused(reason);
        String text = reason == Reason.TOO_LARGE ? "the body has more than " + options.maxBodyBytes() + " bytes"
                : reason == Reason.FAILED ? "internal error"
                : message == null ? status.reasonPhrase().toLowerCase(Locale.ROOT) : message;
        headers.set(HeaderNames.CONTENT_TYPE, JSON);
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .keepAlive(event.keepAlive())
                .entity(Answers.error(openAiForm, reason, text, null))
                .build();
    }

    private static Reason reason(Status status) {
        int code = status.code();
        return code == Reason.TOO_LARGE.status(true) ? Reason.TOO_LARGE
                : code == Reason.NOT_FOUND.status(true) ? Reason.NOT_FOUND
                : code >= Status.INTERNAL_SERVER_ERROR_500.code() ? Reason.FAILED : Reason.MALFORMED;
    }

    private static boolean isOpenAi(String path) {
        return path.startsWith("/v1/") || path.equals("/embeddings");
    }
}
