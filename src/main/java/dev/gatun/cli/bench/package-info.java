/**
 * The measurements of {@code bench}, and the stopwatch.
 */
package dev.gatun.cli.bench;
