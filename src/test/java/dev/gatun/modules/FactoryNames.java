package dev.gatun.modules;

import dev.langchain4j.spi.model.embedding.EmbeddingModelFactory;
import java.util.ServiceLoader;

/** Prints the factories of embedding models that are found, and the modules they are in. */
final class FactoryNames {

    private FactoryNames() {
    }

    public static void main(String[] arguments) {
        ServiceLoader.load(EmbeddingModelFactory.class).stream()
                .forEach(found -> System.out.println(found.type().getModule().getName() + "/" + found.type().getName()));
    }
}
