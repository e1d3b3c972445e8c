/**
 * Calls of plans of decoding: the tensors and sequences of a call and their checks, passes of workers over pieces of the keys, and the
 * merging of their results.
 */
package dev.gatun.internal.decode;
