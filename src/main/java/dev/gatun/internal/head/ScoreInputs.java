package dev.gatun.internal.head;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.Keyhole;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pass.PairGram;
import java.util.Arrays;
import java.util.function.ObjIntConsumer;

/**
 * The description of scores behind {@code dev.gatun.Scores}: views of the memory of all heads, read whenever a head is copied.
 * Immutable.
 */
public final class ScoreInputs {

    /** The description behind {@code dev.gatun.Scores}. */
    public static final Keyhole<ScoreInputs> OF_SCORES = new Keyhole<>();

    private final Pair pair;
    private final Pair backward;
    private final ScoreBias bias;
    private final double scale;
    private final double beta;
    private final boolean within;
    private final Visibility visibility;
    private final Mask mask;

    /**
     * @param pair       queries {@code (..., H, N, d)} and keys {@code (..., G, M, d)}; null where the entries of the bias are the
     *                   scores
     * @param backward   queries and keys of the backward divergence; null where they are those of the forward one
     * @param bias       added to single scores; null for none
     * @param scale      tau; NaN for {@code 1 / sqrt(d)}
     * @param beta       the inverse temperature
     * @param within     whether query i and key i are the same token
     * @param visibility pairs of tokens that see each other
     */
    private ScoreInputs(Pair pair, Pair backward, ScoreBias bias, double scale, double beta, boolean within, Visibility visibility) {
        this.pair = pair;
        this.backward = backward;
        this.bias = bias;
        this.scale = scale;
        this.beta = beta;
        this.within = within;
        this.visibility = visibility;
        this.mask = visibility.mask(rows(), columns());
    }

    /** Queries and keys of one divergence. */
    public record Pair(TensorView q, TensorView k, String qName, String kName) {

        /**
         * Takes queries and keys after a look at all of them.
         *
         * @throws IllegalArgumentException if the shapes do not go together or an entry is not finite
         */
        public static Pair of(TensorView q, String qName, TensorView k, String kName) {
            if (q.columns() != k.columns()) {
                throw new IllegalArgumentException("%s has %s components and %s has %s; expected the same d"
                        .formatted(qName, q.columns(), kName, k.columns()));
            }
            requireGroups(q, qName, k, kName);
            Checks.packable(q.rows(), q.columns(), "a head of " + qName);
            Checks.packable(k.rows(), k.columns(), "a head of " + kName);
            Pair pair = new Pair(q, k, qName, kName);
            pair.largest();
            return pair;
        }

        int d() {
            return q.columns();
        }

        /** The largest magnitude of all entries, which must be finite. */
        float largest() {
            return Math.max(Checks.readable(q, qName), Checks.readable(k, kName));
        }

        void requireAccess() {
            Checks.accessible(q.segment(), qName);
            Checks.accessible(k.segment(), kName);
        }

        void requireApart(TensorView out) {
            Checks.distinct(out, q, qName);
            Checks.distinct(out, k, kName);
        }

        /** Memory may change; the message names the first entry of the tensor that is not finite. */
        void requireFinite(float[] headQ, float[] headK) {
            requireFinite(headQ, q, qName);
            requireFinite(headK, k, kName);
        }

        private static void requireFinite(float[] entries, TensorView all, String name) {
            if (!Float.isFinite(FiniteScan.largest(entries, entries.length))) {
                Checks.readable(all, name);
                throw new IllegalArgumentException(name + " changed while it was read");
            }
        }
    }

    /** The scores of queries and keys, with {@code tau = 1 / sqrt(d)} and beta 1. */
    public static ScoreInputs of(Pair pair, boolean within) {
        return new ScoreInputs(pair, null, null, Double.NaN, 1, within && pair.q.rows() == pair.k.rows(), Visibility.ALL);
    }

    /** Scores that are given by their entries, with beta 1. */
    public static ScoreInputs of(ScoreBias entries, boolean within) {
        return new ScoreInputs(null, null, entries, Double.NaN, 1,
                within && entries.entries().rows() == entries.entries().columns(), Visibility.ALL);
    }

