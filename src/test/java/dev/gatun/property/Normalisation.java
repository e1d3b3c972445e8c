package dev.gatun.property;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.MagneticOperator;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Every normalisation of the scores, real or complex, under one roof for the laws that hold for all of them. */
public enum Normalisation {
    ATTENTION(Scores::attention, null),
    ATTENTION_COLUMN(Scores::attentionColumn, null),
    BACKWARD(Scores::backward, null),
    BACKWARD_COLUMN(Scores::backwardColumn, null),
    DIFFUSION(Scores::diffusion, null),
    LAPLACE_BELTRAMI(scores -> scores.diffusion(1), null),
    CIRCULATION(scores -> scores.circulation(0.3), null),
    BISTOCHASTIC(scores -> plan(scores, Divergence.FORWARD), null),
    BISTOCHASTIC_BACKWARD(scores -> plan(scores, Divergence.BACKWARD), null),
    BISTOCHASTIC_DIFFUSION(scores -> plan(scores, Divergence.SYMMETRIC), null),
    MAGNETIC(null, scores -> scores.magnetic(0.7, 0)),
    MAGNETIC_FOKKER_PLANCK(null, scores -> scores.magnetic(0.25, 0.5));

    /** Those whose rows sum to 1 by normalisation. */
    static final List<Normalisation> ROW_STOCHASTIC = List.of(ATTENTION, BACKWARD, DIFFUSION, LAPLACE_BELTRAMI, CIRCULATION);

    /** Those whose columns sum to 1 by normalisation. */
    static final List<Normalisation> COLUMN_STOCHASTIC = List.of(ATTENTION_COLUMN, BACKWARD_COLUMN);

    private static final Set<Normalisation> PLANS = EnumSet.of(BISTOCHASTIC, BISTOCHASTIC_BACKWARD, BISTOCHASTIC_DIFFUSION);

    private static final Sinkhorn A_FEW_ITERATIONS = Sinkhorn.tolerance(1e-3).withMaxIterations(20);

    private final Function<Scores, Operator> real;
    private final Function<Scores, MagneticOperator> complex;

    Normalisation(Function<Scores, Operator> real, Function<Scores, MagneticOperator> complex) {
        this.real = real;
        this.complex = complex;
    }

    /** The plan that a few iterations reach: what it is does not matter to the laws that use it. */
    private static Operator plan(Scores scores, Divergence divergence) {
        return scores.sinkhorn(divergence, A_FEW_ITERATIONS).operator();
    }

    /** Floats of output for each column: 2 for a complex operator. */
    public int width() {
        return complex == null ? 1 : 2;
    }

    /** Whether rows and columns both are normalised, which leaves no room for a causal mask. */
    public boolean isPlan() {
        return PLANS.contains(this);
    }

    /** The operator of real normalisations. */
    public Operator operator(Scores scores) {
        return real.apply(scores);
    }

    /** {@code out = P v}. */
    public void apply(Scores scores, Heads v, Heads out) {
        if (complex == null) {
            real.apply(scores).apply(v, out);
        } else {
            complex.apply(scores).apply(v, out);
        }
    }

    /** {@code out = P}. */
    public void matrix(Scores scores, Heads out) {
        if (complex == null) {
            real.apply(scores).matrix(out);
        } else {
            complex.apply(scores).matrix(out);
        }
    }
}
