/**
 * Trained encoders of the BERT family in files: {@link dev.gatun.internal.weights.EncoderFile} opens an {@code .onnx} file, a
 * {@code .safetensors} file with its {@code config.json}, or the folder of one, and gives sizes and tensors by role. Weights come as
 * {@code [in][out]} and float32, whatever the file has.
 *
 * <p>{@link dev.gatun.internal.weights.OnnxEncoder} finds roles by what a graph computes, for names differ between exporters. Nothing in a
 * file is trusted. Every fault is a {@link dev.gatun.io.TensorFileException} whose one line names the file.
 */
package dev.gatun.internal.weights;
