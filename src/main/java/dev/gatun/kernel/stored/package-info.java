/**
 * Rows in the caller's memory: {@link dev.gatun.kernel.stored.StoredType types} of entries, where rows and
 * {@link dev.gatun.kernel.stored.PageRuns pages} lie, and how rows are read and widened to float32.
 */
package dev.gatun.kernel.stored;
