/**
 * Faults on purpose: copies of the kernels in plain float32 arithmetic, each with one thing wrong, and for each fault the law that
 * catches it. A law that catches nothing is worth nothing.
 */
package dev.gatun.faults;
