package dev.gatun.kernel.probe;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.SineCosine;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Arrays;

/**
 * One kernel on one tile that stays in the first-level cache, or one limit of the core, to be run and timed repeatedly.
 *
 * <p>A probe of a full tile has 64 rows, 64 columns and 64 components. A probe of a small tile has fewer columns and components, for
 * kernels that are not compiled yet: the compiler counts calls as well as loop iterations, so short calls reach it with less slow work.
 *
 * <p>Each probe has its own arrays. Not for use by two threads at once.
 */
public final class Probe {

    /** The kernels and limits to probe. */
    public enum Kernel {
        /** The limit of the core: fused multiply-adds of vectors in registers. */
        MULTIPLY_ADDS,
        /** The limit of code without vectors: fused multiply-adds of scalars. */
        SCALAR_MULTIPLY_ADDS,
        /** Scores in float32. */
        SCORE_TILE,
        /** Scores in float64, at half the lanes and so at most half the speed. */
        FLOAT64_SCORE_TILE,
        /** Products of numerators with values. */
        VALUE_TILE,
        /** Exponentials of float32 log-kernels and their row sums, including refilling the tile. */
        EXPONENTIALS,
        /** Exponentials of float64 log-kernels and their row sums. */
        FLOAT64_EXPONENTIALS,
        /** Exponentials times sines and cosines. */
        ROTATE;

        /** A probe of a full tile. */
        public Probe fullTile() {
            return of(this, FULL_INNER, Lanes.DEPTH);
        }

        /** A probe of a small tile, for kernels that are not compiled yet. */
        public Probe smallTile() {
            return of(this, SMALL_INNER, SMALL_COLUMNS);
        }
    }

    private static final int FULL_INNER = 64;
    private static final int SMALL_INNER = 16;
    private static final int SMALL_COLUMNS = 8;

    /** Multiplications and multiply-adds per entry: of an exponential, and of a sine with its cosine. */
    private static final int EXPONENTIAL_PRODUCTS = 6;
    private static final int ROTATION_PRODUCTS = 14;

    /** Not final, so that the compiler cannot fold the chains; with these values none meets a denormal. */
    private static float factor = 0.5f;
    private static float term = 0.5f;

    private static volatile float kept;

    private final Runnable kernel;
    private final int items;
    private final int operations;
    private final int bytes;

    private Probe(Runnable kernel, int items, int operations, int bytes) {
        this.kernel = kernel;
        this.items = items;
        this.operations = operations;
        this.bytes = bytes;
    }

    /** Runs the kernel once. */
    public void run() {
        kernel.run();
    }

    /** Items of a run: floating-point operations of products, entries of other kernels. */
    public int items() {
        return items;
    }

    /**
     * Operations of a run in the multipliers of the core: two for each multiplication or multiply-add in float32, four in float64.
     */
    public int operations() {
        return operations;
    }

    /**
     * The least bytes that a run moves between its arrays and the registers: each input is read once and each result written once, and a
     * result that is added to is read once as well. 0 for a limit, which has no arrays.
     */
    public int bytes() {
        return bytes;
    }

    private static Probe of(Kernel kernel, int inner, int columns) {
        int entries = columns * Lanes.BLOCK;
        int products = 2 * inner * entries;
        int tile = Float.BYTES * entries;
        int sums = Float.BYTES * Lanes.BLOCK;
        int factors = Float.BYTES * inner * (Lanes.BLOCK + columns);
        int offsets = Float.BYTES * columns;
        return switch (kernel) {
            case MULTIPLY_ADDS -> new Probe(multiplyAdds(products), products, products, 0);
            case SCALAR_MULTIPLY_ADDS -> new Probe(scalarMultiplyAdds(products / Lanes.BLOCK),
                    products / Lanes.BLOCK, products / Lanes.BLOCK, 0);
            case SCORE_TILE -> new Probe(scoreTile(inner, columns), products, products, factors + offsets + tile);
            case FLOAT64_SCORE_TILE -> new Probe(float64ScoreTile(inner, columns), products, 2 * products, 2 * (factors + offsets + tile));
            case VALUE_TILE -> new Probe(valueTile(inner, columns), products, products,
                    tile + Float.BYTES * inner * columns + 2 * inner * sums);
            case EXPONENTIALS -> new Probe(exponentials(columns), entries, 2 * EXPONENTIAL_PRODUCTS * entries, 3 * tile + sums);
            case FLOAT64_EXPONENTIALS -> new Probe(float64Exponentials(columns), entries, 2 * EXPONENTIAL_PRODUCTS * entries,
                    3 * tile + 3 * sums);
            case ROTATE -> new Probe(rotate(columns), entries, 2 * ROTATION_PRODUCTS * entries, 4 * tile);
        };
    }

    private static Runnable multiplyAdds(int operations) {
        return () -> kept = MultiplyAdds.vectors(factor, term, operations);
    }

    private static Runnable scalarMultiplyAdds(int operations) {
        return () -> kept = MultiplyAdds.scalars(factor, term, operations);
    }

    private static Runnable scoreTile(int inner, int columns) {
        float[] x = float32(inner * Lanes.BLOCK);
        float[] y = float32(columns * inner);
        float[] offset = new float[columns];
        float[] tile = new float[columns * Lanes.BLOCK];
        return () -> ScoreTile.float32(x, 0, inner, y, offset, 0, columns, tile);
    }

    private static Runnable float64ScoreTile(int inner, int columns) {
        double[] x = float64(inner * Lanes.BLOCK);
        double[] y = float64(columns * inner);
        double[] offset = new double[columns];
        double[] tile = new double[columns * Lanes.BLOCK];
        return () -> ScoreTile.float64(x, inner, y, offset, 0, columns, tile);
    }

    /** The sums grow with every run, by too little to overflow. */
    private static Runnable valueTile(int components, int columns) {
        float[] numerators = float32(columns * Lanes.BLOCK);
        ValuePanel values = ValuePanel.of(float32(columns * components), columns, components);
        float[] out = new float[components * Lanes.BLOCK];
        return () -> values.accumulate(numerators, 0, columns, 0, out, 0);
    }

    private static Runnable exponentials(int columns) {
        float[] tile = new float[columns * Lanes.BLOCK];
        float[] sum = new float[Lanes.BLOCK];
        return () -> {
            Arrays.fill(tile, -1.5f);
            Numerators.float32(tile, columns, sum);
        };
    }

    private static Runnable float64Exponentials(int columns) {
        double[] scores = new double[columns * Lanes.BLOCK];
        Arrays.fill(scores, -1.5);
        double[] reference = new double[Lanes.BLOCK];
        float[] tile = new float[columns * Lanes.BLOCK];
        float[] sum = new float[Lanes.BLOCK];
        return () -> Numerators.float64(scores, columns, reference, tile, sum);
    }

    private static Runnable rotate(int columns) {
        float[] numerators = new float[columns * Lanes.BLOCK];
        float[] turns = new float[columns * Lanes.BLOCK];
        return () -> SineCosine.rotate(numerators, turns, columns * Lanes.BLOCK);
    }

    /** Numbers between -1 and 1. */
    private static float[] float32(int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) StrictMath.sin(i);
        }
        return entries;
    }

    private static double[] float64(int count) {
        double[] entries = new double[count];
        Arrays.setAll(entries, StrictMath::sin);
        return entries;
    }
}
