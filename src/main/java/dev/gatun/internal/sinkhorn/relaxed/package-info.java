/**
 * The solver of problems with soft marginals, in float64: alternate fitting and Newton steps on the dual, and the continuation in
 * the inverse temperature. {@code RelaxedHead} solves one head.
 */
package dev.gatun.internal.sinkhorn.relaxed;
