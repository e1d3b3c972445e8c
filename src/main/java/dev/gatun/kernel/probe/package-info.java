/** Short timed loops that tell what this machine can do and how near the kernels come to it. */
package dev.gatun.kernel.probe;
