/**
 * Trained text encoders of the BERT family, such as all-MiniLM-L6-v2: from a text to its embedding, on the kernels of this library.
 *
 * <p>{@link dev.gatun.encoder.TextEncoder} is the front: it loads a model and embeds texts, from any number of threads. Behind it a
 * {@link dev.gatun.encoder.EncoderModel} holds weights and {@link dev.gatun.encoder.Tokenizer}, and an
 * {@link dev.gatun.encoder.EncoderPlan} the scratch memory of a thread: it runs a {@link dev.gatun.encoder.TokenBatch}, the tokens of some
 * texts without padding, and allocates nothing. {@link dev.gatun.encoder.Regimes} put other operators in the place of attention.
 *
 * <p>Embeddings and hidden states are float32. Token ids, layers and heads count from 0.
 *
 * {@snippet :
 * try (TextEncoder encoder = TextEncoder.open(Path.of("all-minilm-l6-v2.onnx"))) {
 *     float[] query = encoder.embed("Which canal crosses the isthmus?", InputKind.QUERY);
 *     float[][] passages = encoder.embed(List.of("The lake feeds the locks.", "Cats sleep a lot."), InputKind.PASSAGE);
 * }
 * }
 */
package dev.gatun.encoder;
