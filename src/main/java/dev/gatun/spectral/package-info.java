/**
 * Embeddings of tokens by eigenvectors: diffusion maps, bistochastic diffusion maps and magnetic eigenmaps. Needs EJML on the class
 * path or module path, which the library has as an optional dependency.
 */
package dev.gatun.spectral;
