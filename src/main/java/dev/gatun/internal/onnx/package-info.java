/**
 * ONNX files: {@link dev.gatun.internal.onnx.WireReader} reads the wire format, {@link dev.gatun.internal.onnx.OnnxModel} the nodes and
 * tensors, and {@link dev.gatun.internal.onnx.OnnxGraph} follows values through nodes that change none. A
 * {@link dev.gatun.internal.onnx.ModelFile} is mapped memory; its tensors stay there as {@link dev.gatun.internal.onnx.StoredNumbers} until
 * they are read. Nothing in a file is trusted: lengths, depths and counts are limited, and memory grows with the size of the file alone.
 */
package dev.gatun.internal.onnx;
