package dev.gatun;

import dev.gatun.kernel.Connections;
import dev.gatun.kernel.ConjugateProduct;
import dev.gatun.kernel.ConjugateTiles;
import dev.gatun.kernel.StoredTiles;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;

/**
 * The symmetric conjugate of one head's reversible operator, {@code A = D^1/2 P D^-1/2 = D^-1/2 W D^-1/2}, or the Hermitian one
 * of magnetic diffusion, {@code D^-1/2 H D^-1/2} (math.md 3 and 4): what eigenvectors are computed of. Made by
 * {@link Operator#conjugate(int)} and {@link MagneticOperator#conjugate(int)}.
 *
 * <p>Entries are formed in the log domain, {@code exp(z_ij + u_i + u_j)}, so that no kernel overflows, and rounded to float. Of
 * two that mirror each other one is computed: the matrix is symmetric to the last bit. Where they fit into the memory given,
 * half of them are kept in native memory, until {@link #close()}; else they are formed anew in each product. Products are the
 * same to the last bit either way and for any number of workers.
 *
 * <p>A vector of a Hermitian conjugate is an array of {@code 2 N} doubles, N real parts before N imaginary ones. Not for use by
 * two threads at once.
 */
public final class Conjugate implements AutoCloseable {

    /** Up to this size log-kernels are always summed in double precision. */
    private static final int MOST_EXACT = 1024;

    /** Bytes of entries that are kept unless said otherwise. */
    static final long MEMORY = 256L << 20;

    private final int size;
    private final boolean complex;
    private final Workers workers;
    private final Function<HeadLoop.Pieces, Weighted> former;
    private long memory = MEMORY;
    private HeadLoop.Pieces pieces;
    private Weighted weighted;
    private Arena arena;
    private StoredTiles stored;
    private ConjugateProduct product;
    private int panels;
    private boolean closed;

    /**
     * The tiles of a conjugate, and what its operator is stationary for.
     *
     * @param logLaw log2 of D, up to a constant
     */
    record Weighted(ConjugateTiles tiles, double[] logLaw) {

        /** Of {@code P_ij = 2^(z_ij + v_j - L_i)} with z symmetric: {@code u = (v - L) / 2} and {@code D = 2^(v + L)}. */
        static Weighted of(double[] v, double[] logSums, Function<double[], ConjugateTiles> tiles) {
            double[] u = new double[logSums.length];
            double[] logLaw = new double[logSums.length];
            for (int i = 0; i < u.length; i++) {
                double own = v == null ? 0 : v[i];
                boolean empty = logSums[i] == Double.NEGATIVE_INFINITY;
                u[i] = empty ? Double.NEGATIVE_INFINITY : (own - logSums[i]) / 2;
                logLaw[i] = own + logSums[i];
            }
            return new Weighted(tiles.apply(u), logLaw);
        }
    }

    /**
     * @param former forms the tiles, from copies, on any thread
     */
    Conjugate(int size, boolean complex, Workers workers, Function<HeadLoop.Pieces, Weighted> former) {
        this.size = size;
        this.complex = complex;
        this.workers = workers;
        this.former = former;
    }

    /** Whether log-kernels of this many tokens are summed in double precision whatever their range. */
    static boolean exact(int size) {
        return size <= MOST_EXACT;
    }

    /**
     * Sets what entries may be kept in: those that need more are formed anew in each product. To be called before the first one.
     *
     * @param bytes 256 MiB unless set, enough for 11 500 tokens; at least 0
     */
    public Conjugate withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must be at least 0 bytes, not " + bytes);
        }
        if (weighted != null) {
            throw new IllegalStateException("memory is set before the first product");
        }
        memory = bytes;
        return this;
    }

    /** With other workers than the scores'; results stay the same to the last bit. To be called before the first product. */
    public Conjugate withWorkers(Workers newWorkers) {
        if (weighted != null) {
            throw new IllegalStateException("workers are set before the first product");
        }
        return new Conjugate(size, complex, Objects.requireNonNull(newWorkers), former).withMemory(memory);
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
        prepare();
        int width = complex ? ConjugateProduct.WIDTH / 2 : ConjugateProduct.WIDTH;
        reserve((count + width - 1) / width);
        for (int k = 0; k < panels * width; k++) {
            product.take(k, k < count ? requireLength(x[k]) : null);
        }
        pieces.each(product.groups(), (group, scratch) -> product.multiply(group, scratch.product()));
        pieces.each(weighted.tiles.blocks(), (block, scratch) -> product.addGroups(block));
        for (int k = 0; k < count; k++) {
            product.give(k, requireLength(y[k]));
        }
    }

    private double[] requireLength(double[] vector) {
        Checks.size(vector.length, length(), "entries of a vector");
        return vector;
    }

    /**
     * The law that the operator is stationary for, {@code pi_i = D_i / sum_k D_k}. Its roots are an eigenvector of a symmetric
     * conjugate, with eigenvalue 1. Where no token sees any, it is 0 throughout.
     */
    public double[] law() {
        prepare();
        double[] law = new double[size];
        double largest = Arrays.stream(weighted.logLaw).max().orElseThrow();
        double sum = 0;
        for (int i = 0; i < size && largest > Double.NEGATIVE_INFINITY; i++) {
            law[i] = Math.pow(2, weighted.logLaw[i] - largest);
            sum += law[i];
        }
        for (int i = 0; i < size && sum > 0; i++) {
            law[i] /= sum;
        }
        return law;
    }

    /**
     * log D, up to a constant: what {@code sqrt(D)} is for tokens whose weight is far below the largest.
     */
    public double[] logLaw() {
        prepare();
        return Potentials.natural(weighted.logLaw, 0);
    }

    /**
     * The number of connected components of the graph whose edges are the entries of at least {@code 2^-24 / N}: the others
     * together weigh less than the rounding of 1. So many eigenvalues of a symmetric conjugate are 1 within 2e-7.
     */
    public int components() {
        prepare();
        int[] count = new int[1];
        pieces.each(1, (only, scratch) -> count[0] = new Connections(weighted.tiles, stored).count(scratch.conjugate()));
        return count[0];
    }

    /** Forms what is to be kept. */
    private void prepare() {
        if (closed) {
            throw new IllegalStateException("the conjugate is closed");
        }
        if (weighted != null) {
            return;
        }
        pieces = new HeadLoop.Pieces(workers);
        Weighted formed = former.apply(pieces);
        if (StoredTiles.bytes(formed.tiles) <= memory) {
            arena = Arena.ofShared();
            stored = new StoredTiles(formed.tiles, arena);
            pieces.each(formed.tiles.blocks(), (block, scratch) -> stored.fill(block, scratch.conjugate()));
        }
        weighted = formed;
    }

    private void reserve(int wanted) {
        if (product == null || panels != wanted) {
            panels = wanted;
            product = new ConjugateProduct(weighted.tiles, stored, wanted);
        }
    }

    /** Gives back the memory of its entries. */
    @Override
    public void close() {
        closed = true;
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }
}
