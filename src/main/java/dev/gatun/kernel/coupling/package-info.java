/** Stored couplings: their entries in float32 or bfloat16, products along rows and columns, and float64 sums of entries. */
package dev.gatun.kernel.coupling;
