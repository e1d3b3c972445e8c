/**
 * The machine that the kernels run on: how wide its vectors are, whether the JVM compiles the kernels to them, how fast they run,
 * and the warm-up that compiles them before the first request.
 *
 * <p>{@link dev.gatun.machine.Kernels} is the way in. This package stands above the others, for the warm-up runs plans and operators.
 */
package dev.gatun.machine;
