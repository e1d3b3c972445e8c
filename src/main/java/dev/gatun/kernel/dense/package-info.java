/** Dense float64 linear algebra on a stored matrix of transitions: elimination of states and Laplacians. */
package dev.gatun.kernel.dense;
