package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.hopfield.HopfieldFigures;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Laws of the symmetric and skew parts of scores, and of attention with a changed circulation. */
@Label("hopfield")
class HopfieldLawsTest {

    private static ExecutorService executor;

    /** A rounding to float32 of all queries and of all keys moves M by at most twice this of their lengths. */
    private static final double ROUNDING = 0x1p-24;

    private static final int COLUMNS = 3;

    /** Not in a static initialiser: the class may run again after the threads have been stopped. */
    @BeforeContainer
    static void startThreads() {
        executor = Executors.newFixedThreadPool(3);
    }

    @AfterContainer
    static void stopThreads() {
        executor.shutdown();
    }

    @Provide
    Arbitrary<Double> circulations() {
        return Arbitraries.of(-3.0, -1.0, 0.0, 0.3, 0.9, 1.0, 2.0);
    }

    @Provide
    Arbitrary<Double> blends() {
        return Arbitraries.of(-1.0, 0.0, 0.25, 0.5, 1.0, 1.5, 1e6, 1e300);
    }

    @Property(tries = 60)
    void figuresAreWithinTheirRanges(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed) {
        HopfieldFigures figures = figures(tokens, retrieved(seed, tokens.rows()));
        for (double eta : new double[] {figures.eta(), figures.etaCentred()}) {
            assertTrue(eta >= -1 && eta <= 1, "eta is " + eta);
        }
        figures.channels().forEach(channel -> {
            assertTrue(Double.isFinite(channel.energy()), () -> channel.toString());
            assertTrue(channel.instability() >= 0 && channel.instability() <= 1, () -> channel.toString());
            assertTrue(channel.alignment() >= -1 && channel.alignment() <= 1, () -> channel.toString());
            assertTrue(channel.alignment() * channel.energy() <= 0, () -> channel.toString());
        });
    }

    /** {@code Q R} and {@code K R} have the M of Q and K. */
    @Property(tries = 40)
    void aRotatedBasisChangesNothing(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed) {
        double[][] q = tokens.queries64();
        double[][] k = tokens.keys64();
        double lengths = length(q) * length(k);
        double whole = length(tokens.scores64()) * Math.sqrt(tokens.d());
        Assume.that(lengths > 1e-30 && whole > 1e-4 * lengths);
        Tokens rotated = new Tokens(tokens.rows(), tokens.rows(), tokens.d(), rotated(q, seed), rotated(k, seed));
        float[] h = retrieved(seed, tokens.rows());
        HopfieldFigures before = figures(tokens, h);
        HopfieldFigures after = figures(rotated, h);
        assertEquals(before.eta(), after.eta(), 8 * ROUNDING * lengths / whole);
        for (int c = 0; c < COLUMNS; c++) {
            // An energy is at most |M| / 2, and is itself off by a few roundings.
            assertEquals(before.channels().get(c).energy(), after.channels().get(c).energy(), 8 * ROUNDING * lengths);
        }
    }

    private static double length(double[][] a) {
        return Math.sqrt(Arrays.stream(a).flatMapToDouble(Arrays::stream).map(x -> x * x).sum());
    }

    /** By a product of d reflections. */
    private static float[] rotated(double[][] rows, long seed) {
        Random random = new Random(seed);
        double[][] turned = ReferenceMatrix.copy(rows);
        for (int reflection = 0; reflection < rows[0].length; reflection++) {
            double[] normal = random.doubles(rows[0].length, -1, 1).toArray();
            double square = Arrays.stream(normal).map(x -> x * x).sum();
            for (double[] row : turned) {
                double product = 0;
                for (int c = 0; c < row.length; c++) {
                    product += row[c] * normal[c];
                }
                for (int c = 0; c < row.length; c++) {
                    row[c] -= 2 * product / square * normal[c];
                }
            }
        }
        return ReferenceMatrix.toFloats(turned);
    }

    /** Scaling the results changes nothing, because states have length 1. */
    @Property(tries = 20)
    void statesHaveNoLength(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed,
                            @ForAll @IntRange(min = -60, max = 60) int exponent) {
        float[] h = retrieved(seed, tokens.rows());
        float[] scaled = h.clone();
        for (int i = 0; i < h.length; i++) {
            scaled[i] = Math.scalb(h[i], exponent);
        }
        assertEquals(figures(tokens, h), figures(tokens, scaled));
    }

