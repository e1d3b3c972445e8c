package dev.gatun.spark;

import dev.gatun.Matrix;
import dev.gatun.ScoreFigures;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.dynamics.Dynamics;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The figures of one head on one text. Attention is the Markov chain.
 *
 * @param leastScore         the least score {@code s_ij}
 * @param greatestScore      the greatest score
 * @param negativeShare      the share of pairs with {@code d_ij < 0}
 * @param eta                the symmetry of the scores, from -1 to 1
 * @param curlFraction       the part of the skew scores that is no gradient; 0 exactly if attention is reversible
 * @param regime             {@code equilibrium} or {@code ness}
 * @param entropyProduction  nats per step
 * @param maxCurrent         the largest current between two tokens
 * @param totalCurrent       half of the sum of all {@code |J_ij|}
 * @param flow               the mass that moves between tokens in a step
 * @param spectralGap        {@code 1 - |lambda_2|}
 * @param gapConverged       whether the gap is right to 1e-6 of itself
 * @param closedClasses      the number of closed classes of tokens
 * @param mostVisited        the token of the largest stationary probability, from 0 on
 * @param mostVisitedShare   its probability
 * @param sinkhornStatus     how the solve for the bistochastic form ended
 * @param sinkhornIterations its passes over the kernel
 * @param sinkhornError      the larger of its errors of row and of column sums
 */
public record HeadFigures(double leastScore, double greatestScore, double negativeShare, double eta, double curlFraction, String regime,
                          double entropyProduction, double maxCurrent, double totalCurrent, double flow, double spectralGap,
                          boolean gapConverged, int closedClasses, int mostVisited, double mostVisitedShare, String sinkhornStatus,
                          int sinkhornIterations, double sinkhornError) {

    /** The name of the column of the layer. */
    public static final String LAYER = "layer";

    /** The name of the column of the head. */
    public static final String HEAD = "head";

    /**
     * The figures of a head.
     *
     * @param q queries, {@code (N, d)}
     * @param k keys of the same tokens, {@code (N, d)}
     * @return its figures
     * @throws IllegalArgumentException as in {@link Scores#of(Matrix, Matrix)}
     */
    public static HeadFigures of(Matrix q, Matrix k) {
        Scores scores = Scores.of(q, k);
        ScoreFigures figures = scores.figures(0);
        Dynamics dynamics = Dynamics.of(scores.attention(), 0);
        double[] pi = dynamics.stationary().pi();
        int most = 0;
        for (int i = 1; i < pi.length; i++) {
            most = pi[i] > pi[most] ? i : most;
        }
        SinkhornSolution solution = scores.sinkhorn(Sinkhorn.bistochastic()).heads().getFirst();
        return new HeadFigures(figures.min(), figures.max(), figures.negativeShare(), scores.eta(0), scores.curlFraction(0),
                dynamics.regime().label(), dynamics.entropyProduction(), dynamics.currents().maxCurrent(), dynamics.currents().total(),
                dynamics.currents().flow(), dynamics.spectralGap(), dynamics.gapConverged(), dynamics.stationary().closedClasses(), most,
                pi[most], solution.status().label(), solution.iterations(), Math.max(solution.rowError(), solution.columnError()));
    }

    /**
     * The columns of an analysis: {@value #LAYER}, {@value #HEAD}, {@value Corpus#TOKENS}, and the figures under their names.
     *
     * @return the columns
     */
    public static StructType schema() {
        StructType schema = new StructType().add(LAYER, DataTypes.IntegerType).add(HEAD, DataTypes.IntegerType)
                .add(Corpus.TOKENS, DataTypes.IntegerType);
        for (var component : HeadFigures.class.getRecordComponents()) {
            schema = schema.add(component.getName(), component.getType() == double.class ? DataTypes.DoubleType
                    : component.getType() == int.class ? DataTypes.IntegerType
                    : component.getType() == boolean.class ? DataTypes.BooleanType : DataTypes.StringType);
        }
        return schema;
    }

    /** The figures in the order of their columns. */
    Object[] values() {
        return new Object[] {leastScore, greatestScore, negativeShare, eta, curlFraction, regime, entropyProduction, maxCurrent,
                totalCurrent, flow, spectralGap, gapConverged, closedClasses, mostVisited, mostVisitedShare, sinkhornStatus,
                sinkhornIterations, sinkhornError};
    }
}
