/**
 * The textual headers of tensor files, and the JSON files beside them: the grammars of NumPy and JSON, and the shapes and entry types
 * that headers describe; and the conversion of entries to float32. Nothing in a file is trusted; every fault is made by the
 * {@link dev.gatun.internal.format.Source} that it is found in.
 */
package dev.gatun.internal.format;
