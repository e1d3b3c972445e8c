package dev.gatun.server;

import java.time.Duration;

/** The address and the limits of a server. Immutable: each {@code with} method returns a copy. */
public final class ServerOptions implements Cloneable {

    /** The address on which a server listens unless told otherwise: this machine alone reaches it. */
    public static final String LOOPBACK = "127.0.0.1";

    private static final Duration MAX_TIME = Duration.ofDays(1);

    private String host = LOOPBACK;
    private int port = 8080;
    private boolean truncates;
    private String prompt;
    private int batchers = 1;
    private int maxBatchTokens = 2048;
    private int maxBatchTexts = 1024;
    private int maxQueuedTexts = 4096;
    private int maxQueuedTokens = 131_072;
    private int maxTexts = 2048;
    private int maxBodyBytes = 2_000_000;
    private int maxConnections = 1024;
    private Duration requestTime = Duration.ofSeconds(30);
    private Duration clientTime = Duration.ofSeconds(10);
    private Duration idleTime = Duration.ofSeconds(60);
    private Duration stopTime = Duration.ofSeconds(20);

    private ServerOptions() {
    }

    /**
     * Loopback, port 8080, and the limits that each method states.
     *
     * @return the usual options
     */
    public static ServerOptions usual() {
        return new ServerOptions();
    }

    /**
     * Listens on an address of this machine ({@value #LOOPBACK}). Any other than loopback lets other machines in.
     *
     * @param address a name or an address of this machine
     * @return new options
     * @throws IllegalArgumentException if it is blank
     */
    public ServerOptions withHost(String address) {
        if (address.isBlank()) {
            throw new IllegalArgumentException("the address to listen on is blank");
        }
        ServerOptions copy = copy();
        copy.host = address;
        return copy;
    }

