package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Hollow;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Normalised;
import dev.gatun.kernel.PairGram;
import dev.gatun.kernel.Sequences;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

/**
 * The query-key scores of one or more heads, {@code s_ij = tau <q_i, k_j>}, never stored: where every operator of the
 * library begins.
 *
 * <p>Queries are {@code N x d}, keys {@code M x d} for each head; one head of keys may serve several heads of queries
 * (grouped queries). Unless set otherwise tau is {@code 1 / sqrt(d)} and the inverse temperature beta is 1. Operators
 * made of a divergence {@code d>_ij = s_ii - s_ij} compare a token with itself, so they need {@code N = M}; attention,
 * its column form and Sinkhorn of the scores do not.
 *
 * <p>A {@code Scores} is a description: it holds views, reads them when an operator is applied, and does not change. Threads may
 * share it, and the operators made of it, where its memory is open to them.
 * See J. Candanedo, <em>The Diffusion-Attention Connection</em>, arXiv 2604.09560.
 */
public final class Scores {

    /** How many times the largest score an operator's log-kernels can be: centred pairs, offsets and self-scores. */
    static final double MOST_SCORES = 32;

    private final Heads q;
    private final Heads k;
    private final Heads qBackward;
    private final Heads kBackward;
    private final double scale;
    private final double beta;
    private final Sight sight;
    private final Mask mask;
    private final Workers workers;

    /**
     * What tokens see of each other.
     *
     * @param sequences queries and keys of each packed sequence; null for one
     * @param selves    whether token i sees token i
     */
    private record Sight(boolean causal, int[][] sequences, boolean selves) {
        private static final Sight ALL = new Sight(false, null, true);

        Mask mask(int rows, int columns) {
            Mask whole = sequences != null ? Sequences.of(sequences[0], sequences[1], causal)
                    : causal ? Band.causal(rows, columns) : Band.ALL;
            return selves ? whole : new Hollow(whole);
        }
    }

    private Scores(Heads q, Heads k, Heads qBackward, Heads kBackward, double scale, double beta,
                   Sight sight, Workers workers) {
        this.q = q;
        this.k = k;
        this.qBackward = qBackward;
        this.kBackward = kBackward;
        this.scale = scale;
        this.beta = beta;
        this.sight = sight;
        this.mask = sight.mask(q.rows(), k.rows());
        this.workers = workers;
    }

    /** Scores of one head: see {@link #of(Heads, Heads)}. */
    public static Scores of(Matrix q, Matrix k) {
        return of(Heads.of(q), Heads.of(k));
    }

