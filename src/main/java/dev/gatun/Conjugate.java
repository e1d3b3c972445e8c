package dev.gatun;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.Connections;
import dev.gatun.kernel.pass.StoredTiles;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;

/**
 * The symmetric conjugate of one head's reversible operator, {@code A = D^1/2 P D^-1/2 = D^-1/2 W D^-1/2}, or the Hermitian one
 * of magnetic diffusion, {@code D^-1/2 H D^-1/2}: what eigenvectors are computed of (Coifman and Lafon 2006, Fanuel et al. 2017).
 * Made by {@link Operator#conjugate(int)} and {@link MagneticOperator#conjugate(int)}.
 *
 * <p>Entries are formed in the log domain, {@code exp(z_ij + u_i + u_j)}, so that no kernel overflows, and rounded to float. Of
 * two that mirror each other one is computed: the matrix is symmetric to the last bit. Where they fit into the memory given, half
 * of them are kept, from the first product on; else they are formed anew in each. Products are the same to the last bit either way
 * and for any number of workers.
 *
 * <p>A vector of a Hermitian conjugate is an array of {@code 2 N} doubles, N real parts before N imaginary ones. Not for use by
 * two threads at once.
 */
public final class Conjugate {

    /** Up to this size log-kernels are always summed in double precision. */
    private static final int MAX_EXACT = 1024;

    /** Factors of tiles in single precision lie within 2 to this power, and its inverse. */
    private static final double MAX_LEVEL = 80;

    /** A sum from here on has lost nothing that counts. */
    private static final double MIN_SUM = 0x1p-90;

    /** Bytes of entries that are kept unless said otherwise. */
    private static final long MEMORY = 256L << 20;

    private final int size;
    private final boolean complex;
    private final Workers workers;
    private final long memory;
    private final Former former;
    private HeadLoop.Pieces pieces;
    private ConjugateTiles tiles;
    private StoredTiles stored;
    private double[] scale;
    private double[] logLaw;
    private ConjugateProduct product;
    private int panels;

    /** Forms tiles from copies, on any thread. */
    interface Former {

        /** Tiles whose potential makes them the conjugate's. */
        Weighted weighted(HeadLoop.Pieces pieces);

        /**
         * Tiles of a real kernel whose row sums are yet to be measured, by a product with them: that takes a fraction of the time of
         * forming them once more. Null where entries may be no floats.
         */
        ConjugateTiles unweighted();

        /** The alpha of the kernel's normalisation. */
        double alpha();
    }

    /**
     * The tiles of a conjugate, and what its operator is stationary for.
     *
     * @param logLaw log2 of D, up to a constant
     */
    record Weighted(ConjugateTiles tiles, double[] logLaw) {

        /** Of {@code P_ij = 2^(z_ij + v_j - L_i)} with z symmetric. */
        static Weighted of(double[] v, double[] logSums, Function<double[], ConjugateTiles> tiles) {
            return new Weighted(tiles.apply(potential(v, logSums)), law(v, logSums));
        }

        /** {@code u = (v - L) / 2}, which makes {@code 2^(z_ij + u_i + u_j)} the conjugate. */
        static double[] potential(double[] v, double[] logSums) {
            double[] u = new double[logSums.length];
            Arrays.setAll(u, i -> logSums[i] == Double.NEGATIVE_INFINITY ? logSums[i] : (own(v, i) - logSums[i]) / 2);
            return u;
        }

        /** {@code D = 2^(v + L)}. */
        static double[] law(double[] v, double[] logSums) {
            double[] law = new double[logSums.length];
            Arrays.setAll(law, i -> own(v, i) + logSums[i]);
            return law;
        }

        private static double own(double[] v, int i) {
            return v == null ? 0 : v[i];
        }
    }

    Conjugate(int size, boolean complex, Workers workers, Former former) {
        this(size, complex, workers, MEMORY, former);
    }

    private Conjugate(int size, boolean complex, Workers workers, long memory, Former former) {
        this.size = size;
        this.complex = complex;
        this.workers = workers;
        this.memory = memory;
        this.former = former;
    }

    /** Whether log-kernels of this many tokens are summed in double precision whatever their range. */
    static boolean exact(int size) {
        return size <= MAX_EXACT;
    }

