/**
 * Dense float64 linear algebra without subtractions: stationary distributions of Markov chains by
 * {@link dev.gatun.kernel.dense.StateElimination}, from transitions in strips of {@link dev.gatun.kernel.Lanes#BLOCK} rows, and linear
 * equations of weighted graphs by {@link dev.gatun.kernel.dense.Laplacian}. Both form their products with
 * {@link dev.gatun.kernel.tile.ThinProduct}.
 */
package dev.gatun.kernel.dense;
