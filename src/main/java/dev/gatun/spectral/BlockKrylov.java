package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The largest eigenvalues of a self-adjoint matrix by the block method of Lanczos with full orthogonalisation and thick restarts
 * (Wu and Simon 2000): a block as wide as the number of eigenpairs finds each of several equal ones, which a single vector does
 * not, and has them all multiplied for one read of the matrix.
 *
 * <p>The start is the same at each solve. An eigenvector that is known is kept out of the space from the beginning.
 */
final class BlockKrylov {

    /** Blocks of a space before it is restarted, beside what is kept, at least. */
    private static final int MIN_BLOCKS = 6;

    /** Real vectors of a space, at most, but for these blocks. */
    private static final int MAX_VECTORS = 192;

    /** Real vectors that a product takes at no further cost. */
    private static final int PANEL = 8;

    /** The part of the tolerance that the residual in the space may take; the rest is for rounding. */
    private static final double SHARE = 0.5;

    /** What is left of a vector of length 1 when it lies in the space. */
    private static final double NOTHING = 1e-13;

    /** A vector that was made orthogonal twice is so if this much is left, and this part of what was taken off last. */
    private static final double SAFE = 1e-6;
    private static final double SAFE_PART = 0.1;

    /** A vector of length 1 that was made orthogonal is so if it has lost no more. */
    private static final double MAX_SHARE = 0.7;

    /** What decomposing a projected matrix costs beside a product, order cubed against length squared. */
    private static final double DECOMPOSITION = 8;

    /** Up to this order the matrix itself is decomposed. */
    private static final int SMALL = 256;

    private static final long SEED = 0x5EED;

    private final SelfAdjoint matrix;
    private final Basis known;
    private final Basis basis;
    private final int wanted;
    private final int block;
    private final int most;
    private final int dimensions;
    private final double tolerance;
    private final double target;
    private final double looseTarget;
    private final int mostProducts;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private double[][] projected;
    private double[][] next;
    private double[][] coupling;
    private int products;
    private int checked;

    /**
     * One more than asked for is found to within the closeness, where there is one, for it tells whether the last of a group is
     * the last.
     *
     * @param knownVector an eigenvector of the largest eigenvalue, of length 1, that is not looked for; or null
     */
    BlockKrylov(SelfAdjoint matrix, double[] knownVector, Eigenpairs options) {
        this.matrix = matrix;
        this.known = new Basis(matrix.length(), matrix.complex());
        this.basis = new Basis(matrix.length(), matrix.complex());
        if (knownVector != null) {
            known.add(knownVector);
        }
        int parts = basis.parts();
        this.dimensions = matrix.size() - known.size() / parts;
        this.wanted = options.count() - known.size() / parts;
        int panel = PANEL / parts;
        this.block = Math.min(dimensions, Math.max(1, (wanted + panel - 1) / panel) * panel);
        this.most = matrix.length() <= SMALL ? dimensions : Math.min(dimensions,
                Math.max(kept() + MIN_BLOCKS * block, roomy(matrix.length()) / parts));
        this.tolerance = options.tolerance();
        this.target = SHARE * options.tolerance();
        this.looseTarget = Math.max(target, SHARE * options.closeness());
        this.mostProducts = options.mostProducts();
        this.projected = new double[most * parts][most * parts];
    }

    /** Real vectors of a space that is decomposed in the time of a product. */
    private static int roomy(int length) {
        return (int) Math.min(MAX_VECTORS, Math.cbrt(square(length) / DECOMPOSITION));
    }

    /** Vectors that a restart keeps. */
    private int kept() {
        return Math.min(dimensions, wanted + block);
    }

    /** Products of the matrix with blocks so far. */
    int products() {
        return products;
    }

    /**
     * What was found: the vector that was known first, then others, their values descending up to rounding.
     *
     * @param known  how many were known
     * @param images the products of the matrix with the vectors
     * @param after  the value after these; minus infinity where there is none
     */
    record SolveBuffer(int known, double[][] vectors, double[][] images, double after) {
    }

