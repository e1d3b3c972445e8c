package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that do not keep to the rules are answered or disconnected, and the server goes on. */
@Tag("any-width")
@Timeout(60)
class HostileRequestsTest {

    private static final int MAX_BODY = 20_000;

    private static RunningServer running;

    /** A server that waits for its clients for a short time only. */
    private static RunningServer impatient;

    @BeforeAll
    static void start() {
        running = new RunningServer(options -> options.withMaxBody(MAX_BODY));
        impatient = new RunningServer(options -> options.withClientTime(Duration.ofMillis(300)).withIdleTime(Duration.ofMillis(400)));
    }

    @AfterAll
    static void stop() {
        running.close();
        impatient.close();
    }

    @AfterEach
    void theServerStillAnswers() {
        assertEquals(200, running.post("/embed", "{\"inputs\": \"still there\"}").statusCode());
        assertEquals(0, running.metric("te_queue_size"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            GET /health HTTP/2.0                                                                  | 4
            nonsense                                                                              | 400
            GET                                                                                   | 400
            GET /health%zz HTTP/1.1;Host: a                                                       | 400
            GET /../../etc/passwd HTTP/1.1;Host: a;Connection: close                              | 4
            GET /health HTTP/1.1                                                                  | 400
            GET /health HTTP/1.1;Host: a;Host: b                                                  | 400
            GET /health HTTP/1.1;Host: a;no colon                                                 | 400
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: -5        | 400
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: x         | 400
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: 99999999  | 413
            POST /v1/embeddings HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: 9999999999999 | 413
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Transfer-Encoding: gzip   | 400
            POST /embed HTTP/1.1;Host: a;Content-Type: x;Content-Length: 0;Connection: close | 400
            POST /embed HTTP/1.1;Host: a;Content-Length: 0;Connection: close                      | 415
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Encoding: gzip;Content-Length: 3;Connection: close;;abc | 415
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Transfer-Encoding: gzip, chunked | 501
            GET /health HTTP/1.0                                                                  | 505
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: 2;Transfer-Encoding: chunked;;0 | 400
            POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Transfer-Encoding: chunked;;zz | 400
            """)
    void malformed(String lines, String status) throws IOException {
        try (Socket socket = connect()) {
            send(socket, lines.replace(";", "\r\n") + "\r\n\r\n");
            String answer = answer(socket);
            assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
            assertTrue(Json.of(answer.substring(answer.indexOf("\r\n\r\n") + 4)).has("error"), answer);
        }
    }

    /** What follows a body that cannot be read to its end is no request: one answer, and the connection is closed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            400 | e;x=y/{"inputs":"a"}/0//GET /health HTTP/1.1/Host: a//
            400 | e/{"inputs":"a"}/0/X: y//GET /health HTTP/1.1/Host: a//
            400 | -1/{"inputs":"a"}/0//GET /health HTTP/1.1/Host: a//
            400 | ffffffffff/{"inputs":"a"}/0//GET /health HTTP/1.1/Host: a//
            413 | 7fffffff/{"inputs":"a"}/0//GET /health HTTP/1.1/Host: a//
            """)
    void bodiesThatAreNotFramed(String status, String chunks) throws IOException {
        try (Socket socket = connect()) {
            send(socket, "POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunks.replace("/", "\r\n"));
            String answer = answer(socket);
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 " + status), answer);
            assertTrue(answer.indexOf("HTTP/1.1", 1) < 0, answer);
        }
    }

    /** Content behind the answer to HEAD would be taken for the next answer. */
    @ParameterizedTest
    @CsvSource({"/health, 200", "/metrics, 200", "/v1/models, 200", "/v1/models/none, 404", "/none, 404", "/embed, 405"})
    void headHasNoContent(String path, String status) throws IOException {
        try (Socket socket = connect()) {
            send(socket, "HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            String answer = answer(socket);
            assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
            assertTrue(answer.substring(answer.indexOf("\r\n\r\n") + 4).startsWith("HTTP/1.1 200 OK"), answer);
        }
    }

    /** Clients that announce long bodies and send none take nothing from others. */
    @Test
    void bodiesThatNeverCome() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try (RunningServer usual = new RunningServer()) {
            for (int i = 0; i < 40; i++) {
                Socket socket = new Socket(usual.server.address().getAddress(), usual.server.address().getPort());
                sockets.add(socket);
                send(socket, "POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{");
            }
            assertEquals(200, usual.post("/embed", "{\"inputs\": \"a\"}").statusCode());
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aBodyInManyChunksThatIsTooLarge() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n");
            try {
                for (int i = 0; i < 50; i++) {
                    send(socket, "3e8\r\n" + "x".repeat(1000) + "\r\n");
                }
            } catch (SocketException closed) {
                // The server does not read the rest.
            }
            String answer = answer(socket);
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 413"), answer);
        }
    }

    @Test
    void aBodyInChunks() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"i\r\n8\r\nnputs\":\"\r\n3\r\na\"}\r\n0\r\n\r\n");
            assertTrue(answer(socket).startsWith("HTTP/1.1 200"));
        }
    }

