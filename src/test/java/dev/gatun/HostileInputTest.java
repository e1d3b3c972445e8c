package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.attention.AttentionMask;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.property.Normalisation;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The checks at the door: each kind of bad input is refused with a message that names the fault, and nothing has been
 * written to the output by then.
 */
class HostileInputTest {

    private static final int N = 5;
    private static final int D = 3;
    private static final float SENTINEL = 12345f;

    private Arena arena;
    private Heads q;
    private Heads k;
    private Heads v;

    @BeforeEach
    void openMemory() {
        arena = Arena.ofConfined();
        Tokens tokens = Tokens.random(1, N, N, D, 1);
        q = Heads.of(tokens.queries(arena));
        k = Heads.of(tokens.keys(arena));
        v = Heads.of(Tokens.random(2, N, N, 2, 1).keys(arena));
    }

    @AfterEach
    void closeMemory() {
        arena.close();
    }

    // ---- memory: more of it is in EntryPointFaultsTest ----

    @Test
    void outputHeadsOverEachOtherAreRefused() {
        Heads manyQ = random(2, 2, N, D);
        Heads manyV = random(2, 2, N, 2);
        MemorySegment memory = arena.allocate(4L * 100);
        int[] leading = {2, 2};
        for (long[] strides : new long[][] {{0, 0}, {20, 0}, {0, 10}, {40, 9}, {10, 10}, {19, 10}}) {
            Heads out = Heads.strided(memory, 0, leading, N, 2, strides[0], strides[1], 2);
            assertSays("heads of out share memory", IllegalArgumentException.class,
                    () -> Scores.of(manyQ, manyQ).attention().apply(manyV, out));
        }
        Heads twice = Heads.strided(memory, 0, new int[] {2, 1}, N, 2, 0, 0, 2);
        Heads two = random(2, 1, N, D);
        assertSays("heads of out share memory", IllegalArgumentException.class,
                () -> Scores.of(two, two).attention().apply(random(2, 1, N, 2), twice));
        Heads apart = Heads.strided(memory, 0, leading, N, 2, 10, 20, 2);
        assertDoesNotThrow(() -> Scores.of(manyQ, manyQ).attention().apply(manyV, apart));
    }

    /** A view of one row lies in the gap between the rows of another. */
    @Test
    void oneRowInAGapIsAllowed() {
        Matrix padded = random(4, 8).matrix(0);
        Matrix keys = padded.columns(0, D);
        Matrix out = Matrix.of(padded.segment(), 4L * (8 + D), 1, 2, 2);
        Matrix query = random(1, D).matrix(0);
        assertDoesNotThrow(() -> Scores.of(query, keys).attention().apply(padded.columns(6, 2), out));
    }

    // ---- entries ----

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void entriesThatAreNotFiniteAreNamed(float bad) {
        for (int column : new int[] {0, 15, 16, 39, 40}) {
            Heads many = random(2, 3, N, 41);
            many.matrix(1, 2).set(3, column, bad);
            String where = "holds %s at row 3, column %d of head 5".formatted(bad, column);
            Heads fine = random(2, 3, N, 41);
            assertSays("q " + where, IllegalArgumentException.class, () -> Scores.of(many, fine));
            assertSays("k " + where, IllegalArgumentException.class, () -> Scores.of(fine, many));
            assertSays("backward k " + where, IllegalArgumentException.class,
                    () -> Scores.of(fine, fine).withBackward(fine, many));
            Heads out = sentinels(2, 3, N, 41);
            assertSays("v " + where, IllegalArgumentException.class,
                    () -> Scores.of(fine, fine).attention().apply(many, out));
            Heads complex = sentinels(2, 3, N, 82);
            assertSays("v " + where, IllegalArgumentException.class,
                    () -> Scores.of(fine, fine).magnetic(0.2).apply(many, complex));
            assertUntouched(out);
            assertUntouched(complex);
        }
    }

    /** What lies between the rows of a view is nobody's business. */
    @Test
    void paddingMayHoldAnything() {
        Matrix padded = random(N, D + 1).matrix(0);
        for (int i = 0; i < N; i++) {
            padded.set(i, D, Float.NaN);
        }
        assertDoesNotThrow(() -> Scores.of(padded.columns(0, D), padded.columns(0, D)));
    }

