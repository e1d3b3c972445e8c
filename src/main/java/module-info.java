/**
 * Hand-vectorised kernels for the Markov geometry of query-key scores.
 *
 * <p>On the module path the Vector API is resolved with this module; on the class path the JVM must be started with
 * {@code --add-modules jdk.incubator.vector}.
 */
module dev.gatun {
    requires jdk.incubator.vector;
    requires static info.picocli;
    requires static ejml.core;
    requires static ejml.ddense;
    // The HTTP server, and the embedding model of LangChain4j.
    requires static io.helidon.webserver;
    requires static com.fasterxml.jackson.core;
    requires static langchain4j.core;
    // What logs, describes the virtual machine and records its events; without them the library does without.
    requires static java.logging;
    requires static java.management;
    requires static jdk.management;
    requires static jdk.jfr;

    exports dev.gatun;
    exports dev.gatun.attention;
    exports dev.gatun.cluster;
    exports dev.gatun.dynamics;
    exports dev.gatun.encoder;
    exports dev.gatun.hopfield;
    exports dev.gatun.io;
    exports dev.gatun.langchain4j;
    exports dev.gatun.machine;
    exports dev.gatun.server;
    exports dev.gatun.spectral;

    // Found where LangChain4j is on the module path, and of no account where it is not.
    provides dev.langchain4j.spi.model.embedding.EmbeddingModelFactory with dev.gatun.langchain4j.GatunEmbeddingModelFactory;

    opens dev.gatun.cli to info.picocli;
    opens dev.gatun.cli.input to info.picocli;
    opens dev.gatun.cli.operator to info.picocli;
}
