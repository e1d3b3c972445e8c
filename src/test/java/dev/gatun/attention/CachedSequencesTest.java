package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Allocation;
import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.cache.CachePages;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches hold what is appended to them, and refuse what they cannot hold, and tables that cannot be, before anything is written. */
class CachedSequencesTest {

    private static final int HEADS = 2;
    private static final int PAGE = 24;

    /** A cache of 9 pages, and 3 sequences of up to 4 pages of it, in no order. */
    private static final class Cache {
        final MemorySegment keys;
        final MemorySegment values;
        final KeyValueCache cache;
        final CachedSequences sequences;

        Cache(Arena arena, ElementType type, int d, int width) {
            keys = arena.allocate(9L * HEADS * PAGE * d * type.bytes(), 64);
            values = arena.allocate(9L * HEADS * PAGE * width * type.bytes(), 64);
            cache = KeyValueCache.of(Heads.of(keys, 0, type, 9, HEADS, PAGE, d), Heads.of(values, 0, type, 9, HEADS, PAGE, width));
            sequences = CachedSequences.allocate(arena, cache, 4, 3);
            int[][] pages = {{7, 0, 3}, {8, 1, 2}, {5, 4, 6}};
            for (int s = 0; s < 3; s++) {
                for (int i = 0; i < 3; i++) {
                    sequences.setPage(s, i, pages[s][i]);
                }
            }
        }

        byte[] bytes() {
            byte[] all = new byte[(int) (keys.byteSize() + values.byteSize())];
            MemorySegment.copy(keys, ValueLayout.JAVA_BYTE, 0, all, 0, (int) keys.byteSize());
            MemorySegment.copy(values, ValueLayout.JAVA_BYTE, 0, all, (int) keys.byteSize(), (int) values.byteSize());
            return all;
        }

        float key(int s, int head, int token, int c) {
            CachePages pages = cache.view();
            return DecodeCase.cached(pages.keyPages(), pages.keyType(), sequences.page(s, token / PAGE), head, token % PAGE, c);
        }

        float value(int s, int head, int token, int c) {
            CachePages pages = cache.view();
            return DecodeCase.cached(pages.valuePages(), pages.valueType(), sequences.page(s, token / PAGE), head, token % PAGE, c);
        }
    }

    private static Heads normal(Arena arena, Random random, double spread, int... shape) {
        return AttentionPlanTest.Call.normal(arena, random, spread, shape);
    }

    /** The nearest number of a type, ties to even, by way of float64. */
    private static float nearest(float entry, ElementType type) {
        if (type == ElementType.FLOAT32 || entry == 0) {
            return entry;
        }
        int exponent = Math.max(Math.getExponent(entry), type == ElementType.FLOAT16 ? -14 : -126);
        double unit = Math.scalb(1.0, exponent - (type == ElementType.FLOAT16 ? 10 : 7));
        return (float) (Math.rint(entry / unit) * unit);
    }

    /** Tokens appended a few at a time, of any type, are read back rounded to the type of the cache. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    void appendedTokensAreReadBack(ElementType type) {
        Random random = new Random(4);
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, type, 5, 9);
            float[][][] keys = new float[3][3 * PAGE][];
            for (int round = 0; round < 12; round++) {
                int[] counts = {random.nextInt(4), round % 3 == 0 ? 0 : random.nextInt(7), round == 5 ? 40 : 1};
                SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, counts);
                int total = counts[0] + counts[1] + counts[2] + round % 2;
                Heads k = normal(arena, random, Math.pow(10, round - 7), HEADS, total, 5);
                Heads v = DecodePlanTest.narrowed(arena, normal(arena, random, 1, HEADS, total, 9), ElementType.BFLOAT16);
                int[] before = {cache.sequences.length(0), cache.sequences.length(1), cache.sequences.length(2)};
                cache.sequences.append(k, v, offsets);
                for (int s = 0; s < 3; s++) {
                    assertEquals(before[s] + counts[s], cache.sequences.length(s));
                    for (int i = 0; i < counts[s]; i++) {
                        for (int c = 0; c < 9; c++) {
                            assertEquals(nearest(DecodeCase.entry(v, 1, offsets.offset(s) + i, c), type),
                                    cache.value(s, 1, before[s] + i, c));
                        }
                        float[] row = new float[5];
                        for (int c = 0; c < 5; c++) {
                            row[c] = nearest(DecodeCase.entry(k, 1, offsets.offset(s) + i, c), type);
                        }
                        keys[s][before[s] + i] = row;
                    }
                }
            }
            for (int s = 0; s < 3; s++) {
                for (int token = 0; token < cache.sequences.length(s); token++) {
                    for (int c = 0; c < 5; c++) {
                        assertEquals(keys[s][token][c], cache.key(s, 1, token, c));
                    }
                }
            }
        }
    }

    /** Halfway between two numbers of a type, the even one; the largest number is kept, and what rounds to infinity is refused. */
    @Test
    void entriesRoundToTheNearestAndEvenNumber() {
        try (Arena arena = Arena.ofConfined()) {
            assertStored(arena, ElementType.BFLOAT16, 1 + 0x1p-8f, 1);
            assertStored(arena, ElementType.BFLOAT16, 1 + 0x1.8p-7f, 1 + 0x1p-6f);
            assertStored(arena, ElementType.BFLOAT16, 0x1.fefffep127f, 0x1.fep127f);
            assertStored(arena, ElementType.FLOAT16, 1 + 0x1p-11f, 1);
            assertStored(arena, ElementType.FLOAT16, -65519f, -65504f);
            assertStored(arena, ElementType.FLOAT16, 0x1.8p-25f, 0x1p-24f);
            assertStored(arena, ElementType.FLOAT32, -Float.MAX_VALUE, -Float.MAX_VALUE);
            assertOverflow(arena, ElementType.BFLOAT16, -0x1.ffp127f);
            assertOverflow(arena, ElementType.FLOAT16, 65520f);
        }
    }

