package dev.gatun.encoder;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.Circulation;
import dev.gatun.internal.view.Checks;
import java.util.Arrays;
import java.util.Locale;

/**
 * The operator that a head of a model applies to its values: {@link #attention()}, or another one in its place.
 *
 * <p>The queries and keys of a head are those of one text, so that query i and key i are the same token. {@link #toString()} gives the
 * description that {@link Regimes#parse} reads. Immutable; two regimes with the same description are equal.
 */
public final class HeadRegime {

    /** The tolerance of bistochastic couplings: the largest error of a row or column sum. */
    public static final double TOLERANCE = Sinkhorn.DEFAULT_TOLERANCE;

    private static final HeadRegime ATTENTION = of(Kind.ATTENTION);

    private final Kind kind;
    private final double beta;
    private final double parameter;
    private final Mixture mixture;

    /** The operators, by the names of the command line. */
    enum Kind {
        ATTENTION,
        ATTENTION_COLUMN,
        BACKWARD,
        BACKWARD_COLUMN,
        DIFFUSION,
        BISTOCHASTIC,
        BISTOCHASTIC_BACKWARD,
        BISTOCHASTIC_DIFFUSION,
        CIRCULATION;

        /** The name in a description. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** The operator of a name; null if there is none. */
        static Kind labelled(String label) {
            return Arrays.stream(values()).filter(kind -> kind.label().equals(label)).findFirst().orElse(null);
        }
    }

    /** How results of circulation are blended with those of attention, and what follows the symmetry of the scores. */
    private record Mixture(double blend, Adaptation adaptation, boolean adaptive) {
        private static final Mixture NONE = new Mixture(1, null, false);
    }

    private HeadRegime(Kind kind, double beta, double parameter, Mixture mixture) {
        this.kind = kind;
        this.beta = beta;
        this.parameter = parameter;
        this.mixture = mixture;
    }

    /** The operator with its defaults: alpha 0 of diffusion, circulation 1. */
    static HeadRegime of(Kind kind) {
        return new HeadRegime(kind, 1, kind == Kind.CIRCULATION ? 1 : 0, Mixture.NONE);
    }

    /**
     * Attention: {@link Scores#attention()}.
     *
     * @return the regime of every head for which none is chosen
     */
    public static HeadRegime attention() {
        return ATTENTION;
    }

    /**
     * The column form of attention: {@link Scores#attentionColumn()}. Its rows do not sum to 1.
     *
     * @return the regime
     */
    public static HeadRegime attentionColumn() {
        return of(Kind.ATTENTION_COLUMN);
    }

    /**
     * The backward message: {@link Scores#backward()}.
     *
     * @return the regime
     */
    public static HeadRegime backward() {
        return of(Kind.BACKWARD);
    }

    /**
     * The column form of the backward message: {@link Scores#backwardColumn()}. Its rows do not sum to 1.
     *
     * @return the regime
     */
    public static HeadRegime backwardColumn() {
        return of(Kind.BACKWARD_COLUMN);
    }

    /**
     * Diffusion: {@link Scores#diffusion(double)}.
     *
     * @param alpha 0 for the graph Laplacian
     * @return the regime
     * @throws IllegalArgumentException if alpha is not finite
     */
    public static HeadRegime diffusion(double alpha) {
        Checks.finite(alpha, "alpha");
        return new HeadRegime(Kind.DIFFUSION, 1, alpha, Mixture.NONE);
    }

    /**
     * The coupling of queries and keys whose rows and columns sum to 1 within {@link #TOLERANCE}, as in a Sinkformer (M. E. Sander et
     * al., arXiv 2110.11773): {@link Scores#sinkhorn(Divergence, Sinkhorn)}.
     *
     * @param divergence the divergence in the exponent; the forward one gives bistochastic attention
     * @return the regime
     */
    public static HeadRegime bistochastic(Divergence divergence) {
        return of(switch (divergence) {
            case FORWARD -> Kind.BISTOCHASTIC;
            case BACKWARD -> Kind.BISTOCHASTIC_BACKWARD;
            case SYMMETRIC -> Kind.BISTOCHASTIC_DIFFUSION;
        });
    }

    /**
     * Attention with the circulation c: {@link Circulation}.
     *
     * @param c the factor of the skew part of the scores; 1 is attention
     * @return the regime
     * @throws IllegalArgumentException if c is not finite
     */
    public static HeadRegime circulation(double c) {
        Checks.finite(c, "circulation");
        return new HeadRegime(Kind.CIRCULATION, 1, c, Mixture.NONE);
    }

