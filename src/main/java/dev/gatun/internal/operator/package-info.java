/**
 * The operators behind {@code dev.gatun.KernelOperator}: an {@link dev.gatun.internal.operator.OperatorForm} names a log-kernel and
 * its normalisation, a {@link dev.gatun.internal.operator.HeadOperator} computes with one head of it.
 *
 * <p>A new real operator is a new {@link dev.gatun.internal.operator.RealForm}; the compiler asks for all that it needs.
 */
package dev.gatun.internal.operator;