    @ParameterizedTest
    @EnumSource
    void scoresTooLargeToTellApartAreRefused(Normalisation normalisation) {
        Heads enormous = random(N, D);
        for (int i = 0; i < N; i++) {
            enormous.matrix(0).set(i, 1, 1e30f * (i + 1));
        }
        assertRefused(normalisation, "too large", IllegalArgumentException.class, enormous, enormous, v);
        Heads matrix = sentinels(N, N * normalisation.width());
        assertSays("too large", IllegalArgumentException.class,
                () -> normalisation.matrix(Scores.of(enormous, enormous), matrix));
        assertUntouched(matrix);
        assertRefused(normalisation, "too large", IllegalArgumentException.class,
                scores -> scores.withBeta(1e300), q, k, v);
        assertRefused(normalisation, "too large", IllegalArgumentException.class,
                scores -> scores.withBeta(1e300).withScale(1e300), q, k, v);
    }

    /** The heads before the bad one have not been written either. */
    @ParameterizedTest
    @EnumSource
    void oneHeadTooLargeStopsAll(Normalisation normalisation) {
        Heads many = random(3, N, D);
        for (int i = 0; i < N; i++) {
            many.matrix(2).set(i, 0, 1e30f * (i - 2));
        }
        Heads values = random(3, N, 2);
        Heads out = sentinels(3, N, 2 * normalisation.width());
        assertSays("too large", IllegalArgumentException.class, () -> normalisation.apply(Scores.of(many, many), values, out));
        assertUntouched(out);
        Heads matrix = sentinels(3, N, N * normalisation.width());
        assertSays("too large", IllegalArgumentException.class, () -> normalisation.matrix(Scores.of(many, many), matrix));
        assertUntouched(matrix);
    }

    @Test
    void chargesAndAlphasTooLargeToTellApartAreRefused() {
        Heads complex = sentinels(N, 4);
        Heads real = sentinels(N, 2);
        Scores scores = Scores.of(q, k);
        for (double large : new double[] {1e14, -1e14, 1e300, -Double.MAX_VALUE}) {
            assertSays("too large", IllegalArgumentException.class, () -> scores.magnetic(large).apply(v, complex));
            assertSays("too large", IllegalArgumentException.class, () -> scores.magnetic(0, large).apply(v, complex));
            assertSays("too large", IllegalArgumentException.class, () -> scores.diffusion(large).apply(v, real));
            assertSays("too large", IllegalArgumentException.class, () -> scores.circulation(large).apply(v, real));
        }
        assertUntouched(complex);
        assertUntouched(real);
    }

    /** Scores of 1e4 are no reason to refuse, nor to lose the sums. */
    @ParameterizedTest
    @EnumSource
    void scoresOfTenThousandAreFine(Normalisation normalisation) {
        Heads large = Heads.of(Tokens.random(8, N, N, D, 100).queries(arena));
        Heads other = Heads.of(Tokens.random(9, N, N, D, 100).keys(arena));
        Heads out = sentinels(N, 2 * normalisation.width());
        normalisation.apply(Scores.of(large, other), v, out);
        for (float entry : out.matrix(0).toArray()) {
            assertTrue(Math.abs(entry) < 100, () -> normalisation + " gave " + entry);
        }
    }

    // ---- shapes ----

    @Test
    void shapesThatDoNotGoTogetherAreRefused() {
        assertSays("q has 3 components and k has 4", IllegalArgumentException.class,
                () -> Scores.of(q, random(N, D + 1)));
        assertSays("heads of k that divide those of q", IllegalArgumentException.class,
                () -> Scores.of(random(4, N, D), random(3, N, D)));
        assertSays("expected the same batch", IllegalArgumentException.class,
                () -> Scores.of(random(2, 4, N, D), random(1, 4, N, D)));
        assertSays("backward q", IllegalArgumentException.class,
                () -> Scores.of(q, k).withBackward(random(N + 1, D), random(N + 1, D)));
        assertSays("backward q", IllegalArgumentException.class,
                () -> Scores.of(q, k).withBackward(random(2, N, D), random(2, N, D)));
    }

