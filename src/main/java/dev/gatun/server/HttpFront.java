package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
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
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** Routes requests to their endpoints, reads their bodies, and sends answers and errors. */
final class HttpFront {

    private static final Logger LOGGER = System.getLogger(HttpFront.class.getName());

    private static final String JSON = BodyReader.JSON;
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OTHER = "other";

    /** How many of the longest bodies are in memory at the same time, at most, and the least memory of bodies and answers in bytes. */
    private static final int MAX_BODIES = 32;
    private static final long MIN_MEMORY = 64_000_000;

    private final ServerOptions options;
    private final ServerMetrics metrics;
    private final TextBatcher batcher;
    private final TimeLimits limits;
    private final BodyReader bodies;
    private final MemoryLimit memory;
    private final OpenAiEndpoints openAi;
    private final InferenceEndpoints inference;
    private volatile boolean stopping;

    /** Answers a request with a body, in memory that it takes. */
    interface Endpoint {

        /** The answer to a body. */
        byte[] answer(byte[] body, MemoryLimit.Share memory);
    }

    HttpFront(ServedEncoder encoder, ServerOptions options, ServerMetrics metrics, TextBatcher batcher, TimeLimits limits) {
        this.options = options;
        this.metrics = metrics;
        this.batcher = batcher;
        this.limits = limits;
        TextService service = new TextService(encoder, options, metrics, batcher);
        this.openAi = new OpenAiEndpoints(encoder, options, service);
        this.inference = new InferenceEndpoints(encoder, options, service);
        this.bodies = new BodyReader(options.maxBodyBytes());
        long bytes = Math.max(MIN_MEMORY, (long) MAX_BODIES * options.maxBodyBytes());
        this.memory = new MemoryLimit((int) Math.min(Integer.MAX_VALUE, bytes), options.clientTime().toNanos() / 2);
    }

    /** From now on the server says that it is not well, so that nobody sends it more. */
    void stop() {
        stopping = true;
    }

    void route(HttpRouting.Builder routing) {
        routing.addFilter(this::serve);
        post(routing, true, "/v1/embeddings", openAi::embeddings);
        post(routing, true, "/embeddings", openAi::embeddings);
        get(routing, true, "/v1/models", JSON, request -> openAi.models());
        get(routing, true, "/v1/models/{+name}", JSON, request -> openAi.model(request.path().pathParameters().get("name")));
        post(routing, false, "/embed", inference::embed);
        post(routing, false, "/tokenize", inference::tokenize);
        post(routing, false, "/similarity", inference::similarity);
        get(routing, false, "/info", JSON, request -> inference.info());
        get(routing, false, "/metrics", PROMETHEUS, request -> metrics());
        get(routing, false, "/health", JSON, request -> health());
        routing.any((request, response) -> answer(isOpenAi(request.path().path()), OTHER, JSON, request, response, ignored -> {
            throw new Refusal(Reason.NOT_FOUND, "there is nothing at this path");
        }));
    }

    private void post(HttpRouting.Builder routing, boolean openAiForm, String path, Endpoint endpoint) {
        routing.post(path, (request, response) -> answer(openAiForm, path, JSON, request, response,
                share -> endpoint.answer(bodies.read(request, response, share), share)));
        routing.any(path, refuseMethod(openAiForm, path, "POST"));
    }

    /** HEAD is answered as GET is, without the content. */
    private void get(HttpRouting.Builder routing, boolean openAiForm, String path, String type, Function<ServerRequest, byte[]> endpoint) {
        Handler handler = (request, response) -> answer(openAiForm, path, type, request, response, share -> endpoint.apply(request));
        routing.get(path, handler);
        routing.head(path, handler);
        routing.any(path, refuseMethod(openAiForm, path, "GET, HEAD"));
    }

    private Handler refuseMethod(boolean openAiForm, String path, String allowed) {
        return (request, response) -> {
            response.header(HeaderNames.ALLOW, allowed);
            answer(openAiForm, path, JSON, request, response, share -> {
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
    private void answer(boolean openAiForm, String path, String type, ServerRequest request, ServerResponse response,
            Function<MemoryLimit.Share, byte[]> endpoint) {
        try (MemoryLimit.Share share = memory.share()) {
            byte[] bytes;
            int status = Status.OK_200.code();
            String contentType = type;
            try {
                bytes = endpoint.apply(share);
            } catch (CloseConnectionException | RequestException | HttpException connection) {
                throw connection;
            } catch (RuntimeException | Error fault) {
                Refusal refusal = refusal(fault);
                bytes = refuse(openAiForm, refusal, response);
                status = refusal.reason().status(openAiForm);
                contentType = JSON;
            }
            metrics.answered(path, status);
            response.status(status);
            if (bytes.length > 0) {
                response.header(HeaderNames.CONTENT_TYPE, contentType);
            }
            send(bytes, request, response);
        }
    }

    private static Refusal refusal(Throwable fault) {
        if (fault instanceof Refusal refusal) {
            return refusal;
        }
        LOGGER.log(Level.ERROR, "internal error", fault);
        return new Refusal(Reason.FAILED, "internal error");
    }

    private void send(byte[] bytes, ServerRequest request, ServerResponse response) {
        try (TimeLimits.TimeLimit sending = limits.begin(options.clientTime().toNanos())) {
            if (request.prologue().method() == Method.HEAD) {
                response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length));
                response.send();
            } else {
                response.send(bytes);
            }
        }
    }

    private byte[] refuse(boolean openAiForm, Refusal refusal, ServerResponse response) {
        metrics.refused(refusal.reason());
        if (refusal.reason().passes()) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        return Answers.error(openAiForm, refusal.reason(), refusal.getMessage(), refusal.parameter());
    }

    /**
     * Ends the time in which a request arrives, and the connection where the client asks for that. The rest of a body that has not been
     * read must arrive in that time, too.
     */
    private void serve(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        try {
            chain.proceed();
        } finally {
            if (!request.content().hasEntity()) {
                ClientConnection.current().received();
            }
        }
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asks for it, or its next request cannot be found");
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
        byte[] entity = request.method().equals(Method.HEAD_NAME) ? new byte[0] : Answers.error(openAiForm, reason, text, null);
        headers.set(HeaderNames.CONTENT_TYPE, JSON);
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .keepAlive(event.keepAlive())
                .entity(entity)
                .build();
    }

    private static Reason reason(Status status) {
        int code = status.code();
        return code == Reason.TOO_LARGE.status(true) ? Reason.TOO_LARGE
                : code == Reason.NOT_FOUND.status(true) ? Reason.NOT_FOUND
                : code == Status.INTERNAL_SERVER_ERROR_500.code() ? Reason.FAILED : Reason.MALFORMED;
    }

    private static boolean isOpenAi(String path) {
        return path.startsWith("/v1/") || path.equals("/embeddings");
    }
}