    /** With other queries and keys for the backward divergence. */
    public ScoreInputs withBackward(Pair newBackward) {
        return new ScoreInputs(pair, newBackward, null, scale, beta, within, visibility);
    }

    /** With another bias. */
    public ScoreInputs withBias(ScoreBias newBias) {
        return new ScoreInputs(pair, null, newBias, scale, beta, within, visibility);
    }

    /** With another tau. */
    public ScoreInputs withScale(double newScale) {
        return new ScoreInputs(pair, backward, bias, newScale, beta, within, visibility);
    }

    /** With another inverse temperature. */
    public ScoreInputs withBeta(double newBeta) {
        return new ScoreInputs(pair, backward, bias, scale, newBeta, within, visibility);
    }

    /** With other pairs of tokens visible. */
    public ScoreInputs with(Visibility newVisibility) {
        return new ScoreInputs(pair, backward, bias, scale, beta, within, newVisibility);
    }

    /** With an inverse temperature at which the factor of inner products, or of given entries, is at least {@code min}. */
    public ScoreInputs withFactorFrom(double min) {
        double tau = pair == null ? 1 : tau(pair.d());
        return beta * tau / LogTwo.VALUE >= min ? this : withBeta(min * LogTwo.VALUE / tau);
    }

    /** The number of queries, N. */
    public int rows() {
        return outline().rows();
    }

    /** The number of keys, M. */
    public int columns() {
        return pair == null ? bias.entries().columns() : pair.k.rows();
    }

    /** The number of query heads in all, over batch and heads. */
    public int count() {
        return outline().count();
    }

    /** The tensor whose batch entries, heads and rows are those of all results. */
    private TensorView outline() {
        return pair == null ? bias.entries() : pair.q;
    }

    /** The mask of every head, without the pairs that a bias forbids. */
    public Mask mask() {
        return mask;
    }

    /** Queries and keys; null where scores are given by their entries. */
    public Pair pair() {
        return pair;
    }

    /** Added to single scores; null for none. */
    public ScoreBias bias() {
        return bias;
    }

    /** The inverse temperature. */
    public double beta() {
        return beta;
    }

    /** Whether query i and key i are the same token. */
    public boolean within() {
        return within;
    }

    /** Pairs of tokens that see each other, but for those that a bias forbids. */
    public Visibility visibility() {
        return visibility;
    }

    /** Whether the backward divergence has queries and keys of its own. */
    public boolean hasBackward() {
        return backward != null;
    }

    /** Whether tokens see each other in the same way, and there is one pair of queries and keys. */
    public boolean symmetric() {
        return visibility.symmetric() && backward == null;
    }

    /** The matrix of {@code fewer}, a tensor of grouped heads, that goes with query head {@code index}. */
    public int grouped(TensorView fewer, int index) {
        return fewer.grouped(index, outline().heads());
    }

