/** Who does the work and in what pieces, and the scratch memory of a worker and of a head that is under way. */
package dev.gatun.internal.work;
