/**
 * The forward pass of an encoder of the BERT family: {@link dev.gatun.internal.encoder.ForwardPass} runs
 * {@link dev.gatun.internal.encoder.EncoderWeights}, packed once, on the ragged batches of a plan.
 */
package dev.gatun.internal.encoder;
