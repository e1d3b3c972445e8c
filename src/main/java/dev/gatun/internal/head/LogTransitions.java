package dev.gatun.internal.head;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.Keyhole;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.dense.StateElimination;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/**
 * The Markov chain behind {@code dev.gatun.Transitions}: the logarithms of {@code P_ij}, the probability that token j follows token i,
 * each row summing to 1 within rounding.
 *
 * <p>Double precision throughout, from the scores to the last sum. Up to 1024 tokens the logarithms are stored; of more they are
 * formed anew, 64 rows at a time, whenever they are asked for, and the matrix is not stored. Results are bitwise the same for any
 * number of workers. Not for use by two threads at once.
 */
public final class LogTransitions {

    /** The chain behind {@code dev.gatun.Transitions}. */
    public static final Keyhole<LogTransitions> OF_TRANSITIONS = new Keyhole<>();

    /** Tokens up to which logarithms are stored: 8 MiB of them. */
    private static final int MAX_STORED = 1024;

    /** The relative rounding error of probabilities that are given in double precision. */
    private static final double EXACT = 1e-9;

    /** By how many units in the last place of a float score can be off in a pair's log-ratio, with something to spare. */
    private static final double ROUNDINGS = 0x1p-20;

    /** Arrays of scratch that visitors have. */
    private static final int SCRATCHES = 3;

    private final int size;
    private final HeadLoop.Pieces pieces;
    private final ChainMachines machines;
    private final LogStrips rows;
    private final LogStrips columns;
    private final double[] stored;
    private final Mask mask;
    private final double[] logStationary;
    private final boolean reversible;
    private final double resolution;

    private LogTransitions(int size, HeadLoop.Pieces pieces, ChainMachines machines, LogStrips rows, LogStrips columns, double[] stored,
                           Mask mask, double[] logStationary, boolean reversible, double resolution) {
        this.size = size;
        this.pieces = pieces;
        this.machines = machines;
        this.rows = rows;
        this.columns = columns;
        this.stored = stored;
        this.mask = mask;
        this.logStationary = logStationary;
        this.reversible = reversible;
        this.resolution = resolution;
    }

    /** The stationary distribution that follows from a chain's construction. */
    public enum Stationary {
        /** Nothing. */
        UNKNOWN,
        /** It is uniform. */
        UNIFORM,
        /** The log-kernel is symmetric but for the potential of its columns, so detailed balance holds. */
        REVERSIBLE
    }

    /**
     * The chain {@code P_ij = 2^(z_ij + v_j) / sum_k 2^(z_ik + v_k)}.
     *
     * @param kernel in double precision
     * @param source says which log-kernel it is, so that other machines can build the same
     * @param v      null for none
     * @param range  the largest magnitude of scores, in natural units
     * @throws IllegalArgumentException if a token sees no other and not itself
     */
    public static LogTransitions of(LogKernel kernel, KernelSource source, double[] v, Stationary stationary, double range,
                                    HeadLoop.Pieces pieces) {
        int size = kernel.rows();
        LogStrips strips = new LogStrips(kernel, null, v);
        double[] stored = size <= MAX_STORED ? new double[StateElimination.length(size)] : null;
        boolean shared = stored == null && pieces.machines() != null;
        double[] logSums = shared ? new ChainMachines(pieces.machines(), source, null, v).logSums(size)
                : logSums(strips, size, stored, pieces);
        requireSight(logSums);
        double[] u = Scaling.negative(logSums);
        LogStrips columns = new LogStrips(kernel.transposed(), v, u);
        double[] logStationary = switch (stationary) {
            case UNKNOWN -> null;
            case UNIFORM -> new double[size];
            case REVERSIBLE -> Scaling.stationary(logSums, v);
        };
        return new LogTransitions(size, pieces, shared ? new ChainMachines(pieces.machines(), source, u, v) : null,
                new LogStrips(kernel, u, v), columns, stored, kernel.mask(), logStationary,
                stationary == Stationary.REVERSIBLE, ROUNDINGS * Math.max(1, range));
    }

    /** A chain of which products alone are asked for, and of those the rows of some blocks: those that {@code pieces} run. */
    static LogTransitions ofSomeRows(LogKernel kernel, double[] u, double[] v, HeadLoop.Pieces pieces) {
        return new LogTransitions(kernel.rows(), pieces, null, new LogStrips(kernel, u, v), new LogStrips(kernel.transposed(), v, u), null,
                kernel.mask(), null, false, 0);
    }

