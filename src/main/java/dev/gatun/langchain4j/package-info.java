/**
 * Text encoders as embedding models of LangChain4j.
 *
 * {@snippet :
 * import dev.langchain4j.model.embedding.EmbeddingModel;
 *
 * EmbeddingModel model = GatunEmbeddingModel.builder().model(Path.of("all-minilm-l6-v2.onnx")).build();
 * float[] lake = model.embed("A lake that joins two oceans.").content().vector();
 * }
 *
 * <p>Needs {@code langchain4j-core}, which is no dependency of the library: a program that uses this package has it. There
 * {@link dev.gatun.langchain4j.GatunEmbeddingModelFactory} is found by {@link java.util.ServiceLoader}, on the class path and on the module
 * path.
 */
package dev.gatun.langchain4j;
