package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Normalisation;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
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

    // ---- memory ----

    @Test
    void closedMemoryIsRefused() {
        Heads closed = closed(N, D);
        assertSays("memory of q is closed", IllegalStateException.class, () -> Scores.of(closed, k));
        assertSays("memory of k is closed", IllegalStateException.class, () -> Scores.of(q, closed));
        assertSays("memory of backward q is closed", IllegalStateException.class,
                () -> Scores.of(q, k).withBackward(closed, k));
    }

    @ParameterizedTest
    @EnumSource
    void closedValuesOrOutputAreRefused(Normalisation normalisation) {
        assertRefused(normalisation, "memory of v is closed", IllegalStateException.class, q, k, closed(N, 2));
        assertSays("memory of out is closed", IllegalStateException.class,
                () -> normalisation.apply(Scores.of(q, k), v, closed(N, 2 * normalisation.width())));
        assertSays("memory of out is closed", IllegalStateException.class,
                () -> normalisation.matrix(Scores.of(q, k), closed(N, N * normalisation.width())));
    }

    /** Scores hold views: memory closed after they were made is noticed when they are used. */
    @ParameterizedTest
    @EnumSource
    void memoryClosedLaterIsRefused(Normalisation normalisation) {
        Arena shortLived = Arena.ofConfined();
        Matrix queries = Matrix.allocate(shortLived, N, D);
        Scores scores = Scores.of(Heads.of(queries), k);
        shortLived.close();
        Heads out = sentinels(N, 2 * normalisation.width());
        assertThrows(IllegalStateException.class, () -> normalisation.apply(scores, v, out));
        assertUntouched(out);
    }

    private static Heads closed(int rows, int columns) {
        try (Arena shortLived = Arena.ofConfined()) {
            return Heads.allocate(shortLived, rows, columns);
        }
    }

    @Test
    void confinedMemoryOfAnotherThreadIsRefused() throws InterruptedException {
        Heads out = Heads.allocate(Arena.ofAuto(), N, 2);
        Heads own = Heads.of(Tokens.random(3, N, N, D, 1).queries(Arena.ofAuto()));
        assertSays("memory of q belongs to another thread", WrongThreadException.class,
                () -> elsewhere(() -> Scores.of(q, k)));
        assertSays("memory of v belongs to another thread", WrongThreadException.class,
                () -> elsewhere(() -> Scores.of(own, own).attention().apply(v, out)));
        Heads confinedOut = sentinels(N, 3);
        assertSays("memory of out belongs to another thread", WrongThreadException.class,
                () -> elsewhere(() -> Scores.of(own, own).attention().apply(own, confinedOut)));
        assertUntouched(confinedOut);
    }

    private static void elsewhere(Executable action) throws Throwable {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                action.execute();
            } catch (Throwable failure) {
                thrown.set(failure);
            }
        });
        thread.start();
        thread.join();
        if (thrown.get() != null) {
            throw thrown.get();
        }
    }

    @ParameterizedTest
    @EnumSource
    void readOnlyOutputIsRefusedAndReadOnlyInputAllowed(Normalisation normalisation) {
        Heads readOnlyQ = readOnly(q);
        Heads out = sentinels(N, 2 * normalisation.width());
        assertSays("out is read-only", IllegalArgumentException.class,
                () -> normalisation.apply(Scores.of(q, k), v, readOnly(out)));
        Heads matrix = sentinels(N, N * normalisation.width());
        assertSays("out is read-only", IllegalArgumentException.class,
                () -> normalisation.matrix(Scores.of(q, k), readOnly(matrix)));
        assertUntouched(out);
        assertUntouched(matrix);
        assertDoesNotThrow(() -> normalisation.apply(Scores.of(readOnlyQ, readOnly(k)), readOnly(v), out));
    }

    private static Heads readOnly(Heads heads) {
        return Heads.of(heads.segment().asReadOnly(), 0, heads.shape());
    }

    @ParameterizedTest
    @EnumSource
    void outputOverAnInputIsRefused(Normalisation normalisation) {
        int width = 2 * normalisation.width();
        Heads wideQ = random(N, width);
        Heads wideK = random(N, width);
        Heads values = random(N, 2);
        Heads valuesThenOut = Heads.allocate(arena, 2 * N, width);
        assertOverlap(normalisation, "q", wideQ, wideK, values, wideQ);
        assertOverlap(normalisation, "k", wideQ, wideK, values, wideK);
        Heads upper = Heads.of(valuesThenOut.matrix(0).rows(0, N));
        Heads oneRowLower = Heads.of(valuesThenOut.matrix(0).rows(1, N));
        assertOverlap(normalisation, "v", wideQ, wideK, Heads.of(upper.matrix(0).columns(0, 2)), oneRowLower);
    }

    /** The backward pair is an input like the others. */
    @ParameterizedTest
    @EnumSource
    void outputOverTheBackwardPairIsRefused(Normalisation normalisation) {
        int width = 2 * normalisation.width();
        Heads ownQ = random(N, width);
        Heads ownK = random(N, width);
        Scores scores = Scores.of(q, k).withBackward(ownQ, ownK);
        for (Heads own : new Heads[] {ownQ, ownK}) {
            float[] before = own.matrix(0).toArray();
            assertSays("out shares memory with backward", IllegalArgumentException.class,
                    () -> normalisation.apply(scores, v, own));
            assertArrayEquals(before, own.matrix(0).toArray());
        }
        Heads square = random(N, N * normalisation.width());
        Scores squareScores = Scores.of(q, k).withBackward(square, random(N, N * normalisation.width()));
        assertSays("out shares memory with backward q", IllegalArgumentException.class,
                () -> normalisation.matrix(squareScores, square));
    }

    private void assertOverlap(Normalisation normalisation, String name, Heads queries, Heads keys, Heads values, Heads out) {
        float[] before = out.matrix(0).toArray();
        assertSays("out shares memory with " + name, IllegalArgumentException.class,
                () -> normalisation.apply(Scores.of(queries, keys), values, out));
        assertArrayEquals(before, out.matrix(0).toArray());
    }

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

    /** Queries, keys, values and output as columns of one matrix, as a fused projection lays them out. */
    @ParameterizedTest
    @EnumSource
    void interleavedViewsThatShareNothingAreAllowed(Normalisation normalisation) {
        Matrix fused = random(N, 2 * D + 2 + 2 * normalisation.width()).matrix(0);
        Matrix out = fused.columns(2 * D + 2, 2 * normalisation.width());
        Scores scores = Scores.of(fused.columns(0, D), fused.columns(D, D));
        Heads values = Heads.of(fused.columns(2 * D, 2));
        Heads expected = Heads.allocate(arena, N, 2 * normalisation.width());
        normalisation.apply(scores, values, expected);
        normalisation.apply(scores, values, Heads.of(out));
        assertArrayEquals(expected.matrix(0).toArray(), out.toArray());
    }

    /** One entry more, and the views do share a column. */
    @Test
    void interleavedViewsThatShareAColumnAreRefused() {
        Matrix fused = random(N, 2 * D + 4).matrix(0);
        Scores scores = Scores.of(fused.columns(0, D), fused.columns(D, D));
        assertSays("out shares memory with k", IllegalArgumentException.class,
                () -> scores.attention().apply(fused.columns(2 * D + 2, 2), fused.columns(2 * D - 1, 2)));
        assertSays("out shares memory with v", IllegalArgumentException.class,
                () -> scores.attention().apply(fused.columns(2 * D, 2), fused.columns(2 * D + 1, 2)));
        assertSays("out shares memory with v", IllegalArgumentException.class,
                () -> scores.attention().apply(fused.columns(2 * D + 1, 2), fused.columns(2 * D, 2)));
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

    @ParameterizedTest
    @EnumSource
    void valuesAndOutputsOfAnotherShapeAreRefused(Normalisation normalisation) {
        int width = normalisation.width();
        assertRefused(normalisation, "rows of v: there are 6, expected 5", IllegalArgumentException.class, q, k,
                random(N + 1, 2));
        assertRefused(normalisation, "v has shape", IllegalArgumentException.class, q, k, random(2, N, 2));
        int[][] shapes = {{N + 1, 2 * width}, {N, 2 * width + 1}, {N, 2 * width - 1}, {2, N, 2 * width}};
        for (int[] shape : shapes) {
            Heads out = sentinels(shape);
            assertSays("out has shape " + Arrays.toString(shape) + "; expected [5, " + 2 * width + "]",
                    IllegalArgumentException.class, () -> normalisation.apply(Scores.of(q, k), v, out));
            assertUntouched(out);
        }
        Heads out = sentinels(N, N * width + 1);
        assertSays("out has shape", IllegalArgumentException.class, () -> normalisation.matrix(Scores.of(q, k), out));
        assertUntouched(out);
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
                () -> Heads.allocate(Arena.ofAuto(), huge, huge, huge, huge),
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

    @Test
    void viewsThatJustFitAreAllowed() {
        MemorySegment memory = MemorySegment.ofArray(new float[100]);
        assertDoesNotThrow(() -> Matrix.of(memory, 10, 10));
        assertDoesNotThrow(() -> Matrix.of(memory, 4, 10, 9, 10));
        assertDoesNotThrow(() -> Matrix.of(memory, 396, 1, 1, 1L << 60));
        assertDoesNotThrow(() -> Matrix.of(memory, 1, 11, 9, 9));
        assertDoesNotThrow(() -> Heads.of(memory, 0, 4, 5, 5));
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

    /** A failure of one worker reaches the caller, and every piece has been settled by then. */
    @Test
    void failuresOfAnExecutorReachTheCaller() {
        Workers workers = Workers.of(task -> {
            throw new RejectedExecutionException("no more tasks");
        }, 2);
        Heads many = random(3, 130, D);
        Heads out = sentinels(3, 130, D);
        assertSays("no more tasks", RejectedExecutionException.class,
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
