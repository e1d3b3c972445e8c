package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.cli.output.Fault;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Queries, keys and perhaps values that go together, every entry finite, or scores in place of queries and keys. Faults name the
 * files, where the library could only speak of q, k and v.
 *
 * @param q      null where scores are given outright
 * @param k      likewise
 * @param v      null where there are none
 * @param scores null where they are those of queries and keys
 * @param bias   what is added to them; null for nothing
 * @param across whether queries and keys are of different tokens
 */
public record Inputs(NamedTensor q, NamedTensor k, NamedTensor v, NamedTensor scores, NamedTensor bias, boolean across) {

    /** More keys would make a strip of rows longer than an array. */
    private static final int MAX_KEYS = 1 << 23;

    /** Heads of a run for each thread: the library shares out no more at a time. */
    private static final int HEADS_PER_THREAD = 2;

    /** The arguments that name tensors, those not given null, and the layout of queries, keys and values. */
    public record Files(String q, String k, String v, String scores, String bias, boolean across, Layout layout) {
    }

    /** Reads and checks the tensors. */
    public static Inputs read(Files files, Arena arena) {
        if (files.scores == null) {
            Inputs pair = of(NamedTensor.read(files.q, files.layout, arena), NamedTensor.read(files.k, files.layout, arena),
                    read(files.v, files.layout, arena));
            NamedTensor bias = read(files.bias, Layout.BHND, arena);
            return new Inputs(pair.q, pair.k, pair.v, null, bias, files.across).checked();
        }
        if (files.q != null || files.k != null || files.bias != null) {
            throw Fault.usage("--scores: the scores are given outright, without %s",
                    files.bias == null ? "--q and --k" : "--bias, which may be added to them");
        }
        return new Inputs(null, null, read(files.v, files.layout, arena), read(files.scores, Layout.BHND, arena), null, files.across)
                .checked();
    }

    private static NamedTensor read(String argument, Layout layout, Arena arena) {
        return argument == null ? null : NamedTensor.read(argument, layout, arena);
    }

    /** Checks what there is beside queries, keys and values. */
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

    /** Checks that the tensors go together; {@code v} may be null. */
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
        return new Inputs(q, k, v, null, null, false);
    }

    /** The library forms the product with a head of values in an array, of complex numbers at most. */
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
     * Computes with these inputs. What the library refuses then, such as scores too large to be told apart, is a fault
     * of the queries and keys.
     */
    public void compute(Runnable computation) {
        try {
            computation.run();
        } catch (IllegalArgumentException refused) {
            throw Fault.usage("%s: %s", names(), refused.getMessage());
        }
    }

    /** The files that scores are made of, for messages. */
    public String names() {
        return scores != null ? scores.name() : q.name() + ", " + k.name() + (bias == null ? "" : ", " + bias.name());
    }

    /** The file that comes first, for headings. */
    public String title() {
        return (scores == null ? q : scores).name();
    }

    /** What has the batch entries, heads and rows of all results. */
    public Heads outline() {
        return scores == null ? q.heads() : scores.heads();
    }

    /** Whether query i and key i are the same token. */
    public boolean within() {
        return !across && rows() == columns();
    }

    /** Whether pairs may be forbidden by a score of minus infinity. */
    public boolean forbids() {
        NamedTensor entries = scores == null ? bias : scores;
        return entries != null && entries.forbids();
    }

    /** Whether some token may not see itself, so that there are not all self-scores. */
    public boolean blind() {
        NamedTensor entries = scores == null ? bias : scores;
        return entries != null && entries.blind();
    }

    /** The number of queries, N. */
    public int rows() {
        return outline().rows();
    }

    /** The number of keys, M. */
    public int columns() {
        return scores == null ? k.heads().rows() : scores.heads().columns();
    }

    /** The number of query heads, over batch and heads. */
    public int count() {
        return outline().count();
    }

    /** @throws Fault if the files do not have as many queries as keys, and {@code what} needs that */
    public void requireSelfScores(String what) {
        if (rows() != columns()) {
            throw Fault.usage("%s: there are %d queries and %d keys; %s compares a token with itself,"
                    + " so it needs as many", names(), rows(), columns(), what);
        }
        if (across) {
            throw Fault.usage("%s: --across leaves no token to compare with itself, as %s does", names(), what);
        }
    }

    /** Batch entry and head of query head {@code index}. */
    public int[] position(int index) {
        return new int[] {index / outline().heads(), index % outline().heads()};
    }

    /** How to call query head {@code index} in a sentence. */
    public String title(int index) {
        return outline().leading().length < 2 ? "head " + index : "head " + Arrays.toString(position(index));
    }

    /** Query head {@code index} alone. */
    public HeadRun head(int index) {
        return run(index, 1);
    }

    /** All heads, in runs that keep {@code threads} busy and end often enough to tell of. */
    public List<HeadRun> runs(int threads) {
        int group = leastCommonMultiple(k == null ? 1 : group(k), v == null ? 1 : group(v));
        int wanted = threads == 1 ? 1 : HEADS_PER_THREAD * threads;
        int length = (wanted + group - 1) / group * group;
        List<HeadRun> runs = new ArrayList<>();
        for (int first = 0; first < count(); first = runs.getLast().end()) {
            runs.add(run(first, Math.min(length, most(first))));
        }
        return runs;
    }

    /** Runs of heads that lie as far apart as each other: of interleaved heads, those of one batch entry. */
    private int most(int first) {
        boolean even = HeadRun.even(outline()) && (k == null || HeadRun.even(k.heads())) && (v == null || HeadRun.even(v.heads()));
        return even ? count() - first : outline().heads() - first % outline().heads();
    }

    private HeadRun run(int first, int count) {
        return new HeadRun(first, HeadRun.slice(outline(), first, count), k == null ? null : shared(k, first, count),
                v == null ? null : shared(v, first, count), biasOf(first, count), across);
    }

    private Heads biasOf(int first, int count) {
        return bias == null ? null : bias.heads().count() == 1 ? HeadRun.slice(bias.heads(), 0, 1)
                : HeadRun.slice(bias.heads(), first, count);
    }

    /** The heads that go with query heads {@code first .. first + count - 1}, these being whole groups or one head. */
    private Heads shared(NamedTensor fewer, int first, int count) {
        int group = group(fewer);
        return HeadRun.slice(fewer.heads(), first / group, Math.max(1, count / group));
    }

    /** How many query heads share a head of {@code fewer}. */
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