    private static Heads filled(Arena arena, float entry, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        for (long at = 0; at < heads.segment().byteSize() / 4; at++) {
            heads.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, entry);
        }
        return heads;
    }

    private static void assertStored(Arena arena, ElementType type, float entry, float expected) {
        Cache cache = new Cache(arena, type, 5, 9);
        SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 1, 0, 0);
        cache.sequences.append(filled(arena, entry, HEADS, 1, 5), filled(arena, entry, HEADS, 1, 9), offsets);
        assertEquals(expected, cache.key(0, 1, 0, 4));
        assertEquals(expected, cache.value(0, 0, 0, 8));
    }

    private static void assertOverflow(Arena arena, ElementType type, float entry) {
        Cache cache = new Cache(arena, type, 5, 9);
        SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 1, 0, 0);
        refused(cache, filled(arena, 1, HEADS, 1, 5), filled(arena, entry, HEADS, 1, 9), offsets,
                "v holds " + entry + " at row 0, column 0 of head 0; the cache is of " + type.name().toLowerCase(Locale.ROOT));
    }

    /**
     * Rows appended to int8 are within the error that is stated, those of zeros are exact, and attention over them is within the error that
     * follows.
     */
    @ParameterizedTest
    @ValueSource(doubles = {1e-42, 1e-30, 1, 1e30})
    void quantisedRowsAreWithinTheirError(double spread) {
        int d = 37;
        int tokens = 90;
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(3);
            Heads k = normal(arena, random, 1, HEADS, tokens, d);
            Heads v = normal(arena, random, spread, HEADS, tokens, d);
            DecodeCase.put(v, 1, 4, new float[d]);
            Heads scales = Heads.allocate(arena, 4, HEADS, PAGE, 1);
            Heads keyScales = Heads.allocate(arena, 4, HEADS, PAGE, 1);
            KeyValueCache cache = KeyValueCache.of(QuantisedHeads.of(arena.allocate(4L * HEADS * PAGE * d), 0, d, keyScales),
                    QuantisedHeads.of(arena.allocate(4L * HEADS * PAGE * d), 0, d, scales));
            CachedSequences sequences = CachedSequences.allocate(arena, cache, 4, 1);
            for (int i = 0; i < 4; i++) {
                sequences.setPage(0, i, 3 - i);
            }
            sequences.append(k, v, SequenceOffsets.ofLengths(arena, tokens));
            double largestValue = 0;
            double largestKey = 0;
            for (int g = 0; g < HEADS; g++) {
                for (int j = 0; j < tokens; j++) {
                    int index = (3 - j / PAGE) * HEADS + g;
                    float scale = scales.matrix(index).get(j % PAGE, 0);
                    double largest = 0;
                    for (int c = 0; c < d; c++) {
                        largest = Math.max(largest, Math.abs(v.matrix(g).get(j, c)));
                        largestKey = Math.max(largestKey, Math.abs(k.matrix(g).get(j, c)));
                    }
                    largestValue = Math.max(largestValue, largest);
                    double bound = Math.max(largest / 254 * (1 + 0x1p-20), Float.MIN_NORMAL / 2);
                    for (int c = 0; c < d; c++) {
                        float entry = v.matrix(g).get(j, c);
                        double stored = (double) scale * DecodeCase.cached(cache.view().valuePages(), StoredType.INT8, 3 - j / PAGE, g, j % PAGE, c);
                        assertEquals(entry, stored, bound);
                        assertTrue(entry != 0 || stored == 0);
                    }
                }
            }
            Heads q = normal(arena, random, 1, HEADS, 1, d);
            Heads out = Heads.allocate(arena, HEADS, 1, d);
            AttentionShape shape = new AttentionShape(1, HEADS, HEADS, 1, tokens, d, d);
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
            plan.run(q, SequenceOffsets.ofLengths(arena, 1), sequences, out, null);
            Heads expected = Heads.allocate(arena, HEADS, 1, d);
            plan.run(q, k, v, tokens, expected);
            for (int g = 0; g < HEADS; g++) {
                double sum = 0;
                for (int c = 0; c < d; c++) {
                    sum += Math.abs(q.matrix(g).get(0, c));
                }
                double score = sum / Math.sqrt(d) * largestKey / 254;
                double bound = (Math.expm1(2 * score) + 1.0 / 254) * largestValue + 1e-5 * largestValue + Float.MIN_NORMAL;
                for (int c = 0; c < d; c++) {
                    assertEquals(expected.matrix(g).get(0, c), out.matrix(g).get(0, c), bound);
                }
            }
            scales.matrix(3 * HEADS).set(2, 0, Float.NaN);
            refused(() -> plan.run(q, SequenceOffsets.ofLengths(arena, 1), sequences, out, null), "the cache of values holds NaN at row 2");
            refused(() -> QuantisedHeads.of(arena.allocate(100), 0, d, keyScales), "covers bytes");
            refused(() -> QuantisedHeads.of(arena.allocate(100), 0, 1, k), "expected float32 of one column");
            refused(() -> sequences.append(Heads.of(keyScales.segment(), 0, HEADS, 1, d), v, SequenceOffsets.ofLengths(arena, 1)), "v is");
        }
    }

    private static void refused(Cache cache, Heads k, Heads v, SequenceOffsets offsets, String part) {
        byte[] before = cache.bytes();
        int length = cache.sequences.length(1);
        String message = assertThrows(IllegalArgumentException.class, () -> cache.sequences.append(k, v, offsets)).getMessage();
        assertTrue(message.contains(part), message);
        assertArrayEquals(before, cache.bytes());
        assertEquals(length, cache.sequences.length(1));
    }

    @Test
    void whatCannotBeAppendedIsRefusedBeforeAnythingIsWritten() {
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, ElementType.FLOAT32, 5, 9);
            Random random = new Random(2);
            Heads k = normal(arena, random, 1, HEADS, 60, 5);
            Heads v = normal(arena, random, 1, HEADS, 60, 9);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 3, 2, 55);
            cache.sequences.append(k, v, offsets);
            refused(cache, normal(arena, random, 1, HEADS, 60, 6), v, offsets, "k is Heads[2, 60, 6]; expected (2, 60, 5)");
            refused(cache, k, normal(arena, random, 1, HEADS, 59, 9), offsets, "v is Heads[2, 59, 9]; expected (2, 60, 9)");
            refused(cache, normal(arena, random, 1, 1, 60, 5), v, offsets, "k is");
            refused(cache, k, v, SequenceOffsets.ofLengths(arena, 3, 2), "offsets of 2 sequences; expected 3");
            refused(cache, k, v, SequenceOffsets.ofLengths(arena, 3, 2, 56), "sequences of k have rows 0 to 61");
            refused(cache, k, v, SequenceOffsets.ofLengths(arena, 0, 0, 42), "sequence 2 has 97 tokens; its pages hold 0 to 96");
            cache.sequences.setLength(2, 72);
            sequencesWithPage(arena, cache, 9, k, v, "page 3 of sequence 2 is 9; the cache has pages 0 to 8");
            sequencesWithPage(arena, cache, -1, k, v, "page 3 of sequence 2 is -1");
            // Sequence 0 appends to page 7 from its token 3 on, sequence 2 from token 0 on.
            cache.sequences.setPage(2, 3, 7);
            refused(cache, k, v, SequenceOffsets.ofLengths(arena, 2, 0, 5), "a new token of sequence 2 has the place of another new token");
            cache.sequences.append(k, v, SequenceOffsets.ofLengths(arena, 2, 0, 3));
            assertEquals(75, cache.sequences.length(2));
            cache.sequences.setPage(1, 2, 1);
            refused(cache, k, v, SequenceOffsets.ofLengths(arena, 0, 50, 0), "a new token of sequence 1 has the place of another new token");
            cache.sequences.setPage(1, 2, 2);
            for (float fault : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
                k.matrix(1).set(4, 3, fault);
                refused(cache, k, v, SequenceOffsets.ofLengths(arena, 0, 5, 0), "k holds " + fault + " at row 4, column 3 of head 1");
                cache.sequences.setLength(1, 2);
                cache.sequences.append(k, v, SequenceOffsets.ofLengths(arena, 0, 4, 0));
                cache.sequences.setLength(1, 2);
            }
            k.matrix(1).set(4, 3, 0);
            CachedSequences readOnly = CachedSequences.contiguous(KeyValueCache.of(
                    Heads.of(cache.keys.asReadOnly(), 0, 9, HEADS, PAGE, 5), Heads.of(cache.values, 0, 9, HEADS, PAGE, 9)),
                    arena.allocate(36), 0);
            SequenceOffsets nine = SequenceOffsets.ofLengths(arena, 1, 0, 0, 0, 0, 0, 0, 0, 0);
            refused(() -> readOnly.append(k, v, nine), "the cache of keys is read-only");
            CachedSequences fixed = CachedSequences.contiguous(cache.cache, arena.allocate(36).asReadOnly(), 0);
            refused(() -> fixed.append(k, v, nine), "the lengths of sequences are read-only");
            KeyValueCache shared = KeyValueCache.of(Heads.of(cache.keys, 0, 9, HEADS, PAGE, 5), Heads.of(cache.keys, 0, 9, HEADS, PAGE, 5));
            CachedSequences overlapping = CachedSequences.contiguous(shared, arena.allocate(36), 0);
            refused(() -> overlapping.append(k, k, nine), "the cache of keys shares memory with the cache of values");
        }
    }

    /**
     * The keys of a page beside its values, and all heads of a token one after the other: these take tokens. If the values began one entry
     * earlier, a token would overwrite its key, and is refused.
     */
    @Test
    void keysMayLieBesideValues() {
        int pages = 300;
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(7);
            Heads k = normal(arena, random, 1, HEADS, pages, 5);
            Heads v = normal(arena, random, 1, HEADS, pages, 9);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, IntStream.range(0, pages).map(s -> 1).toArray());
            for (int early : new int[] {0, 1}) {
                MemorySegment memory = arena.allocate(4L * pages * PAGE * HEADS * 14);
                long page = PAGE * HEADS * 14L;
                CachedSequences beside = CachedSequences.contiguous(KeyValueCache.of(
                        Heads.strided(memory, 0, new int[] {pages, HEADS}, PAGE, 5, page, PAGE * 5L, 5),
                        Heads.strided(memory, 4L * (HEADS * PAGE * 5 - early), new int[] {pages, HEADS}, PAGE, 9, page, PAGE * 9L, 9)),
                        arena.allocate(4L * pages), 0);
                CachedSequences tokens = CachedSequences.contiguous(KeyValueCache.of(
                        Heads.strided(memory, 0, new int[] {pages, HEADS}, PAGE, 5, page, 5, HEADS * 14),
                        Heads.strided(memory, 4L * (HEADS * 5 - early), new int[] {pages, HEADS}, PAGE, 9, page, 9, HEADS * 14)),
                        arena.allocate(4L * pages), 0);
                for (CachedSequences sequences : List.of(beside, tokens)) {
                    if (early == 1) {
                        refused(() -> sequences.append(k, v, offsets), "the cache of keys shares memory with the cache of values");
                        continue;
                    }
                    sequences.append(k, v, offsets);
                    CachePages inCache = sequences.cache().view();
                    for (int s = 0; s < pages; s++) {
                        assertEquals(1, sequences.length(s));
                        assertEquals(DecodeCase.entry(v, 1, s, 8), DecodeCase.cached(inCache.valuePages(), StoredType.FLOAT32, s, 1, 0, 8));
                        assertEquals(DecodeCase.entry(k, 0, s, 4), DecodeCase.cached(inCache.keyPages(), StoredType.FLOAT32, s, 0, 0, 4));
                    }
                }
            }
            Heads within = Heads.strided(arena.allocate(4L * 3 * PAGE * 10), 0, new int[] {3, HEADS}, PAGE, 5, PAGE * 10L, PAGE * 5L - 1, 5);
            CachedSequences overlapping = CachedSequences.contiguous(KeyValueCache.of(within, Heads.allocate(arena, 3, HEADS, PAGE, 9)),
                    arena.allocate(12), 0);
            refused(() -> overlapping.append(k, v, SequenceOffsets.ofLengths(arena, 1, 0, 0)),
                    "heads of the cache of keys share memory with each other");
        }
    }

    private static void sequencesWithPage(Arena arena, Cache cache, int page, Heads k, Heads v, String part) {
        MemorySegment table = arena.allocate(4L * 3 * 4, 4);
        for (int at = 0; at < 12; at++) {
            table.setAtIndex(ValueLayout.JAVA_INT, at, at == 11 ? page : at / 4 * 3);
        }
        MemorySegment lengths = MemorySegment.ofArray(new int[] {1, 1, 72});
        CachedSequences sequences = CachedSequences.of(cache.cache, table, 0, 4, lengths, 0, 3);
        byte[] before = cache.bytes();
        refused(() -> sequences.append(k, v, SequenceOffsets.ofLengths(arena, 0, 0, 1)), part);
        assertArrayEquals(before, cache.bytes());
        lengths.setAtIndex(ValueLayout.JAVA_INT, 2, 73);
        DecodePlan plan = DecodePlan.of(new AttentionShape(3, HEADS, HEADS, 1, 96, 5, 9), AttentionOptions.defaults());
        refused(() -> plan.run(normal(arena, new Random(1), 1, 3, HEADS, 1, 5), sequences, Heads.allocate(arena, 3, HEADS, 1, 9), null), part);
    }

    private static void refused(Runnable run, String part) {
        String message = assertThrows(IllegalArgumentException.class, run::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void cachesThatCannotBeAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Heads k = Heads.allocate(arena, 3, 2, 16, 4);
            Heads v = Heads.allocate(arena, 3, 2, 16, 6);
            KeyValueCache cache = KeyValueCache.of(List.of(k, Heads.allocate(arena, 5, 2, 16, 4)),
                    List.of(v, Heads.allocate(arena, 5, 2, 16, 6)));
            assertEquals("KeyValueCache[8 pages of 16 tokens, 2 heads of 4 and 6, FLOAT32]", cache.toString());
            assertEquals(List.of(8, 16, 2, 4, 6), List.of(cache.pages(), cache.pageTokens(), cache.heads(), cache.dimension(),
                    cache.valueDimension()));
            refused(() -> KeyValueCache.of(k, Heads.allocate(arena, 2, 2, 16, 6)), "expected as many pages, heads and tokens");
            refused(() -> KeyValueCache.of(k, Heads.allocate(arena, 3, 1, 16, 6)), "expected as many");
            refused(() -> KeyValueCache.of(k, Heads.allocate(arena, 3, 2, 24, 6)), "expected as many");
            refused(() -> KeyValueCache.of(List.of(k, v), List.of(v, v)), "expected them alike");
            refused(() -> KeyValueCache.of(List.of(), List.of()), "at least 1");
            refused(() -> KeyValueCache.of(List.of(k, k), List.of(v)), "expected 2");
            refused(() -> KeyValueCache.of(List.of(k, DecodePlanTest.narrowed(arena, k, ElementType.FLOAT16)), List.of(v, v)), "alike");
            MemorySegment ints = arena.allocate(48);
            for (int tokens : new int[] {8, 20}) {
                KeyValueCache odd = KeyValueCache.of(Heads.allocate(arena, 3, 2, tokens, 4), Heads.allocate(arena, 3, 2, tokens, 6));
                refused(() -> CachedSequences.of(odd, ints, 0, 4, ints, 0, 3), "expected a multiple of 8 from 16 on");
            }
            refused(() -> CachedSequences.of(cache, ints, 4, 4, ints, 0, 3), "covers bytes 4 to 52");
            refused(() -> CachedSequences.of(cache, ints, 0, 4, ints, 40, 3), "covers bytes 40 to 52");
            refused(() -> CachedSequences.of(cache, ints, 0, 0, ints, 0, 3), "at least 1");
            refused(() -> CachedSequences.contiguous(cache, ints, 20), "covers bytes 20 to 52");
            CachedSequences sequences = CachedSequences.allocate(arena, cache, 4, 3);
            assertEquals("CachedSequences[3 sequences of up to 4 pages in " + cache + "]", sequences.toString());
            assertThrows(IndexOutOfBoundsException.class, () -> sequences.setPage(0, 0, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> sequences.setPage(0, 4, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> sequences.setLength(3, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> sequences.length(-1));
            refused(() -> sequences.setLength(0, -1), "must not have -1 tokens");
            CachedSequences contiguous = CachedSequences.contiguous(cache, ints, 0);
            assertEquals(2, contiguous.page(2, 0));
            assertThrows(UnsupportedOperationException.class, () -> contiguous.setPage(2, 0, 2));
        }
    }

    @Test
    void callsOfOtherSizesThanThePlansAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, ElementType.FLOAT32, 5, 9);
            AttentionShape shape = new AttentionShape(3, 4, HEADS, 2, 40, 5, 9);
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults());
            Heads q = normal(arena, new Random(3), 1, 4, 6, 5);
            Heads out = filled(arena, DecodeCase.UNTOUCHED, 4, 6, 9);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 2, 2, 2);
            cache.sequences.setLength(1, 41);
            refused(() -> plan.run(q, offsets, cache.sequences, out, null), "sequence 1 has 41 tokens; the plan was made for at most 40");
            cache.sequences.setLength(1, 40);
            cache.sequences.setLength(2, 1);
            plan.run(q, offsets, cache.sequences, out, null);
            CachedSequences prefix = CachedSequences.of(cache.cache, MemorySegment.ofArray(new int[] {3}), 0, 1,
                    MemorySegment.ofArray(new int[] {1}), 0, 1);
            refused(() -> plan.run(q, offsets, prefix, cache.sequences, null, null, out, null), "sequence 1 has 41 tokens with its prefix");
            refused(() -> plan.run(q, offsets, cache.sequences, cache.sequences, null, null, out, null), "sequences of a prefix");
            refused(() -> plan.run(q, SequenceOffsets.ofLengths(arena, 3, 2, 1), cache.sequences, out, null),
                    "sequence 0 of q has 3 rows; expected at most 2");
            refused(() -> plan.run(q, SequenceOffsets.ofLengths(arena, 2, 2), cache.sequences, out, null), "queries of 2 sequences and 3");
            refused(() -> plan.run(q, cache.sequences, out, null), "q is Heads[4, 6, 5]; expected (3, 4, 2, 5)");
            Heads overTheTable = Heads.of(cache.keys, 0, 4, 6, 9);
            refused(() -> plan.run(q, offsets, cache.sequences, overTheTable, null), "out shares memory with the cache of keys");
            DecodePlan small = DecodePlan.of(new AttentionShape(2, 4, HEADS, 2, 40, 5, 9), AttentionOptions.defaults());
            refused(() -> small.run(q, offsets, cache.sequences, out, null), "there are 3 sequences; expected at most 2");
            DecodePlan other = DecodePlan.of(new AttentionShape(3, 4, HEADS, 2, 40, 5, 8), AttentionOptions.defaults());
            refused(() -> other.run(q, offsets, cache.sequences, out, null), "the plan was made for 2 heads of 5 and 8");
            int[] lengths = {0, -1, 0};
            CachedSequences negative = CachedSequences.of(cache.cache, arena.allocate(48), 0, 4, MemorySegment.ofArray(lengths), 0, 3);
            refused(() -> plan.run(q, offsets, negative, out, null), "sequence 1 has -1 tokens; its pages hold 0 to 96");
            lengths[1] = 97;
            refused(() -> plan.run(q, offsets, negative, out, null), "sequence 1 has 97 tokens; its pages hold 0 to 96");
        }
        Cache cache;
        try (Arena arena = Arena.ofConfined()) {
            cache = new Cache(arena, ElementType.FLOAT32, 5, 9);
        }
        DecodePlan plan = DecodePlan.of(new AttentionShape(3, HEADS, HEADS, 1, 40, 5, 9), AttentionOptions.defaults());
        Heads q = Heads.of(MemorySegment.ofArray(new float[30]), 0, 3, HEADS, 1, 5);
        Heads out = Heads.of(MemorySegment.ofArray(new float[54]), 0, 3, HEADS, 1, 9);
        assertThrows(IllegalStateException.class, () -> plan.run(q, cache.sequences, out, null));
    }

    /** What a query sees and is not finite is named by its place in the sequence; nothing is written. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void visibleFaultsAreNamed(float fault) {
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, ElementType.FLOAT32, 5, 9);
            cache.sequences.append(normal(arena, new Random(1), 1, HEADS, 130, 5), normal(arena, new Random(2), 1, HEADS, 130, 9),
                    SequenceOffsets.ofLengths(arena, 30, 70, 30));
            AttentionShape shape = new AttentionShape(2, 4, HEADS, 2, 120, 5, 9);
            for (double cap : new double[] {2, Double.POSITIVE_INFINITY}) {
                DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withSoftCap(cap).withCausalMask().withWindow(40, 0));
                Heads q = normal(arena, new Random(3), 1, 4, 4, 5);
                Heads out = filled(arena, DecodeCase.UNTOUCHED, 4, 4, 9);
                SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 2, 2);
                CachedSequences prefix = CachedSequences.of(cache.cache, MemorySegment.ofArray(new int[] {5}), 0, 1,
                        MemorySegment.ofArray(new int[] {20}), 0, 1);
                CachedSequences two = CachedSequences.of(cache.cache, MemorySegment.ofArray(new int[] {7, 0, 3, 8, 1, 2}), 0, 3,
                        MemorySegment.ofArray(new int[] {30, 70}), 0, 2);
                plan.run(q, offsets, prefix, two, null, null, out, null);
                DecodeCase.fill(out, false);
                Heads keys = Heads.of(cache.keys, 0, 9, HEADS, PAGE, 5);
                Heads values = Heads.of(cache.values, 0, 9, HEADS, PAGE, 9);
                // Token 30 of sequence 1 is in its second page, behind 20 of the prefix.
                assertFault(plan, q, offsets, prefix, two, out, keys, 1 * HEADS + 1, 30 - PAGE, 4, fault,
                        "the cache of keys holds " + fault + " at row 30, column 4 of head 1 of sequence 1");
                assertFault(plan, q, offsets, prefix, two, out, values, 0, 29 - PAGE, 8, fault,
                        "the cache of values holds " + fault + " at row 29, column 8 of head 0 of sequence 0");
                assertFault(plan, q, offsets, prefix, two, out, keys, 5 * HEADS, 19, 0, fault,
                        "the cache of keys holds " + fault + " at row 19, column 0 of head 0 of the prefix");
                assertFault(plan, q, offsets, prefix, two, out, q, 3, 2, 1, fault, "q holds " + fault + " at row 2, column 1 of head 3");
            }
        }
    }

    private static void assertFault(DecodePlan plan, Heads q, SequenceOffsets offsets, CachedSequences prefix, CachedSequences sequences,
                                    Heads out, Heads of, int index, int row, int column, float fault, String part) {
        float before = of.matrix(index).get(row, column);
        of.matrix(index).set(row, column, fault);
        refused(() -> plan.run(q, offsets, prefix, sequences, null, null, out, null), part);
        of.matrix(index).set(row, column, before);
        for (int h = 0; h < out.count(); h++) {
            assertEquals(DecodeCase.UNTOUCHED, out.matrix(h).get(0, 0));
        }
    }

    /**
     * A prefix and the tokens behind it give what one cache of both gives, up to the order of the sums, for scores of 5000 as for those of
     * 1. A numerator has at most 2 roundings, its row sum 10 more, and the sum of the values of a piece 256, each at most {@code 2^-24} of
     * the largest value; all else is float64. Keys are scored in the same blocks of 8, with the same bits.
     */
    @ParameterizedTest
    @ValueSource(doubles = {1, 5000})
    void prefixesGiveTheSameAsOneCache(double largest) {
        int prefix = 1000;
        int own = 700;
        int d = 64;
        AttentionShape shape = new AttentionShape(2, 4, 2, 3, prefix + own, d, d);
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(8);
            double spread = Math.sqrt(largest / 3);
            Heads q = normal(arena, random, spread, 2, 4, 3, d);
            Heads whole = normal(arena, random, spread, 2, 2, prefix + own, d);
            Heads wholeValues = normal(arena, random, 1, 2, 2, prefix + own, d);
            double most = Checks.readable(TensorView.of(wholeValues), "v");
            for (int g = 0; g < 2; g++) {
                for (int j = 0; j < prefix; j++) {
                    for (int c = 0; c < d; c++) {
                        whole.matrix(2 + g).set(j, c, whole.matrix(g).get(j, c));
                        wholeValues.matrix(2 + g).set(j, c, wholeValues.matrix(g).get(j, c));
                    }
                }
            }
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
            Heads expected = Heads.allocate(arena, 2, 4, 3, d);
            Heads expectedSums = Heads.allocate(arena, 2, 4, 3, 1);
            plan.run(q, whole, wholeValues, prefix + own, expected, expectedSums);
            CachedSequences common = CachedSequences.contiguous(KeyValueCache.of(part(whole, 1, 0, prefix), part(wholeValues, 1, 0, prefix)),
                    MemorySegment.ofArray(new int[] {prefix}), 0);
            CachedSequences rest = CachedSequences.contiguous(KeyValueCache.of(part(whole, 2, prefix, own), part(wholeValues, 2, prefix, own)),
                    MemorySegment.ofArray(new int[] {own, own}), 0);
            Heads out = Heads.allocate(arena, 2, 4, 3, d);
            Heads sums = Heads.allocate(arena, 2, 4, 3, 1);
            plan.run(q, null, common, rest, null, null, out, sums);
            for (int index = 0; index < 8; index++) {
                for (int i = 0; i < 3; i++) {
                    float sum = expectedSums.matrix(index).get(i, 0);
                    assertTrue(sum > largest / 2, "scores of " + sum);
                    assertEquals(sum, sums.matrix(index).get(i, 0), Math.ulp(sum) + 2 * 12 * 0x1p-24);
                    for (int c = 0; c < d; c++) {
                        assertEquals(expected.matrix(index).get(i, c), out.matrix(index).get(i, c), 2 * (2 + 10 + 256 + 1) * 0x1p-24 * most);
                    }
                }
            }
        }
    }

    private static Heads part(Heads heads, int batch, int first, int rows) {
        long row = heads.columns();
        return Heads.strided(heads.segment(), 4 * first * row, new int[] {batch, heads.heads()}, rows, heads.columns(),
                heads.heads() * heads.rows() * row, heads.rows() * row, row);
    }

    /** Sequences without tokens, and without queries; with sinks, the logarithm is that of the sink. */
    @Test
    void sequencesMayBeEmpty() {
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, ElementType.FLOAT32, 5, 9);
            AttentionShape shape = new AttentionShape(3, HEADS, HEADS, 2, 40, 5, 9);
            Heads q = filled(arena, Float.NaN, HEADS, 3, 5);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 1, 0, 2);
            for (boolean sinks : new boolean[] {false, true}) {
                AttentionOptions options = AttentionOptions.defaults().withBeta(2);
                DecodePlan plan = DecodePlan.of(shape, sinks ? options.withSinks(1.5, -2) : options);
                Heads out = filled(arena, DecodeCase.UNTOUCHED, HEADS, 3, 9);
                Heads sums = filled(arena, DecodeCase.UNTOUCHED, HEADS, 3, 1);
                plan.run(q, offsets, cache.sequences, out, sums);
                for (int h = 0; h < HEADS; h++) {
                    for (int i = 0; i < 3; i++) {
                        assertEquals(0f, out.matrix(h).get(i, 8));
                        assertEquals(sinks ? h == 0 ? 3f : -4f : Float.NEGATIVE_INFINITY, sums.matrix(h).get(i, 0));
                    }
                }
                plan.run(Heads.of(q.segment(), 0, 1, HEADS, 1, 5), Heads.allocate(arena, 1, HEADS, 7, 5),
                        Heads.allocate(arena, 1, HEADS, 7, 9), 0, Heads.of(out.segment(), 0, 1, HEADS, 1, 9));
            }
        }
    }

    /** Many groups, whose pieces do not all fit in the memory of a plan at a time. */
    @Test
    @Tag("slow")
    void roundsOfGroupsChangeNoBit() {
        AttentionShape shape = new AttentionShape(6, 96, 2, 16, 1200, 16, 256);
        AttentionShape one = new AttentionShape(1, 96, 2, 16, 1200, 16, 256);
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(5);
            Heads q = normal(arena, random, 1, 6, 96, 16, 16);
            Heads k = normal(arena, random, 1, 6, 2, 904, 16);
            Heads v = normal(arena, random, 1, 6, 2, 904, 256);
            int[] lengths = {900, 3, 899, 0, 900, 257};
            KeyValueCache cache = KeyValueCache.of(k, v);
            CachedSequences sequences = CachedSequences.contiguous(cache, MemorySegment.ofArray(lengths), 0);
            CachedSequences prefix = CachedSequences.of(cache, MemorySegment.ofArray(new int[] {4}), 0, 1, MemorySegment.ofArray(new int[] {300}), 0, 1);
            Heads out = Heads.allocate(arena, 6, 96, 16, 256);
            Heads sums = Heads.allocate(arena, 6, 96, 16, 1);
            DecodePlan.of(shape, AttentionOptions.defaults()).run(q, null, prefix, sequences, null, null, out, sums);
            DecodePlan single = DecodePlan.of(one, AttentionOptions.defaults());
            for (int s = 0; s < 6; s++) {
                Heads alone = Heads.allocate(arena, 1, 96, 16, 256);
                CachedSequences own = CachedSequences.contiguous(KeyValueCache.of(entry(k, s), entry(v, s)),
                        MemorySegment.ofArray(new int[] {lengths[s]}), 0);
                single.run(entry(q, s), null, prefix, own, null, null, alone, null);
                DecodeCase.assertSame(entry(out, s), alone, "sequence " + s);
            }
        }
    }

    private static Heads entry(Heads heads, int s) {
        long entries = (long) heads.heads() * heads.rows() * heads.columns();
        return Heads.of(heads.segment(), 4 * s * entries, 1, heads.heads(), heads.rows(), heads.columns());
    }

    /** Once compiled, neither appending nor a call on pages allocates anything. */
    @Tag("allocation")
    @ParameterizedTest
    @EnumSource(ElementType.class)
    @Tag("slow")
    void appendingAndDecodingAllocateNothing(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            Cache cache = new Cache(arena, type, 33, 48);
            AttentionShape shape = new AttentionShape(3, 4, HEADS, 2, 96, 33, 48);
            DecodePlan plan = DecodePlan.of(shape, AttentionOptions.defaults().withSoftCap(5).withSinks(1, 2, 3, 4).withMask().withBias()
                    .withSymmetricDistanceSlopes(AttentionOptions.alibiSlopes(4)).withCausalMask());
            Random random = new Random(6);
            Heads q = normal(arena, random, 1, 4, 4, 33);
            Heads k = normal(arena, random, 1, HEADS, 4, 33);
            Heads v = normal(arena, random, 1, HEADS, 4, 48);
            Heads out = Heads.allocate(arena, 4, 4, 48);
            Heads sums = Heads.allocate(arena, 4, 4, 1);
            Heads bias = normal(arena, random, 1, 1, 4, 1, 96);
            MemorySegment bytes = arena.allocate(96);
            for (int j = 0; j < 96; j++) {
                bytes.set(ValueLayout.JAVA_BYTE, j, (byte) (j % 5));
            }
            AttentionMask mask = AttentionMask.of(bytes, 0, 1, 96);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 2, 1, 1);
            CachedSequences prefix = CachedSequences.of(cache.cache, MemorySegment.ofArray(new int[] {4}), 0, 1,
                    MemorySegment.ofArray(new int[] {20}), 0, 1);
            Allocation.assertSettlesAtNothing(call -> {
                for (int s = 0; s < 3; s++) {
                    cache.sequences.setLength(s, (call + 20 * s) % 60);
                }
                cache.sequences.append(k, v, offsets);
                plan.run(q, offsets, prefix, cache.sequences, bias, mask, out, sums);
            });
        }
    }
}
