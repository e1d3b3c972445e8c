/**
 * An HTTP server of text embeddings.
 *
 * <p>{@link dev.gatun.server.EmbeddingServer} answers {@code POST /v1/embeddings} of OpenAI's interface, and {@code /embed},
 * {@code /similarity}, {@code /tokenize}, {@code /info}, {@code /health} and {@code /metrics} of that of text-embeddings-inference. Its
 * texts are embedded in ragged batches, which hold no padding: each answer has the bits that the encoder gives for the text alone.
 *
 * {@snippet :
 * try (TextEncoder encoder = TextEncoder.open(Path.of("all-minilm-l6-v2.onnx"));
 *         EmbeddingServer server = EmbeddingServer.start(ServedEncoder.of(encoder), ServerOptions.usual().withPort(8080))) {
 *     Thread.currentThread().join();
 * }
 * }
 *
 * <p>Needs {@code io.helidon.webserver} and {@code com.fasterxml.jackson.core}, which are optional dependencies of the library.
 */
package dev.gatun.server;
