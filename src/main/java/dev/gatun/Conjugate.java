package dev.gatun;

import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.operator.ConjugateEntries;
import dev.gatun.internal.operator.ConjugateFormer;
import dev.gatun.internal.operator.NormalisedTiles;
import dev.gatun.internal.rows.ConjugateRequest;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Machines;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.Connections;
import dev.gatun.kernel.pass.DenseEntries;
import dev.gatun.kernel.pass.StoredTiles;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * The symmetric conjugate of one head's reversible operator, {@code A = D^1/2 P D^-1/2 = D^-1/2 W D^-1/2}, or the Hermitian one
 * of magnetic diffusion, {@code D^-1/2 H D^-1/2}: what eigenvectors are computed of (Coifman and Lafon 2006, Fanuel et al. 2017).
 * Made by {@link KernelOperator#conjugate(int)}.
 *
 * <p>Entries are formed in the log domain, {@code exp(z_ij + u_i + u_j)}, so that no kernel overflows, and rounded to float. Of
 * two that mirror each other one is computed: the matrix is symmetric to the last bit. Where they fit into the memory given, half
 * of them are stored from the first product on; else each product forms them anew. Products are the same to the last bit either way
 * and for any number of workers.
 *
 * <p>A vector of a Hermitian conjugate is an array of {@code 2 N} doubles, N real parts before N imaginary ones. Not for use by
 * two threads at once.
 */
public final class Conjugate {

    /** Factors of tiles in single precision lie within 2 to this power, and its inverse. */
    private static final double MAX_LEVEL = 80;

    /** A sum from here on has lost nothing that counts. */
    private static final double MIN_SUM = 0x1p-90;

    /** Bytes of stored entries by default. */
    private static final long MEMORY = 256L << 20;

    static {
        ConjugateEntries.OF_CONJUGATE.cut(conjugate -> ((Conjugate) conjugate)::copy);
    }

    private final int size;
    private final boolean complex;
    private final Workers workers;
    private final long memory;
    private final ConjugateFormer former;
    private HeadLoop.Pieces pieces;
    private ConjugateTiles tiles;
    private HeadSource<ConjugateTiles> source;
    private StoredTiles stored;
    private double[] scale;
    private double[] logStationary;
    private ConjugateProduct product;
    private int panels;

    Conjugate(int size, boolean complex, Workers workers, ConjugateFormer former) {
        this(size, complex, workers, MEMORY, former);
    }

    private Conjugate(int size, boolean complex, Workers workers, long memory, ConjugateFormer former) {
        this.size = size;
        this.complex = complex;
        this.workers = workers;
        this.memory = memory;
        this.former = former;
    }

    /**
     * With other memory for entries: those that need more are formed anew in each product.
     *
     * @param bytes 256 MiB unless set, enough for 11 500 tokens; at least 0
     * @return the same conjugate with it
     */
    public Conjugate withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return new Conjugate(size, complex, workers, bytes, former);
    }

    /**
     * With other workers than the scores'; results stay the same to the last bit.
     *
     * @param newWorkers the workers of products
     * @return the same conjugate with them
     */
    public Conjugate withWorkers(Workers newWorkers) {
        return new Conjugate(size, complex, Objects.requireNonNull(newWorkers), memory, former);
    }

    /** {@return the number of tokens, N} */
    public int size() {
        return size;
    }

    /** {@return whether it is Hermitian and has complex vectors} */
    public boolean complex() {
        return complex;
    }

    /** {@return the length of a vector: N, or 2 N where it is complex} */
    public int length() {
        return complex ? 2 * size : size;
    }

    /**
     * {@code y_k = A x_k} for k from 0 to {@code count - 1}. Each x is rounded to float; the rounding error of a product is
     * below {@code 2e-7 sum_j |A_ij| |x_j|}.
     *
     * @param x     vectors of {@link #length()} entries of magnitude up to 1e30
     * @param y     receives as many; may be the arrays of x
     * @param count how many vectors, at least 1
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
        if (machines() == null) {
            product.reverse();
            pieces.each(product.groups(), (place, scratch) -> product.multiply(place, scratch.product()));
            pieces.each(tiles.blocks(), (block, scratch) -> product.addGroups(block));
        } else {
            multiplyElsewhere(Arrays.copyOf(x, count));
        }
        for (int k = 0; k < count; k++) {
            product.give(k, y[k]);
        }
    }

    private void reserve(int wanted) {
        if (product == null || panels != wanted) {
            panels = wanted;
            product = machines() == null ? new ConjugateProduct(tiles, stored, scale, wanted)
                    : ConjugateProduct.ofSomeParts(tiles, scale, wanted);
        }
    }

    /** Other machines that compute products; null if this one does, as it does of few tokens. */
    private Machines machines() {
        return ConjugateFormer.isExact(size) ? null : pieces.machines();
    }

    private void multiplyElsewhere(double[][] x) {
        List<PartSums> sums = new ArrayList<>();
        for (Serializable result : machines().run(new ConjugateRequest(source, scale, x), product.parts())) {
            sums.addAll(List.of((PartSums[]) result));
        }
        product.put(PartSums.total(sums, product.parts()));
    }

    /**
     * {@return the stationary distribution of the operator, {@code pi_i = D_i / sum_k D_k}} Its roots are an eigenvector of a
     * symmetric conjugate, with eigenvalue 1. Where no token sees any, it is 0 throughout.
     */
    public double[] stationary() {
        prepare();
        double[] stationary = new double[size];
        double largest = Arrays.stream(logStationary).max().orElseThrow();
        double sum = 0;
        for (int i = 0; i < size && largest > Double.NEGATIVE_INFINITY; i++) {
            stationary[i] = LogTwo.exp2(logStationary[i] - largest);
            sum += stationary[i];
        }
        for (int i = 0; i < size && sum > 0; i++) {
            stationary[i] /= sum;
        }
        return stationary;
    }

    /**
     * {@code log D}, up to a constant: the logarithms of the stationary distribution, also of entries far below the largest.
     *
     * @return N natural logarithms; minus infinity of an empty row
     */
    public double[] logStationary() {
        prepare();
        return Potentials.natural(logStationary, 0);
    }

    /**
     * {@return the number of connected components of the graph whose edges are the entries of at least {@code 2^-24 / N}: the
     * others together weigh less than the rounding of 1} So many eigenvalues of a symmetric conjugate are 1 within 2e-7.
     */
    public int components() {
        prepare();
        int[] count = new int[1];
        pieces.each(1, (only, scratch) -> count[0] = new Connections(tiles, stored, scale).count(scratch.conjugate()));
        return count[0];
    }

    private void copy(double[] real, double[] imaginary, int stride) {
        prepare();
        DenseEntries entries = new DenseEntries(tiles, stored, scale);
        pieces.each(tiles.blocks(), (block, scratch) -> entries.copy(block, scratch.conjugate(), real, imaginary, stride));
    }

    /** Forms the tiles, and stores them where they fit. */
    private void prepare() {
        if (logStationary != null) {
            return;
        }
        pieces = new HeadLoop.Pieces(workers.crew());
        ConjugateTiles unnormalised = former.unnormalised();
        if (unnormalised != null) {
            store(unnormalised, former.source());
            if (measure()) {
                return;
            }
        }
        NormalisedTiles normalised = former.normalised(pieces);
        store(normalised.tiles(), normalised.source());
        logStationary = normalised.logStationary();
    }

    private void store(ConjugateTiles formed, HeadSource<ConjugateTiles> newSource) {
        tiles = formed;
        source = newSource;
        stored = null;
        product = null;
        if (machines() == null && StoredTiles.bytes(formed) <= memory) {
            stored = new StoredTiles(formed);
            pieces.each(formed.blocks(), (block, scratch) -> stored.fill(block, scratch.conjugate()));
        } else {
            for (int block = 0; block < formed.blocks(); block++) {
                formed.dropScores(block);
            }
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
        double[] potential = NormalisedTiles.potential(v, normalised);
        double[] factors = new double[size];
        Arrays.setAll(factors, i -> potential[i] - u[i]);
        if (!ordinary(factors)) {
            return false;
        }
        scale = powers(factors);
        logStationary = NormalisedTiles.logStationary(v, normalised);
        product = null;
        return true;
    }

    /** {@code log2 sum_j W_ij 2^v_j}; null where a factor is no ordinary float, or a sum is too small to have kept its terms. */
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
        Arrays.setAll(logSums, i -> LogTwo.log2(sums[0][i]) - u[i]);
        return logSums;
    }

    /** Whether powers of 2 are ordinary floats; minus infinity is that of 0. */
    private static boolean ordinary(double[] exponents) {
        return Arrays.stream(exponents).allMatch(e -> e == Double.NEGATIVE_INFINITY || Math.abs(e) <= MAX_LEVEL);
    }

    private static double[] powers(double[] exponents) {
        return Arrays.stream(exponents).map(LogTwo::exp2).toArray();
    }
}
