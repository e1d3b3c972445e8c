/** Row and column marginals: whether a coupling with them exists under a mask, and the errors of the sums of one. */
package dev.gatun.internal.marginals;
