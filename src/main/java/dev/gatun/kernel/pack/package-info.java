/**
 * What the kernels read: stored rows and their widening, packed panels, masks and biases, and the log-kernel
 * {@code z_ij = <x_i, y_j> + a_i + b_j} that every regime is a choice of.
 *
 * <p>{@link dev.gatun.kernel.pack.LogKernelBuilder} packs queries and keys into a {@link dev.gatun.kernel.pack.LogKernel}, in
 * units of log 2, and decides between float32 and float64.
 */
package dev.gatun.kernel.pack;