    /**
     * With other memory for entries: those that need more are formed anew in each product.
     *
     * @param bytes 256 MiB unless set, enough for 11 500 tokens; at least 0
     */
    public Conjugate withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return new Conjugate(size, complex, workers, bytes, former);
    }

    /** With other workers than the scores'; results stay the same to the last bit. */
    public Conjugate withWorkers(Workers newWorkers) {
        return new Conjugate(size, complex, Objects.requireNonNull(newWorkers), memory, former);
    }

    /** The number of tokens, N. */
    public int size() {
        return size;
    }

    /** Whether it is Hermitian and has complex vectors. */
    public boolean complex() {
        return complex;
    }

    /** The length of a vector: N, or 2 N where it is complex. */
    public int length() {
        return complex ? 2 * size : size;
    }

    /**
     * {@code y_k = A x_k} for k from 0 to {@code count - 1}. Each x is rounded to float; the rounding error of a product is
     * below {@code 2e-7 sum_j |A_ij| |x_j|}.
     *
     * @param x vectors of {@link #length()} entries of magnitude up to 1e30
     * @param y receives as many; may be the arrays of x
     */
    public void apply(double[][] x, double[][] y, int count) {
        Checks.positive(count, "the number of vectors");
        for (int k = 0; k < count; k++) {
            Checks.size(x[k].length, length(), "entries of a vector");
            Checks.size(y[k].length, length(), "entries of a vector");
        }
        prepare();
        multiply(x, y, count);
    }

    private void multiply(double[][] x, double[][] y, int count) {
        int width = ConjugateProduct.width(complex);
        reserve((count + width - 1) / width);
        for (int k = 0; k < panels * width; k++) {
            product.take(k, k < count ? x[k] : null);
        }
        product.reverse();
        pieces.each(product.groups(), (place, scratch) -> product.multiply(place, scratch.product()));
        pieces.each(tiles.blocks(), (block, scratch) -> product.addGroups(block));
        for (int k = 0; k < count; k++) {
            product.give(k, y[k]);
        }
    }

    private void reserve(int wanted) {
        if (product == null || panels != wanted) {
            panels = wanted;
            product = new ConjugateProduct(tiles, stored, scale, wanted);
        }
    }

    /**
     * The law that the operator is stationary for, {@code pi_i = D_i / sum_k D_k}. Its roots are an eigenvector of a symmetric
     * conjugate, with eigenvalue 1. Where no token sees any, it is 0 throughout.
     */
    public double[] stationary() {
        prepare();
        double[] law = new double[size];
        double largest = Arrays.stream(logLaw).max().orElseThrow();
        double sum = 0;
        for (int i = 0; i < size && largest > Double.NEGATIVE_INFINITY; i++) {
            law[i] = Math.pow(2, logLaw[i] - largest);
            sum += law[i];
        }
        for (int i = 0; i < size && sum > 0; i++) {
            law[i] /= sum;
        }
        return law;
    }

    /** log D, up to a constant: the law where it is far below its largest entry. */
    public double[] logStationary() {
        prepare();
        return Potentials.natural(logLaw, 0);
    }

    /**
     * The number of connected components of the graph whose edges are the entries of at least {@code 2^-24 / N}: the others
     * together weigh less than the rounding of 1. So many eigenvalues of a symmetric conjugate are 1 within 2e-7.
     */
    public int components() {
        prepare();
        int[] count = new int[1];
        pieces.each(1, (only, scratch) -> count[0] = new Connections(tiles, stored, scale).count(scratch.conjugate()));
        return count[0];
    }

    /** Forms what is to be kept. */
    private void prepare() {
        if (logLaw != null) {
            return;
        }
        pieces = new HeadLoop.Pieces(workers.crew());
        ConjugateTiles unweighted = former.unweighted();
        if (unweighted != null) {
            store(unweighted);
            if (measure()) {
                return;
            }
        }
        Weighted weighted = former.weighted(pieces);
        store(weighted.tiles);
        logLaw = weighted.logLaw;
    }

    private void store(ConjugateTiles formed) {
        tiles = formed;
        stored = null;
        product = null;
        if (StoredTiles.bytes(formed) <= memory) {
            stored = new StoredTiles(formed);
            pieces.each(formed.blocks(), (block, scratch) -> stored.fill(block, scratch.conjugate()));
        }
    }

    /**
     * Measures row sums of the kernel {@code W_ij = a_ij 2^(-u_i - u_j)}, a being the tiles and u their potential, and from them
     * what makes the tiles the conjugate's; or finds that some number is no ordinary float, and returns false.
     */
    private boolean measure() {
        double[] u = new double[size];
        Arrays.setAll(u, tiles::potential);
        double[] logSums = logSums(u, null);
        if (logSums == null) {
            return false;
        }
        double[] v = former.alpha() == 0 ? null : Scaling.alphaPotential(logSums, former.alpha());
        double[] normalised = v == null ? logSums : logSums(u, v);
        if (normalised == null) {
            return false;
        }
        double[] potential = Weighted.potential(v, normalised);
        double[] factors = new double[size];
        Arrays.setAll(factors, i -> potential[i] - u[i]);
        if (!ordinary(factors)) {
            return false;
        }
        scale = powers(factors);
        logLaw = Weighted.law(v, normalised);
        product = null;
        return true;
    }

    /** {@code log2 sum_j W_ij 2^v_j}; null where a factor is no ordinary float, or a sum has lost what is below the range of floats. */
    private double[] logSums(double[] u, double[] v) {
        double[] factors = new double[size];
        Arrays.setAll(factors, j -> (v == null ? 0 : v[j]) - u[j]);
        if (!ordinary(factors)) {
            return null;
        }
        double[][] sums = {powers(factors)};
        multiply(sums, sums, 1);
        if (!Arrays.stream(sums[0]).allMatch(sum -> sum >= MIN_SUM && sum < Double.POSITIVE_INFINITY)) {
            return null;
        }
        double[] logSums = new double[size];
        Arrays.setAll(logSums, i -> Math.log(sums[0][i]) / Math.log(2) - u[i]);
        return logSums;
    }

    /** Whether powers of 2 are ordinary floats; minus infinity is that of 0. */
    private static boolean ordinary(double[] exponents) {
        return Arrays.stream(exponents).allMatch(e -> e == Double.NEGATIVE_INFINITY || Math.abs(e) <= MAX_LEVEL);
    }

    private static double[] powers(double[] exponents) {
        return Arrays.stream(exponents).map(e -> Math.pow(2, e)).toArray();
    }
}
