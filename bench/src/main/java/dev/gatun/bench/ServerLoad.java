package dev.gatun.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests to a server of embeddings over several connections, each of which waits for its answer, and prints how many were answered
 * in a second and how long they took.
 *
 * <pre>
 * java -cp bench/target/benchmarks.jar dev.gatun.bench.ServerLoad http://127.0.0.1:8080 CONNECTIONS REQUESTS [LEAST MOST]
 * </pre>
 *
 * <p>A request to {@code /embed} has one text of LEAST to MOST words (4 to 96), the same ones in every run. A fifth of the requests go first
 * and are not counted. The load shares the processors of the machine with a server on it.
 */
public final class ServerLoad {

    private static final String[] WORDS = {"lake", "ship", "water", "gate", "canal", "river", "rain", "lock", "rises", "to", "the", "sea",
        "of", "level", "and", "passes", "mountain", "ocean", "in", "a"};

    private final URI server;
    private final int least;
    private final int most;

    private ServerLoad(URI server, int least, int most) {
        this.server = server;
        this.least = least;
        this.most = most;
    }

    /** Runs the load. */
    public static void main(String[] arguments) throws Exception {
        URI server = URI.create(arguments[0]);
        int connections = Integer.parseInt(arguments[1]);
        int requests = Integer.parseInt(arguments[2]);
        boolean lengths = arguments.length > 4;
        ServerLoad load = new ServerLoad(server, lengths ? Integer.parseInt(arguments[3]) : 4,
                lengths ? Integer.parseInt(arguments[4]) : 96);
        load.send(connections, requests / 5);
        long start = System.nanoTime();
        long[] times = load.send(connections, requests);
        double seconds = 1e-9 * (System.nanoTime() - start);
        Arrays.sort(times);
        System.out.printf("%s connections, %s requests: %.1f requests/s; ms: p50 %.1f, p90 %.1f, p99 %.1f, max %.1f%n", connections,
                requests, requests / seconds, 1e-6 * times[requests / 2], 1e-6 * times[(int) (0.9 * requests)],
                1e-6 * times[(int) (0.99 * requests)], 1e-6 * times[requests - 1]);
    }

    /** The time of each request, in nanoseconds. */
    private long[] send(int connections, int requests) throws Exception {
        long[] times = new long[requests];
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                clients.add(threads.submit(() -> client(next, times)));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        }
        return times;
    }

    private Void client(AtomicInteger next, long[] times) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort());
                InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 14)) {
            socket.setTcpNoDelay(true);
            for (int request = next.getAndIncrement(); request < times.length; request = next.getAndIncrement()) {
                byte[] bytes = request(request);
                long start = System.nanoTime();
                socket.getOutputStream().write(bytes);
                receive(in);
                times[request] = System.nanoTime() - start;
            }
        }
        return null;
    }

    private byte[] request(int number) {
        Random random = new Random(number);
        StringBuilder body = new StringBuilder("{\"inputs\":\"");
        for (int words = least + random.nextInt(most - least + 1); words > 0; words--) {
            body.append(WORDS[random.nextInt(WORDS.length)]).append(words == 1 ? "" : " ");
        }
        body.append("\"}");
        return ("POST /embed HTTP/1.1\r\nHost: " + server.getHost() + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads an answer to its end. */
    private static void receive(InputStream in) throws IOException {
        String status = line(in);
        int length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring("Content-Length: ".length()));
            }
        }
        byte[] body = in.readNBytes(length);
        if (!status.startsWith("HTTP/1.1 200 ") || body.length < length) {
            throw new IOException(status + ": " + new String(body, StandardCharsets.UTF_8));
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection is closed");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