    /**
     * Listens on a port (8080); 0 takes a free one.
     *
     * @param number the number
     * @return new options
     * @throws IllegalArgumentException if it is not a port
     */
    public ServerOptions withPort(int number) {
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException("a port is 0 to 65535, not " + number);
        }
        ServerOptions copy = copy();
        copy.port = number;
        return copy;
    }

    /**
     * Cuts texts of more tokens than the model takes where a request does not say; otherwise refuses them (the default).
     *
     * @param cuts whether they are cut
     * @return new options
     */
    public ServerOptions withTruncation(boolean cuts) {
        ServerOptions copy = copy();
        copy.truncates = cuts;
        return copy;
    }

    /**
     * Puts the prefix of this name before texts where a request names none; null for no prefix (the default).
     *
     * @param name the name of a prefix, or null
     * @return new options
     */
    public ServerOptions withPrompt(String name) {
        ServerOptions copy = copy();
        copy.prompt = name;
        return copy;
    }

    /**
     * The number of batches that run at the same time (1).
     *
     * @param number the number
     * @return new options
     * @throws IllegalArgumentException if the number is not positive
     */
    public ServerOptions withBatchers(int number) {
        ServerOptions copy = copy();
        copy.batchers = positive(number, "batchers");
        return copy;
    }

    /**
     * The most tokens (2048) and texts (1024) of a batch. A text of more tokens is a batch of its own.
     *
     * @param tokens the number of tokens
     * @param texts  the number of texts
     * @return new options
     * @throws IllegalArgumentException if a number is not positive
     */
    public ServerOptions withMaxBatch(int tokens, int texts) {
        ServerOptions copy = copy();
        copy.maxBatchTokens = positive(tokens, "tokens of a batch");
        copy.maxBatchTexts = positive(texts, "texts of a batch");
        return copy;
    }

    /**
     * The most tokens (131072) and texts (4096) that wait. What has no room is refused with status 429.
     *
     * @param tokens the number of tokens
     * @param texts  the number of texts
     * @return new options
     * @throws IllegalArgumentException if a number is not positive
     */
    public ServerOptions withMaxQueue(int tokens, int texts) {
        ServerOptions copy = copy();
        copy.maxQueuedTokens = positive(tokens, "tokens that wait");
        copy.maxQueuedTexts = positive(texts, "texts that wait");
        return copy;
    }

    /**
     * The most texts of a request (2048).
     *
     * @param texts the number of texts
     * @return new options
     * @throws IllegalArgumentException if the number is not positive
     */
    public ServerOptions withMaxTexts(int texts) {
        ServerOptions copy = copy();
        copy.maxTexts = positive(texts, "texts of a request");
        return copy;
    }

    /**
     * The most bytes of a request's body (2000000).
     *
     * @param bytes the number of bytes
     * @return new options
     * @throws IllegalArgumentException if the number is not positive
     */
    public ServerOptions withMaxBody(int bytes) {
        ServerOptions copy = copy();
        copy.maxBodyBytes = positive(bytes, "bytes of a body");
        return copy;
    }

    /**
     * The most connections (1024). More clients wait until one is closed.
     *
     * @param connections the number of connections
     * @return new options
     * @throws IllegalArgumentException if the number is not positive
     */
    public ServerOptions withMaxConnections(int connections) {
        ServerOptions copy = copy();
        copy.maxConnections = positive(connections, "connections");
        return copy;
    }

    /**
     * The longest time from the reading of a request to its embeddings (30 s), after which it is answered with status 503.
     *
     * @param time the time
     * @return new options
     * @throws IllegalArgumentException if the time is not positive or longer than a day
     */
    public ServerOptions withRequestTime(Duration time) {
        ServerOptions copy = copy();
        copy.requestTime = positive(time);
        return copy;
    }

    /**
     * The longest time in which a client sends a request, and in which it takes the answer (10 s); then it is disconnected.
     *
     * @param time the time
     * @return new options
     * @throws IllegalArgumentException if the time is not positive or longer than a day
     */
    public ServerOptions withClientTime(Duration time) {
        ServerOptions copy = copy();
        copy.clientTime = positive(time);
        return copy;
    }

    /**
     * The time after which a connection without requests is closed (60 s).
     *
     * @param time the time
     * @return new options
     * @throws IllegalArgumentException if the time is not positive or longer than a day
     */
    public ServerOptions withIdleTime(Duration time) {
        ServerOptions copy = copy();
        copy.idleTime = positive(time);
        return copy;
    }

    /**
     * The longest time in which a server that stops finishes the requests it has (20 s); those left are answered with status 503.
     *
     * @param time the time
     * @return new options
     * @throws IllegalArgumentException if the time is not positive or longer than a day
     */
    public ServerOptions withStopTime(Duration time) {
        ServerOptions copy = copy();
        copy.stopTime = positive(time);
        return copy;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    boolean truncates() {
        return truncates;
    }

    String prompt() {
        return prompt;
    }

    int batchers() {
        return batchers;
    }

    int maxBatchTokens() {
        return maxBatchTokens;
    }

    int maxBatchTexts() {
        return maxBatchTexts;
    }

    int maxQueuedTexts() {
        return maxQueuedTexts;
    }

    int maxQueuedTokens() {
        return maxQueuedTokens;
    }

    int maxTexts() {
        return maxTexts;
    }

    int maxBodyBytes() {
        return maxBodyBytes;
    }

    int maxConnections() {
        return maxConnections;
    }

    Duration requestTime() {
        return requestTime;
    }

    Duration clientTime() {
        return clientTime;
    }

    Duration idleTime() {
        return idleTime;
    }

    Duration stopTime() {
        return stopTime;
    }

    private ServerOptions copy() {
        try {
            return (ServerOptions) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static int positive(int number, String what) {
        if (number < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, not " + number);
        }
        return number;
    }

    private static Duration positive(Duration time) {
        if (!time.isPositive() || time.compareTo(MAX_TIME) > 0) {
            throw new IllegalArgumentException("a time must be positive and at most " + MAX_TIME + ", not " + time);
        }
        return time;
    }
}
