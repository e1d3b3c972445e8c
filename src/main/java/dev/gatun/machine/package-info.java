/**
 * The machine that the kernels run on: the width of its vectors, whether the JVM compiles the kernels to vector instructions, their
 * speed, and the warm-up that compiles them before the first request.
 *
 * <p>{@link dev.gatun.machine.Kernels} measures and warms up, and {@link dev.gatun.machine.KernelReport} holds the measurements. Rates
 * are in GFLOP/s, GB/s and entries per nanosecond, of one core.
 *
 * {@snippet :
 * if (!Kernels.warmUp(512, 64)) {
 *     System.err.println(Kernels.describe());
 * }
 * }
 */
package dev.gatun.machine;
