package dev.gatun.cli.analysis;

import dev.gatun.ScoreFigures;
import java.util.List;

/**
 * The analysis of one head.
 *
 * @param index     its number among all query heads
 * @param scores    the range of its scores
 * @param dynamics  the dynamics of attention; null if it is not a chain of tokens, or has too many
 * @param eta       the symmetry of its scores, see {@link dev.gatun.hopfield.Hopfield#eta()}; NaN if N and M differ
 * @param operators the operators that are defined for it
 */
public record HeadAnalysis(int index, ScoreFigures scores, HeadDynamics dynamics, double eta, List<OperatorAnalysis> operators) {
}