    @Property(tries = 30)
    void keysThatAreQueriesAreSymmetric(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed) {
        Assume.that(length(tokens.queries64()) > 0);
        Tokens points = new Tokens(tokens.rows(), tokens.rows(), tokens.d(), tokens.q(), tokens.q());
        HopfieldFigures figures = figures(points, retrieved(seed, tokens.rows()));
        assertEquals(1, figures.eta(), 1e-12);
        // M_sym is positive: every energy is at most 0, but for rounding.
        double limit = ROUNDING * Math.pow(length(tokens.queries64()), 2);
        figures.channels().forEach(channel -> assertTrue(channel.energy() <= limit, () -> channel.toString()));
    }

    /** Queries [a, b] and keys [-b, a], which are the queries rotated by a right angle: {@code M = b a^T - a b^T}. */
    @Property(tries = 30)
    void keysAtRightAnglesToQueriesAreSkew(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        int d = tokens.d();
        float[] q = new float[2 * tokens.q().length];
        float[] k = new float[2 * tokens.q().length];
        for (int i = 0; i < tokens.q().length; i++) {
            int at = i / d * 2 * d + i % d;
            q[at] = tokens.q()[i];
            q[at + d] = tokens.k()[i];
            k[at] = -tokens.k()[i];
            k[at + d] = tokens.q()[i];
        }
        Tokens skew = new Tokens(tokens.rows(), tokens.rows(), 2 * d, q, k);
        double lengths = length(skew.queries64()) * length(skew.keys64());
        double whole = length(skew.scores64()) * Math.sqrt(2 * d);
        Assume.that(whole > 1e-4 * lengths);
        assertEquals(-1, figures(skew, retrieved(1, tokens.rows())).eta(), 1e-12 * Math.pow(lengths / whole, 2));
    }

