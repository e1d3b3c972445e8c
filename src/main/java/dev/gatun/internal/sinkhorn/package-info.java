/**
 * Sinkhorn's iteration and what makes it fast: engines that keep or stream a kernel, over-relaxation, Newton steps on the dual, the
 * heating of hard heads, and the solver of relaxed marginals.
 *
 * <p>A {@code HeadSolver} solves one head after the other in the same memory; a {@code SinkhornEngine} is the coupling under
 * scalings of its columns as a solver sees it.
 */
package dev.gatun.internal.sinkhorn;