    /** Finds vectors whose residuals are as small as asked, or as small as the products allowed make them. */
    SolveBuffer solve() {
        if (dimensions == 0) {
            return found(new double[0][], Double.NEGATIVE_INFINITY);
        }
        next = new double[block][];
        for (int k = 0; k < block; k++) {
            next[k] = fresh(k);
        }
        while (true) {
            RayleighRitz ritz = iterate();
            int count = Math.min(wanted, ritz.size());
            SolveBuffer found = found(vectors(ritz, count), count < ritz.size() ? ritz.values()[count] : Double.NEGATIVE_INFINITY);
            if (finished() || accurate(found)) {
                return found;
            }
            // Rounding of many restarts has added up: the projected matrix is measured anew.
            next = vectors(ritz, Math.min(kept(), ritz.size()));
            basis.clear();
            clearProjected();
        }
    }

    private boolean finished() {
        return next.length == 0 || products >= mostProducts;
    }

    /** The eigenpairs of the projected matrix, once they have converged in it. */
    private RayleighRitz iterate() {
        while (true) {
            extend();
            boolean full = basis.size() / basis.parts() + next.length > most;
            if (finished() || full || worthChecking()) {
                RayleighRitz ritz = RayleighRitz.of(projected, basis.size(), matrix.complex());
                checked = products;
                if (finished() || converged(ritz)) {
                    return ritz;
                }
                if (full) {
                    restart(ritz);
                }
            }
        }
    }

    private SolveBuffer found(double[][] others, double after) {
        int first = known.size() / known.parts();
        double[][] vectors = new double[first + others.length][];
        for (int k = 0; k < vectors.length; k++) {
            vectors[k] = k < first ? known.vector(k * known.parts()) : others[k - first];
        }
        double[][] images = new double[vectors.length][matrix.length()];
        matrix.apply(vectors, images, vectors.length);
        products++;
        return new SolveBuffer(first, vectors, images, after);
    }

    /** What was known is as accurate as it is. */
    private boolean accurate(SolveBuffer found) {
        for (int k = found.known; k < found.vectors.length; k++) {
            if (residual(found.vectors[k], found.images[k]) > tolerance) {
                return false;
            }
        }
        return true;
    }

    /** {@code |A x - <x, A x> x|}. */
    static double residual(double[] vector, double[] image) {
        double value = ColumnProducts.product(vector, image);
        double square = 0;
        for (int i = 0; i < vector.length; i++) {
            double difference = image[i] - value * vector[i];
            square += difference * difference;
        }
        return Math.sqrt(square);
    }

    /** Whether looking for eigenvalues costs an eighth of the products since it was done last, and may find them. */
    private boolean worthChecking() {
        double order = basis.size();
        return order >= basis.parts() * (wanted + 2 * block)
                && 8 * DECOMPOSITION * order * order * order <= (products - checked) * square(matrix.length());
    }

    private static double square(double x) {
        return x * x;
    }

    private boolean converged(RayleighRitz ritz) {
        if (ritz.size() < wanted) {
            return false;
        }
        for (int m = 0; m < wanted; m++) {
            if (residual(ritz.vectors()[m]) > target) {
                return false;
            }
        }
        return ritz.size() == wanted || residual(ritz.vectors()[wanted]) <= looseTarget;
    }

    /** The residual of a vector of the space: what the last block's products leave outside of it. */
    private double residual(double[] vector) {
        int from = vector.length - (coupling.length == 0 ? 0 : coupling[0].length);
        double square = 0;
        for (double[] row : coupling) {
            double sum = 0;
            for (int j = 0; j < row.length; j++) {
                sum += row[j] * vector[from + j];
            }
            square += sum * sum;
        }
        return Math.sqrt(square);
    }

    private double[][] vectors(RayleighRitz ritz, int count) {
        double[][] vectors = new double[count][];
        for (int m = 0; m < count; m++) {
            vectors[m] = basis.combination(ritz.vectors()[m]);
        }
        return vectors;
    }

    private void restart(RayleighRitz ritz) {
        double[][] vectors = vectors(ritz, kept());
        double[][] among = ritz.projected(projected, kept(), matrix.complex());
        basis.clear();
        clearProjected();
        for (double[] vector : vectors) {
            basis.add(vector);
        }
        for (int j = 0; j < among.length; j++) {
            System.arraycopy(among[j], 0, projected[j], 0, among.length);
        }
    }

    private void clearProjected() {
        for (double[] row : projected) {
            Arrays.fill(row, 0.0);
        }
    }

