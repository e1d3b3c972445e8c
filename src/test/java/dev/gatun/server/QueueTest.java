package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("any-width")
@Timeout(60)
class QueueTest {

    @Test
    void whatWaitsIsOneBatch() throws Exception {
        try (RunningServer running = new RunningServer()) {
            running.encoder.runs.drainPermits();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            answers.add(running.postLater("/embed", "{\"inputs\": \"first\"}"));
            until(() -> running.encoder.waiting.get() == 1);
            for (int i = 0; i < 20; i++) {
                answers.add(running.postLater("/embed", "{\"inputs\": \"" + "x".repeat(i + 1) + "\"}"));
            }
            until(() -> running.metric("te_queue_size") == 20);
            running.encoder.runs.release(1000);
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertEquals(200, answer.get().statusCode());
            }
            assertEquals(2, running.encoder.batches.get());
            assertEquals(20, running.encoder.largestBatch.get());
        }
    }

    @Test
    void aBatchHasItsLimits() throws Exception {
        try (RunningServer running = new RunningServer(options -> options.withMaxBatch(10, 3))) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"f\"}");
            until(() -> running.encoder.waiting.get() == 1);
            CompletableFuture<HttpResponse<String>> others = running.postLater("/embed",
                    "{\"inputs\": [[1], [2], [3], [4], [5, 5, 5, 5, 5, 5, 5, 5], [6, 6], [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]]}");
            until(() -> running.metric("te_queue_size") == 7);
            running.encoder.runs.release(1000);
            assertEquals(200, first.get().statusCode());
            assertEquals(200, others.get().statusCode());
            // The first; three of one token; one of 1 and one of 8; one of 2; one of 11 by itself.
            assertEquals(5, running.encoder.batches.get());
        }
    }

    @Test
    void aFullQueueRefuses() throws Exception {
        try (RunningServer running = new RunningServer(options -> options.withMaxQueue(40, 4))) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"f\"}");
            until(() -> running.encoder.waiting.get() == 1);
            CompletableFuture<HttpResponse<String>> second = running.postLater("/embed", "{\"inputs\": [\"a\", \"b\", \"c\"]}");
            until(() -> running.metric("te_queue_size") == 3);
            assertEquals(9, running.metric("gatun_queue_tokens"));

            HttpResponse<String> byTexts = running.post("/embed", "{\"inputs\": [\"a\", \"b\"]}");
            assertEquals(429, byTexts.statusCode());
            assertEquals("{\"error\":\"Model is overloaded\",\"error_type\":\"Overloaded\"}", byTexts.body());
            assertEquals("1", byTexts.headers().firstValue("Retry-After").orElseThrow());
            HttpResponse<String> byTokens = running.post("/v1/embeddings", "{\"input\": \"" + "x".repeat(30) + "\"}");
            assertEquals(429, byTokens.statusCode());
            assertEquals("rate_limit_exceeded", Json.of(byTokens).get("error").get("code").asText());
            assertEquals(413, running.post("/embed", "{\"inputs\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}").statusCode());
            assertEquals(2, running.metric("te_request_failure{err=\"overloaded\"}"));

            running.encoder.runs.release(1000);
            assertEquals(200, first.get().statusCode());
            assertEquals(200, second.get().statusCode());
            assertEquals(200, running.post("/embed", "{\"inputs\": [\"a\", \"b\", \"c\", \"d\"]}").statusCode());
        }
    }

    @Test
    void aRequestThatWaitsTooLongIsAnswered() throws Exception {
        try (RunningServer running = new RunningServer(options -> options.withRequestTime(Duration.ofMillis(300)))) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"f\"}");
            until(() -> running.encoder.waiting.get() == 1);
            HttpResponse<String> late = running.post("/embed", "{\"inputs\": \"late\"}");
            assertEquals(503, late.statusCode());
            assertEquals("Overloaded", Json.of(late).get("error_type").asText());
            assertEquals(503, first.get().statusCode());
            running.encoder.runs.release(1000);
            assertEquals(200, running.post("/embed", "{\"inputs\": \"next\"}").statusCode());
            // The late text is not computed.
            assertEquals(2, running.encoder.batches.get());
        }
    }

    @Test
    void textsOfAClientThatHasGoneAreNotComputed() throws Exception {
        try (RunningServer running = new RunningServer()) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"f\"}");
            until(() -> running.encoder.waiting.get() == 1);
            try (Socket socket = connect(running)) {
                send(socket, post("{\"inputs\": \"gone\"}"));
                until(() -> running.metric("te_queue_size") == 1);
            }
            until(() -> running.metric("te_request_failure{err=\"dropped\"}") == 1);
            running.encoder.runs.release(1000);
            assertEquals(200, first.get().statusCode());
            assertEquals(200, running.post("/embed", "{\"inputs\": \"next\"}").statusCode());
            assertEquals(2, running.encoder.batches.get());
        }
    }

    /** What a client sends while it waits for an answer is the next request. */
    @Test
    void aClientThatSendsAheadHasNotGone() throws Exception {
        try (RunningServer running = new RunningServer()) {
            running.encoder.runs.drainPermits();
            try (Socket socket = connect(running)) {
                send(socket, post("{\"inputs\": \"a\"}"));
                until(() -> running.encoder.waiting.get() == 1);
                Thread.sleep(250);
                send(socket, "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                Thread.sleep(250);
                running.encoder.runs.release(1000);
                String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertEquals(2, answers.split("HTTP/1.1 200 OK", -1).length - 1, answers);
            }
        }
    }

    @Test
    void aServerThatStopsFinishesWhatItHas() throws Exception {
        try (RunningServer running = new RunningServer()) {
            running.encoder.runs.drainPermits();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                answers.add(running.postLater("/embed", "{\"inputs\": \"" + "x".repeat(i + 1) + "\"}"));
            }
            until(() -> running.metric("te_request_count{method=\"single\"}") == 5);
            int port = running.server.address().getPort();
            Thread stop = Thread.ofPlatform().start(running.server::close);
            until(() -> refuses(port));
            assertTrue(stop.isAlive());
            running.encoder.runs.release(1000);
            for (int i = 0; i < answers.size(); i++) {
                assertEquals(200, answers.get(i).get().statusCode());
            }
            stop.join();
        }
    }

    @Test
    void aServerThatStopsDoesNotWaitForEver() throws Exception {
        try (RunningServer running = new RunningServer(options -> options.withStopTime(Duration.ofMillis(200)))) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"a\"}");
            until(() -> running.encoder.waiting.get() == 1);
            CompletableFuture<HttpResponse<String>> second = running.postLater("/v1/embeddings", "{\"input\": \"b\"}");
            until(() -> running.metric("te_queue_size") == 1);
            running.server.close();
            assertEquals("{\"error\":\"the server stops\",\"error_type\":\"Unhealthy\"}", first.get().body());
            assertEquals(503, first.get().statusCode());
            assertEquals(503, second.get().statusCode());
        }
    }

    /** A text that cannot be embedded fails alone, not with the texts of others in its batch. */
    @Test
    void othersInABatchDoNotFail() throws Exception {
        try (RunningServer running = new RunningServer()) {
            running.encoder.runs.drainPermits();
            CompletableFuture<HttpResponse<String>> first = running.postLater("/embed", "{\"inputs\": \"f\"}");
            until(() -> running.encoder.waiting.get() == 1);
            CompletableFuture<HttpResponse<String>> good = running.postLater("/embed", "{\"inputs\": [\"a\", \"b\"]}");
            CompletableFuture<HttpResponse<String>> bad = running.postLater("/embed", "{\"inputs\": [[1], [7], [1]]}");
            CompletableFuture<HttpResponse<String>> late = running.postLater("/embed", "{\"inputs\": \"c\"}");
            until(() -> running.metric("te_queue_size") == 6);
            running.encoder.runs.release(1000);
            assertEquals(200, first.get().statusCode());
            assertEquals(424, bad.get().statusCode());
            assertArrayEquals(running.encoder.row("b"), Json.floats(Json.of(good.get()).get(1)));
            assertArrayEquals(running.encoder.row("c"), Json.floats(Json.of(late.get()).get(0)));
        }
    }

    /** {@code EmbeddingServer} says why it cannot start. */
    @Test
    void aPortInUse() {
        try (RunningServer running = new RunningServer()) {
            int port = running.server.address().getPort();
            IOException fault = assertThrows(IOException.class,
                    () -> EmbeddingServer.start(running.encoder, ServerOptions.usual().withPort(port)));
            assertTrue(fault.getMessage().startsWith("127.0.0.1:" + port + ": cannot listen: "), fault.getMessage());
            IOException host = assertThrows(IOException.class,
                    () -> EmbeddingServer.start(running.encoder, ServerOptions.usual().withPort(0).withHost("192.0.2.1")));
            assertTrue(host.getMessage().startsWith("192.0.2.1:0: cannot listen: "), host.getMessage());
            assertThrows(IllegalArgumentException.class,
                    () -> EmbeddingServer.start(running.encoder, ServerOptions.usual().withPort(0).withPrompt("none")));
            assertThrows(IllegalArgumentException.class, () -> ServerOptions.usual().withHost(" "));
            assertThrows(IllegalArgumentException.class, () -> ServerOptions.usual().withRequestTime(Duration.ofSeconds(Long.MAX_VALUE)));
        }
    }

    private static boolean refuses(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isClosed();
        } catch (IOException refused) {
            return true;
        }
    }

    private static Socket connect(RunningServer running) throws IOException {
        return new Socket(running.server.address().getAddress(), running.server.address().getPort());
    }

    private static String post(String body) {
        return "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }
}
