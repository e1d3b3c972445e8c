/**
 * One kernel on many machines. {@link dev.gatun.Workers#on} shares the passes over its rows among them, and each has a
 * {@link dev.gatun.cluster.RowWorker}.
 */
package dev.gatun.cluster;
