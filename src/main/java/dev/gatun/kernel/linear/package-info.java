/**
 * Dense layers of an encoder and the passes between them: layer normalisation, activations, sums of embeddings, pooling.
 *
 * <p>{@link dev.gatun.kernel.linear.LinearWeights} are packed once, {@link dev.gatun.kernel.linear.LinearLayer} multiplies rows by them.
 * Threads share a layer by panels of outputs or by rows; the bits of a result do not depend on that. Everything else is computed row by
 * row. A feed-forward network with its residual, for n tokens of 384 components:
 *
 * {@snippet :
 * LinearWeights up = LinearWeights.float32(new float[384 * 1536], 384, 1536, new float[1536]);
 * LinearWeights down = LinearWeights.bfloat16(new float[1536 * 384], 1536, 384, new float[384]);
 * int n = 5;
 * float[] x = new float[n * 384];
 * float[] hidden = new float[n * 1536];
 * LinearScratch scratch = new LinearScratch(n, 1536);
 * LinearLayer.apply(up, x, 0, 384, n, hidden, 0, 1536, 0, up.panels(), Activation.GELU, scratch);
 * LinearLayer.add(down, hidden, 0, 1536, n, x, 0, 384, 0, down.panels(), scratch);
 * LayerNormalisation.apply(x, 0, 384, n, 384, new float[384], new float[384], 1e-12, scratch);
 * }
 */
package dev.gatun.kernel.linear;