    /**
     * Sets the inverse temperature.
     *
     * @param newBeta the factor of the scores {@code <q_i, k_j> / sqrt(d)}, positive and finite
     * @return a new regime
     * @throws IllegalArgumentException if it is not
     */
    public HeadRegime withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new HeadRegime(kind, newBeta, parameter, mixture);
    }

    /**
     * Sets the blend of circulation with attention: {@link Circulation#withBlend}.
     *
     * @param blend 1 for circulation alone
     * @return a new regime
     * @throws IllegalArgumentException if this is not a regime of circulation, or the blend is not finite
     */
    public HeadRegime withBlend(double blend) {
        requireCirculation("a blend");
        Checks.finite(blend, "blend");
        return new HeadRegime(kind, beta, parameter, new Mixture(blend, mixture.adaptation, mixture.adaptive));
    }

    /**
     * Lets the circulation of the head follow the symmetry of its scores: {@link Circulation#adaptive}.
     *
     * @param adaptation how
     * @return a new regime
     * @throws IllegalArgumentException if this is not a regime of circulation
     */
    public HeadRegime adaptive(Adaptation adaptation) {
        requireCirculation("an adaptation");
        Checks.given(adaptation, "the adaptation");
        return new HeadRegime(kind, beta, parameter, new Mixture(mixture.blend, adaptation, mixture.adaptive));
    }

    /**
     * Lets the blend of the head follow the symmetry of its scores: {@link Circulation#withAdaptiveBlend}.
     *
     * @return a new regime
     * @throws IllegalArgumentException if this is not a regime of circulation
     */
    public HeadRegime withAdaptiveBlend() {
        requireCirculation("an adaptive blend");
        return new HeadRegime(kind, beta, parameter, new Mixture(mixture.blend, mixture.adaptation, true));
    }

    private void requireCirculation(String what) {
        if (kind != Kind.CIRCULATION) {
            throw new IllegalArgumentException("%s belongs to circulation, not to %s".formatted(what, kind.label()));
        }
    }

    Kind kind() {
        return kind;
    }

    /** The inverse temperature. */
    double beta() {
        return beta;
    }

    /** Whether the head computes attention, at whatever temperature. */
    boolean isAttention() {
        return kind == Kind.ATTENTION;
    }

    private Circulation circulation(Scores scores) {
        Circulation plain = Circulation.of(scores, parameter).withBlend(mixture.blend).adaptive(mixture.adaptation);
        return mixture.adaptive ? plain.withAdaptiveBlend() : plain;
    }

    /** Computes the product of the operator and the values of one text. */
    void apply(Matrix q, Matrix k, Matrix v, Matrix out) {
        Scores scores = Scores.of(q, k).withBeta(beta);
        switch (kind) {
            case ATTENTION -> scores.attention().apply(v, out);
            case ATTENTION_COLUMN -> scores.attentionColumn().apply(v, out);
            case BACKWARD -> scores.backward().apply(v, out);
            case BACKWARD_COLUMN -> scores.backwardColumn().apply(v, out);
            case DIFFUSION -> scores.diffusion(parameter).apply(v, out);
            case BISTOCHASTIC -> couple(scores, Divergence.FORWARD, v, out);
            case BISTOCHASTIC_BACKWARD -> couple(scores, Divergence.BACKWARD, v, out);
            case BISTOCHASTIC_DIFFUSION -> couple(scores, Divergence.SYMMETRIC, v, out);
            case CIRCULATION -> circulation(scores).apply(v, out);
        }
    }

    private static void couple(Scores scores, Divergence divergence, Matrix v, Matrix out) {
        SinkhornResult result = scores.sinkhorn(divergence, Sinkhorn.tolerance(TOLERANCE));
        result.requireConverged().operator().apply(v, out);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeadRegime regime && toString().equals(regime.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** The description of the regime, such as {@code circulation 0.8 beta 2}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(kind.label());
        if (kind == Kind.CIRCULATION) {
            text.append(' ').append(number(parameter));
        } else if (parameter != 0) {
            text.append(" alpha ").append(number(parameter));
        }
        if (mixture.blend != 1) {
            text.append(" blend ").append(number(mixture.blend));
        }
        if (mixture.adaptation != null) {
            text.append(" adaptive ").append(mixture.adaptation == Adaptation.SCALE ? "scale" : "dev");
        }
        if (mixture.adaptive) {
            text.append(" adaptive-blend");
        }
        if (beta != 1) {
            text.append(" beta ").append(number(beta));
        }
        return text.toString();
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
    }
}