    /** As {@link #sharedLogSums} here, with a potential v of the columns; null for none. */
    static double[] logSums(LogKernel kernel, double[] v, HeadLoop.Pieces pieces) {
        return logSums(new LogStrips(kernel, null, v), kernel.rows(), null, pieces);
    }

    /** The logarithms of row sums; where there is room, logarithms that are normalised by them. */
    private static double[] logSums(LogStrips strips, int size, double[] stored, HeadLoop.Pieces pieces) {
        double[] logSums = new double[size];
        int length = LogStrips.length(size);
        pieces.each(strips.blocks(), (block, scratch) -> {
            double[] powers = scratch.float64(0, length);
            double[] strip = stored == null ? scratch.float64(1, length) : stored;
            int at = stored == null ? 0 : block * length;
            strips.fill(block, scratch.tile, strip, at);
            double[] sums = new double[Lanes.BLOCK];
            LogStrips.logSums(strip, at, size, powers, sums);
            System.arraycopy(sums, 0, logSums, block * Lanes.BLOCK, Math.min(Lanes.BLOCK, size - block * Lanes.BLOCK));
            if (stored != null) {
                LogStrips.addToRows(stored, at, size, finiteNegative(sums));
            }
        });
        return logSums;
    }

    /**
     * {@code log2 sum_j 2^(z_ij)} of each row; minus infinity of an empty row. Machines share those of a chain that is not stored.
     *
     * @param kernel in double precision
     * @param source says which log-kernel it is
     */
    public static double[] sharedLogSums(LogKernel kernel, KernelSource source, HeadLoop.Pieces pieces) {
        int size = kernel.rows();
        return size > MAX_STORED && pieces.machines() != null
                ? new ChainMachines(pieces.machines(), source, null, null).logSums(size) : logSums(kernel, null, pieces);
    }

    private static void requireSight(double[] logSums) {
        for (int i = 0; i < logSums.length; i++) {
            if (logSums[i] == Double.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException("token %s sees nothing: a chain that comes to it cannot go on".formatted(i));
            }
        }
    }

    private static double[] finiteNegative(double[] sums) {
        return Arrays.stream(sums).map(sum -> sum == Double.NEGATIVE_INFINITY ? 0 : -sum).toArray();
    }

    /**
     * The chain of given probabilities.
     *
     * @param p {@code N x N}, not negative, each row summing to 1 within 1e-6; rows are normalised anew
     * @throws IllegalArgumentException if the matrix is not square, or an entry or a row's sum is another
     */
    public static LogTransitions of(double[][] p, HeadLoop.Pieces pieces) {
        int size = p.length;
        Checks.positive(size, "tokens");
        double[] stored = new double[StateElimination.length(size)];
        Arrays.fill(stored, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < size; i++) {
            double sum = Checks.transitions(p[i], i, size);
            for (int j = 0; j < size; j++) {
                stored[StateElimination.place(i, j, size)] = LogTwo.log2(p[i][j] / sum);
            }
        }
        return new LogTransitions(size, pieces, null, null, null, stored, null, null, false, EXACT);
    }

    /** The number of tokens, N. */
    public int size() {
        return size;
    }

    /** Whether all logarithms are stored. */
    public boolean isStored() {
        return stored != null;
    }

    /** Whether detailed balance holds by construction. */
    public boolean reversible() {
        return reversible;
    }

    /** log2 of a stationary distribution that is known by construction, up to a constant; null where none is. */
    public double[] knownLogStationary() {
        return logStationary == null ? null : logStationary.clone();
    }

    /**
     * How far from balance a current has to be, beside the flow that it is part of, to be told from what rounding the queries and
     * keys to floats may have made.
     */
    public double resolution() {
        return resolution;
    }

    /** The first token that one from i on can lead to, of a chain that is not stored. */
    public int firstFollower(int i) {
        return mask == null ? 0 : mask.firstColumn(i);
    }

    /** One past the last token that one up to i can lead to, of a chain that is not stored. */
    public int endFollower(int i) {
        return mask == null ? size : mask.endColumn(i, size);
    }

    /** Whether single pairs are hidden, as by a bias of minus infinity, so that the tokens a token leads to need not be consecutive. */
    public boolean patterned() {
        return mask instanceof PairMask;
    }

