package dev.gatun;

/**
 * The range of one head's scores over visible pairs, and the share of negative divergences.
 *
 * @param min           the smallest score s_ij; NaN where no pair is visible
 * @param max           the largest score s_ij; NaN where no pair is visible
 * @param negativeShare the share of pairs {@code i != j} whose symmetric divergence d_ij is negative, as it can be
 *                      where queries and keys differ; NaN where there is no such pair or N and M differ
 */
public record ScoreFigures(double min, double max, double negativeShare) {
}