    /**
     * Scores of queries {@code (..., H, N, d)} with keys {@code (..., G, M, d)}, where G divides H: query head h goes
     * with key head {@code h / (H / G)}.
     *
     * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Scores of(Heads q, Heads k) {
        VectorApi.require();
        pair(q, "q", k, "k");
        return new Scores(q, k, null, null, Double.NaN, 1, Sight.ALL, Workers.caller());
    }

    /** With {@code s_ij = scale <q_i, k_j>} in place of {@code scale = 1 / sqrt(d)}. */
    public Scores withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        return new Scores(q, k, qBackward, kBackward, newScale, beta, sight, workers);
    }

    /** With the inverse temperature {@code newBeta}. */
    public Scores withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new Scores(q, k, qBackward, kBackward, scale, newBeta, sight, workers);
    }

    /**
     * With the causal mask: entry (i, j) of every log-kernel is minus infinity for {@code j > i + M - N}. The last
     * query sees all keys. Of packed sequences, each has a causal mask of its own.
     */
    public Scores withCausalMask() {
        return with(new Sight(true, sight.sequences, sight.selves));
    }

    private Scores with(Sight newSight) {
        return new Scores(q, k, qBackward, kBackward, scale, beta, newSight, workers);
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
        return with(new Sight(sight.causal, new int[][] {queries.clone(), keys.clone()}, sight.selves));
    }

    /**
     * With no token seeing itself: entry (i, i) of every log-kernel is minus infinity, beside what a causal mask and packed
     * sequences hide, and the diagonal of every operator is zero. A token that sees nothing then, as one alone in its sequence
     * or the first under a causal mask, has a row of zeros: there is no plan that gives it mass.
     *
     * <p>With {@code sinkhorn(Divergence.SYMMETRIC, ...)} this is the doubly stochastic normalisation of B. Landa, R. R.
     * Coifman and Y. Kluger (2021), which noise that is stronger in some tokens than in others moves little.
     *
     * @throws IllegalArgumentException if N and M differ
     */
    public Scores withZeroDiagonal() {
        if (rows() != columns()) {
            throw new IllegalArgumentException(
                    "a zero diagonal needs as many queries as keys, so that token i is both; there are %d queries and %d keys"
                            .formatted(rows(), columns()));
        }
        return with(new Sight(sight.causal, sight.sequences, false));
    }

    /**
     * With queries and keys of its own for the backward divergence, {@code d<_ij = s'_jj - s'_ji}; it is then no longer
     * the transpose of the forward one.
     */
    public Scores withBackward(Heads newQ, Heads newK) {
        pair(newQ, "backward q", newK, "backward k");
        if (newQ.rows() != q.rows() || newK.rows() != k.rows() || newQ.batch() != q.batch()
                || newQ.heads() != q.heads()) {
            throw new IllegalArgumentException(
                    "backward q %s and k %s must have the tokens and heads of q %s and k %s"
                            .formatted(newQ, newK, q, k));
        }
        return new Scores(q, k, newQ, newK, scale, beta, sight, workers);
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public Scores withWorkers(Workers newWorkers) {
        return new Scores(q, k, qBackward, kBackward, scale, beta, sight, Objects.requireNonNull(newWorkers));
    }

    /** Transformer attention, {@code A>+ = softmax_j(beta s_ij)}: row-stochastic. */
    public Operator attention() {
        return Operator.of(this, Operator.Kind.ATTENTION);
    }

    /**
     * The column form of attention, {@code A>- = softmax_i(-beta d>_ij)}: column-stochastic. Where N differs from M there
     * are no self-scores, and it is {@code softmax_i(beta s_ij)}.
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

    /** Diffusion, {@code P+ = softmax_j(-beta d_ij)}: the product of the experts A>+ and A<+, row-stochastic. */
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
        double most = LogKernel.GREATEST_RANGE / (1 + Math.log(rows()) / Math.log(2));
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
     * times the divergence; for the forward divergence of N queries and M keys, N unlike M, it is {@code beta s}.
     */
    public SinkhornResult sinkhorn(Divergence divergence, Sinkhorn options) {
        requireDivergence(divergence);
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
        ScoreScan scan = new ScoreScan(inputs.mask());
        scan.range(inputs.scores(Normalised.BOTH), unit);
        if (rows() == columns()) {
            scan.negatives(inputs.symmetric(Normalised.BOTH));
        }
        return scan.figures();
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
     * queries and keys.
     *
     * @throws IllegalArgumentException if N and M differ, or an entry is not finite any more
     * @throws IllegalStateException    if a segment is closed
     */
    public double curlFraction(int index) {
        Checks.index(index, count(), "head");
        requireSelfScores("the curl of scores");
        requireAccess();
        PairGram gram = new PairGram(rows(), q.columns());
        q.matrix(index).copyTo(gram.queries());
        grouped(k, index).copyTo(gram.keys());
        requireFinite(gram.queries(), q, "q");
        requireFinite(gram.keys(), k, "k");
        gram.begin();
        workers.run(gram.parts(), (part, worker) -> gram.multiply(part));
        return gram.curlFraction();
    }

    /**
     * The entropy production of attention, in nats per step, by one application of it to {@code [K, Q]}:
     * {@code beta tau sum_i pi_i (<q_i, (P K)_i> - <k_i, (P Q)_i>)}. In single precision: its error is some 1e-6 of the range of the
     * scores, so that near equilibrium the full sum of {@code dev.gatun.dynamics} is the one to take, which is slower.
     *
     * @param law the stationary law of attention
     * @throws IllegalArgumentException if N and M differ, tokens do not see each other in the same way, or the law has another number
     *                                  of entries or is none
     */
    public double entropyProduction(int index, double[] law) {
        Checks.index(index, count(), "head");
        requireSelfScores("entropy production");
        if (sight.causal || !square()) {
            throw new IllegalArgumentException("entropy production in one pass needs tokens that see each other in the same way");
        }
        return new OnePassEntropy(head(index), OnePassEntropy.requireLaw(law, rows()))
                .entropyProduction(new HeadLoop.Pieces(workers));
    }

    /** The number of queries, N. */
    public int rows() {
        return q.rows();
    }

    /** The number of keys, M. */
    public int columns() {
        return k.rows();
    }

    /** The number of query heads in all, over batch and heads. */
    public int count() {
        return q.count();
    }

    /** The queries. */
    public Heads queries() {
        return q;
    }

    /** The keys. */
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
    }

    void requireSelfScores(String what) {
        if (q.rows() != k.rows()) {
            throw new IllegalArgumentException("%s needs as many queries as keys, for it compares a token with itself;"
                    .formatted(what) + " there are %d queries and %d keys".formatted(q.rows(), k.rows()));
        }
    }

    /** Whether tokens see each other in the same way, and there is one pair of queries and keys. */
    boolean symmetric() {
        return !sight.causal && square() && qBackward == null;
    }

    private boolean square() {
        return sight.sequences == null || Arrays.equals(sight.sequences[0], sight.sequences[1]);
    }

    /** Refuses kernels of a divergence in which one token sees another that does not see it in the same way. */
    void requireSymmetric(String what) {
        requireSelfScores(what);
        if (!symmetric()) {
            throw new IllegalArgumentException("%s needs d_ij = d_ji; %s".formatted(what,
                    sight.causal ? "a causal mask hides one of the two"
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
        Checks.accessible(q.segment(), "q");
        Checks.accessible(k.segment(), "k");
        if (qBackward != null) {
            Checks.accessible(qBackward.segment(), "backward q");
            Checks.accessible(kBackward.segment(), "backward k");
        }
    }

    /**
     * A copy of the queries and keys of head {@code index} in {@code 0 .. count() - 1}, as they are now.
     *
     * @throws IllegalArgumentException if an entry of it is not finite any more
     */
    HeadScores head(int index) {
        HeadScores head = copiedHead(index);
        requireFinite(head.q(), q, "q");
        requireFinite(head.k(), k, "k");
        if (qBackward != null) {
            requireFinite(head.qBack(), qBackward, "backward q");
            requireFinite(head.kBack(), kBackward, "backward k");
        }
        return head;
    }

    /** As above, unchecked: a log-kernel of entries that are not finite is refused as well, but not by name. */
    HeadScores copiedHead(int index) {
        requireAccess();
        float[] headQ = q.matrix(index).toArray();
        float[] headK = grouped(k, index).toArray();
        int dBack = qBackward == null ? q.columns() : qBackward.columns();
        float[] backQ = qBackward == null ? headQ : qBackward.matrix(index).toArray();
        float[] backK = kBackward == null ? headK : grouped(kBackward, index).toArray();
        return new HeadScores(rows(), columns(), q.columns(), headQ, headK, dBack, backQ, backK,
                weight(q.columns()), weight(dBack), mask, qBackward == null && Arrays.equals(headQ, headK));
    }

    /** Memory may have changed since; the message names the first entry of {@code all} that is not finite. */
    private static void requireFinite(float[] entries, Heads all, String name) {
        if (!Float.isFinite(FiniteScan.largest(entries, entries.length))) {
            Checks.readable(all, name);
            throw new IllegalArgumentException(name + " changed while it was read");
        }
    }

    /** New tokens beside those of head {@code index}. */
    CrossScores crossing(int index, Matrix newQ, Matrix newK) {
        Checks.given(newQ, "new q");
        Checks.given(newK, "new k");
        pair(Heads.of(newQ), "new q", Heads.of(newK), "new k");
        Checks.size(newQ.columns(), q.columns(), "components of new q");
        Checks.size(newK.rows(), newQ.rows(), "rows of new k");
        if (sight.sequences != null) {
            throw new IllegalArgumentException("a new token belongs to none of the packed sequences");
        }
        return new CrossScores(newQ.rows(), newQ.toArray(), newK.toArray(), head(index), Band.ALL);
    }

    private double weight(int d) {
        return beta * tau(d) / Math.log(2);
    }

    private double tau(int d) {
        return Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale;
    }

    /** With an inverse temperature at which the factor of inner products is at least {@code least}. */
    Scores withWeightFrom(double least) {
        return weight(q.columns()) >= least ? this : withBeta(least * Math.log(2) / tau(q.columns()));
    }

    /** The matrix of {@code fewer} that goes with query head {@code index}. */
    Matrix grouped(Heads fewer, int index) {
        int batch = index / q.heads();
        int head = index % q.heads();
        return fewer.matrix(batch, head / (q.heads() / fewer.heads()));
    }

    /**
     * What {@code out = P v} asks of its memory; {@code width} is the number of columns of out.
     */
    void requireProduct(Heads v, Heads out, int width) {
        requireGroups(q, "q", v, "v");
        Checks.size(v.rows(), columns(), "rows of v");
        requireOutput(out, width);
        Checks.packable(rows(), width, "a head of out");
        Checks.packable(v.rows(), v.columns(), "a head of v");
        Checks.readable(v, "v");
        Checks.distinct(out, v, "v");
    }

    /** What a result of {@code N x width} a head asks of its memory. */
    void requireOutput(Heads out, int width) {
        Checks.output(out, q, width);
        Checks.separate(out, "out");
        requireApart(out);
        requireAccess();
    }

    /** What is written there changes nothing that these scores are made of. */
    void requireApart(Heads out) {
        Checks.distinct(out, q, "q");
        Checks.distinct(out, k, "k");
        if (qBackward != null) {
            Checks.distinct(out, qBackward, "backward q");
            Checks.distinct(out, kBackward, "backward k");
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
        if (!measurable(growth, readable())) {
            for (int index = 0; index < count(); index++) {
                check.accept(copiedHead(index), index);
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
    void run(double growth, ObjIntConsumer<HeadScores> check, IntFunction<HeadLoop.Task> tasks) {
        if (count() > 1) {
            requireMeasurable(growth, check);
        }
        try {
            HeadLoop.run(workers, count(), tasks);
        } catch (IllegalArgumentException refused) {
            readable();
            throw refused;
        }
    }

    /** Reads all queries and keys, which must be finite; returns the largest magnitude. */
    private float readable() {
        float ofPair = Math.max(Checks.readable(q, "q"), Checks.readable(k, "k"));
        return qBackward == null ? ofPair
                : Math.max(ofPair, Math.max(Checks.readable(qBackward, "backward q"), Checks.readable(kBackward, "backward k")));
    }

    /** Whether entries of at most {@code magnitude} cannot make scores too large. */
    boolean measurable(double growth, double magnitude) {
        double ofPair = weight(q.columns()) * q.columns();
        double ofBackward = qBackward == null ? 0 : weight(qBackward.columns()) * qBackward.columns();
        double most = MOST_SCORES * growth * Math.max(ofPair, ofBackward) * magnitude * magnitude;
        return most < LogKernel.GREATEST_RANGE;
    }

    private static void pair(Heads q, String qName, Heads k, String kName) {
        Checks.given(q, qName);
        Checks.given(k, kName);
        if (q.columns() != k.columns()) {
            throw new IllegalArgumentException("%s has %d components and %s has %d; expected the same d"
                    .formatted(qName, q.columns(), kName, k.columns()));
        }
        requireGroups(q, qName, k, kName);
        Checks.packable(q.rows(), q.columns(), "a head of " + qName);
        Checks.packable(k.rows(), k.columns(), "a head of " + kName);
        Checks.readable(q, qName);
        Checks.readable(k, kName);
    }

    private static void requireGroups(Heads q, String qName, Heads fewer, String name) {
        if (q.batch() != fewer.batch() || q.heads() % fewer.heads() != 0) {
            throw new IllegalArgumentException(
                    "%s has shape %s and %s has shape %s; expected the same batch, and heads of %s that divide those of %s"
                            .formatted(qName, Arrays.toString(q.shape()), name,
                                    Arrays.toString(fewer.shape()), name, qName));
        }
    }
}
