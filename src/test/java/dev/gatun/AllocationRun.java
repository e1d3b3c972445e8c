package dev.gatun;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.gatun.attention.AttentionMask;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.CachedSequences;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.KeyValueCache;
import dev.gatun.attention.QuantisedHeads;
import dev.gatun.attention.SequenceOffsets;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.RandomEncoder;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TokenBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Calls every plan with its options, in the virtual machine that it is started in, until no call allocates a byte; if told to, also every
 * other entry point, until no call makes a vector an object.
 *
 * <p>Arguments: {@code plans} or {@code all}, and the CPU time to give up after, in seconds. Prints the calls that still allocate and
 * where, and exits with status 1 if there are any.
 */
final class AllocationRun {

    /** How the virtual machine is started; the collector and its space keep objects long enough to be counted. */
    static final List<String> OPTIONS = List.of("-Xmx1200m", "-Xmn700m", "-XX:+UseSerialGC", "-XX:MinTLABSize=2k", "-XX:TLABSize=16k",
            "-XX:-ResizeTLAB", "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

    /** Calls in a row in which no plan may allocate, first by itself and then among all, and rounds over which vectors are counted before the collector runs. */
    private static final int ROUNDS = 10;
    private static final int COUNTED_ROUNDS = 1;

    /** Tokens of a page of a cache. */
    private static final int PAGE = 16;

    private static final float GENTLE = 1;
    /** Scores of such queries and keys are summed in float64. */
    private static final float HARSH = 12;

    /** CPU time for the first, short calls. */
    private static final double SHORT_SECONDS = 4;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MAX_REPORTED = 12;

    /** A call, and what the calling thread allocated in its last rounds. */
    private static final class Call {

        private final String name;
        private final Runnable run;
        private long bytes;
        private int quiet;

        Call(String name, Runnable run) {
            this.name = name;
            this.run = run;
        }

        void measured() {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            run.run();
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
            quiet = bytes == 0 ? quiet + 1 : 0;
        }
    }

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(5);
    private final List<Call> plans = new ArrayList<>();
    private final List<Call> others = new ArrayList<>();
    private final boolean all;

    private AllocationRun(boolean all) {
        this.all = all;
    }

    public static void main(String[] arguments) {
        boolean all = arguments[0].equals("all");
        System.exit(new AllocationRun(all).settles(Double.parseDouble(arguments[1])) ? 0 : 1);
    }

    private boolean settles(double seconds) {
        double start = cpuSeconds();
        OtherVectors.meet();
        // Short calls come first: the compiler counts calls and loop iterations, and short calls reach its threshold soonest.
        addCalls(new EntryPoints.Shape(1, 1, 1, 8, 8, 16, 16), 3);
        while (cpuSeconds() - start < SHORT_SECONDS) {
            round();
        }
        addCalls(new EntryPoints.Shape(1, 2, 1, 68, 68, 32, 32), 34);
        addCalls(new EntryPoints.Shape(1, 2, 2, 35, 35, 9, 5), 16);
        addAttentionPlans(new AttentionShape(1, 1, 1, 20, 70, 130, 144), GENTLE);
        addEncoderPlans(ElementType.FLOAT32);
        addEncoderPlans(ElementType.BFLOAT16);
        long vectors = 0;
        while (cpuSeconds() - start < seconds) {
            round();
            if (isQuiet() && staysQuiet()) {
                vectors = others.isEmpty() ? 0 : vectorsOfRounds();
                if (vectors == 0) {
                    System.out.printf(Locale.ROOT, "%d calls of plans allocate 0 bytes, %d other calls make no vector an object; %.0f s"
                            + " of CPU time%n", plans.size(), others.size(), cpuSeconds() - start);
                    return true;
                }
            }
        }
        plans.stream().filter(call -> call.quiet < ROUNDS).limit(MAX_REPORTED)
                .forEach(call -> System.out.println(call.name + ": " + call.bytes + " bytes"));
        System.out.println(vectors + " vectors became objects in " + COUNTED_ROUNDS + " round; most is allocated at "
                + Allocation.places(this::round));
        return false;
    }

    /** CPU time of all threads, so that other load on the machine makes no difference. */
    private static double cpuSeconds() {
        return 1e-9 * ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Calls the plans that still allocate, which the compiler is waited for, and all others. */
    private void round() {
        plans.stream().filter(call -> call.quiet < ROUNDS).forEach(Call::measured);
        others.forEach(call -> call.run.run());
    }

    private boolean isQuiet() {
        return plans.stream().allMatch(call -> call.quiet >= ROUNDS);
    }

    /** Calls all plans in turn. */
    private boolean staysQuiet() {
        for (int round = 0; round < ROUNDS && isQuiet(); round++) {
            plans.forEach(Call::measured);
        }
        return isQuiet();
    }

    // ---- calls ----

    private void addCalls(EntryPoints.Shape shape, int half) {
        for (float spread : new float[] {GENTLE, HARSH}) {
            for (EntryPoint point : EntryPoints.of(shape, Workers.caller())) {
                boolean plan = point.name().startsWith("plan of attention") || point.name().startsWith("plan of decoding");
                if (plan || all) {
                    EntryPoint.Given given = point.place(arena);
                    scale(point, given, spread);
                    EntryPoint.Prepared prepared = point.opened().get().prepare(given);
                    (plan ? plans : others).add(new Call(point.name() + ", spread " + spread, prepared::run));
                }
            }
            addSinkhornPlans(shape, spread, half);
            addAttentionPlans(shape.attention(), spread);
        }
    }

    /** Multiplies queries and keys. */
    private static void scale(EntryPoint point, EntryPoint.Given given, float spread) {
        for (int t = 0; t < point.tensors().size(); t++) {
            EntryPoint.Tensor tensor = point.tensors().get(t);
            if (tensor.type() == ElementType.FLOAT32 && tensor.name().matches("(new |backward )?[qk]")) {
                MemorySegment memory = EntryPoint.memory(given.views()[t]);
                for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
                    memory.set(ValueLayout.JAVA_FLOAT, at, spread * memory.get(ValueLayout.JAVA_FLOAT, at));
                }
            }
        }
    }

    private Heads normal(float spread, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        MemorySegment memory = heads.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, (float) (spread * random.nextGaussian()));
        }
        return heads;
    }

    private void addSinkhornPlans(EntryPoints.Shape shape, float spread, int half) {
        Heads q = normal(Math.min(spread, 5), shape.batch(), shape.heads(), shape.tokens(), shape.d());
        Heads k = normal(Math.min(spread, 5), shape.batch(), shape.heads(), shape.tokens(), shape.d());
        Sinkhorn solve = Sinkhorn.tolerance(1e-5).withMaxIterations(200);
        Scores scores = Scores.of(q, k);
        addSinkhornPlan("kept", scores, Divergence.FORWARD, solve, spread);
        addSinkhornPlan("streamed", scores, Divergence.FORWARD, solve.withMemory(0), spread);
        addSinkhornPlan("bfloat16", scores, Divergence.FORWARD, solve.withBfloat16Storage(), spread);
        addSinkhornPlan("plain", scores, Divergence.FORWARD, solve.plain(), spread);
        addSinkhornPlan("traced", scores, Divergence.FORWARD, solve.withTrace(), spread);
        addSinkhornPlan("backward", scores, Divergence.BACKWARD, solve, spread);
        addSinkhornPlan("symmetric", scores, Divergence.SYMMETRIC, solve, spread);
        addSinkhornPlan("zero diagonal", scores.withZeroDiagonal(), Divergence.FORWARD, solve, spread);
        addSinkhornPlan("sequences", scores.withSequences(half, shape.tokens() - half), Divergence.FORWARD, solve, spread);
    }

    private void addSinkhornPlan(String name, Scores scores, Divergence divergence, Sinkhorn options, float spread) {
        SinkhornPlan plan = SinkhornPlan.of(scores, divergence, options);
        plans.add(new Call("plan of Sinkhorn, " + name + ", spread " + spread, () -> {
            plan.solve();
            plan.follow();
        }));
    }

    /** Options that the entry points do not combine. */
    private void addAttentionPlans(AttentionShape shape, float spread) {
        Heads q = normal(spread, shape.batch(), shape.heads(), shape.queries(), shape.dimension());
        Heads k = normal(spread, shape.batch(), shape.keyHeads(), shape.keys(), shape.dimension());
        Heads v = normal(1, shape.batch(), shape.keyHeads(), shape.keys(), shape.valueDimension());
        Heads out = Heads.allocate(arena, shape.batch(), shape.heads(), shape.queries(), shape.valueDimension());
        Heads sums = Heads.allocate(arena, shape.batch(), shape.heads(), shape.queries(), 1);
        Heads bias = normal(1, 1, shape.heads(), shape.queries(), shape.keys());
        MemorySegment bytes = arena.allocate((long) shape.queries() * shape.keys());
        bytes.fill((byte) 1);
        AttentionMask mask = AttentionMask.of(bytes, 0, shape.queries(), shape.keys());
        double[] slopes = AttentionOptions.alibiSlopes(shape.heads());
        AttentionOptions none = AttentionOptions.defaults();
        for (AttentionOptions options : List.of(none.withCausalMask(), none.withWindow(7, 0), none.withSoftCap(20),
                none.withSymmetricDistanceSlopes(slopes), none.withSoftCap(3).withCausalMask().withDistanceSlopes(slopes))) {
            AttentionPlan plan = AttentionPlan.of(shape, options);
            plans.add(new Call("attention plan, " + options + ", spread " + spread, () -> plan.run(q, k, v, out, sums)));
        }
        addRaggedBatches(shape, spread, List.of(none, none.withCausalMask(), none.withWindow(7, 3).withSoftCap(20).withSinks(slopes),
                none.withSymmetricDistanceSlopes(slopes)));
        AttentionPlan capped = AttentionPlan.of(shape, none.withSoftCap(9).withBiasBeforeSoftCap().withMask().withSinks(slopes));
        plans.add(new Call("attention plan, bias before the soft cap, spread " + spread,
                () -> capped.run(q, k, v, bias, mask, out, sums)));
        for (AttentionOptions options : List.of(none, none.withCausalMask(), none.withWindow(7, 0))) {
            DecodePlan plan = DecodePlan.of(shape, options);
            plans.add(new Call("decode plan, " + options + ", spread " + spread,
                    () -> plan.run(q, k, v, shape.keys(), out, sums)));
        }
        DecodePlan every = DecodePlan.of(shape, none.withSoftCap(9).withBias().withMask().withSinks(slopes)
                .withSymmetricDistanceSlopes(slopes));
        plans.add(new Call("decode plan, every option, spread " + spread,
                () -> every.run(q, k, v, shape.keys(), bias, mask, out, sums)));
        addCachedSequences(shape, q, k, v, bias, mask);
        addHiddenKeys(shape, q, v, out, sums, spread);
    }

    /** Keys that a mask hides from all queries, and that hold NaN. */
    private void addHiddenKeys(AttentionShape shape, Heads q, Heads v, Heads out, Heads sums, float spread) {
        int seen = shape.keys() / 2 + 1;
        Heads k = normal(spread, shape.batch(), shape.keyHeads(), shape.keys(), shape.dimension());
        MemorySegment bytes = arena.allocate((long) shape.queries() * shape.keys());
        for (int j = 0; j < shape.keys(); j++) {
            for (int i = 0; i < shape.queries(); i++) {
                bytes.set(ValueLayout.JAVA_BYTE, (long) i * shape.keys() + j, (byte) (j < seen ? 1 : 0));
            }
            for (int head = 0; head < k.count() && j >= seen; head++) {
                k.matrix(head).set(j, j % shape.dimension(), Float.NaN);
            }
        }
        AttentionMask mask = AttentionMask.of(bytes, 0, shape.queries(), shape.keys());
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withMask());
        plans.add(new Call("attention plan, hidden keys, spread " + spread, () -> plan.run(q, k, v, null, mask, out, sums)));
    }

    /** Two batches of tokens by turns. */
    private void addEncoderPlans(ElementType weights) {
        EncoderModel model = RandomEncoder.of(1, 2, 32, 160, 70, 3).model(EncoderOptions.defaults().withWeights(weights)
                .withRegimes(Regimes.parse("head 1: attention beta 2")));
        EncoderPlan plan = EncoderPlan.of(model, 100, 3);
        TokenBatch batch = new TokenBatch(100, 3);
        Matrix out = Matrix.allocate(arena, 100, 64);
        Heads q = Heads.allocate(arena, 2, 96, 32);
        Heads k = Heads.allocate(arena, 2, 96, 32);
        Heads v = Heads.allocate(arena, 2, 96, 32);
        Heads[] all = {Heads.allocate(arena, 1, 2, 96, 32), Heads.allocate(arena, 1, 2, 96, 32), Heads.allocate(arena, 1, 2, 96, 32)};
        int[] ids = RandomEncoder.ids(random, 70);
        plans.add(new Call("encoder plan, " + weights, () -> {
            batch.clear();
            batch.add(ids, 0, 4);
            plan.embed(batch, out);
            batch.clear();
            batch.add(ids, 0, 5);
            batch.add(ids);
            batch.add(ids, 9, 21);
            plan.embed(batch, out);
            plan.hiddenStates(batch, out);
            plan.heads(batch, 0, q, k, v);
            plan.heads(batch, all[0], all[1], all[2]);
        }));
    }

    /** Caches of every type. */
    private void addCachedSequences(AttentionShape shape, Heads q, Heads k, Heads v, Heads bias, AttentionMask mask) {
        int pages = (shape.keys() - 1) / PAGE + 2;
        for (ElementType type : ElementType.values()) {
            addCachedSequences(shape, KeyValueCache.of(pages(type, pages, shape.keyHeads(), shape.dimension()),
                    pages(type, pages, shape.keyHeads(), shape.valueDimension())), q, k, v, bias, mask);
        }
        addCachedSequences(shape, KeyValueCache.of(quantised(pages, shape.keyHeads(), shape.dimension()),
                quantised(pages, shape.keyHeads(), shape.valueDimension())), q, k, v, bias, mask);
    }

    private Heads pages(ElementType type, int pages, int heads, int components) {
        return Heads.of(arena.allocate((long) pages * heads * PAGE * components * type.bytes(), 64), 0, type, pages, heads, PAGE, components);
    }

    private QuantisedHeads quantised(int pages, int heads, int components) {
        Heads scales = Heads.allocate(arena, pages, heads, PAGE, 1);
        return QuantisedHeads.of(arena.allocate((long) pages * heads * PAGE * components, 64), 0, components, scales);
    }

    /** Tokens appended to pages, computed as a prompt, and decoded with a mask and behind a prefix. */
    private void addCachedSequences(AttentionShape shape, KeyValueCache cache, Heads q, Heads k, Heads v, Heads bias, AttentionMask mask) {
        AttentionPlan prompt = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
        DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
        DecodePlan masked = DecodePlan.of(shape, AttentionOptions.defaults().withBiasBeforeSoftCap().withMask());
        Heads out = Heads.allocate(arena, shape.heads(), shape.queries(), shape.valueDimension());
        SequenceOffsets queries = SequenceOffsets.ofLengths(arena, shape.queries());
        SequenceOffsets tokens = SequenceOffsets.ofLengths(arena, shape.keys());
        CachedSequences sequences = CachedSequences.allocate(arena, cache, cache.pages() - 1, 1);
        for (int i = 0; i < cache.pages() - 1; i++) {
            sequences.setPage(0, i, cache.pages() - 1 - i);
        }
        CachedSequences prefix = CachedSequences.allocate(arena, cache, 1, 1);
        prefix.setLength(0, Math.min(8, shape.keys() / 2));
        Heads rows = Heads.of(q.segment(), 0, shape.heads(), shape.queries(), shape.dimension());
        Heads keys = Heads.of(k.segment(), 0, shape.keyHeads(), shape.keys(), shape.dimension());
        Heads values = Heads.of(v.segment(), 0, shape.keyHeads(), shape.keys(), shape.valueDimension());
        plans.add(new Call("plans on " + cache, () -> {
            sequences.setLength(0, 0);
            sequences.append(keys, values, tokens);
            prompt.runRagged(rows, queries, sequences, out, null);
            plan.run(rows, queries, sequences, out, null);
            sequences.setLength(0, shape.keys() - prefix.length(0));
            masked.run(rows, queries, prefix, sequences, bias, mask, out, null);
        }));
    }

    /** Two ragged batches by turns, in which the sequences have other lengths, and a batch of fewer tokens than the plan has room for. */
    private void addRaggedBatches(AttentionShape shape, float spread, List<AttentionOptions> each) {
        AttentionShape room = new AttentionShape(4, shape.heads(), shape.keyHeads(), shape.queries(), shape.keys(), shape.dimension(),
                shape.valueDimension());
        int queries = 2 * shape.queries();
        int keys = 2 * shape.keys();
        Heads q = normal(spread, shape.heads(), queries, shape.dimension());
        Heads k = normal(spread, shape.keyHeads(), keys, shape.dimension());
        Heads v = normal(1, shape.keyHeads(), keys, shape.valueDimension());
        Heads out = Heads.allocate(arena, shape.heads(), queries, shape.valueDimension());
        Heads sums = Heads.allocate(arena, shape.heads(), queries, 1);
        SequenceOffsets[] queryOffsets = {halves(shape.queries(), 3), halves(shape.queries(), 1)};
        SequenceOffsets[] keyOffsets = {halves(shape.keys(), 2), halves(shape.keys(), 3)};
        Heads fewer = normal(spread, 2, shape.heads(), Math.max(1, shape.queries() - 3), shape.dimension());
        Heads fewerKeys = normal(spread, 2, shape.keyHeads(), Math.max(1, shape.keys() - 5), shape.dimension());
        Heads fewerValues = normal(1, 2, shape.keyHeads(), fewerKeys.rows(), shape.valueDimension());
        Heads fewerOut = Heads.allocate(arena, 2, shape.heads(), fewer.rows(), shape.valueDimension());
        for (AttentionOptions options : each) {
            AttentionPlan plan = AttentionPlan.of(room, options);
            plans.add(new Call("ragged batches, " + options + ", spread " + spread, () -> {
                plan.runRagged(q, k, v, queryOffsets[0], keyOffsets[0], out, sums);
                plan.runRagged(q, k, v, queryOffsets[1], keyOffsets[1], out, sums);
                plan.run(fewer, fewerKeys, fewerValues, fewerOut);
            }));
        }
    }

    /** Four sequences, one of them empty and one a part of the rows. */
    private SequenceOffsets halves(int rows, int parts) {
        return SequenceOffsets.ofLengths(arena, rows / parts, 0, rows, rows - rows / parts);
    }

    // ---- vectors on the heap ----

    /** Vectors that became objects in some rounds, of any thread; -1 if they were collected before they could be counted. */
    private long vectorsOfRounds() {
        long collections = collections();
        long before = vectors();
        for (int round = 0; round < COUNTED_ROUNDS; round++) {
            plans.forEach(Call::measured);
            others.forEach(call -> call.run.run());
        }
        long after = vectors();
        return collections() == collections ? after - before : -1;
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    }

    /** Vectors, masks and shuffles on the heap, dead or alive. */
    private static long vectors() {
        try {
            String histogram = (String) ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
                    new Object[] {new String[] {"-all"}}, new String[] {String[].class.getName()});
            return histogram.lines().map(line -> line.trim().split("\\s+"))
                    .filter(cells -> cells.length > 3 && cells[3].matches("jdk[.]incubator[.]vector[.].+(Vector|Mask|Shuffle)"))
                    .mapToLong(cells -> Long.parseLong(cells[1])).sum();
        } catch (JMException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