    @Test
    void endlessHeaders() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET /health HTTP/1.1\r\nHost: a\r\n");
            try {
                for (int i = 0; i < 1000; i++) {
                    send(socket, "X-Header-" + i + ": " + "x".repeat(100) + "\r\n");
                }
            } catch (SocketException closed) {
                // As it should.
            }
            String answer = answer(socket);
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        }
    }

    @Test
    void anEndlessFirstLine() throws IOException {
        try (Socket socket = connect()) {
            try {
                send(socket, "GET /" + "x".repeat(100_000));
            } catch (SocketException closed) {
                // As it should.
            }
            String answer = answer(socket);
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        }
    }

    /** Nothing, a first line, headers, a body, one that nobody wants: a client that goes on too slowly is disconnected. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"''", "GET /hea", "GET /health HTTP/1.1;Host: a;X: ",
        "POST /embed HTTP/1.1;Host: a;Content-Type: application/json;Content-Length: 1000;;{\"inputs\": \"",
        "POST /embed HTTP/1.1;Host: a;Content-Type: text/plain;Content-Length: 1000;;",
        "POST /none HTTP/1.1;Host: a;Content-Length: 1000;;"})
    void slow(String beginning) throws Exception {
        try (Socket socket = new Socket(impatient.server.address().getAddress(), impatient.server.address().getPort())) {
            send(socket, beginning.replace(";", "\r\n"));
            long start = System.nanoTime();
            try {
                while (System.nanoTime() - start < 15_000_000_000L) {
                    Thread.sleep(50);
                    if (!beginning.isEmpty()) {
                        send(socket, "x");
                    }
                    socket.setSoTimeout(1);
                    try {
                        if (socket.getInputStream().read() < 0) {
                            return;
                        }
                    } catch (SocketTimeoutException open) {
                        // Still connected.
                    }
                }
            } catch (SocketException closed) {
                return;
            }
            throw new AssertionError("still connected");
        }
    }

    /** A client that does not read its answers is disconnected. */
    @Test
    void answersThatNobodyReads() throws Exception {
        StringBuilder texts = new StringBuilder("{\"inputs\": [[1]");
        for (int i = 0; i < 1500; i++) {
            texts.append(",[").append(i % 7).append(']');
        }
        String body = texts.append("]}").toString();
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(1024);
            socket.connect(impatient.server.address());
            boolean closed = false;
            long start = System.nanoTime();
            while (!closed && System.nanoTime() - start < 15_000_000_000L) {
                try {
                    send(socket, post(body));
                    Thread.sleep(5);
                } catch (SocketException reset) {
                    closed = true;
                }
            }
            assertTrue(closed);
        }
    }

    @Test
    void halfARequest() throws IOException {
        for (String beginning : List.of("", "GET", "GET /health HTTP/1.1\r\nHost:", post("{\"inputs\": \"water\"}").substring(0, 100))) {
            try (Socket socket = connect()) {
                send(socket, beginning);
                socket.shutdownOutput();
                String answer = answer(socket);
                assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 400"), answer);
            }
        }
    }

    @Test
    void aWholeRequestOfAHalfClosedConnection() throws IOException {
        try (Socket socket = connect()) {
            send(socket, post("{\"inputs\": \"water\"}"));
            socket.shutdownOutput();
            assertTrue(answer(socket).startsWith("HTTP/1.1 200"));
        }
    }

    @Test
    void requestsOneAfterTheOtherWithoutWaiting() throws IOException {
        int count = 50;
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < count; i++) {
            requests.append(post("{\"inputs\": \"text " + i + "\"}"));
        }
        requests.append("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        try (Socket socket = connect()) {
            send(socket, requests.toString());
            String[] answers = answer(socket).split("HTTP/1.1 200 OK\r\n");
            assertEquals(count + 2, answers.length);
            for (int i = 0; i < count; i++) {
                String body = answers[i + 1].substring(answers[i + 1].indexOf("\r\n\r\n") + 4);
                assertArrayEquals(running.encoder.row("text " + i), Json.floats(Json.of(body).get(0)));
            }
        }
    }

    /** Bodies with a byte changed, cut or added: each is answered, and never as a fault of the server. */
    @Test
    void bodiesWithFaults() {
        byte[] whole = ("{\"inputs\": [\"water\", \"g\\u00e9\\n\", [1, 2, 3]], \"truncate\": true, \"dimensions\": 3,"
                + " \"more\": {\"a\": [1.5e3, null]}}").getBytes(StandardCharsets.UTF_8);
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] body = whole.clone();
            int at = random.nextInt(body.length);
            switch (i % 3) {
                case 0 -> body[at] = (byte) random.nextInt(256);
                case 1 -> body = Arrays.copyOf(body, at);
                default -> body[at] = (byte) "\"[]{},:\\0 ".charAt(random.nextInt(10));
            }
            int status = running.send(running.request("/embed").header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))).statusCode();
            assertTrue(status == 200 || status == 400 || status == 422, () -> "status " + status);
        }
    }

    @Test
    void deeplyNestedBodies() {
        int depth = 9000;
        assertEquals(422, running.post("/embed", "{\"inputs\": " + "[".repeat(depth) + "]".repeat(depth) + "}").statusCode());
        assertEquals(400, running.post("/embed", "{\"more\": " + "[".repeat(depth) + "]".repeat(depth) + "}").statusCode());
        assertEquals(400, running.post("/embed", "{\"inputs\": [" + "9".repeat(depth) + "]}").statusCode());
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(running.server.address().getAddress(), running.server.address().getPort());
        socket.setSoTimeout(15_000);
        return socket;
    }

    private static String post(String body) {
        return "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** All that the server sends until it closes the connection. */
    private static String answer(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        byte[] buffer = new byte[8192];
        try {
            for (int read = socket.getInputStream().read(buffer); read >= 0; read = socket.getInputStream().read(buffer)) {
                answer.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException reset) {
            // The server closes a connection that it does not read to the end.
        }
        return answer.toString();
    }
}
