/** The steps of a solve, with the error after each: {@code SolveTrace} records them in bounded memory. */
package dev.gatun.internal.sinkhorn.trace;