    /** At c = 1 the result is that of attention, to the last bit. */
    @Property(tries = 30)
    void circulationOneIsAttentionWhateverTheBlend(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                                   @ForAll("blends") double blend, @ForAll boolean causal,
                                                   @ForAll boolean adaptive) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            Matrix v = Matrix.copyOf(arena, retrieved(4, tokens.rows()), tokens.rows(), COLUMNS);
            Matrix attended = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            scores.attention().apply(v, attended);
            Circulation one = Circulation.of(scores, 1).withBlend(blend);
            one = adaptive ? one.adaptive(Adaptation.DEVIATION).withAdaptiveBlend() : one;
            Matrix out = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            one.apply(v, out);
            assertArrayEquals(attended.toArray(), out.toArray());
            assertArrayEquals(Entries.of(scores.attention()), Entries.of(one.operator()));
        }
    }

    /** At b = 1 the result is that of the circulation's operator, to the last bit. */
    @Property(tries = 30)
    void blendOneIsTheOperator(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll("circulations") double c) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Matrix v = Matrix.copyOf(arena, retrieved(4, tokens.rows()), tokens.rows(), COLUMNS);
            Matrix turned = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            scores.circulation(c).apply(v, turned);
            Matrix out = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            Circulation.of(scores, c).withBlend(1).apply(v, out);
            assertArrayEquals(turned.toArray(), out.toArray());
        }
    }

    /** A row of the result is the blend times a factor in [1/4, 4], towards the length of the row of {@code H_c}. */
    @Property(tries = 30)
    void blendsOfWholeStepsKeepTheLengthOfWhatWasRetrieved(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                                           @ForAll("circulations") double c) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Matrix v = Matrix.copyOf(arena, retrieved(4, tokens.rows()), tokens.rows(), COLUMNS);
            Matrix attended = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            Matrix turned = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            Matrix out = Matrix.allocate(arena, tokens.rows(), COLUMNS);
            scores.attention().apply(v, attended);
            scores.circulation(c).apply(v, turned);
            Circulation.of(scores, c).withBlend(0).apply(v, out);
            for (int i = 0; i < tokens.rows(); i++) {
                double one = rowLength(attended, i);
                double expected = c == 1 ? one : Math.clamp(rowLength(turned, i), one / 4, 4 * one);
                assertEquals(expected, rowLength(out, i), 1e-6 * expected);
            }
        }
    }

    private static double rowLength(Matrix matrix, int i) {
        double square = 0;
        for (int c = 0; c < matrix.columns(); c++) {
            square += (double) matrix.get(i, c) * matrix.get(i, c);
        }
        return Math.sqrt(square);
    }

    /** Symmetric logits give a chain in which every cycle of three tokens is equally probable in both directions. */
    @Property(tries = 30)
    void circulationZeroDoesNotCirculate(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        double[][] p = Entries.of(tokens, scores -> scores.circulation(0));
        for (int i = 1; i < p.length; i++) {
            for (int j = 1; j < i; j++) {
                double forward = p[0][i] * p[i][j] * p[j][0];
                double backward = p[0][j] * p[j][i] * p[i][0];
                assertEquals(forward, backward, 3e-5 * forward);
            }
        }
    }

    /** Scores transposed have the opposite skew part. */
    @Property(tries = 30)
    void transposedScoresTurnTheOtherWay(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll("circulations") double c) {
        Tokens exchanged = new Tokens(tokens.rows(), tokens.rows(), tokens.d(), tokens.k(), tokens.q());
        double[][] forward = Entries.of(tokens, scores -> scores.circulation(c));
        double[][] backward = Entries.of(exchanged, scores -> scores.circulation(-c));
        assertTrue(ReferenceMatrix.maxAbsDifference(forward, backward) <= 1e-5);
        HopfieldFigures figures = figures(tokens, retrieved(2, tokens.rows()));
        assertEquals(figures.eta(), figures(exchanged, retrieved(2, tokens.rows())).eta(), 1e-8);
    }

    /** One worker, two or three, more heads than workers or fewer: the same bits, wherever inputs lie. */
    @Property(tries = 25)
    void workersAndLayoutDoNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll("layouts") Layout layout,
                                     @ForAll @IntRange(min = 1, max = 5) int heads, @ForAll("circulations") double c) {
        try (Arena arena = Arena.ofConfined()) {
            Run alone = run(tokens, heads, c, Layout.DENSE, Workers.caller(), arena);
            for (int threads = 1; threads <= 3; threads++) {
                Run shared = run(tokens, heads, c, layout, Workers.of(executor, threads), arena);
                assertEquals(alone.figures(), shared.figures());
                assertArrayEquals(alone.blended(), shared.blended());
            }
        }
    }

    /** Heads of so many tokens that their work is divided. */
    @Property(tries = 3)
    void workersDoNotMatterToLongHeads(@ForAll long seed, @ForAll @IntRange(min = 513, max = 2100) int n) {
        Tokens tokens = Tokens.random(seed, n, n, 3, 1);
        try (Arena arena = Arena.ofConfined()) {
            Run alone = run(tokens, 1, 0.5, Layout.DENSE, Workers.caller(), arena);
            Run shared = run(tokens, 1, 0.5, Layout.DENSE, Workers.of(executor, 3), arena);
            assertEquals(alone.figures(), shared.figures());
            assertArrayEquals(alone.blended(), shared.blended());
        }
    }

    @Provide
    Arbitrary<Layout> layouts() {
        return Combinators.combine(Arbitraries.of(Layout.Memory.class), Arbitraries.integers().between(0, 67),
                Arbitraries.integers().between(0, 9), Arbitraries.integers().between(0, 5)).as(Layout::new);
    }

    /** The results of some heads. */
    private record Run(List<HopfieldFigures> figures, float[] blended) {
    }

    private static Run run(Tokens tokens, int heads, double c, Layout layout, Workers workers, Arena arena) {
        int n = tokens.rows();
        Heads q = layout.place(arena, repeated(tokens.q(), heads), heads, n, tokens.d());
        Heads k = layout.place(arena, repeated(tokens.k(), heads), heads, n, tokens.d());
        Heads h = layout.place(arena, retrieved(7, heads * n), heads, n, COLUMNS);
        Heads out = layout.room(arena, heads, n, COLUMNS);
        Circulation.of(Scores.of(q, k).withWorkers(workers), c).withBlend(0.5).adaptive(Adaptation.DEVIATION).apply(h, out);
        assertTrue(layout.marginsUntouched(out));
        float[] blended = new float[heads * n * COLUMNS];
        for (int head = 0; head < heads; head++) {
            System.arraycopy(out.matrix(head).toArray(), 0, blended, head * n * COLUMNS, n * COLUMNS);
        }
        return new Run(Hopfield.of(q, k).withWorkers(workers).figures(h), blended);
    }

    /** Every head after the first has the entries in another order. */
    private static float[] repeated(float[] entries, int heads) {
        float[] all = new float[heads * entries.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = entries[(i + 7 * (i / entries.length)) % entries.length];
        }
        return all;
    }

    private static float[] retrieved(long seed, int rows) {
        return Tokens.normal(new Random(seed), rows * COLUMNS, 1);
    }

    private static HopfieldFigures figures(Tokens tokens, float[] h) {
        try (Arena arena = Arena.ofConfined()) {
            return Hopfield.of(tokens.queries(arena), tokens.keys(arena)).figures(Matrix.copyOf(arena, h, tokens.rows(), COLUMNS));
        }
    }
}
