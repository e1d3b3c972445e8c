package dev.gatun;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.OnePassEntropy;
import dev.gatun.internal.head.ScoreBias;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.head.ScoreMatrix;
import dev.gatun.internal.head.ScoreScan;
import dev.gatun.internal.operator.AttentionForm;
import dev.gatun.internal.operator.BackwardForm;
import dev.gatun.internal.operator.CirculationForm;
import dev.gatun.internal.operator.ColumnStochasticForm;
import dev.gatun.internal.operator.DiffusionForm;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.PairGram;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * The query-key scores of one or more heads, {@code s_ij = tau <q_i, k_j>}, never stored: where every operator of the
 * library begins.
 *
 * <p>Queries are {@code N x d}, keys {@code M x d} for each head; one head of keys may serve several heads of queries
 * (grouped queries). Unless set otherwise tau is {@code 1 / sqrt(d)} and the inverse temperature beta is 1.
 *
 * <p>Scores are <em>within</em> one sequence ({@link #of(Heads, Heads)}), where query i and key i are the same token, or
 * <em>across</em> two ({@link #across(Heads, Heads)}), as of cross-attention or of the sources and targets of transport. Self-scores
 * {@code s_ii}, and with them divergences {@code d>_ij = s_ii - s_ij}, exist within a sequence alone. Across two, whatever N and M
 * are, attention is {@code softmax_j(beta s_ij)}, its column form {@code softmax_i(beta s_ij)}, Sinkhorn is that of
 * {@code beta s_ij}, and all else is refused.
 *
 * <p>A {@code Scores} is a description: it holds views, reads them when an operator is applied, and does not change. Threads may
 * share it, and the operators made of it, where its memory is open to them.
 * See J. Candanedo, <em>The Diffusion-Attention Connection</em>, arXiv 2604.09560.
 */
public final class Scores {

    static {
        ScoreInputs.OF_SCORES.cut(scores -> ((Scores) scores).inputs);
    }

    private final Heads q;
    private final Heads k;
    private final ScoreInputs inputs;
    private final Workers workers;

    /**
     * @param q null where scores are given by their entries; so is k
     */
    private Scores(Heads q, Heads k, ScoreInputs inputs, Workers workers) {
        this.q = q;
        this.k = k;
        this.inputs = inputs;
        this.workers = workers;
    }

    private Scores with(ScoreInputs newInputs) {
        return new Scores(q, k, newInputs, workers);
    }

    /**
     * Scores of one head within a sequence: see {@link #of(Heads, Heads)}.
     *
     * @param q queries {@code (..., H, N, d)}
     * @param k keys {@code (..., G, M, d)}
     * @return the scores
     */
    public static Scores of(Matrix q, Matrix k) {
        return of(Heads.of(q), Heads.of(k));
    }

    /**
     * Scores within one sequence, of queries {@code (..., H, N, d)} with keys {@code (..., G, M, d)}, where G divides H: query
     * head h goes with key head {@code h / (H / G)}. Query i and key i are the same token, so that {@code s_ii} compares a token
     * with itself. Queries and keys of different tokens belong in {@link #across(Heads, Heads)}, also where there happen to be as
     * many of both. Where N and M differ no query is a key, and the scores are those across.
     *
     * @param q queries {@code (..., H, N, d)}
     * @param k keys {@code (..., G, M, d)}
     * @return the scores
     * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Scores of(Heads q, Heads k) {
        return of(q, k, true);
    }

    /**
     * Scores of one head across two sequences: see {@link #across(Heads, Heads)}.
     *
     * @param q queries {@code (..., H, N, d)}
     * @param k keys {@code (..., G, M, d)}
     * @return the scores
     */
    public static Scores across(Matrix q, Matrix k) {
        return across(Heads.of(q), Heads.of(k));
    }

    /**
     * Scores across two sequences: queries {@code (..., H, N, d)} and keys {@code (..., G, M, d)} of different tokens, as in
     * cross-attention and in transport from sources to targets. There are no self-scores, whatever N and M are: exchanging two
     * keys exchanges two columns of every result and changes nothing else. Attention, its column form, Sinkhorn and relaxed
     * Sinkhorn are those of {@code beta s_ij}; operators that compare a token with itself, or that take a key for a query, are refused.
     *
     * @param q queries {@code (..., H, N, d)}
     * @param k keys {@code (..., G, M, d)}
     * @return the scores
     * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Scores across(Heads q, Heads k) {
        return of(q, k, false);
    }

    private static Scores of(Heads q, Heads k, boolean within) {
        VectorApi.require();
        return new Scores(q, k, ScoreInputs.of(pair(q, "q", k, "k"), within), Workers.caller());
    }

    /**
     * Scores of one head within a sequence, given outright: see {@link #ofEntries(Heads)}.
     *
     * @param entries {@code (N, M)}
     * @return the scores
     */
    public static Scores ofEntries(Matrix entries) {
        return ofEntries(Heads.of(entries));
    }

    /**
     * Scores within one sequence that are given outright, {@code s_ij} the entries of a matrix {@code (..., H, N, M)}: kernels and
     * costs that are no inner products. The log-kernel of attention is {@code beta s_ij}, so that a cost is minus a score. An entry
     * of minus infinity forbids a pair, as in {@link #withBias}. There are no queries and keys, and no scale. Token i is row i and
     * column i; rows and columns of different things belong in {@link #acrossEntries(Heads)}.
     *
     * @param entries float32, float16 or bfloat16
     * @return the scores
     * @throws IllegalArgumentException if an entry is NaN or plus infinity, or a head has too many entries for an array
     * @throws IllegalStateException    if the Vector API is not there, or the segment is closed
     */
    public static Scores ofEntries(Heads entries) {
        return ofEntries(entries, true);
    }

    /**
     * Scores of one head across two sequences, given outright: see {@link #acrossEntries(Heads)}.
     *
     * @param entries {@code (N, M)}
     * @return the scores
     */
    public static Scores acrossEntries(Matrix entries) {
        return acrossEntries(Heads.of(entries));
    }

    /**
     * Scores across two sequences that are given outright, as those of {@link #ofEntries(Heads)} are within one: a cost matrix of
     * sources and targets. There are no self-scores: see {@link #across(Heads, Heads)}.
     *
     * @param entries {@code (..., H, N, M)} in float32, float16 or bfloat16
     * @return the scores
     * @throws IllegalArgumentException if an entry is NaN or plus infinity, or a head has too many entries for an array
     * @throws IllegalStateException    if the Vector API is not there, or the segment is closed
     */
    public static Scores acrossEntries(Heads entries) {
        return ofEntries(entries, false);
    }

    private static Scores ofEntries(Heads entries, boolean within) {
        VectorApi.require();
        Checks.given(entries, "scores");
        return new Scores(null, null, ScoreInputs.of(ScoreBias.of(entries.view(), "scores"), within), Workers.caller());
    }

    /**
     * With a bias of the one head: see {@link #withBias(Heads)}.
     *
     * @param newBias {@code (N, M)}
     * @return the same scores with it
     */
    public Scores withBias(Matrix newBias) {
        return withBias(Heads.of(newBias));
    }

    /**
     * With a bias of single scores, {@code s_ij = tau <q_i, k_j> + b_ij}: in units of scores, so that beta multiplies it and the
     * scale does not. It takes part in all that scores do: the backward divergence has {@code b_ji}, self-scores have
     * {@code b_ii}. A bias of minus infinity forbids a pair: entry (i, j) of attention, its column form, the forward divergence and
     * couplings is 0; entry (j, i) of the backward ones; both of diffusion and magnetic diffusion, and of circulation but at 1 and
     * -1. What needs the self-score of a token that may not see itself is refused. A causal mask, in contrast, hides the same
     * entries of every log-kernel. A bias that was given before is replaced.
     *
     * @param newBias {@code (..., H, N, M)}, in float32, float16 or bfloat16; the dimensions of heads and batch entries may be 1 or
     *                left out, for one bias of all
     * @return the same scores with it
     * @throws IllegalArgumentException if the shape is another, an entry is NaN or plus infinity, the scores are given by their
     *                                  entries, or the backward divergence has queries and keys of its own
     */
    public Scores withBias(Heads newBias) {
        Checks.given(newBias, "bias");
        if (q == null) {
            throw new IllegalArgumentException("scores that are given by their entries take no bias; add it to the entries");
        }
        if (inputs.hasBackward()) {
            throw new IllegalArgumentException("a backward divergence with queries and keys of its own takes no bias");
        }
        if (newBias.batch() != 1 && newBias.batch() != q.batch() || newBias.heads() != 1 && newBias.heads() != q.heads()
                || newBias.rows() != rows() || newBias.columns() != columns()) {
            throw new IllegalArgumentException("bias is %s; expected (1 or %s, 1 or %s, %s, %s)"
                    .formatted(newBias, q.batch(), q.heads(), rows(), columns()));
        }
        return with(inputs.withBias(ScoreBias.of(newBias.view(), "bias")));
    }

    /**
     * With {@code s_ij = scale <q_i, k_j>} in place of {@code scale = 1 / sqrt(d)}.
     *
     * @param newScale tau, positive and finite
     * @return the same scores with it
     * @throws IllegalArgumentException if it is not positive and finite, or scores are given by their entries
     */
    public Scores withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        if (q == null) {
            throw new IllegalArgumentException("scores that are given by their entries have no scale; beta multiplies them");
        }
        return with(inputs.withScale(newScale));
    }

    /**
     * With the inverse temperature {@code newBeta}.
     *
     * @param newBeta positive and finite
     * @return the same scores with it
     */
    public Scores withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return with(inputs.withBeta(newBeta));
    }

    /**
     * With the causal mask: entry (i, j) of every log-kernel is minus infinity for {@code j > i + M - N}. The last
     * query sees all keys. Of packed sequences, each has a causal mask of its own.
     *
     * @return the same scores with it
     */
    public Scores withCausalMask() {
        return with(inputs.with(inputs.visibility().withCausalMask()));
    }

    /**
     * With tokens that are sequences packed one after the other, none of which sees another.
     *
     * @param lengths tokens of each, N = M in all
     * @return the same scores with them
     */
    public Scores withSequences(int... lengths) {
        return withSequences(lengths, lengths);
    }

    /**
     * As above, with queries and keys of their own number.
     *
     * @param queries queries of each sequence, N in all
     * @param keys    keys of each sequence, M in all
     * @return the same scores with them
     */
    public Scores withSequences(int[] queries, int[] keys) {
        Checks.size(keys.length, queries.length, "lengths of keys");
        Checks.size(Checks.total(queries, "length"), rows(), "queries of all sequences");
        Checks.size(Checks.total(keys, "length"), columns(), "keys of all sequences");
        return with(inputs.with(inputs.visibility().withSequences(queries, keys)));
    }

    /**
     * With no token seeing itself: entry (i, i) of every log-kernel is minus infinity, beside what a causal mask and packed
     * sequences hide, and the diagonal of every operator is zero. The row of a token that then sees nothing, as of one alone in its
     * sequence or the first under a causal mask, is zero: no coupling gives it mass.
     *
     * <p>With {@code sinkhorn(Divergence.SYMMETRIC, ...)} this is the doubly stochastic normalisation of B. Landa, R. R.
     * Coifman and Y. Kluger (2021), which noise that is stronger in some tokens than in others moves little.
     *
     * @return the same scores with it
     * @throws IllegalArgumentException if N and M differ, or the scores are across two sequences
     */
    public Scores withZeroDiagonal() {
        if (rows() != columns()) {
            throw new IllegalArgumentException(
                    "a zero diagonal needs as many queries as keys, so that token i is both; there are %s queries and %s keys"
                            .formatted(rows(), columns()));
        }
        inputs.requireSelfScores("a zero diagonal");
        return with(inputs.with(inputs.visibility().withoutSelves()));
    }

    /**
     * With queries and keys of its own for the backward divergence, {@code d<_ij = s'_jj - s'_ji}; it is then no longer
     * the transpose of the forward one.
     *
     * @param newQ queries {@code (..., H, N, d')}
     * @param newK keys {@code (..., G, N, d')}
     * @return the same scores with them
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, shapes do not go together, or an
     *                                  entry is not finite
     */
    public Scores withBackward(Heads newQ, Heads newK) {
        inputs.requireSelfScores("a backward divergence");
        inputs.requireInnerProducts("a backward divergence with queries and keys of its own");
        ScoreInputs.Pair backward = pair(newQ, "backward q", newK, "backward k");
        if (newQ.rows() != q.rows() || newK.rows() != k.rows() || newQ.batch() != q.batch()
                || newQ.heads() != q.heads()) {
            throw new IllegalArgumentException(
                    "backward q %s and k %s must have the tokens and heads of q %s and k %s"
                            .formatted(newQ, newK, q, k));
        }
        return with(inputs.withBackward(backward));
    }

    /**
     * With work shared among {@code newWorkers}; results stay the same to the last bit.
     *
     * @param newWorkers who does the work
     * @return the same scores with them
     */
    public Scores withWorkers(Workers newWorkers) {
        return new Scores(q, k, inputs, Objects.requireNonNull(newWorkers));
    }

    /**
     * Transformer attention, {@code A>+ = softmax_j(beta s_ij)}: row-stochastic.
     *
     * @return the operator
     */
    public Operator attention() {
        return new Operator(this, new AttentionForm());
    }

    /**
     * {@return the column form of attention, column-stochastic: {@code A>- = softmax_i(-beta d>_ij)} within a sequence, and
     * {@code softmax_i(beta s_ij)} across two, where there are no self-scores}
     */
    public Operator attentionColumn() {
        return new Operator(this, new ColumnStochasticForm(Direction.FORWARD));
    }

    /** {@return the backward message, {@code A<+ = softmax_j(-beta d<_ij) = softmax_j(beta (s_ji - s_jj))}: row-stochastic} */
    public Operator backward() {
        return new Operator(this, new BackwardForm());
    }

    /** {@return the column form of the backward message, {@code A<- = softmax_i(-beta d<_ij)}: column-stochastic} */
    public Operator backwardColumn() {
        return new Operator(this, new ColumnStochasticForm(Direction.BACKWARD));
    }

    /**
     * Diffusion, {@code P+ = softmax_j(-beta d_ij)}: the product of the experts {@code A>+} and {@code A<+}, row-stochastic.
     *
     * @return the operator
     */
    public Operator diffusion() {
        return diffusion(0);
    }

    /**
     * Diffusion with alpha-normalisation (Coifman and Lafon 2006): the kernel {@code W_ij = exp(-beta d_ij)} becomes
     * {@code W_ij / (r_i r_j)^alpha} with {@code r_i = sum_j W_ij} before its rows are made to sum to 1. For a token that
     * sees nothing r counts as 1.
     *
     * @param alpha 0 for the graph Laplacian, 1/2 for Fokker-Planck, 1 for Laplace-Beltrami
     * @return the operator
     */
    public Operator diffusion(double alpha) {
        requireAlpha(alpha);
        return new Operator(this, new DiffusionForm(alpha));
    }

    /**
     * Attention with its circulation turned, {@code softmax_j(beta ((1+c)/2 s_ij + (1-c)/2 s_ji))}: c = 1 is attention
     * exactly, c = 0 is the symmetric part of the scores alone.
     *
     * @param c the circulation, finite
     * @return the operator
     */
    public Operator circulation(double c) {
        Checks.finite(c, "circulation");
        return new Operator(this, new CirculationForm(c));
    }

    /**
     * The same with a circulation of its own for each head.
     *
     * @param c one for each head in {@code 0 .. count() - 1}
     * @return the operator
     */
    public Operator circulation(double[] c) {
        Checks.size(c.length, count(), "circulations");
        for (double ofHead : c) {
            Checks.finite(ofHead, "circulation");
        }
        return new Operator(this, new CirculationForm(c));
    }

    /**
     * Magnetic diffusion at {@code charge}, alpha = 0.
     *
     * @param charge g, finite
     * @return the operator
     */
    public MagneticOperator magnetic(double charge) {
        return magnetic(charge, 0);
    }

    /**
     * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}, where
     * {@code w_ij = d>_ij - d<_ij} and W is alpha-normalised (Fanuel et al. 2017 for the magnetic kernel).
     *
     * @param charge g; at 0 this is {@link #diffusion(double)}
     * @param alpha  as of {@link #diffusion(double)}
     * @return the operator
     */
    public MagneticOperator magnetic(double charge, double alpha) {
        Checks.finite(charge, "charge");
        requireAlpha(alpha);
        return MagneticOperator.of(this, charge, alpha);
    }

    /** Alpha times the logarithm of a row sum is added to scores: beyond this their differences are lost. */
    private void requireAlpha(double alpha) {
        Checks.finite(alpha, "alpha");
        double bound = LogKernel.MAX_RANGE / (1 + LogTwo.log2(rows()));
        if (Math.abs(alpha) >= bound) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "alpha of %s is too large for %d tokens; expected a magnitude below %.3g", alpha, rows(), bound));
        }
    }

    /**
     * Sinkhorn of the forward divergence: see {@link #sinkhorn(Divergence, Sinkhorn)}.
     *
     * @param options tolerance, iterations, marginals and the rest
     * @return a solution for each head, converged or not
     */
    public SinkhornResult sinkhorn(Sinkhorn options) {
        return sinkhorn(Divergence.FORWARD, options);
    }

    /**
     * The potentials u and v that give {@code exp(z_ij + u_i + v_j)} the marginals asked for, where z is minus beta
     * times the divergence. Across two sequences there is the forward divergence alone, and z is {@code beta s_ij}.
     *
     * @param divergence the divergence d of {@code z = -beta d}
     * @param options    tolerance, iterations, marginals and the rest
     * @return a solution for each head, converged or not
     * @throws IllegalArgumentException if the scores are across two sequences and the divergence is not the forward one, or
     *                                  marginals are of another shape
     */
    public SinkhornResult sinkhorn(Divergence divergence, Sinkhorn options) {
        requireDivergence(divergence);
        if (options.isRelaxed() && inputs.within()) {
            inputs.requireVisibleSelf("a relaxed coupling within a sequence");
        }
        return SinkhornResult.solve(this, divergence, options);
    }

    /**
     * A plan of Sinkhorn of the forward divergence: see {@link SinkhornPlan#of}.
     *
     * @param options tolerance, iterations, marginals and the rest
     * @return the plan
     */
    public SinkhornPlan sinkhornPlan(Sinkhorn options) {
        return SinkhornPlan.of(this, Divergence.FORWARD, options);
    }

    /**
     * The range of the scores of head {@code index} in {@code 0 .. count() - 1}, and the share of negative divergences. Streamed.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return the figures, of queries and keys as they are now
     */
    public ScoreFigures figures(int index) {
        Checks.index(index, count(), "head");
        double unit = unitBeta(index);
        HeadScores head = inputs.withBeta(unit).head(index);
        ScoreScan scan = new ScoreScan();
        scan.range(head.scores(Normalised.BOTH), unit);
        if (inputs.within() && !inputs.forbidsSelf()) {
            scan.negatives(head.symmetric(Normalised.BOTH));
        }
        return new ScoreFigures(scan.min(), scan.max(), scan.negativeShare());
    }

    /** An inverse temperature at which the largest score is about 1, far from where float32 underflows. */
    private double unitBeta(int index) {
        double bound = inputs.withBeta(1).head(index).maxScore();
        return bound == 0 ? 1 : Math.scalb(1.0, -Math.getExponent(bound));
    }

    /**
     * The part of the skew part {@code a = (s - s^T) / 2} of the scores of head {@code index} that is no gradient
     * {@code a_ij = g_i - g_j}: {@code 1 - 2 N |g|^2 / |a|^2} with g the row means of a, 0 to 1. Attention on tokens that all see each
     * other is reversible if and only if it is 0. From products of {@code d x d}, in double precision; masks do not count. A skew
     * part that rounding queries and keys to floats may have made counts as none. Depends on the scores alone, not on the units of
     * queries and keys. Scores with a bias, or given by their entries, are taken one by one.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return NaN where a bias of minus infinity leaves a score out
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, or an entry is not finite any more
     * @throws IllegalStateException    if a segment is closed
     */
    public double curlFraction(int index) {
        return ofScores(index, "the curl of scores", ScoreMatrix::curlFraction, PairGram::curlFraction);
    }

    /**
     * How symmetric the scores of head {@code index} are, {@code eta = (|s_sym|^2 - |s_skew|^2) / (|s_sym|^2 + |s_skew|^2)}
     * (H. Cho et al., arXiv 2605.27476): 1 where they are symmetric, -1 where they are skew, 0 of zeros. Masks do not count. In
     * double precision, of inner products alone in {@code O(N d^2)}.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return NaN where a bias of minus infinity leaves a score out
     * @throws IllegalArgumentException if N and M differ, or the scores are across two sequences
     */
    public double eta(int index) {
        return ofScores(index, "the symmetry of scores", ScoreMatrix::eta, PairGram::eta);
    }

    /** A figure of single scores where there is a bias, or of inner products; NaN where a bias forbids a score. */
    private double ofScores(int index, String what, ToDoubleFunction<ScoreMatrix> ofEntries, ToDoubleFunction<PairGram> ofProducts) {
        Checks.index(index, count(), "head");
        inputs.requireSelfScores(what);
        inputs.requireAccess();
        if (inputs.bias() == null) {
            return ofProducts.applyAsDouble(inputs.gram(index, workers.crew()));
        }
        HeadScores head = inputs.head(index);
        return head.bias().forbids() ? Double.NaN
                : ofEntries.applyAsDouble(new ScoreMatrix(head, new HeadLoop.Pieces(workers.crew())));
    }

    /**
     * The entropy production of attention, in nats per step, by one application of it to {@code [K, Q]}:
     * {@code beta tau sum_i pi_i (<q_i, (P K)_i> - <k_i, (P Q)_i>)}. In single precision: its error is some 1e-6 of the range of the
     * scores, so that near equilibrium the full sum of {@code dev.gatun.dynamics} is the one to take, which is slower.
     *
     * @param index      the head, in {@code 0 .. count - 1}
     * @param stationary the stationary distribution of attention
     * @return nats per step
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, tokens do not see each other in the
     *                                  same way, or the distribution has another number of entries or does not sum to 1
     */
    public double entropyProduction(int index, double[] stationary) {
        Checks.index(index, count(), "head");
        inputs.requireSelfScores("entropy production");
        inputs.requireInnerProducts("entropy production in one pass");
        if (!inputs.visibility().symmetric()) {
            throw new IllegalArgumentException("entropy production in one pass needs tokens that see each other in the same way");
        }
        return new OnePassEntropy(inputs.head(index), OnePassEntropy.requireDistribution(stationary, rows()))
                .entropyProduction(new HeadLoop.Pieces(workers.crew()));
    }

    /** {@return the number of queries, N} */
    public int rows() {
        return inputs.rows();
    }

    /** {@return the number of keys, M} */
    public int columns() {
        return inputs.columns();
    }

    /** {@return the number of query heads in all, over batch and heads} */
    public int count() {
        return inputs.count();
    }

    /** {@return the queries; null where scores are given by their entries} */
    public Heads queries() {
        return q;
    }

    /** {@return the keys; null where scores are given by their entries} */
    public Heads keys() {
        return k;
    }

    /** {@return who does the work} */
    public Workers workers() {
        return workers;
    }

    /** The views and parameters behind these scores. */
    ScoreInputs inputs() {
        return inputs;
    }

    /** With an inverse temperature at which the factor of inner products, or of given entries, is at least {@code min}. */
    Scores withFactorFrom(double min) {
        return with(inputs.withFactorFrom(min));
    }

    /** Without self-scores there is the forward divergence alone, for which the scores stand. */
    void requireDivergence(Divergence divergence) {
        if (divergence != Divergence.FORWARD) {
            inputs.requireSelfScores("the " + divergence.name().toLowerCase(Locale.ROOT) + " divergence");
        }
        if (divergence == Divergence.SYMMETRIC) {
            inputs.requireVisibleSelf("the symmetric divergence");
        }
    }

    private static ScoreInputs.Pair pair(Heads q, String qName, Heads k, String kName) {
        Checks.given(q, qName);
        Checks.given(k, kName);
        return ScoreInputs.Pair.of(q.view(), qName, k.view(), kName);
    }
}
