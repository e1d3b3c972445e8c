/**
 * The analysis of each head for {@code analyze}, and the figures that other commands print as well.
 */
package dev.gatun.cli.analysis;
