package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.JsonWriter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Queries and keys, or scores in their place, and values, of shapes that fit and without NaNs. Faults name the files.
 *
 * @param q      queries; null if scores were given
 * @param k      keys; null if scores were given
 * @param v      values, or null
 * @param scores scores in place of queries and keys, or null
 * @param bias   the bias of the scores, or null
 * @param across whether queries and keys are of different tokens
 * @param text   the text whose heads these are; null if tensors were given
 */
public record Inputs(NamedTensor q, NamedTensor k, NamedTensor v, NamedTensor scores, NamedTensor bias, boolean across,
                     ModelText text) {

    /** With more keys a strip of rows exceeds an array. */
    private static final int MAX_KEYS = 1 << 23;

    /** Heads of a run for each thread: the number that the library distributes at a time. */
    private static final int HEADS_PER_THREAD = 2;

    /** The arguments that name tensors, null if not given, and the layout of queries, keys and values. */
    public record Files(String q, String k, String v, String scores, String bias, boolean across, Layout layout) {
    }

    /** Reads and checks the tensors. */
    public static Inputs read(Files files, Arena arena) {
        if (files.scores == null) {
            Inputs pair = of(NamedTensor.read(files.q, files.layout, arena), NamedTensor.read(files.k, files.layout, arena),
                    read(files.v, files.layout, arena));
            NamedTensor bias = read(files.bias, Layout.BHND, arena);
            return new Inputs(pair.q, pair.k, pair.v, null, bias, files.across, null).checked();
        }
        if (files.q != null || files.k != null || files.bias != null) {
            throw Fault.usage("--scores: the scores are given outright, without %s",
                    files.bias == null ? "--q and --k" : "--bias, which may be added to them");
        }
        return new Inputs(null, null, read(files.v, files.layout, arena), read(files.scores, Layout.BHND, arena), null, files.across,
                null).checked();
    }

    /** The heads of a model on a text. */
    static Inputs of(NamedTensor q, NamedTensor k, NamedTensor v, ModelText text) {
        Inputs pair = of(q, k, v);
        return new Inputs(pair.q, pair.k, pair.v, null, null, false, text);
    }

    /** These with values of a file, in place of their own. */
    Inputs withValues(NamedTensor values) {
        return of(q, k, values, text);
    }

    private static NamedTensor read(String argument, Layout layout, Arena arena) {
        return argument == null ? null : NamedTensor.read(argument, layout, arena);
    }

    /** Checks scores and bias. */
    private Inputs checked() {
        if (scores != null) {
            requireKeys(scores, columns());
            scores.checkScores();
            if (v != null) {
                requireValues(v, columns(), scores);
                requireGroups(scores, v);
                requireProducts(scores, v);
                v.check();
            }
        }
        if (bias != null) {
            requireBias();
            bias.checkScores();
        }
        return this;
    }

    private void requireBias() {
        Heads b = bias.heads();
        boolean all = b.count() == 1;
        boolean each = Arrays.equals(b.leading(), q.heads().leading());
        if (!all && !each || b.rows() != rows() || b.columns() != columns()) {
            throw Fault.usage("%s: has shape %s; expected %d x %d for %s and %s, once for all heads or for each of %s", bias.name(),
                    bias.shape(), rows(), columns(), q.name(), k.name(), Arrays.toString(q.heads().leading()));
        }
    }

    private static void requireKeys(NamedTensor tensor, int keys) {
        if (keys > MAX_KEYS) {
            throw Fault.usage("%s: has %d keys; at most %d are possible", tensor.name(), keys, MAX_KEYS);
        }
    }

    private static void requireValues(NamedTensor v, int keys, NamedTensor k) {
        if (v.heads().rows() != keys) {
            throw Fault.usage("%s, %s: there are %d keys and %d values; expected one value for each key",
                    k.name(), v.name(), keys, v.heads().rows());
        }
    }

    /** Checks that the shapes fit; {@code v} may be null. */
    public static Inputs of(NamedTensor q, NamedTensor k, NamedTensor v) {
        if (q.heads().columns() != k.heads().columns()) {
            throw Fault.usage("%s, %s: queries have %d components and keys %d; expected the same d",
                    q.name(), k.name(), q.heads().columns(), k.heads().columns());
        }
        requireGroups(q, k);
        requireKeys(k, k.heads().rows());
        if (v != null) {
            requireValues(v, k.heads().rows(), k);
            requireGroups(q, v);
            requireProducts(q, v);
        }
        q.check();
        k.check();
        if (v != null) {
            v.check();
        }
        return new Inputs(q, k, v, null, null, false, null);
    }

    /** The library computes the product of a head with its values in one array, which may be of complex numbers. */
    private static void requireProducts(NamedTensor q, NamedTensor v) {
        if (2L * q.heads().rows() * v.heads().columns() > NamedTensor.MAX_ENTRIES) {
            throw Fault.usage("%s, %s: the product of a head with its values would have %d x %d entries, too many",
                    q.name(), v.name(), q.heads().rows(), v.heads().columns());
        }
    }

    private static void requireGroups(NamedTensor q, NamedTensor fewer) {
        if (q.heads().batch() != fewer.heads().batch() || q.heads().heads() % fewer.heads().heads() != 0) {
            throw Fault.usage("%s, %s: shapes %s and %s do not go together; expected the same batch, and heads of the"
                    + " latter that divide those of the former", q.name(), fewer.name(), q.shape(), fewer.shape());
        }
    }

    /**
     * Runs a computation with these inputs. An {@link IllegalArgumentException}, as of scores too large for float32 to distinguish,
     * becomes a {@link Fault} that names the files.
     */
    public void compute(Runnable computation) {
        try {
            computation.run();
        } catch (IllegalArgumentException refused) {
            throw Fault.usage("%s: %s", names(), refused.getMessage());
        }
    }

    /** The files of the scores, or the model, for messages. */
    public String names() {
        return text != null ? q.name() : scores != null ? scores.name() : q.name() + ", " + k.name() + (bias == null ? "" : ", " + bias.name());
    }

    /** The model or the first file, for headings. */
    public String title() {
        return text != null ? text.model() : (scores == null ? q : scores).name();
    }

    /** The tensor whose leading dimensions and rows all results have. */
    public Heads outline() {
        return scores == null ? q.heads() : scores.heads();
    }

    /** Whether scores are inner products of queries and keys, and nothing else. */
    public boolean givesProducts() {
        return scores == null && bias == null;
    }

    /** The number of the head of keys that query head {@code index} uses. */
    public int keyHead(int index) {
        return index / group(k);
    }

    /** Whether query i and key i are the same token. */
    public boolean isOneSequence() {
        return !across && rows() == columns();
    }

    /** Whether a score or bias of minus infinity forbids a pair. */
    public boolean forbidsPairs() {
        NamedTensor entries = scores == null ? bias : scores;
        return entries != null && entries.forbidsPairs();
    }

    /** Whether a score or bias of minus infinity forbids a token to see itself. */
    public boolean forbidsSelfPairs() {
        NamedTensor entries = scores == null ? bias : scores;
        return entries != null && entries.forbidsSelfPairs();
    }

    /** The tokens of the text, or null if tensors were given. */
    public List<String> tokens() {
        return text == null ? null : text.tokens();
    }

    /** Ends the array of heads and the object around it, whose last member is the tokens, if there are any. */
    public JsonWriter end(JsonWriter json) {
        json.end();
        if (text != null) {
            json.name("tokens").beginArray();
            text.tokens().forEach(json::value);
            json.end();
        }
        return json.end();
    }

    /** The number of queries, N. */
    public int rows() {
        return outline().rows();
    }

    /** The number of keys, M. */
    public int columns() {
        return scores == null ? k.heads().rows() : scores.heads().columns();
    }

    /** The number of query heads in all batch entries. */
    public int count() {
        return outline().count();
    }

    /** @throws Fault if queries and keys are not of one sequence; {@code what} is the computation that needs it, for the message */
    public void requireSelfScores(String what) {
        if (rows() != columns()) {
            throw Fault.usage("%s: there are %d queries and %d keys; %s compares a token with itself,"
                    + " so it needs as many", names(), rows(), columns(), what);
        }
        if (across) {
            throw Fault.usage("%s: --across leaves no token to compare with itself, as %s does", names(), what);
        }
    }

    /** Batch entry and head, or layer and head, of query head {@code index}. */
    public int[] position(int index) {
        int[] position = {index / outline().heads(), index % outline().heads()};
        return text == null ? position : new int[] {text.layer() + position[0], text.head() + position[1]};
    }

    /** The name of query head {@code index} in a sentence. */
    public String title(int index) {
        if (text != null) {
            int[] position = position(index);
            return "layer " + position[0] + ", head " + position[1];
        }
        return outline().leading().length < 2 ? "head " + index : "head " + Arrays.toString(position(index));
    }

    /** Query head {@code index} alone. */
    public HeadRun head(int index) {
        return run(index, 1);
    }

    /** All heads in runs, long enough to occupy {@code threads} and short enough for progress to show. */
    public List<HeadRun> runs(int threads) {
        int group = leastCommonMultiple(k == null ? 1 : group(k), v == null ? 1 : group(v));
        int wanted = threads == 1 ? 1 : HEADS_PER_THREAD * threads;
        int length = (wanted + group - 1) / group * group;
        List<HeadRun> runs = new ArrayList<>();
        for (int first = 0; first < count(); first = runs.getLast().end()) {
            runs.add(run(first, Math.min(length, maxLength(first))));
        }
        return runs;
    }

    /** A run has one stride between its heads: interleaved heads of different batch entries have none. */
    private int maxLength(int first) {
        boolean oneStride = HeadRun.hasOneStride(outline()) && (k == null || HeadRun.hasOneStride(k.heads()))
                && (v == null || HeadRun.hasOneStride(v.heads()));
        return oneStride ? count() - first : outline().heads() - first % outline().heads();
    }

    private HeadRun run(int first, int count) {
        return new HeadRun(first, HeadRun.slice(outline(), first, count), k == null ? null : shared(k, first, count),
                v == null ? null : shared(v, first, count), biasOf(first, count), across);
    }

    private Heads biasOf(int first, int count) {
        return bias == null ? null : bias.heads().count() == 1 ? HeadRun.slice(bias.heads(), 0, 1)
                : HeadRun.slice(bias.heads(), first, count);
    }

    /** The heads that query heads {@code first .. first + count - 1}, whole groups or one head, share. */
    private Heads shared(NamedTensor fewer, int first, int count) {
        int group = group(fewer);
        return HeadRun.slice(fewer.heads(), first / group, Math.max(1, count / group));
    }

    /** The number of query heads that share a head of {@code fewer}. */
    private int group(NamedTensor fewer) {
        return outline().heads() / fewer.heads().heads();
    }

    private static int leastCommonMultiple(int a, int b) {
        int divisor = a;
        for (int rest = b; rest != 0; ) {
            int next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return a / divisor * b;
    }
}
