/**
 * Stored couplings: their entries in float32 or bfloat16, products along rows and columns, and float64 sums of entries. The blocks of a
 * head's rows form {@linkplain dev.gatun.kernel.coupling.RowGroups groups}, which threads share, and parts of groups, which machines
 * share. Their sums are added in a binary tree.
 */
package dev.gatun.kernel.coupling;
