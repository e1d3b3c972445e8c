package dev.gatun.cli;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Queries, keys and perhaps values that go together, every entry finite. Faults name the files, where the library could
 * only speak of q, k and v.
 *
 * @param v null where there are none
 */
record Inputs(NamedTensor q, NamedTensor k, NamedTensor v) {

    /** More keys would make a strip of rows longer than an array. */
    private static final int MOST_KEYS = 1 << 23;

    /** Heads of a run for each thread: the library shares out no more at a time. */
    private static final int HEADS_PER_THREAD = 2;

    /** Reads and checks the tensors; {@code v} may be null. */
    static Inputs read(String q, String k, String v, Layout layout, Arena arena) {
        NamedTensor queries = NamedTensor.read(q, layout, arena);
        NamedTensor keys = NamedTensor.read(k, layout, arena);
        return of(queries, keys, v == null ? null : NamedTensor.read(v, layout, arena));
    }

    /** Checks that the tensors go together; {@code v} may be null. */
    static Inputs of(NamedTensor q, NamedTensor k, NamedTensor v) {
        if (q.heads().columns() != k.heads().columns()) {
            throw Fault.usage("%s, %s: queries have %d components and keys %d; expected the same d",
                    q.name(), k.name(), q.heads().columns(), k.heads().columns());
        }
        requireGroups(q, k);
        if (k.heads().rows() > MOST_KEYS) {
            throw Fault.usage("%s: has %d keys; at most %d are possible", k.name(), k.heads().rows(), MOST_KEYS);
        }
        if (v != null) {
            if (v.heads().rows() != k.heads().rows()) {
                throw Fault.usage("%s, %s: there are %d keys and %d values; expected one value for each key",
                        k.name(), v.name(), k.heads().rows(), v.heads().rows());
            }
            requireGroups(q, v);
            requireProducts(q, v);
        }
        q.check();
        k.check();
        if (v != null) {
            v.check();
        }
        return new Inputs(q, k, v);
    }

    /** The library forms the product with a head of values in an array, of complex numbers at most. */
    private static void requireProducts(NamedTensor q, NamedTensor v) {
        if (2L * q.heads().rows() * v.heads().columns() > NamedTensor.MOST_ENTRIES) {
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
    void compute(Runnable computation) {
        try {
            computation.run();
        } catch (IllegalArgumentException refused) {
            throw Fault.usage("%s, %s: %s", q.name(), k.name(), refused.getMessage());
        }
    }

    /** The number of queries, N. */
    int rows() {
        return q.heads().rows();
    }

    /** The number of keys, M. */
    int columns() {
        return k.heads().rows();
    }

    /** The number of query heads, over batch and heads. */
    int count() {
        return q.heads().count();
    }

    /** @throws Fault if the files do not have as many queries as keys, and {@code what} needs that */
    void requireSelfScores(String what) {
        if (rows() != columns()) {
            throw Fault.usage("%s, %s: there are %d queries and %d keys; %s compares a token with itself,"
                    + " so it needs as many", q.name(), k.name(), rows(), columns(), what);
        }
    }

    /** Batch entry and head of query head {@code index}. */
    int[] position(int index) {
        return new int[] {index / q.heads().heads(), index % q.heads().heads()};
    }

    /** How to call query head {@code index} in a sentence. */
    String title(int index) {
        return q.heads().leading().length < 2 ? "head " + index : "head " + Arrays.toString(position(index));
    }

    /** Query head {@code index} alone. */
    HeadRun head(int index) {
        return run(index, 1);
    }

    /** All heads, in runs that keep {@code threads} busy and end often enough to tell of. */
    List<HeadRun> runs(int threads) {
        int group = leastCommonMultiple(group(k), v == null ? 1 : group(v));
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
        boolean even = HeadRun.even(q.heads()) && HeadRun.even(k.heads()) && (v == null || HeadRun.even(v.heads()));
        return even ? count() - first : q.heads().heads() - first % q.heads().heads();
    }

    private HeadRun run(int first, int count) {
        return new HeadRun(first, HeadRun.slice(q.heads(), first, count), shared(k, first, count),
                v == null ? null : shared(v, first, count));
    }

    /** The heads that go with query heads {@code first .. first + count - 1}, these being whole groups or one head. */
    private Heads shared(NamedTensor fewer, int first, int count) {
        int group = group(fewer);
        return HeadRun.slice(fewer.heads(), first / group, Math.max(1, count / group));
    }

    /** How many query heads share a head of {@code fewer}. */
    private int group(NamedTensor fewer) {
        return q.heads().heads() / fewer.heads().heads();
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
