/** Row and column masses: whether a coupling with them exists under a mask, and how far sums are from them. */
package dev.gatun.internal.marginals;
