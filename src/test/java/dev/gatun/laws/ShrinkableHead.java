package dev.gatun.laws;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;

/**
 * A head that shrinks to simpler heads: with fewer tokens, components and columns of values, without mask, masses and temperature, with
 * entries that are 0, -1, 1 or integers.
 *
 * @param value     the head
 * @param square    whether queries and keys are left out in pairs, as under every causal mask: if their numbers differ, operators disagree
 *                  about where the mask begins
 * @param emptyRows whether a query may see no key
 */
record ShrinkableHead(Head value, boolean square, boolean emptyRows) implements Shrinkable<Head> {

    /** The number of entries up to which single entries are simplified. */
    private static final int FEW = 64;

    @Override
    public Stream<Shrinkable<Head>> shrink() {
        return Stream.<Supplier<Stream<Head>>>of(this::fewerTokens, this::fewerComponents, this::fewerValues, this::plainer,
                        this::simplerEntries)
                .flatMap(Supplier::get)
                .filter(this::isSound)
                .map(head -> new ShrinkableHead(head, square, emptyRows));
    }

    private boolean isSound(Head head) {
        boolean masses = !head.hasMasses() || Arrays.stream(head.columnMasses()).sum() > 0;
        return masses && (emptyRows || IntStream.range(0, head.rows()).allMatch(i -> seesSome(head, i)));
    }

    private static boolean seesSome(Head head, int query) {
        return IntStream.range(0, head.columns()).anyMatch(key -> head.visible(query, key));
    }

    private Stream<Head> fewerTokens() {
        if (square || value.causal()) {
            return without(value.rows()).map(kept -> value.chosen(kept, kept));
        }
        int[] queries = IntStream.range(0, value.rows()).toArray();
        int[] keys = IntStream.range(0, value.columns()).toArray();
        return Stream.concat(without(value.rows()).map(kept -> value.chosen(kept, keys)),
                without(value.columns()).map(kept -> value.chosen(queries, kept)));
    }

    private Stream<Head> fewerComponents() {
        return without(value.d()).map(value::ofComponents);
    }

    private Stream<Head> fewerValues() {
        int width = value.valueColumns();
        return without(width).map(kept -> value.withValues(columns(value.values(), width, kept)));
    }

    private static float[] columns(float[] entries, int width, int[] kept) {
        float[] columns = new float[entries.length / width * kept.length];
        for (int at = 0; at < columns.length; at++) {
            columns[at] = entries[at / kept.length * width + kept[at % kept.length]];
        }
        return columns;
    }

    /** {@code 0 .. count - 1} without a half, a quarter, ... and in the end without one. */
    static Stream<int[]> without(int count) {
        return Stream.iterate(count / 2, block -> block > 0, block -> block / 2)
                .flatMap(block -> IntStream.iterate(0, from -> from + block <= count, from -> from + block)
                        .mapToObj(from -> IntStream.range(0, count).filter(i -> i < from || i >= from + block).toArray()));
    }

    private Stream<Head> plainer() {
        List<Head> plainer = new ArrayList<>();
        if (value.beta() != 1) {
            plainer.add(value.withBeta(1));
        }
        if (value.causal() || value.hasPairMask()) {
            plainer.add(value.withoutMask());
        }
        if (value.hasMasses()) {
            plainer.add(value.withoutMasses());
        }
        return plainer.stream();
    }

    private Stream<Head> simplerEntries() {
        return Stream.of(simpler(value.queries()).map(value::withQueries), simpler(value.keys()).map(value::withKeys),
                simpler(value.values()).map(value::withValues)).flatMap(heads -> heads);
    }

    private static Stream<float[]> simpler(float[] entries) {
        Stream<float[]> whole = Stream.of(new float[entries.length], rounded(entries, 1), rounded(entries, 8))
                .filter(simple -> !Arrays.equals(simple, entries));
        if (entries.length > FEW) {
            return whole;
        }
        return Stream.concat(whole, IntStream.range(0, entries.length).boxed()
                .flatMap(at -> simpler(entries[at]).map(simple -> with(entries, at, simple))));
    }

    private static float[] rounded(float[] entries, float steps) {
        float[] rounded = new float[entries.length];
        for (int i = 0; i < entries.length; i++) {
            rounded[i] = Math.round(entries[i] * steps) / steps;
        }
        return rounded;
    }

    private static Stream<Float> simpler(float entry) {
        return Stream.of(0f, Math.signum(entry), (float) Math.rint(entry), (float) Math.rint(entry / 2), Math.abs(entry))
                .distinct().filter(simple -> complexity(simple) < complexity(entry));
    }

    private static float[] with(float[] entries, int at, float entry) {
        float[] changed = entries.clone();
        changed[at] = entry;
        return changed;
    }

    @Override
    public ShrinkingDistance distance() {
        long settings = (value.causal() ? 1 : 0) + (value.hasPairMask() ? 1 : 0) + (value.hasMasses() ? 1 : 0)
                + (value.beta() == 1 ? 0 : 1);
        return ShrinkingDistance.of(value.rows() + value.columns(), value.d(), value.valueColumns(), settings,
                complexity(value.queries()) + complexity(value.keys()) + complexity(value.values()));
    }

    private static long complexity(float[] entries) {
        long sum = 0;
        for (float entry : entries) {
            sum += complexity(entry);
        }
        return sum;
    }

    /** 0 for 0, little for small whole numbers, much for fractions; a minus counts. */
    private static long complexity(float entry) {
        float size = Math.abs(entry);
        long sign = entry < 0 ? 1 : 0;
        if (size == Math.rint(size)) {
            return 2 * (long) Math.min(size, 1 << 20) + sign;
        }
        return (size * 8 == Math.rint(size * 8) ? 1L << 22 : 1L << 23) + sign;
    }
}
