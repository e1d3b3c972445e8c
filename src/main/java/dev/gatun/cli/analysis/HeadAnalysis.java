package dev.gatun.cli.analysis;

import dev.gatun.ScoreFigures;
import java.util.List;

/**
 * What was found about one head.
 *
 * @param index     its number among all query heads
 * @param dynamics  those of attention; null where it is no chain from token to token, or of too many
 * @param eta       how symmetric its scores are, see {@link dev.gatun.hopfield.Hopfield#eta()}; NaN where N and M differ
 * @param operators those that are defined for it
 */
public record HeadAnalysis(int index, ScoreFigures scores, HeadDynamics dynamics, double eta, List<OperatorAnalysis> operators) {
}
