/**
 * The inputs of the kernels: stored rows and their widening, packed panels, masks, biases, and the log-kernel
 * {@code z_ij = <x_i, y_j> + a_i + b_j} in units of log 2, of which every regime is a choice.
 *
 * <p>{@link dev.gatun.kernel.pack.LogKernelBuilder} packs queries and keys into a {@link dev.gatun.kernel.pack.LogKernel} and chooses
 * between float32 and float64. A {@link dev.gatun.kernel.pack.Mask} says which entries are visible, and
 * {@link dev.gatun.kernel.pack.VisibleVectors} which rows and columns have a visible entry; all others are hidden.
 * {@link dev.gatun.kernel.stored.StoredRows} are rows in the caller's memory, {@link dev.gatun.kernel.pack.Panel} and
 * {@link dev.gatun.kernel.pack.ValuePanel} packed vectors in plain arrays.
 */
package dev.gatun.kernel.pack;
