/**
 * Attention of a few new queries over a cache of keys and values, limited by memory bandwidth rather than arithmetic.
 *
 * <p>{@link dev.gatun.kernel.decode.DecodePass} reads each entry of the cache once, in its stored type, one piece of the keys at a time.
 * {@link dev.gatun.kernel.decode.PartialSums} merges the results of the pieces in their order, so that they do not depend on the number of
 * threads. Log-kernels and log sums are in units of log 2.
 */
package dev.gatun.kernel.decode;
