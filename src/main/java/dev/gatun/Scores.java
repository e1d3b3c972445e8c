package dev.gatun;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadBias;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.OnePassEntropy;
import dev.gatun.internal.head.ScoreBias;
import dev.gatun.internal.head.ScoreMatrix;
import dev.gatun.internal.head.ScoreScan;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.ZeroDiagonal;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.Sequences;
import dev.gatun.kernel.pass.PairGram;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ObjIntConsumer;

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

    private final Heads q;
    private final Heads k;
    private final Heads qBackward;
    private final Heads kBackward;
    private final ScoreBias bias;
    private final double scale;
    private final double beta;
    private final boolean within;
    private final Visibility visibility;
    private final Mask mask;
    private final Workers workers;

    /**
     * What tokens see of each other.
     *
     * @param sequences queries and keys of each packed sequence; null for one
     * @param selves    whether token i sees token i
     */
    private record Visibility(boolean causal, int[][] sequences, boolean selves) {
        private static final Visibility ALL = new Visibility(false, null, true);

        Mask mask(int rows, int columns) {
            Mask whole = sequences != null ? Sequences.of(sequences[0], sequences[1], causal)
                    : causal ? Band.causal(rows, columns) : Band.ALL;
            return selves ? whole : new ZeroDiagonal(whole);
        }
    }

    /**
     * @param q    null where the entries of {@code bias} are the scores; so is k
     * @param bias what is added to single scores; null for nothing
     */
    private Scores(Heads q, Heads k, Heads qBackward, Heads kBackward, ScoreBias bias, double scale, double beta, boolean within,
                   Visibility visibility, Workers workers) {
        this.q = q;
        this.k = k;
        this.qBackward = qBackward;
        this.kBackward = kBackward;
        this.bias = bias;
        this.scale = scale;
        this.beta = beta;
        this.within = within;
        this.visibility = visibility;
        this.mask = visibility.mask(rows(), columns());
        this.workers = workers;
    }

    /** Scores of one head within a sequence: see {@link #of(Heads, Heads)}. */
    public static Scores of(Matrix q, Matrix k) {
        return of(Heads.of(q), Heads.of(k));
    }

    /**
     * Scores within one sequence, of queries {@code (..., H, N, d)} with keys {@code (..., G, M, d)}, where G divides H: query
     * head h goes with key head {@code h / (H / G)}. Query i and key i are the same token, so that {@code s_ii} compares a token
     * with itself. Queries and keys of different tokens belong in {@link #across(Heads, Heads)}, also where there happen to be as
     * many of both. Where N and M differ no query is a key, and the scores are those across.
     *
     * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Scores of(Heads q, Heads k) {
        return of(q, k, true);
    }

    /** Scores of one head across two sequences: see {@link #across(Heads, Heads)}. */
    public static Scores across(Matrix q, Matrix k) {
        return across(Heads.of(q), Heads.of(k));
    }

    /**
     * Scores across two sequences: queries {@code (..., H, N, d)} and keys {@code (..., G, M, d)} of different tokens, as in
     * cross-attention and in transport from sources to targets. There are no self-scores, whatever N and M are: exchanging two
     * keys exchanges two columns of every result and changes nothing else. Attention, its column form, Sinkhorn and relaxed
     * Sinkhorn are those of {@code beta s_ij}; what compares a token with itself, or goes on from a key as a query, is refused.
     *
     * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Scores across(Heads q, Heads k) {
        return of(q, k, false);
    }

    private static Scores of(Heads q, Heads k, boolean within) {
        VectorApi.require();
        pair(q, "q", k, "k");
        return new Scores(q, k, null, null, null, Double.NaN, 1, within && q.rows() == k.rows(), Visibility.ALL, Workers.caller());
    }

    /** Scores of one head within a sequence, given outright: see {@link #ofEntries(Heads)}. */
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
     * @throws IllegalArgumentException if an entry is NaN or plus infinity, or a head has too many entries for an array
     * @throws IllegalStateException    if the Vector API is not there, or the segment is closed
     */
    public static Scores ofEntries(Heads entries) {
        return ofEntries(entries, true);
    }

    /** Scores of one head across two sequences, given outright: see {@link #acrossEntries(Heads)}. */
    public static Scores acrossEntries(Matrix entries) {
        return acrossEntries(Heads.of(entries));
    }

    /**
     * Scores across two sequences that are given outright, as those of {@link #ofEntries(Heads)} are within one: a cost matrix of
     * sources and targets. There are no self-scores: see {@link #across(Heads, Heads)}.
     *
     * @param entries {@code (..., H, N, M)} in float32, float16 or bfloat16
     * @throws IllegalArgumentException if an entry is NaN or plus infinity, or a head has too many entries for an array
     * @throws IllegalStateException    if the Vector API is not there, or the segment is closed
     */
    public static Scores acrossEntries(Heads entries) {
        return ofEntries(entries, false);
    }

    private static Scores ofEntries(Heads entries, boolean within) {
        VectorApi.require();
        Checks.given(entries, "scores");
        return new Scores(null, null, null, null, ScoreBias.of(entries.view(), "scores"), Double.NaN, 1,
                within && entries.rows() == entries.columns(), Visibility.ALL, Workers.caller());
    }

    /** With a bias of the one head: see {@link #withBias(Heads)}. */
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
     * @throws IllegalArgumentException if the shape is another, an entry is NaN or plus infinity, the scores are given by their
     *                                  entries, or the backward divergence has queries and keys of its own
     */
    public Scores withBias(Heads newBias) {
        Checks.given(newBias, "bias");
        if (q == null) {
            throw new IllegalArgumentException("scores that are given by their entries take no bias; add it to the entries");
        }
        if (qBackward != null) {
            throw new IllegalArgumentException("a backward divergence with queries and keys of its own takes no bias");
        }
        if (newBias.batch() != 1 && newBias.batch() != q.batch() || newBias.heads() != 1 && newBias.heads() != q.heads()
                || newBias.rows() != rows() || newBias.columns() != columns()) {
            throw new IllegalArgumentException("bias is %s; expected (1 or %s, 1 or %s, %s, %s)"
                    .formatted(newBias, q.batch(), q.heads(), rows(), columns()));
        }
        return new Scores(q, k, null, null, ScoreBias.of(newBias.view(), "bias"), scale, beta, within, visibility, workers);
    }

    /**
     * With {@code s_ij = scale <q_i, k_j>} in place of {@code scale = 1 / sqrt(d)}.
     *
     * @throws IllegalArgumentException if it is not positive and finite, or scores are given by their entries
     */
    public Scores withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        if (q == null) {
            throw new IllegalArgumentException("scores that are given by their entries have no scale; beta multiplies them");
        }
        return new Scores(q, k, qBackward, kBackward, bias, newScale, beta, within, visibility, workers);
    }

    /** With the inverse temperature {@code newBeta}. */
    public Scores withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new Scores(q, k, qBackward, kBackward, bias, scale, newBeta, within, visibility, workers);
    }

    /**
     * With the causal mask: entry (i, j) of every log-kernel is minus infinity for {@code j > i + M - N}. The last
     * query sees all keys. Of packed sequences, each has a causal mask of its own.
     */
    public Scores withCausalMask() {
        return with(new Visibility(true, visibility.sequences, visibility.selves));
    }

    private Scores with(Visibility newSight) {
        return new Scores(q, k, qBackward, kBackward, bias, scale, beta, within, newSight, workers);
    }

    /**
     * With tokens that are sequences packed one after the other, none of which sees another.
     *
     * @param lengths tokens of each, N = M in all
     */
    public Scores withSequences(int... lengths) {
        return withSequences(lengths, lengths);
    }

    /**
     * As above, with queries and keys of their own number.
     *
     * @param queries queries of each sequence, N in all
     * @param keys    keys of each sequence, M in all
     */
    public Scores withSequences(int[] queries, int[] keys) {
        Checks.size(keys.length, queries.length, "lengths of keys");
        Checks.size(Checks.total(queries, "length"), rows(), "queries of all sequences");
        Checks.size(Checks.total(keys, "length"), columns(), "keys of all sequences");
        return with(new Visibility(visibility.causal, new int[][] {queries.clone(), keys.clone()}, visibility.selves));
    }

    /**
     * With no token seeing itself: entry (i, i) of every log-kernel is minus infinity, beside what a causal mask and packed
     * sequences hide, and the diagonal of every operator is zero. A token that sees nothing then, as one alone in its sequence
     * or the first under a causal mask, has a row of zeros: there is no plan that gives it mass.
     *
     * <p>With {@code sinkhorn(Divergence.SYMMETRIC, ...)} this is the doubly stochastic normalisation of B. Landa, R. R.
     * Coifman and Y. Kluger (2021), which noise that is stronger in some tokens than in others moves little.
     *
     * @throws IllegalArgumentException if N and M differ, or the scores are across two sequences
     */
    public Scores withZeroDiagonal() {
        if (rows() != columns()) {
            throw new IllegalArgumentException(
                    "a zero diagonal needs as many queries as keys, so that token i is both; there are %s queries and %s keys"
                            .formatted(rows(), columns()));
        }
        requireSelfScores("a zero diagonal");
        return with(new Visibility(visibility.causal, visibility.sequences, false));
    }

    /**
     * With queries and keys of its own for the backward divergence, {@code d<_ij = s'_jj - s'_ji}; it is then no longer
     * the transpose of the forward one.
     *
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, shapes do not go together, or an
     *                                  entry is not finite
     */
    public Scores withBackward(Heads newQ, Heads newK) {
        requireSelfScores("a backward divergence");
        requireInnerProducts("a backward divergence with queries and keys of its own");
        pair(newQ, "backward q", newK, "backward k");
        if (newQ.rows() != q.rows() || newK.rows() != k.rows() || newQ.batch() != q.batch()
                || newQ.heads() != q.heads()) {
            throw new IllegalArgumentException(
                    "backward q %s and k %s must have the tokens and heads of q %s and k %s"
                            .formatted(newQ, newK, q, k));
        }
        return new Scores(q, k, newQ, newK, null, scale, beta, within, visibility, workers);
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public Scores withWorkers(Workers newWorkers) {
        return new Scores(q, k, qBackward, kBackward, bias, scale, beta, within, visibility, Objects.requireNonNull(newWorkers));
    }

    /** Transformer attention, {@code A>+ = softmax_j(beta s_ij)}: row-stochastic. */
    public Operator attention() {
        return Operator.of(this, Operator.Kind.ATTENTION);
    }

    /**
     * The column form of attention, column-stochastic: {@code A>- = softmax_i(-beta d>_ij)} within a sequence, and
     * {@code softmax_i(beta s_ij)} across two, where there are no self-scores.
     */
    public Operator attentionColumn() {
        return Operator.of(this, Operator.Kind.ATTENTION_COLUMN);
    }

    /** The backward message, {@code A<+ = softmax_j(-beta d<_ij) = softmax_j(beta (s_ji - s_jj))}: row-stochastic. */
    public Operator backward() {
        return Operator.of(this, Operator.Kind.BACKWARD);
    }

    /** The column form of the backward message, {@code A<- = softmax_i(-beta d<_ij)}: column-stochastic. */
    public Operator backwardColumn() {
        return Operator.of(this, Operator.Kind.BACKWARD_COLUMN);
    }

    /** Diffusion, {@code P+ = softmax_j(-beta d_ij)}: the product of the experts {@code A>+} and {@code A<+}, row-stochastic. */
    public Operator diffusion() {
        return diffusion(0);
    }

    /**
     * Diffusion with alpha-normalisation (Coifman and Lafon 2006): the kernel {@code W_ij = exp(-beta d_ij)} becomes
     * {@code W_ij / (r_i r_j)^alpha} with {@code r_i = sum_j W_ij} before its rows are made to sum to 1. For a token that
     * sees nothing r is taken to be 1.
     *
     * @param alpha 0 for the graph Laplacian, 1/2 for Fokker-Planck, 1 for Laplace-Beltrami
     */
    public Operator diffusion(double alpha) {
        requireAlpha(alpha);
        return Operator.of(this, Operator.Kind.DIFFUSION, alpha);
    }

    /**
     * Attention with its circulation turned, {@code softmax_j(beta ((1+c)/2 s_ij + (1-c)/2 s_ji))}: c = 1 is attention
     * exactly, c = 0 keeps the symmetric part of the scores alone.
     */
    public Operator circulation(double c) {
        Checks.finite(c, "circulation");
        return Operator.of(this, Operator.Kind.CIRCULATION, c);
    }

    /**
     * The same with a circulation of its own for each head.
     *
     * @param c one for each head in {@code 0 .. count() - 1}
     */
    public Operator circulation(double[] c) {
        Checks.size(c.length, count(), "circulations");
        for (double ofHead : c) {
            Checks.finite(ofHead, "circulation");
        }
        return Operator.of(this, Operator.Kind.CIRCULATION, c.clone());
    }

    /** Magnetic diffusion at {@code charge}, alpha = 0. */
    public MagneticOperator magnetic(double charge) {
        return magnetic(charge, 0);
    }

    /**
     * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}, where
     * {@code w_ij = d>_ij - d<_ij} and W is alpha-normalised (Fanuel et al. 2017 for the magnetic kernel).
     *
     * @param charge g; at 0 this is {@link #diffusion(double)}
     */
    public MagneticOperator magnetic(double charge, double alpha) {
        Checks.finite(charge, "charge");
        requireAlpha(alpha);
        return new MagneticOperator(this, charge, alpha);
    }

    /** Alpha times the logarithm of a row sum is added to scores: beyond this their differences are lost. */
    private void requireAlpha(double alpha) {
        Checks.finite(alpha, "alpha");
        double most = LogKernel.MAX_RANGE / (1 + Math.log(rows()) / Math.log(2));
        if (Math.abs(alpha) >= most) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "alpha of %s is too large for %d tokens; expected a magnitude below %.3g", alpha, rows(), most));
        }
    }

    /** Sinkhorn of the forward divergence: see {@link #sinkhorn(Divergence, Sinkhorn)}. */
    public SinkhornResult sinkhorn(Sinkhorn options) {
        return sinkhorn(Divergence.FORWARD, options);
    }

    /**
     * The potentials u and v that give {@code exp(z_ij + u_i + v_j)} the marginals asked for, where z is minus beta
     * times the divergence. Across two sequences there is the forward divergence alone, and z is {@code beta s_ij}.
     *
     * @throws IllegalArgumentException if the scores are across two sequences and the divergence is not the forward one, or
     *                                  marginals are of another shape
     */
    public SinkhornResult sinkhorn(Divergence divergence, Sinkhorn options) {
        requireDivergence(divergence);
        if (options.isRelaxed() && within) {
            requireSeen("a relaxed coupling within a sequence");
        }
        return SinkhornTask.solve(this, divergence, options);
    }

    /** A plan of Sinkhorn of the forward divergence: see {@link SinkhornPlan#of}. */
    public SinkhornPlan sinkhornPlan(Sinkhorn options) {
        return SinkhornPlan.of(this, Divergence.FORWARD, options);
    }

    /** What the scores of head {@code index} in {@code 0 .. count() - 1} are like. Streamed. */
    public ScoreFigures figures(int index) {
        Checks.index(index, count(), "head");
        double unit = unitBeta(index);
        HeadScores inputs = withBeta(unit).head(index);
        ScoreScan scan = new ScoreScan();
        scan.range(inputs.scores(Normalised.BOTH), unit);
        if (within && (bias == null || bias.blind() == null)) {
            scan.negatives(inputs.symmetric(Normalised.BOTH));
        }
        return new ScoreFigures(scan.least(), scan.greatest(), scan.negativeShare());
    }

    /** An inverse temperature at which the largest score is about 1, far from where float32 underflows. */
    private double unitBeta(int index) {
        double bound = withBeta(1).head(index).greatestScore();
        return bound == 0 ? 1 : Math.scalb(1.0, -Math.getExponent(bound));
    }

    /**
     * The part of the skew part {@code a = (s - s^T) / 2} of the scores of head {@code index} that is no gradient
     * {@code a_ij = g_i - g_j}: {@code 1 - 2 N |g|^2 / |a|^2} with g the row means of a, 0 to 1. Attention on tokens that all see each
     * other is reversible if and only if it is 0. From products of {@code d x d}, in double precision; masks do not count. A skew
     * part that rounding queries and keys to floats may have made counts as none. Depends on the scores alone, not on the units of
     * queries and keys. Scores with a bias, or given by their entries, are taken one by one.
     *
     * @return NaN where a bias of minus infinity leaves a score out
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, or an entry is not finite any more
     * @throws IllegalStateException    if a segment is closed
     */
    public double curlFraction(int index) {
        Checks.index(index, count(), "head");
        requireSelfScores("the curl of scores");
        requireAccess();
        if (bias != null) {
            HeadScores inputs = head(index);
            return inputs.bias().forbids() ? Double.NaN : new ScoreMatrix(inputs, new HeadLoop.Pieces(workers.crew())).curlFraction();
        }
        return gram(index).curlFraction();
    }

    /**
     * How symmetric the scores of head {@code index} are, {@code eta = (|s_sym|^2 - |s_skew|^2) / (|s_sym|^2 + |s_skew|^2)}
     * (H. Cho et al., arXiv 2605.27476): 1 where they are symmetric, -1 where they are skew, 0 of zeros. Masks do not count. In
     * double precision, of inner products alone in {@code O(N d^2)}.
     *
     * @return NaN where a bias of minus infinity leaves a score out
     * @throws IllegalArgumentException if N and M differ, or the scores are across two sequences
     */
    public double eta(int index) {
        Checks.index(index, count(), "head");
        requireSelfScores("the symmetry of scores");
        requireAccess();
        if (bias != null) {
            HeadScores inputs = head(index);
            return inputs.bias().forbids() ? Double.NaN : new ScoreMatrix(inputs, new HeadLoop.Pieces(workers.crew())).eta();
        }
        return gram(index).eta();
    }

    private PairGram gram(int index) {
        PairGram gram = new PairGram(rows(), q.columns());
        q.view().copyTo(index, gram.queries());
        k.view().copyTo(grouped(k.view(), index), gram.keys());
        requireFinite(gram.queries(), q.view(), "q");
        requireFinite(gram.keys(), k.view(), "k");
        gram.begin();
        workers.run(gram.parts(), (part, worker) -> gram.multiply(part));
        return gram;
    }

    /**
     * The entropy production of attention, in nats per step, by one application of it to {@code [K, Q]}:
     * {@code beta tau sum_i pi_i (<q_i, (P K)_i> - <k_i, (P Q)_i>)}. In single precision: its error is some 1e-6 of the range of the
     * scores, so that near equilibrium the full sum of {@code dev.gatun.dynamics} is the one to take, which is slower.
     *
     * @param law the stationary distribution of attention
     * @throws IllegalArgumentException if N and M differ, the scores are across two sequences, tokens do not see each other in the
     *                                  same way, or the law has another number of entries or is none
     */
    public double entropyProduction(int index, double[] law) {
        Checks.index(index, count(), "head");
        requireSelfScores("entropy production");
        requireInnerProducts("entropy production in one pass");
        if (visibility.causal || !square()) {
            throw new IllegalArgumentException("entropy production in one pass needs tokens that see each other in the same way");
        }
        return new OnePassEntropy(head(index), OnePassEntropy.requireLaw(law, rows()))
                .entropyProduction(new HeadLoop.Pieces(workers.crew()));
    }

    /** The number of queries, N. */
    public int rows() {
        return outline().rows();
    }

    /** What has the batch entries, heads and rows of all results. */
    private TensorView outline() {
        return q == null ? bias.entries() : q.view();
    }

    /** The number of keys, M. */
    public int columns() {
        return k == null ? bias.entries().columns() : k.rows();
    }

    /** The number of query heads in all, over batch and heads. */
    public int count() {
        return outline().count();
    }

    /** The queries; null where scores are given by their entries. */
    public Heads queries() {
        return q;
    }

    /** The keys; null where scores are given by their entries. */
    public Heads keys() {
        return k;
    }

    /** Who does the work. */
    public Workers workers() {
        return workers;
    }

    double beta() {
        return beta;
    }

    Mask mask() {
        return mask;
    }

    /** Without self-scores there is the forward divergence alone, for which the scores stand. */
    void requireDivergence(Divergence divergence) {
        if (divergence != Divergence.FORWARD) {
            requireSelfScores("the " + divergence.name().toLowerCase(java.util.Locale.ROOT) + " divergence");
        }
        if (divergence == Divergence.SYMMETRIC) {
            requireSeen("the symmetric divergence");
        }
    }

    /** Refuses where the self-score of a token that may not see itself is needed. */
    void requireSeen(String what) {
        if (bias != null && bias.blind() != null) {
            throw new IllegalArgumentException(bias.whyBlind(what));
        }
    }

    /** Refuses scores that are not inner products alone. */
    void requireInnerProducts(String what) {
        if (bias != null) {
            throw new IllegalArgumentException("%s needs scores that are inner products; these %s".formatted(what,
                    q == null ? "are given by their entries" : "have a bias"));
        }
    }

    /** What is added to single scores; null for nothing. */
    ScoreBias bias() {
        return bias;
    }

    /** Whether query i and key i are the same token. */
    boolean within() {
        return within;
    }

    void requireSelfScores(String what) {
        if (rows() != columns()) {
            throw new IllegalArgumentException("%s needs as many queries as keys, for it compares a token with itself;"
                    .formatted(what) + " there are %s queries and %s keys".formatted(rows(), columns())
                    + "; Scores.across has what needs no self-scores");
        }
        if (!within) {
            throw new IllegalArgumentException(("%s needs scores within one sequence, for it compares a token with itself; "
                    + "these are across two, which have attention, its column form and Sinkhorn").formatted(what));
        }
    }

    /** Whether tokens see each other in the same way, and there is one pair of queries and keys. */
    boolean symmetric() {
        return !visibility.causal && square() && qBackward == null;
    }

    private boolean square() {
        return visibility.sequences == null || Arrays.equals(visibility.sequences[0], visibility.sequences[1]);
    }

    /** Refuses kernels of a divergence in which one token sees another that does not see it in the same way. */
    void requireSymmetric(String what) {
        requireSelfScores(what);
        if (!symmetric()) {
            throw new IllegalArgumentException("%s needs d_ij = d_ji; %s".formatted(what,
                    visibility.causal ? "a causal mask hides one of the two"
                            : !square() ? "sequences with other queries than keys hide one of the two"
                            : "a backward pair of its own makes them differ"));
        }
    }

    /** A chain goes on from the token that it has come to: where that is in another sequence, it has left its own. */
    void requireChain(String what) {
        requireSelfScores(what);
        if (!square()) {
            throw new IllegalArgumentException(what + " needs as many queries as keys in every sequence");
        }
    }

    /** Memory may have been closed since, or somebody else's thread be asking. */
    private void requireAccess() {
        if (q != null) {
            Checks.accessible(q.segment(), "q");
            Checks.accessible(k.segment(), "k");
        }
        if (bias != null) {
            Checks.accessible(bias.entries().segment(), bias.name());
        }
        if (qBackward != null) {
            Checks.accessible(qBackward.segment(), "backward q");
            Checks.accessible(kBackward.segment(), "backward k");
        }
    }

    /**
     * A copy of the queries and keys of head {@code index} in {@code 0 .. count() - 1}, as they are now, and of its bias.
     *
     * @throws IllegalArgumentException if an entry of queries or keys is not finite any more
     */
    HeadScores head(int index) {
        return checked(copy(index, new HeadMemory(), false));
    }

    /**
     * As above, for a use that ends with the call that it serves: a bias is not copied but read where it lies, if all threads that
     * compute may read it.
     */
    HeadScores headInPlace(int index) {
        return checked(uncheckedHead(index));
    }

    /** As above: a log-kernel of entries that are not finite is refused as well, but not by name. */
    HeadScores uncheckedHead(int index) {
        return uncheckedHead(index, new HeadMemory());
    }

    /** As above, copied to {@code room}. */
    HeadScores uncheckedHead(int index, HeadMemory room) {
        return copy(index, room, bias != null && (workers.threads() == 1 || bias.entries().openToAll()));
    }

    private HeadScores checked(HeadScores head) {
        if (q != null) {
            requireFinite(head.q(), q.view(), "q");
            requireFinite(head.k(), k.view(), "k");
        }
        if (qBackward != null) {
            requireFinite(head.qBack(), qBackward.view(), "backward q");
            requireFinite(head.kBack(), kBackward.view(), "backward k");
        }
        return head;
    }

    private HeadScores copy(int index, HeadMemory room, boolean inPlace) {
        requireAccess();
        HeadBias headBias = bias == null ? null : bias.head(index, outline().heads(), inPlace);
        double biasWeight = beta / Math.log(2);
        if (q == null) {
            float[] none = new float[0];
            return new HeadScores(rows(), columns(), 0, none, none, 0, none, none, 0, 0, biasWeight, headBias, within, mask,
                    !inPlace && headBias.symmetric());
        }
        float[] headQ = room.q(q.view(), index);
        float[] headK = room.k(k.view(), grouped(k.view(), index));
        int dBack = qBackward == null ? q.columns() : qBackward.columns();
        float[] backQ = qBackward == null ? headQ : room.qBack(qBackward.view(), index);
        float[] backK = kBackward == null ? headK : room.kBack(kBackward.view(), grouped(kBackward.view(), index));
        return new HeadScores(rows(), columns(), q.columns(), headQ, headK, dBack, backQ, backK,
                weight(q.columns()), weight(dBack), biasWeight, headBias, within, mask,
                qBackward == null && Arrays.equals(headQ, headK) && (bias == null || !inPlace && headBias.symmetric()));
    }

    /** Memory may have changed since; the message names the first entry of {@code all} that is not finite. */
    private static void requireFinite(float[] entries, TensorView all, String name) {
        if (!Float.isFinite(FiniteScan.largest(entries, entries.length))) {
            Checks.readable(all, name);
            throw new IllegalArgumentException(name + " changed while it was read");
        }
    }

    /** New tokens beside those of head {@code index}. */
    CrossScores crossing(int index, Matrix newQ, Matrix newK) {
        requireInnerProducts("a new token");
        Checks.given(newQ, "new q");
        Checks.given(newK, "new k");
        pair(Heads.of(newQ), "new q", Heads.of(newK), "new k");
        Checks.size(newQ.columns(), q.columns(), "components of new q");
        Checks.size(newK.rows(), newQ.rows(), "rows of new k");
        CrossScores crossing = new CrossScores(newQ.rows(), newQ.toArray(), newK.toArray(), head(index), Band.ALL);
        if (visibility.sequences != null) {
            crossing.requireOwn();
        }
        return crossing;
    }

    private double weight(int d) {
        return beta * tau(d) / Math.log(2);
    }

    private double tau(int d) {
        return Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale;
    }

    /** With an inverse temperature at which the factor of inner products, or of entries that are given, is at least {@code least}. */
    Scores withWeightFrom(double least) {
        double tau = q == null ? 1 : tau(q.columns());
        return beta * tau / Math.log(2) >= least ? this : withBeta(least * Math.log(2) / tau);
    }

    /** The matrix of {@code fewer} that goes with query head {@code index}. */
    int grouped(TensorView fewer, int index) {
        return fewer.grouped(index, outline().heads());
    }

    /**
     * What {@code out = P v} asks of its memory; {@code width} is the number of columns of out.
     */
    void requireProduct(Heads v, Heads out, int width) {
        requireGroups(outline(), q == null ? "scores" : "q", v.view(), "v");
        Checks.size(v.rows(), columns(), "rows of v");
        requireOutput(out, width);
        Checks.packable(rows(), width, "a head of out");
        Checks.packable(v.rows(), v.columns(), "a head of v");
        Checks.readable(v.view(), "v");
        Checks.distinct(out.view(), v.view(), "v");
    }

    /** What a result of {@code N x width} a head asks of its memory. */
    void requireOutput(Heads out, int width) {
        Checks.output(TensorView.of(out), outline(), width);
        Checks.separate(out.view(), "out");
        requireApart(out);
        requireAccess();
    }

    /** What is written there changes nothing that these scores are made of. */
    void requireApart(Heads out) {
        if (q != null) {
            Checks.distinct(out.view(), q.view(), "q");
            Checks.distinct(out.view(), k.view(), "k");
        }
        if (bias != null) {
            Checks.distinct(out.view(), bias.entries(), bias.name());
        }
        if (qBackward != null) {
            Checks.distinct(out.view(), qBackward.view(), "backward q");
            Checks.distinct(out.view(), kBackward.view(), "backward k");
        }
    }

    /**
     * Refuses, before anything is written, entries that are not finite any more, and scores that a log-kernel refuses. Reads all
     * queries and keys; {@code check} runs on every head where the largest entry may make scores too large.
     *
     * @param growth by what factor more than scores are counted, at least 1
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void requireMeasurable(double growth, ObjIntConsumer<HeadScores> check) {
        if (!measurable(growth, readable(), bias == null ? 0 : bias.now().largest())) {
            for (int index = 0; index < count(); index++) {
                check.accept(uncheckedHead(index), index);
            }
        }
    }

    /**
     * Computes and finishes {@code tasks} of all heads; nothing is written if one of them is refused. Queries and keys of several
     * heads are read before; a single head finds on its way what is not finite.
     *
     * @param growth as of {@link #requireMeasurable}
     * @param check  likewise
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void run(double growth, ObjIntConsumer<HeadScores> check, HeadLoop.Preparation tasks) {
        if (count() > 1) {
            requireMeasurable(growth, check);
        }
        run(tasks);
    }

    /**
     * Computes and finishes {@code tasks} of all heads. A log-kernel of queries or keys that are not finite is refused; then they are
     * looked through for the entry to name.
     *
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    void run(HeadLoop.Preparation tasks) {
        try {
            HeadLoop.run(workers.crew(), count(), tasks);
        } catch (IllegalArgumentException refused) {
            readable();
            throw refused;
        }
    }

    /** Reads all queries and keys, which must be finite; returns the largest magnitude. */
    private float readable() {
        if (q == null) {
            return 0;
        }
        float ofPair = Math.max(Checks.readable(q.view(), "q"), Checks.readable(k.view(), "k"));
        return qBackward == null ? ofPair
                : Math.max(ofPair, Math.max(Checks.readable(qBackward.view(), "backward q"), Checks.readable(kBackward.view(),
                        "backward k")));
    }

    /** Whether entries of at most {@code magnitude} cannot make scores too large. */
    boolean measurable(double growth, double magnitude) {
        return measurable(growth, magnitude, 0);
    }

    private boolean measurable(double growth, double magnitude, double ofBias) {
        double ofPair = q == null ? 0 : weight(q.columns()) * q.columns();
        double ofBackward = qBackward == null ? 0 : weight(qBackward.columns()) * qBackward.columns();
        double most = LogKernel.MAX_SCORES * growth
                * (Math.max(ofPair, ofBackward) * magnitude * magnitude + beta / Math.log(2) * ofBias);
        return most < LogKernel.MAX_RANGE;
    }

    private static void pair(Heads q, String qName, Heads k, String kName) {
        Checks.given(q, qName);
        Checks.given(k, kName);
        if (q.columns() != k.columns()) {
            throw new IllegalArgumentException("%s has %s components and %s has %s; expected the same d"
                    .formatted(qName, q.columns(), kName, k.columns()));
        }
        requireGroups(q.view(), qName, k.view(), kName);
        Checks.packable(q.rows(), q.columns(), "a head of " + qName);
        Checks.packable(k.rows(), k.columns(), "a head of " + kName);
        Checks.readable(q.view(), qName);
        Checks.readable(k.view(), kName);
    }

    private static void requireGroups(TensorView q, String qName, TensorView fewer, String name) {
        if (q.batch() != fewer.batch() || q.heads() % fewer.heads() != 0) {
            throw new IllegalArgumentException(
                    "%s has shape %s and %s has shape %s; expected the same batch, and heads of %s that divide those of %s"
                            .formatted(qName, Arrays.toString(q.shape()), name,
                                    Arrays.toString(fewer.shape()), name, qName));
        }
    }
}
