/**
 * Pages that show figures: one file of HTML with its data, its scripts and its style in it, which loads nothing.
 *
 * <p>{@link dev.gatun.cli.report.HeadsPage} collects the figures and arrays of heads, {@link dev.gatun.cli.report.PageTemplate} puts them into a
 * skeleton. The skeletons, the style and the scripts are readable resources of this package. D3 comes from
 * {@code org.webjars.npm:d3}, which is an optional dependency of the library.
 */
package dev.gatun.cli.report;
