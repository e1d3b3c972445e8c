/**
 * The solver of problems with enforced marginals: engines that store a kernel or compute it in every pass, over-relaxation, Newton
 * steps on the dual, and the continuation in the inverse temperature.
 *
 * <p>A {@code HeadSolver} solves one head after the other in the same memory: its {@code SinkhornSolver} scales the columns of a
 * {@code SinkhornEngine}, which fits the rows. A {@code BridgeSolver} solves for the Schroedinger bridge of a head by the same solver.
 */
package dev.gatun.internal.sinkhorn;