    /** The first token from {@code from} on that token i can lead to, of a chain that is not stored; N where there is none. */
    public int nextFollower(int i, int from) {
        int j = from;
        while (j < size && mask != null && !mask.visible(i, j)) {
            j++;
        }
        return j;
    }

    /** Whether no token leads to itself. */
    public boolean zeroDiagonal() {
        return mask != null && mask.zeroDiagonal();
    }

    /** The threads that share the work on this chain. */
    public Sharing sharing() {
        return pieces;
    }

    /** The number of blocks of 64 tokens. */
    public int blocks() {
        return Lanes.blocks(size);
    }

    /**
     * Takes the logarithms of a block of 64 tokens: that of row r of the block and token j at {@code from + 64 j + r}, in units of
     * log 2.
     */
    @FunctionalInterface
    public interface Visitor {
        /** Called for different blocks by different threads at once; must neither change {@code strips} nor keep a reference. */
        void visit(int block, double[] strip, int from, Scratch scratch);
    }

    /** Takes the transitions from a block of tokens and, in a strip that begins at 0, those to it or those of another chain. */
    @FunctionalInterface
    public interface PairVisitor {
        /** Called for different blocks by different threads at once. */
        void visit(int block, double[] leaving, int from, double[] other, Scratch scratch);
    }

    /** A worker's scratch. */
    @FunctionalInterface
    public interface Scratch {
        /** An array of at least {@code length} entries, the same for the same index; 0 to 2. */
        double[] float64(int index, int length);
    }

    /** Shows {@code log2 P_ij} for the tokens i of each block and all j. */
    public void leaving(Visitor visitor) {
        pieces.each(blocks(), (block, scratch) -> visitor.visit(block, leaving(block, scratch), startOf(block), scratch::float64));
    }

    /** Shows {@code log2 P_ji} for the tokens i of each block and all j. */
    public void coming(Visitor visitor) {
        pieces.each(blocks(), (block, scratch) -> visitor.visit(block, coming(block, scratch), 0, scratch::float64));
    }

    /** Shows both of each block at once. */
    public void both(PairVisitor visitor) {
        pieces.each(blocks(), (block, scratch) -> visitor.visit(block, leaving(block, scratch), startOf(block),
                coming(block, scratch), scratch::float64));
    }

    /**
     * Shows {@code log2 P_ij} of this chain and of another on as many tokens.
     *
     * @throws IllegalArgumentException if it has another number of tokens
     */
    public void beside(LogTransitions other, PairVisitor visitor) {
        Checks.size(other.size, size, "tokens of the other chain");
        pieces.each(blocks(), (block, scratch) -> visitor.visit(block, leaving(block, scratch), startOf(block),
                other.copied(block, scratch), scratch::float64));
    }

    private double[] copied(int block, HeadLoop.Scratch scratch) {
        double[] strip = scratch.float64(SCRATCHES + 1, LogStrips.length(size));
        if (stored == null) {
            rows.fill(block, scratch.tile, strip, 0);
        } else {
            System.arraycopy(stored, startOf(block), strip, 0, LogStrips.length(size));
        }
        return strip;
    }

    private int startOf(int block) {
        return stored == null ? 0 : block * LogStrips.length(size);
    }

    private double[] leaving(int block, HeadLoop.Scratch scratch) {
        if (stored != null) {
            return stored;
        }
        double[] strip = scratch.float64(SCRATCHES, LogStrips.length(size));
        rows.fill(block, scratch.tile, strip, 0);
        return strip;
    }

    private double[] coming(int block, HeadLoop.Scratch scratch) {
        double[] strip = scratch.float64(SCRATCHES + 1, LogStrips.length(size));
        if (stored == null) {
            columns.fill(block, scratch.tile, strip, 0);
        } else {
            transpose(block, strip);
        }
        return strip;
    }

    private void transpose(int block, double[] strip) {
        int first = block * Lanes.BLOCK;
        int count = Math.min(Lanes.BLOCK, size - first);
        Arrays.fill(strip, 0, LogStrips.length(size), Double.NEGATIVE_INFINITY);
        for (int other = 0; other < blocks(); other++) {
            int end = Math.min(size, (other + 1) * Lanes.BLOCK);
            for (int r = 0; r < count; r++) {
                int from = (other * size + first + r) * Lanes.BLOCK;
                for (int j = other * Lanes.BLOCK; j < end; j++, from++) {
                    strip[j * Lanes.BLOCK + r] = stored[from];
                }
            }
        }
    }

