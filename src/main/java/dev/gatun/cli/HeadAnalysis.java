package dev.gatun.cli;

import dev.gatun.ScoreFigures;
import java.util.List;

/**
 * What was found about one head.
 *
 * @param index     its number among all query heads
 * @param operators those that are defined for it
 */
record HeadAnalysis(int index, ScoreFigures scores, List<OperatorAnalysis> operators) {
}
