/**
 * Attention of one new query over a cache of keys and values: bound by the memory that is read, not by arithmetic. Reads a
 * cache in its own type, once, in blocks whose partial results are merged in a fixed order.
 */
package dev.gatun.kernel.decode;