    /** The distribution a step later: {@code sum_i rho_i P_ij}, without a subtraction. */
    public double[] later(double[] rho) {
        if (machines != null) {
            return machines.product(ChainRequest.Kind.LATER, rho);
        }
        double[] later = new double[size];
        coming((block, strip, from, scratch) -> {
            double[] powers = scratch.float64(0, LogStrips.length(size));
            LogStrips.powers(strip, from, size, powers);
            LogStrips.product(powers, 0, rho, later, block * Lanes.BLOCK);
        });
        return later;
    }

    /** The expectation of f a step later: {@code sum_j P_ij f_j}. */
    public double[] expected(double[] f) {
        if (machines != null) {
            return machines.product(ChainRequest.Kind.EXPECTED, f);
        }
        double[] expected = new double[size];
        leaving((block, strip, from, scratch) -> {
            double[] powers = scratch.float64(0, LogStrips.length(size));
            LogStrips.powers(strip, from, size, powers);
            LogStrips.product(powers, 0, f, expected, block * Lanes.BLOCK);
        });
        return expected;
    }

    /**
     * {@link #later} of logarithms, in units of log 2, minus infinity for 0: entries further apart than doubles reach stay what
     * they are.
     */
    public double[] logLater(double[] logStationary) {
        if (machines != null) {
            return machines.product(ChainRequest.Kind.LOG_LATER, logStationary);
        }
        LogProduct product = new LogProduct(logStationary);
        coming(product);
        return product.out;
    }

    /** {@link #expected} of logarithms likewise. */
    public double[] logExpected(double[] logF) {
        if (machines != null) {
            return machines.product(ChainRequest.Kind.LOG_EXPECTED, logF);
        }
        LogProduct product = new LogProduct(logF);
        leaving(product);
        return product.out;
    }

    /** The product of transitions with masses given by their logarithms: of the masses themselves where none underflows. */
    private final class LogProduct implements Visitor {
        /** The smallest product beside which the loss of underflowed masses and transitions is below rounding. */
        private static final double MIN_MASS = 1e-200;

        private final double[] logF;
        private final double level;
        private final double[] masses;
        private final double[] out = new double[size];

        LogProduct(double[] logF) {
            double max = Arrays.stream(logF).max().orElseThrow();
            this.logF = logF;
            this.level = max == Double.NEGATIVE_INFINITY ? 0 : max;
            this.masses = Arrays.stream(logF).map(log -> LogTwo.exp2(log - level)).toArray();
        }

        @Override
        public void visit(int block, double[] strip, int from, Scratch scratch) {
            int first = block * Lanes.BLOCK;
            int end = Math.min(size, first + Lanes.BLOCK);
            double[] powers = scratch.float64(0, LogStrips.length(size));
            LogStrips.powers(strip, from, size, powers);
            LogStrips.product(powers, 0, masses, out, first);
            boolean large = true;
            for (int i = first; i < end; i++) {
                large &= out[i] >= MIN_MASS;
                out[i] = LogTwo.log2(out[i]) + level;
            }
            if (!large) {
                double[] terms = scratch.float64(1, LogStrips.length(size));
                double[] sums = new double[Lanes.BLOCK];
                LogStrips.addToColumns(strip, from, logF, terms);
                LogStrips.logSums(terms, 0, size, powers, sums);
                System.arraycopy(sums, 0, out, first, end - first);
            }
        }
    }

    /** {@code log2 P_ij} for all j. */
    public double[] row(int i) {
        Checks.index(i, size, "token");
        int block = i / Lanes.BLOCK;
        double[] row = new double[size];
        HeadLoop.Scratch scratch = pieces.ofCaller();
        double[] strip = leaving(block, scratch);
        for (int j = 0, at = startOf(block) + i % Lanes.BLOCK; j < size; j++, at += Lanes.BLOCK) {
            row[j] = strip[at];
        }
        return row;
    }

    /** All probabilities, in the strips that {@link StateElimination} takes. */
    public double[] probabilities() {
        int length = LogStrips.length(size);
        double[] all = new double[StateElimination.length(size)];
        leaving((block, strip, from, scratch) -> {
            double[] powers = scratch.float64(0, length);
            LogStrips.powers(strip, from, size, powers);
            System.arraycopy(powers, 0, all, block * length, length);
        });
        return all;
    }
}
