package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients at the same time: no request is lost, and each answer is that of its texts. */
@Tag("any-width")
@Timeout(60)
class ManyRequestsTest {

    private static final int CONNECTIONS = 64;
    private static final int REQUESTS = 10_000;
    private static final int MAX_TEXTS = 8;

    @Test
    void everyAnswerIsThatOfItsTexts() throws Exception {
        try (RunningServer running = new RunningServer()) {
            AtomicInteger next = new AtomicInteger();
            send(running, next, REQUESTS / 2);
            long before = usedHeap();
            send(running, next, REQUESTS);
            long after = usedHeap();
            assertEquals(REQUESTS, running.metric("te_request_success{method=\"single\"}")
                    + running.metric("te_request_success{method=\"batch\"}"));
            assertEquals(0, running.metric("te_queue_size"));
            assertEquals(0, running.metric("gatun_queue_tokens"));
            assertTrue(after < before + (8 << 20), () -> "heap " + before + " -> " + after);
        }
    }

    private static void send(RunningServer running, AtomicInteger next, int end) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                done.add(clients.submit(() -> client(running, next, end)));
            }
            for (Future<?> client : done) {
                client.get();
            }
        }
    }

    private static Void client(RunningServer running, AtomicInteger next, int end) throws IOException {
        try (Socket socket = new Socket(running.server.address().getAddress(), running.server.address().getPort());
                InputStream in = new BufferedInputStream(socket.getInputStream())) {
            socket.setTcpNoDelay(true);
            for (int request = next.getAndIncrement(); request < end; request = next.getAndIncrement()) {
                exchange(running, socket, in, request);
            }
        }
        next.decrementAndGet();
        return null;
    }

    private static void exchange(RunningServer running, Socket socket, InputStream in, int request) throws IOException {
        Random random = new Random(request);
        List<String> texts = new ArrayList<>();
        int count = random.nextInt(4) == 0 ? 1 + random.nextInt(MAX_TEXTS) : 1;
        for (int i = 0; i < count; i++) {
            texts.add(request + "x".repeat(random.nextInt(CodePointEncoder.MAX_TOKENS - 8)));
        }
        String body = "{\"inputs\":[\"" + String.join("\",\"", texts) + "\"]}";
        socket.getOutputStream().write(("POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
        String[] rows = answer(in).substring(2).split("\\],\\[");
        assertEquals(count, rows.length);
        for (int i = 0; i < count; i++) {
            String[] numbers = rows[i].replace("]", "").split(",");
            float[] row = new float[numbers.length];
            for (int j = 0; j < row.length; j++) {
                row[j] = Float.parseFloat(numbers[j]);
            }
            assertArrayEquals(running.encoder.row(texts.get(i)), row);
        }
    }

    private static String answer(InputStream in) throws IOException {
        assertTrue(line(in).startsWith("HTTP/1.1 200"));
        int length = -1;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring(16));
            }
        }
        return new String(in.readNBytes(length), StandardCharsets.US_ASCII);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed after '" + line + "'");
            }
            line.append((char) c);
        }
        return line.substring(0, line.length() - 1);
    }

    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