    /** The same number of heads in another arrangement would pair them wrongly. */
    @Test
    void backwardPairsOfAnotherArrangementAreRefused() {
        Heads batched = random(2, 3, N, D);
        for (int[] leading : new int[][] {{6}, {3, 2}, {1, 6}, {6, 1}}) {
            Heads other = random(shape(leading, N, D));
            Heads fewer = random(shape(Arrays.copyOf(leading, leading.length), N, D));
            assertSays("backward q", IllegalArgumentException.class,
                    () -> Scores.of(batched, batched).withBackward(other, fewer));
        }
    }

    private static int[] shape(int[] leading, int rows, int columns) {
        int[] shape = Arrays.copyOf(leading, leading.length + 2);
        shape[leading.length] = rows;
        shape[leading.length + 1] = columns;
        return shape;
    }

    @Test
    void whatComparesATokenWithItselfNeedsAsManyQueriesAsKeys() {
        Scores scores = Scores.of(q, random(N + 1, D));
        Stream<Executable> refused = Stream.of(scores::backward, scores::backwardColumn, scores::diffusion,
                () -> scores.diffusion(1), () -> scores.circulation(1), () -> scores.magnetic(0),
                () -> scores.sinkhorn(Divergence.BACKWARD, Sinkhorn.bistochastic()),
                () -> scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.bistochastic()));
        refused.forEach(made -> assertSays("5 queries and 6 keys", IllegalArgumentException.class, made));
        assertDoesNotThrow(scores::attention);
        assertDoesNotThrow(scores::attentionColumn);
        assertDoesNotThrow(() -> scores.sinkhorn(Sinkhorn.bistochastic()));
    }

    static Stream<Executable> impossibleViews() {
        MemorySegment memory = MemorySegment.ofArray(new float[100]);
        int huge = Integer.MAX_VALUE;
        long far = Long.MAX_VALUE;
        return Stream.of(
                () -> Matrix.of(memory, 0, 1), () -> Matrix.of(memory, 1, 0), () -> Matrix.of(memory, -1, -1),
                () -> Matrix.of(memory, 101, 1), () -> Matrix.of(memory, 4, 10, 10, 10),
                () -> Matrix.of(memory, -4, 1, 1, 1), () -> Matrix.of(memory, 0, 2, 10, 9),
                () -> Matrix.of(memory, 0, 2, 10, -10), () -> Matrix.of(memory, 0, 11, 10, 10),
                () -> Matrix.of(memory, 0, 10, 1, 12), () -> Matrix.of(memory, Long.MAX_VALUE, 1, 1, 1),
                () -> Matrix.of(memory, 0, huge, huge, Long.MAX_VALUE / 2), () -> Matrix.of(memory, huge, huge),
                () -> Matrix.of(memory, 0, 5, 1, Long.MAX_VALUE / 4), () -> Matrix.of(memory, 0, 5, 1, 1L << 60),
                () -> Matrix.of(memory, 0, 1, 1, 1).rows(0, 0),
                () -> Heads.of(memory, 0, 3), () -> Heads.of(memory, 0, 1, 1, 1, 1, 1), () -> Heads.of(memory, 0),
                () -> Heads.of(memory, 0, 0, 5, 5), () -> Heads.of(memory, 0, 2, -5, 5),
                () -> Heads.of(memory, 0, 5, 5, 5), () -> Heads.of(memory, -4, 2, 1, 1),
                () -> Heads.of(memory, -4, 2, 2, 1, 1), () -> Heads.of(memory, 4, 4, 5, 5),
                () -> Heads.of(memory, 0, 4, huge, huge), () -> Heads.of(memory, 0, 2, 4, huge, huge),
                () -> Heads.of(memory, 0, 1, 4, huge, huge), () -> Heads.of(memory, 0, huge, huge, huge, huge),
                () -> Heads.of(memory, Long.MAX_VALUE - 3, 2, 1, 1), () -> Heads.of(memory, 0, 2, 1 << 30, 1 << 30, 4),
                () -> Heads.strided(memory, 0, new int[] {2}, 2, 2, 0, 97, 2),
                () -> Heads.strided(memory, 0, new int[] {2}, 2, 2, 0, -1, 2),
                () -> Heads.strided(memory, 0, new int[] {2, 2}, 2, 2, -4, 4, 2),
                () -> Heads.strided(memory, 0, new int[] {2, 2}, 2, 2, Long.MAX_VALUE, 4, 2),
                () -> Heads.strided(memory, 0, new int[] {2}, 2, 2, 0, Long.MAX_VALUE / 2, 2),
                () -> Heads.strided(memory, 0, new int[] {0}, 2, 2, 0, 4, 2),
                () -> Heads.strided(memory, 0, new int[] {1 << 16, 1 << 16}, 2, 2, 0, 0, 2),
                () -> Heads.strided(memory, 0, new int[] {1, 1, 1}, 2, 2, 0, 4, 2),
                () -> Heads.strided(memory, 0, new int[] {2}, 2, 2, 0, 4, 1),
                () -> Heads.of(memory, 0, ElementType.FLOAT16, 201, 1), () -> Heads.of(memory, 2, ElementType.BFLOAT16, 10, 20),
                () -> Heads.of(memory, far - 1, ElementType.FLOAT16, 1, 1),
                () -> Heads.strided(memory, 0, ElementType.BFLOAT16, new int[] {3}, 2, 2, 0, far / 2, 2),
                () -> Heads.strided(memory, 0, ElementType.BFLOAT16, new int[] {3, 1}, 2, 2, far / 2, 0, 2),
                () -> Heads.strided(memory, 0, new int[] {2, 2}, 2, 2, far / 4, far / 4, far / 4),
                () -> Heads.strided(memory, 0, new int[] {1}, 2, 2, 0, 0, (1L << 62) + 1),
                () -> Heads.strided(memory, 0, new int[] {1}, 3, 2, 0, 0, 1L << 61),
                () -> AttentionMask.of(memory, 0, 401, 1), () -> AttentionMask.of(memory, -1, 1, 1),
                () -> AttentionMask.of(memory, 1, 20, 20), () -> AttentionMask.of(memory, far, 1, 1),
                () -> AttentionMask.of(memory, 0, 4, huge, huge), () -> AttentionMask.of(memory, 0, huge, huge, huge, huge),
                () -> AttentionMask.of(memory, 0, 5), () -> AttentionMask.of(memory, 0, 1, 0, 5),
                () -> AttentionMask.strided(memory, 0, new int[] {2}, 2, 2, 0, -1, 2),
                () -> AttentionMask.strided(memory, 0, new int[] {2}, 2, 2, 0, 397, 2),
                () -> AttentionMask.strided(memory, 0, new int[] {3}, 2, 2, 0, far / 2 + 1, 2),
                () -> AttentionMask.strided(memory, 0, new int[] {2}, 2, 2, 0, 4, 1),
                () -> Heads.allocate(Arena.ofAuto(), huge, huge, huge, huge),
                () -> Heads.allocate(Arena.ofAuto(), 1 << 16, 1 << 16, 1, 1),
                () -> Heads.allocate(Arena.ofAuto(), 0, 1),
                () -> Matrix.allocate(Arena.ofAuto(), 0, 1), () -> Matrix.allocate(Arena.ofAuto(), huge, huge),
                () -> Matrix.copyOf(Arena.ofAuto(), new float[5], 2, 3));
    }

    @ParameterizedTest
    @MethodSource("impossibleViews")
    void viewsOutsideTheirMemoryAreRefused(Executable view) {
        RuntimeException refusal = assertThrows(RuntimeException.class, view);
        assertTrue(refusal instanceof IllegalArgumentException || refusal instanceof IndexOutOfBoundsException,
                () -> refusal.toString());
        assertTrue(refusal.getMessage().length() > 10, refusal::getMessage);
    }

    /** What is too large for arrays is refused before anything is read of it, or reserved for it. */
    @Test
    void headsThatNoArrayHoldsAreRefused() {
        MemorySegment everything = MemorySegment.ofAddress(64).reinterpret(1L << 50);
        Heads tall = Heads.of(everything, 0, 1 << 25, 64);
        Heads wide = Heads.of(everything, 0, 1, Integer.MAX_VALUE);
        assertSays("a head of q is 33554432 x 64", IllegalArgumentException.class, () -> Scores.of(tall, tall));
        assertSays("a head of q is 1 x 2147483647", IllegalArgumentException.class, () -> Scores.of(wide, wide));
        int huge = Integer.MAX_VALUE;
        int[][] sizes = {{1, 1, 1 << 24, 1, 64, 1}, {1, 1, 1, 1 << 24, 64, 1}, {1, 1, 1, 1 << 24, 1, 64}, {1, 1, huge, 1, 1, 1},
                {1, 1, 1, huge, 1, 1}, {1, 1, 1, 1, huge, 1}, {1, 1, 1, 1, 1, huge}, {1 << 16, 1 << 16, 1, 1, 1, 1},
                {huge, huge, huge, huge, huge, huge}};
        for (int[] s : sizes) {
            AttentionShape shape = new AttentionShape(s[0], s[1], s[1], s[2], s[3], s[4], s[5]);
            assertSays("an array holds at most", IllegalArgumentException.class,
                    () -> AttentionPlan.of(shape, AttentionOptions.defaults()));
            boolean cacheAlone = s[2] == 1 && s[0] == 1 && s[4] < huge && s[5] < huge;
            if (!cacheAlone) {
                assertSays("an array holds at most", IllegalArgumentException.class,
                        () -> DecodePlan.of(shape, AttentionOptions.defaults()));
            }
        }
        assertSays("an array holds at most", IllegalArgumentException.class, () -> DecodePlan.of(
                new AttentionShape(1, 64, 1, 64, 1 << 30, 8, 64), AttentionOptions.defaults()));
    }

    /** Views of nothing, and copies that do not fit, take no memory of the arena. */
    @Test
    void viewsOfNothingAreRefused() {
        assertSays("the segment of a matrix is null", NullPointerException.class, () -> Matrix.of(null, 1, 1));
        assertSays("the segment of a tensor is null", NullPointerException.class, () -> Heads.of((MemorySegment) null, 0, 1, 1));
        assertSays("the segment of a mask is null", NullPointerException.class, () -> AttentionMask.of(null, 0, 1, 1));
        assertSays("the matrix is null", NullPointerException.class, () -> Heads.of(null));
        Arena untouched = new Arena() {
            @Override
            public MemorySegment allocate(long bytes, long alignment) {
                throw new AssertionError("asked for " + bytes + " bytes");
            }

            @Override
            public MemorySegment.Scope scope() {
                return Arena.global().scope();
            }

            @Override
            public void close() {
            }
        };
        assertSays("5 entries given for a 2 x 3 matrix", IllegalArgumentException.class,
                () -> Matrix.copyOf(untouched, new float[5], 2, 3));
        assertSays("too many heads", IllegalArgumentException.class, () -> Heads.allocate(untouched, 1 << 16, 1 << 16, 1, 1));
    }

    @Test
    void viewsThatJustFitAreAllowed() {
        MemorySegment memory = MemorySegment.ofArray(new float[100]);
        assertDoesNotThrow(() -> Matrix.of(memory, 10, 10));
        assertDoesNotThrow(() -> Matrix.of(memory, 4, 10, 9, 10));
        assertDoesNotThrow(() -> Matrix.of(memory, 396, 1, 1, 1L << 60));
        assertDoesNotThrow(() -> Matrix.of(memory, 1, 11, 9, 9));
        assertDoesNotThrow(() -> Heads.of(memory, 0, 4, 5, 5));
        assertDoesNotThrow(() -> Heads.of(memory, 0, ElementType.FLOAT16, 10, 20));
        assertDoesNotThrow(() -> AttentionMask.of(memory, 0, 20, 20));
        assertDoesNotThrow(() -> AttentionMask.strided(memory, 0, new int[] {2}, 2, 2, 0, 396, 2));
        assertDoesNotThrow(() -> AttentionMask.strided(memory, 399, new int[] {1, 1}, 1, 1, 1L << 62, 1L << 62, 1L << 62));
        assertDoesNotThrow(() -> Heads.strided(memory, 0, new int[] {2}, 2, 2, 0, 96, 2));
    }

    @Test
    void indicesThatDoNotExistAreRefused() {
        Scores scores = Scores.of(q, k);
        for (int index : new int[] {-1, 1}) {
            assertThrows(IndexOutOfBoundsException.class, () -> scores.figures(index));
            assertThrows(IndexOutOfBoundsException.class, () -> scores.attention().sums(index));
            assertThrows(IndexOutOfBoundsException.class, () -> scores.magnetic(1).sums(index));
            assertThrows(IndexOutOfBoundsException.class, () -> q.matrix(index));
            assertThrows(IndexOutOfBoundsException.class, () -> q.matrix(0, index));
            assertThrows(IndexOutOfBoundsException.class, () -> q.matrix(0).rows(index, N));
        }
    }

    // ---- settings ----

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0, -1})
    void settingsThatMustBePositiveAreChecked(double bad) {
        Scores scores = Scores.of(q, k);
        assertSays("beta must be positive and finite, not " + bad, IllegalArgumentException.class,
                () -> scores.withBeta(bad));
        assertSays("scale must be positive and finite, not " + bad, IllegalArgumentException.class,
                () -> scores.withScale(bad));
        assertSays("tolerance must be positive and finite, not " + bad, IllegalArgumentException.class,
                () -> Sinkhorn.tolerance(bad));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void settingsThatMustBeFiniteAreChecked(double bad) {
        Scores scores = Scores.of(q, k);
        assertSays("alpha must be finite", IllegalArgumentException.class, () -> scores.diffusion(bad));
        assertSays("alpha must be finite", IllegalArgumentException.class, () -> scores.magnetic(0, bad));
        assertSays("charge must be finite", IllegalArgumentException.class, () -> scores.magnetic(bad));
        assertSays("circulation must be finite", IllegalArgumentException.class, () -> scores.circulation(bad));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void countsMustBePositive(int bad) {
        assertSays("iterations must be at least 1", IllegalArgumentException.class,
                () -> Sinkhorn.bistochastic().withMaxIterations(bad));
        assertSays("threads must be at least 1", IllegalArgumentException.class,
                () -> Workers.of(Runnable::run, bad));
    }

    /** What an executor throws that is no rejection reaches the caller, and every piece has been settled by then. */
    @Test
    void failuresOfAnExecutorReachTheCaller() {
        Workers workers = Workers.of(task -> {
            throw new UnsupportedOperationException("no more tasks");
        }, 2);
        Heads many = random(3, 130, D);
        Heads out = sentinels(3, 130, D);
        assertSays("no more tasks", UnsupportedOperationException.class,
                () -> Scores.of(many, many).withWorkers(workers).attention().apply(many, out));
        assertUntouched(out);
    }

    // ---- what the tests are made of ----

    private interface Setting extends UnaryOperator<Scores> {
    }

    private void assertRefused(Normalisation normalisation, String message, Class<? extends Exception> type, Heads queries,
                               Heads keys, Heads values) {
        assertRefused(normalisation, message, type, scores -> scores, queries, keys, values);
    }

    private void assertRefused(Normalisation normalisation, String message, Class<? extends Exception> type, Setting setting,
                               Heads queries, Heads keys, Heads values) {
        Heads out = sentinels(N, 2 * normalisation.width());
        assertSays(message, type, () -> normalisation.apply(setting.apply(Scores.of(queries, keys)), values, out));
        assertUntouched(out);
    }

    private static void assertSays(String message, Class<? extends Exception> type, Executable action) {
        Exception thrown = assertThrows(type, action);
        assertTrue(thrown.getMessage().contains(message), () -> "not '" + message + "' but: " + thrown.getMessage());
    }

    private Heads random(int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        Random random = new Random(Arrays.hashCode(shape));
        for (int index = 0; index < heads.count(); index++) {
            heads.matrix(index).set(Tokens.normal(random, heads.rows() * heads.columns(), 1));
        }
        return heads;
    }

    private Heads sentinels(int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        for (int index = 0; index < heads.count(); index++) {
            float[] entries = new float[heads.rows() * heads.columns()];
            Arrays.fill(entries, SENTINEL);
            heads.matrix(index).set(entries);
        }
        return heads;
    }

    private static void assertUntouched(Heads out) {
        for (int index = 0; index < out.count(); index++) {
            for (float entry : out.matrix(index).toArray()) {
                assertEquals(SENTINEL, entry, "out was written");
            }
        }
    }
}
