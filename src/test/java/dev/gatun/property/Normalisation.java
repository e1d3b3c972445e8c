package dev.gatun.property;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.KernelOperator;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Every normalisation of the scores, real or complex, in one enum, for the laws that hold for all of them. */
public enum Normalisation {
    ATTENTION(Scores::attention),
    ATTENTION_COLUMN(Scores::attentionColumn),
    BACKWARD(Scores::backward),
    BACKWARD_COLUMN(Scores::backwardColumn),
    DIFFUSION(Scores::diffusion),
    LAPLACE_BELTRAMI(scores -> scores.diffusion(1)),
    CIRCULATION(scores -> scores.circulation(0.3)),
    BISTOCHASTIC(scores -> coupling(scores, Divergence.FORWARD)),
    BISTOCHASTIC_BACKWARD(scores -> coupling(scores, Divergence.BACKWARD)),
    BISTOCHASTIC_DIFFUSION(scores -> coupling(scores, Divergence.SYMMETRIC)),
    MAGNETIC(scores -> scores.magnetic(0.7, 0)),
    MAGNETIC_FOKKER_PLANCK(scores -> scores.magnetic(0.25, 0.5));

    /** The normalisations of rows. */
    static final List<Normalisation> ROW_STOCHASTIC = List.of(ATTENTION, BACKWARD, DIFFUSION, LAPLACE_BELTRAMI, CIRCULATION);

    /** The normalisations of columns. */
    static final List<Normalisation> COLUMN_STOCHASTIC = List.of(ATTENTION_COLUMN, BACKWARD_COLUMN);

    private static final Set<Normalisation> COUPLINGS = EnumSet.of(BISTOCHASTIC, BISTOCHASTIC_BACKWARD, BISTOCHASTIC_DIFFUSION);

    private static final Sinkhorn A_FEW_ITERATIONS = Sinkhorn.tolerance(1e-3).withMaxIterations(20);

    private final Function<Scores, KernelOperator> operator;

    Normalisation(Function<Scores, KernelOperator> operator) {
        this.operator = operator;
    }

    /** The coupling after a few iterations: the laws that use it hold for any coupling. */
    private static Operator coupling(Scores scores, Divergence divergence) {
        return scores.sinkhorn(divergence, A_FEW_ITERATIONS).operator();
    }

    /** Floats of output for each column: 2 for a complex operator. */
    public int width() {
        return this == MAGNETIC || this == MAGNETIC_FOKKER_PLANCK ? 2 : 1;
    }

    /** Whether both rows and columns are normalised, which excludes a causal mask. */
    public boolean isCoupling() {
        return COUPLINGS.contains(this);
    }

    /** The operator of real normalisations. */
    public Operator operator(Scores scores) {
        return (Operator) operator.apply(scores);
    }

    /** {@code out = P v}. */
    public void apply(Scores scores, Heads v, Heads out) {
        operator.apply(scores).apply(v, out);
    }

    /** {@code out = P}. */
    public void matrix(Scores scores, Heads out) {
        operator.apply(scores).matrix(out);
    }
}
