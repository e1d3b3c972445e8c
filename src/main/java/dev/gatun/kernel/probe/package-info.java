/**
 * Short loops that measure the limits of this machine and how close the kernels come to them:
 * {@link dev.gatun.kernel.probe.Probe} runs a kernel on one tile, {@link dev.gatun.kernel.probe.StreamRead} reads memory, and
 * {@link dev.gatun.kernel.probe.Pace} times them in seconds.
 */
package dev.gatun.kernel.probe;
