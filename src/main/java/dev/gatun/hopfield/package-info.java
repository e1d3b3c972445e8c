/**
 * The symmetric and the skew part of scores: attention as the retrieval of a Hopfield network, and the circulation that may be
 * turned in it (H. Cho et al., arXiv 2605.27476).
 */
package dev.gatun.hopfield;
