package dev.gatun.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;

/**
 * A client's connection that reads ahead while an answer is computed, to notice that the client has gone. Used by the thread of the
 * connection alone.
 */
final class ClientConnection implements ConnectionContext {

    private static final ThreadLocal<ClientConnection> CURRENT = new ThreadLocal<>();

    private final ConnectionContext context;
    private final DataReader reader = DataReader.create(this::read);
    private FutureTask<byte[]> ahead;
    private TimeLimits.TimeLimit receiving;

    ClientConnection(ConnectionContext context) {
        this.context = context;
        CURRENT.set(this);
    }

    /** The connection that the calling thread serves. */
    static ClientConnection current() {
        return CURRENT.get();
    }

    /** A request begins: its limit of time ends with {@link #received}. */
    void receive(TimeLimits.TimeLimit limit) {
        received();
        receiving = limit;
    }

    /** The request has been read, or its connection does not wait for it any more. */
    void received() {
        if (receiving != null) {
            receiving.close();
            receiving = null;
        }
    }

    /** Whether the client has closed the connection, or its side of it. What a client sends meanwhile is kept. */
    boolean isGone() {
        if (ahead == null) {
            ahead = new FutureTask<>(this::readSocket);
            Thread.ofVirtual().name("gatun-read-ahead").start(ahead);
        }
        if (!ahead.isDone()) {
            return false;
        }
        try {
            return ahead.resultNow() == null;
        } catch (IllegalStateException failed) {
            return true;
        }
    }

    /** The end of what a client sends ends its connection, wherever in a request it comes. */
    private byte[] read() {
        byte[] bytes = ahead == null ? readSocket() : endReadingAhead(ahead);
        if (bytes == null) {
            throw new CloseConnectionException("the client has closed its side");
        }
        return bytes;
    }

    private byte[] endReadingAhead(FutureTask<byte[]> begun) {
        try {
            byte[] bytes = begun.get();
            ahead = null;
            return bytes;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new ServerConnectionException("interrupted while reading", stop);
        } catch (ExecutionException failure) {
            throw new ServerConnectionException("cannot read", failure);
        }
    }

    private byte[] readSocket() {
        try {
            return context.serverSocket().get();
        } catch (UncheckedIOException failure) {
            throw new ServerConnectionException("cannot read", failure);
        }
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public DataWriter dataWriter() {
        return context.dataWriter();
    }

    @Override
    public ListenerContext listenerContext() {
        return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return context.executor();
    }

    @Override
    public Router router() {
        return context.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return context.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return context.localPeer();
    }

    @Override
    public boolean isSecure() {
        return context.isSecure();
    }

    @Override
    public String socketId() {
        return context.socketId();
    }

    @Override
    public String childSocketId() {
        return context.childSocketId();
    }
}
