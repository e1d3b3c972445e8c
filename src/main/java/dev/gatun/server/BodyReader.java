package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads the bodies of requests. Memory is taken as the bytes arrive: a client that announces many and sends none has none. */
final class BodyReader {

    static final String JSON = "application/json";

    private static final int FIRST_BYTES = 8192;
    private static final String IDENTITY = "identity";

    private final int maxBytes;

    BodyReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Reads the body of a request.
     *
     * @param memory   receives the memory of the body
     * @param response ends the connection where the body cannot be read to its end: there is no telling where the next request begins
     * @throws Refusal if it is not declared JSON, is compressed, is too large, or is not framed as its headers say
     */
    byte[] read(ServerRequest request, ServerResponse response, MemoryLimit.Share memory) {
        requireJson(request);
        if (!request.content().hasEntity()) {
            throw new Refusal(Reason.MALFORMED, "the body must be a JSON object");
        }
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = read(in, request.headers().contentLength().orElse(Long.MAX_VALUE), memory);
            ClientConnection.current().received();
            return bytes;
        } catch (CloseConnectionException gone) {
            throw gone;
        } catch (Refusal full) {
            response.header(HeaderValues.CONNECTION_CLOSE);
            throw full;
        } catch (IOException | RuntimeException fault) {
            response.header(HeaderValues.CONNECTION_CLOSE);
            throw isTooLarge(fault) ? tooLarge() : new Refusal(Reason.MALFORMED, "the body is not framed as its headers say");
        }
    }

    private byte[] read(InputStream in, long announced, MemoryLimit.Share memory) throws IOException {
        int most = (int) Math.min(announced, maxBytes);
        byte[] bytes = new byte[0];
        int count = 0;
        for (int read = 0; read >= 0; count += Math.max(read, 0)) {
            if (count == bytes.length) {
                int length = Math.min(Math.max(2 * count, FIRST_BYTES), most);
                if (length == count) {
                    break;
                }
                memory.take(length - count);
                bytes = Arrays.copyOf(bytes, length);
            }
            read = in.read(bytes, count, bytes.length - count);
        }
        if (in.read() >= 0) {
            throw tooLarge();
        }
        return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }

    private Refusal tooLarge() {
        return new Refusal(Reason.TOO_LARGE, "the body has more than " + maxBytes + " bytes");
    }

    private static boolean isTooLarge(Exception fault) {
        Status status = fault instanceof RequestException refused ? refused.status()
                : fault instanceof HttpException refused ? refused.status() : null;
        return status != null && status.code() == Reason.TOO_LARGE.status(true);
    }

    /** A page in a browser can send what is not declared JSON to any server on this machine, without asking. */
    private static void requireJson(ServerRequest request) {
        boolean json = request.headers().contentType().map(type -> type.mediaType().text().equalsIgnoreCase(JSON)).orElse(false);
        if (!json) {
            throw new Refusal(Reason.NOT_JSON, "the Content-Type must be " + JSON);
        }
        if (request.headers().contains(HeaderNames.CONTENT_ENCODING)
                && !request.headers().get(HeaderNames.CONTENT_ENCODING).allValues().stream().allMatch(IDENTITY::equalsIgnoreCase)) {
            throw new Refusal(Reason.NOT_JSON, "the body must not be compressed");
        }
    }
}
