package dev.gatun;

/**
 * What the scores of one head are like, over its visible entries.
 *
 * @param least            the least score s_ij; NaN where no entry is visible
 * @param greatest         the greatest score s_ij likewise
 * @param negativeShare    the share of pairs {@code i != j} whose symmetric divergence d_ij is negative, as it can be
 *                         where queries and keys differ; NaN where there is no such pair or N and M differ
 */
public record ScoreFigures(double least, double greatest, double negativeShare) {
}
