/**
 * Stored couplings: their entries in float32 or bfloat16, products along rows and columns, and exact sums of entries. The blocks of a
 * head's rows form groups, which threads share.
 */
package dev.gatun.kernel.coupling;