    /** Takes the next block into the space, multiplies it, and makes the one after it. */
    private void extend() {
        int from = basis.size();
        int parts = basis.parts();
        double[][] images = new double[next.length][matrix.length()];
        for (double[] vector : next) {
            basis.add(vector);
        }
        matrix.apply(next, images, next.length);
        products++;
        known.removeFrom(images);
        // Products have parts along the last two blocks alone, or along what a restart kept, and elsewhere what rounding leaves.
        double[][] coefficients = basis.removeFrom(Math.max(0, from - 2 * block * parts), images);
        known.removeFrom(images);
        double[][] rest = basis.removeFrom(images);
        for (int k = 0; k < images.length; k++) {
            double[] sum = coefficients[k];
            double[] more = rest[k];
            Arrays.setAll(sum, j -> sum[j] + more[j]);
            project(from + k * parts, sum);
        }
        makeNext(images);
    }

    /** Fills a column of the projected matrix, that of i times the vector as well, and the rows that mirror them. */
    private void project(int column, double[] coefficients) {
        if (matrix.complex()) {
            // <i v, A v> is 0, and what rounding leaves would tell a pair of equal eigenvalues apart.
            coefficients[column + 1] = 0;
        }
        set(column, coefficients);
        if (matrix.complex()) {
            set(column + 1, RayleighRitz.turned(coefficients));
        }
    }

    /** An entry that two columns have, of the block at hand, is the later one's. */
    private void set(int column, double[] coefficients) {
        for (int i = 0; i < coefficients.length; i++) {
            projected[i][column] = coefficients[i];
            projected[column][i] = coefficients[i];
        }
    }

    /** Orthonormal vectors of what products left outside of the space, and how the products are made of them. */
    private void makeNext(double[][] images) {
        int parts = basis.parts();
        int room = dimensions - basis.size() / parts;
        Basis made = new Basis(matrix.length(), matrix.complex());
        double[][] rows = new double[images.length][];
        for (int k = 0; k < images.length; k++) {
            double before = length(images[k]);
            double[] within = made.removeFrom(images[k])[0];
            double[] again = made.removeFrom(images[k])[0];
            double length = length(images[k]);
            boolean orthogonal = length > SAFE && length > SAFE_PART * before;
            double[] vector = made.size() / parts == room ? null : unit(images[k], length, orthogonal, made);
            rows[k] = new double[made.size() + (vector == null ? 0 : parts)];
            for (int j = 0; j < within.length; j++) {
                rows[k][j] = within[j] + again[j];
            }
            if (vector != null) {
                rows[k][within.length] = length;
                made.add(vector);
            }
        }
        next = new double[made.size() / parts][];
        Arrays.setAll(next, k -> made.vector(k * parts));
        coupling = new double[made.size()][images.length * parts];
        for (int k = 0; k < images.length; k++) {
            double[] column = Arrays.copyOf(rows[k], made.size());
            double[] turned = matrix.complex() ? RayleighRitz.turned(column) : null;
            for (int i = 0; i < made.size(); i++) {
                coupling[i][k * parts] = column[i];
                if (turned != null) {
                    coupling[i][k * parts + 1] = turned[i];
                }
            }
        }
    }

    /**
     * A vector of length 1 along what is left of an image, orthogonal to all; any other where nothing is left.
     *
     * @param orthogonal whether enough was left for it to be orthogonal as it is
     */
    private double[] unit(double[] image, double length, boolean orthogonal, Basis made) {
        double[] vector = image;
        double left = length;
        boolean done = orthogonal;
        while (!done) {
            if (left < NOTHING) {
                vector = random();
                left = length(vector);
            }
            scale(vector, 1 / left);
            known.removeFrom(vector);
            basis.removeFrom(vector);
            made.removeFrom(vector);
            left = length(vector);
            done = left > MAX_SHARE;
        }
        scale(vector, 1 / left);
        return vector;
    }

    /** A vector of the first block. */
    private double[] fresh(int k) {
        double[] vector = random();
        Basis earlier = new Basis(matrix.length(), matrix.complex());
        for (int j = 0; j < k; j++) {
            earlier.add(next[j]);
        }
        for (int pass = 0; pass < 3; pass++) {
            scale(vector, 1 / length(vector));
            known.removeFrom(vector);
            earlier.removeFrom(vector);
        }
        scale(vector, 1 / length(vector));
        return vector;
    }

    private double[] random() {
        return random.doubles(matrix.length(), -1, 1).toArray();
    }

    private static double length(double[] vector) {
        return Math.sqrt(ColumnProducts.product(vector, vector));
    }

    private static void scale(double[] vector, double factor) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= factor;
        }
    }
}
