/**
 * The textual headers of tensor files: the grammars of NumPy and safetensors, and the shapes and entry types that they describe.
 * Nothing in a header is trusted; every fault is made by the {@link dev.gatun.internal.format.Source} that it is found in.
 */
package dev.gatun.internal.format;
