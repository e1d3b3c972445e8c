/**
 * The threads that share work, the pieces that they run, and the scratch memory of a worker and of a head.
 *
 * <p>A {@link dev.gatun.internal.work.Crew} is the calling thread and its helpers, {@link dev.gatun.internal.work.SharedWork} hands
 * {@linkplain dev.gatun.internal.work.Piece pieces} to them, and {@link dev.gatun.internal.work.HeadLoop} runs over the heads of a
 * tensor.
 */
package dev.gatun.internal.work;
