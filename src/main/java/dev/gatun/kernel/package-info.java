/**
 * Lanes, exponentials and register tiles: the loops that the machine spends its time in.
 *
 * <p>Classes here know float and double arrays and the vector species of {@link dev.gatun.kernel.Lanes}; they hold no state. A
 * method states its layout, its tails and its largest error, and trusts its caller for everything else. Only this package and
 * those below it use the Vector API. The packages below depend on this one, never the other way: {@code pack} stores and packs
 * what the tiles read, {@code pass}, {@code decode} and {@code dense} drive the tiles, {@code probe} times them.
 */
package dev.gatun.kernel;
