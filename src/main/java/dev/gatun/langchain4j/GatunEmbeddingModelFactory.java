package dev.gatun.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.spi.model.embedding.EmbeddingModelFactory;
import java.nio.file.Path;

/**
 * Makes the embedding model that LangChain4j takes where a program names none. Found by {@link java.util.ServiceLoader}.
 * The system property {@value #PROPERTY} or the environment variable {@value #VARIABLE} has the path of the model's files.
 */
public final class GatunEmbeddingModelFactory implements EmbeddingModelFactory {

    /** The system property with the path of the model's files. */
    public static final String PROPERTY = "gatun.model";

    /** The environment variable with the path of the model's files, where the property is not set. */
    public static final String VARIABLE = "GATUN_MODEL";

    /** Called by {@link java.util.ServiceLoader}. */
    public GatunEmbeddingModelFactory() {
    }

    /**
     * Loads the model.
     *
     * @throws IllegalStateException if neither the property nor the variable is set
     */
    @Override
    public EmbeddingModel create() {
        String model = System.getProperty(PROPERTY, System.getenv(VARIABLE));
        if (model == null) {
            throw new IllegalStateException("which model? The system property " + PROPERTY + " or the environment variable " + VARIABLE
                    + " has the path of its files");
        }
        return GatunEmbeddingModel.builder().model(Path.of(model)).build();
    }
}
