/**
 * Stored couplings: their entries in float32 or bfloat16, products along rows and columns, and float64 sums of entries. The blocks of a
 * head's rows form {@linkplain dev.gatun.kernel.coupling.RowGroups groups}, which threads share.
 */
package dev.gatun.kernel.coupling;
