package dev.gatun.kernel.probe;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.ScoreTile;
import dev.gatun.kernel.SineCosine;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.ValuePanel;
import java.util.Arrays;

/**
 * One kernel on one tile that stays in the first cache, or one limit of the core: something to be run over and over by
 * whoever holds a clock.
 *
 * <p>A whole probe has 64 rows, 64 columns and 64 components. A small one has few columns and components and is for
 * kernels that are not compiled yet: the compiler counts calls as well as rounds of a loop, so that short calls reach
 * it with a fraction of the slow work.
 *
 * <p>Each probe has arrays of its own. Not for use by two threads at once.
 */
public final class Probe {

    /** What can be probed. */
    public enum Kernel {
        /** The core's limit: fused multiply-adds of whole vectors, on registers alone. */
        MULTIPLY_ADDS,
        /** The limit of code without vectors: fused multiply-adds of single numbers. */
        SCALAR_MULTIPLY_ADDS,
        /** Scores in single precision. */
        SCORE_TILE,
        /** Scores in double precision: their vectors are half as long, and so is what they can reach. */
        PRECISE_SCORE_TILE,
        /** Weighted values. */
        VALUE_TILE,
        /** Weights in single precision and the sums of their rows; filling the tile anew counts in. */
        WEIGHTS,
        /** Weights of log-kernels in double precision. */
        PRECISE_WEIGHTS,
        /** Sines and cosines, times the weights. */
        ROTATE;

        /** A probe of a whole tile. */
        public Probe whole() {
            return of(this, WHOLE_INNER, Lanes.DEPTH);
        }

        /** A probe for kernels that are not compiled yet. */
        public Probe small() {
            return of(this, SMALL_INNER, SMALL_COLUMNS);
        }
    }

    private static final int WHOLE_INNER = 64;
    private static final int SMALL_INNER = 16;
    private static final int SMALL_COLUMNS = 8;

    /** Multiplications and multiply-adds that an entry takes: of a power of two, of a sine with its cosine. */
    private static final int WEIGHT_PRODUCTS = 6;
    private static final int ROTATION_PRODUCTS = 14;

    /** Read from variables, so that the compiler cannot fold the chains; with these a chain tends to 1. */
    private static float factor = 0.5f;
    private static float term = 0.5f;

    private static volatile float kept;

    private final Runnable kernel;
    private final int items;
    private final int operations;

    private Probe(Runnable kernel, int items, int operations) {
        this.kernel = kernel;
        this.items = items;
        this.operations = operations;
    }

    /** Runs the kernel once. */
    public void run() {
        kernel.run();
    }

    /** What a run counts as: floating-point operations of products, entries of any other tile. */
    public int items() {
        return items;
    }

    /**
     * The operations of a run that only the core's multipliers do: two for each multiply-add, in double precision
     * four.
     */
    public int operations() {
        return operations;
    }

    private static Probe of(Kernel kernel, int inner, int columns) {
        int entries = columns * Lanes.BLOCK;
        int products = 2 * inner * entries;
        return switch (kernel) {
            case MULTIPLY_ADDS -> new Probe(multiplyAdds(products), products, products);
            case SCALAR_MULTIPLY_ADDS -> new Probe(scalarMultiplyAdds(products / Lanes.BLOCK),
                    products / Lanes.BLOCK, products / Lanes.BLOCK);
            case SCORE_TILE -> new Probe(scoreTile(inner, columns), products, products);
            case PRECISE_SCORE_TILE -> new Probe(float64ScoreTile(inner, columns), products, 2 * products);
            case VALUE_TILE -> new Probe(valueTile(inner, columns), products, products);
            case WEIGHTS -> new Probe(numerators(columns), entries, 2 * WEIGHT_PRODUCTS * entries);
            case PRECISE_WEIGHTS -> new Probe(float64Weights(columns), entries, 2 * WEIGHT_PRODUCTS * entries);
            case ROTATE -> new Probe(rotate(columns), entries, 2 * ROTATION_PRODUCTS * entries);
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

    /** The sums grow with every run, by far too little to overflow. */
    private static Runnable valueTile(int components, int columns) {
        float[] numerators = float32(columns * Lanes.BLOCK);
        ValuePanel values = ValuePanel.of(float32(columns * components), columns, components);
        float[] out = new float[components * Lanes.BLOCK];
        return () -> values.accumulate(numerators, 0, columns, 0, out, 0);
    }

    private static Runnable numerators(int columns) {
        float[] tile = new float[columns * Lanes.BLOCK];
        float[] sum = new float[Lanes.BLOCK];
        return () -> {
            Arrays.fill(tile, -1.5f);
            Numerators.float32(tile, columns, sum);
        };
    }

    private static Runnable float64Weights(int columns) {
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
            entries[i] = (float) Math.sin(i);
        }
        return entries;
    }

    private static double[] float64(int count) {
        double[] entries = new double[count];
        Arrays.setAll(entries, Math::sin);
        return entries;
    }
}