    /** Refuses where there are no self-scores. */
    public void requireSelfScores(String what) {
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

    /** Refuses where a bias forbids the self-score of a token. */
    public void requireVisibleSelf(String what) {
        if (forbidsSelf()) {
            throw new IllegalArgumentException(bias.whyNoSelfScore(what));
        }
    }

    /** Whether a bias forbids the self-score of a token. */
    public boolean forbidsSelf() {
        return bias != null && bias.forbiddenSelf() != null;
    }

    /** Refuses scores that are not inner products alone. */
    public void requireInnerProducts(String what) {
        if (bias != null) {
            throw new IllegalArgumentException("%s needs scores that are inner products; these %s".formatted(what,
                    pair == null ? "are given by their entries" : "have a bias"));
        }
    }

    /** Refuses divergences in which one token sees another that does not see it in the same way. */
    public void requireSymmetric(String what) {
        requireSelfScores(what);
        if (!symmetric()) {
            throw new IllegalArgumentException("%s needs d_ij = d_ji; %s".formatted(what,
                    visibility.causal() ? "a causal mask hides one of the two"
                            : !visibility.square() ? "sequences with other queries than keys hide one of the two"
                            : "a backward pair of its own makes them differ"));
        }
    }

    /** Refuses where a chain would leave its sequence: its next step begins at the token it reached. */
    public void requireChain(String what) {
        requireSelfScores(what);
        if (!visibility.square()) {
            throw new IllegalArgumentException(what + " needs as many queries as keys in every sequence");
        }
    }

    /** Refuses memory that is closed, or belongs to another thread. */
    public void requireAccess() {
        if (pair != null) {
            pair.requireAccess();
        }
        if (bias != null) {
            Checks.accessible(bias.entries().segment(), bias.name());
        }
        if (backward != null) {
            backward.requireAccess();
        }
    }

    /**
     * A copy of the queries and keys of head {@code index} in {@code 0 .. count() - 1}, as they are now, and of its bias.
     *
     * @throws IllegalArgumentException if an entry of queries or keys is not finite
     */
    public HeadScores head(int index) {
        return checked(copy(index, new HeadMemory(), false));
    }

    /**
     * As above, for a use that ends with its call: a bias is not copied but read in its own memory, where all threads of {@code crew}
     * may read it.
     */
    public HeadScores headInPlace(int index, Crew crew) {
        return checked(uncheckedHead(index, new HeadMemory(), crew));
    }

    /** As above, copied to {@code memory}; a log-kernel refuses entries that are not finite, but not by name. */
    public HeadScores uncheckedHead(int index, HeadMemory memory, Crew crew) {
        return copy(index, memory, bias != null && (crew.threads() == 1 || bias.entries().openToAll()));
    }

    private HeadScores checked(HeadScores head) {
        if (pair != null) {
            pair.requireFinite(head.q(), head.k());
        }
        if (backward != null) {
            backward.requireFinite(head.qBack(), head.kBack());
        }
        return head;
    }

    private HeadScores copy(int index, HeadMemory memory, boolean inPlace) {
        requireAccess();
        HeadBias headBias = bias == null ? null : bias.head(index, outline().heads(), inPlace);
        double biasWeight = beta / LogTwo.VALUE;
        if (pair == null) {
            float[] none = new float[0];
            return new HeadScores(rows(), columns(), 0, none, none, 0, none, none, 0, 0, biasWeight, headBias, within, mask,
                    !inPlace && headBias.symmetric());
        }
        float[] q = memory.q(pair.q, index);
        float[] k = memory.k(pair.k, grouped(pair.k, index));
        int dBack = backward == null ? pair.d() : backward.d();
        float[] qBack = backward == null ? q : memory.qBack(backward.q, index);
        float[] kBack = backward == null ? k : memory.kBack(backward.k, grouped(backward.k, index));
        return new HeadScores(rows(), columns(), pair.d(), q, k, dBack, qBack, kBack, weight(pair.d()), weight(dBack), biasWeight,
                headBias, within, mask,
                backward == null && Arrays.equals(q, k) && (bias == null || !inPlace && headBias.symmetric()));
    }

    /** Inner products of queries and of keys of head {@code index}, for figures of the scores. */
    public PairGram gram(int index, Crew crew) {
        PairGram gram = new PairGram(rows(), pair.d());
        pair.q.copyTo(index, gram.queries());
        pair.k.copyTo(grouped(pair.k, index), gram.keys());
        pair.requireFinite(gram.queries(), gram.keys());
        gram.begin();
        crew.run(gram.parts(), (part, worker) -> gram.multiply(part));
        return gram;
    }

    /**
     * New tokens beside those of head {@code index}; of packed sequences they must be tokens of the head.
     *
     * @throws IllegalArgumentException if a shape is another, an entry is not finite, or scores are no inner products
     */
    public CrossScores crossing(int index, TensorView newQ, TensorView newK) {
        requireInnerProducts("a new token");
        Pair.of(newQ, "new q", newK, "new k");
        Checks.size(newQ.columns(), pair.d(), "components of new q");
        Checks.size(newK.rows(), newQ.rows(), "rows of new k");
        float[] q = new float[ArrayLength.of(newQ.rows(), newQ.columns())];
        float[] k = new float[q.length];
        newQ.copyTo(0, q);
        newK.copyTo(0, k);
        CrossScores crossing = new CrossScores(newQ.rows(), q, k, head(index), Band.ALL);
        if (visibility.packed()) {
            crossing.requireOwn();
        }
        return crossing;
    }

    private double weight(int d) {
        return beta * tau(d) / LogTwo.VALUE;
    }

    private double tau(int d) {
        return Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale;
    }

    /**
     * Checks the memory of {@code out = P v}.
     *
     * @param width the number of columns of out
     */
    public void requireProduct(TensorView v, TensorView out, int width) {
        requireGroups(outline(), pair == null ? "scores" : "q", v, "v");
        Checks.size(v.rows(), columns(), "rows of v");
        requireOutput(out, width);
        Checks.packable(rows(), width, "a head of out");
        Checks.packable(v.rows(), v.columns(), "a head of v");
        Checks.readable(v, "v");
        Checks.distinct(out, v, "v");
    }

    /** Checks the memory of a result of {@code N x width} a head. */
    public void requireOutput(TensorView out, int width) {
        Checks.output(out, outline(), width);
        Checks.separate(out, "out");
        requireApart(out);
        requireAccess();
    }

    /** Checks that writing to {@code out} changes nothing that these scores are made of. */
    public void requireApart(TensorView out) {
        if (pair != null) {
            pair.requireApart(out);
        }
        if (bias != null) {
            Checks.distinct(out, bias.entries(), bias.name());
        }
        if (backward != null) {
            backward.requireApart(out);
        }
    }

    /**
     * Refuses, before anything is written, entries that are not finite, and scores that a log-kernel refuses. Reads all queries and
     * keys; {@code check} runs on every head where the largest entry may make scores too large.
     *
     * @param growth the factor, at least 1, by which parameters multiply the scores
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    public void requireMeasurable(double growth, ObjIntConsumer<HeadScores> check, Crew crew) {
        if (!measurable(growth, largest(), bias == null ? 0 : bias.now().largest())) {
            for (int index = 0; index < count(); index++) {
                check.accept(uncheckedHead(index, new HeadMemory(), crew), index);
            }
        }
    }

    /**
     * Computes and finishes {@code tasks} of all heads. A log-kernel of queries or keys that are not finite is refused; then they are
     * searched for the entry to name.
     *
     * @throws IllegalArgumentException if an entry is not finite, or scores are too large to be told apart
     */
    public void run(HeadLoop.Preparation tasks, Crew crew) {
        try {
            HeadLoop.run(crew, count(), tasks);
        } catch (IllegalArgumentException refused) {
            largest();
            throw refused;
        }
    }

    /** The largest magnitude of all queries and keys, which must be finite. */
    private float largest() {
        float ofPair = pair == null ? 0 : pair.largest();
        return backward == null ? ofPair : Math.max(ofPair, backward.largest());
    }

    /** Whether queries and keys of at most {@code magnitude} cannot make scores too large. */
    public boolean measurable(double magnitude) {
        return measurable(1, magnitude, 0);
    }

    private boolean measurable(double growth, double magnitude, double ofBias) {
        double ofPair = pair == null ? 0 : weight(pair.d()) * pair.d();
        double ofBackward = backward == null ? 0 : weight(backward.d()) * backward.d();
        double bound = LogKernel.MAX_SCORES * growth
                * (Math.max(ofPair, ofBackward) * magnitude * magnitude + beta / LogTwo.VALUE * ofBias);
        return bound < LogKernel.MAX_RANGE;
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
