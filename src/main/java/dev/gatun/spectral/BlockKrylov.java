package dev.gatun.spectral;

import dev.gatun.kernel.ColumnProducts;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The largest eigenvalues of a self-adjoint matrix A, {@code A x = lambda x}, by a block Lanczos method with full orthogonalisation and
 * thick restarts (Wu and Simon 2000).
 *
 * <p>A block as wide as the number of eigenpairs finds every one of several equal eigenvalues, which a single vector does not, and takes
 * one read of the matrix per block. The start vectors are the same at each solve. A known eigenvector is kept out of the space.
 */
final class BlockKrylov {

    /** The minimum number of blocks that are added to the kept vectors before a restart. */
    private static final int MIN_BLOCKS = 8;

    /** The maximum number of real vectors of a space that has at least these blocks. */
    private static final int MAX_VECTORS = 192;

    /** Real vectors per product: fewer take as long. */
    private static final int PANEL = 8;

    /** The part of the tolerance for the residual in the space. The rest is for rounding. */
    private static final double SHARE = 0.5;

    /** The length below which the part of a vector of length 1 outside the space is rounding. */
    private static final double NEGLIGIBLE = 1e-13;

    /** The length above which a product is orthogonal after two passes. */
    private static final double MIN_LENGTH = 1e-6;

    /** The same, as a part of its length before the passes. */
    private static final double MIN_PART = 0.1;

    /** The length, as a part of that before a pass, above which a vector is orthogonal after the pass. */
    private static final double MIN_UNIT_LENGTH = 0.7;

    /** The square of the length of vectors divided by the cube of the number of vectors of a space. */
    private static final double SQUARE_TO_CUBE = 8;

    /** The part of the predicted products after which residuals are computed again. */
    private static final double EARLY = 0.75;

    private static final long SEED = 0x5EED;

    private final SelfAdjoint matrix;
    private final Basis known;
    private final Basis basis;
    private final int wanted;
    private final int block;
    private final int maxVectors;
    private final int dimensions;
    private final double tolerance;
    private final double target;
    private final double looseTarget;
    private final int maxProducts;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Projection projection;
    private double[][] next;
    private int products;
    /** The number of products at the last check, the largest residual there relative to its target, and the number at the next. */
    private int checked;
    private double lastExcess;
    private int nextCheck;

    /**
     * Prepares a solve. One eigenvalue more than requested is found to within the closeness, if there is one, to tell whether the last
     * group is complete.
     *
     * @param knownVector an eigenvector of the largest eigenvalue, of length 1; null if none is known
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
        this.maxVectors = Math.min(dimensions, Math.max(kept() + MIN_BLOCKS * block, spaceOf(matrix.length()) / parts));
        this.tolerance = options.tolerance();
        this.target = SHARE * options.tolerance();
        this.looseTarget = Math.max(target, SHARE * options.closeness());
        this.maxProducts = options.maxProducts();
        this.projection = new Projection(maxVectors * parts, matrix.complex());
    }

    /** The number of real vectors of a space: products of a long vector cost more than orthogonalisation. */
    private static int spaceOf(int length) {
        return (int) Math.min(MAX_VECTORS, StrictMath.cbrt((double) length * length / SQUARE_TO_CUBE));
    }

    /** The number of vectors that a restart keeps. */
    private int kept() {
        return Math.min(dimensions, wanted + block);
    }

    /** The number of products of the matrix with blocks so far. */
    int products() {
        return products;
    }

    /**
     * Approximate eigenvectors: the known one first, then the others with descending eigenvalues, up to rounding.
     *
     * @param known   the number of known vectors, 0 or 1
     * @param vectors the vectors, of length 1
     * @param images  the products of the matrix with the vectors
     * @param after   the next eigenvalue; minus infinity if there is none
     */
    record RitzVectors(int known, double[][] vectors, double[][] images, double after) {
    }

    /** The eigenvectors, with residuals within the tolerance unless the maximum number of products is reached. */
    RitzVectors solve() {
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
            RitzVectors found = found(vectors(ritz, count), count < ritz.size() ? ritz.values()[count] : Double.NEGATIVE_INFINITY);
            if (finished() || accurate(found)) {
                return found;
            }
            // The rounding of many restarts has added up: start again from the vectors found.
            next = vectors(ritz, Math.min(kept(), ritz.size()));
            basis.clear();
            projection.clear();
        }
    }

    private boolean finished() {
        return next.length == 0 || products >= maxProducts;
    }

    /** The eigenpairs of the projected matrix at convergence. */
    private RayleighRitz iterate() {
        while (true) {
            extend();
            boolean full = basis.size() / basis.parts() + next.length > maxVectors;
            if (finished() || full || worthChecking()) {
                RayleighRitz ritz = projection.eigenpairs(basis.size(), full ? Math.max(kept(), wanted + 1) : wanted + 1);
                double excess = excess(ritz);
                if (finished() || excess <= 1) {
                    return ritz;
                }
                schedule(excess);
                if (full) {
                    restart(ritz);
                }
            }
        }
    }

    private RitzVectors found(double[][] others, double after) {
        int first = known.size() / known.parts();
        double[][] vectors = new double[first + others.length][];
        for (int k = 0; k < vectors.length; k++) {
            vectors[k] = k < first ? known.vector(k) : others[k - first];
        }
        double[][] images = new double[vectors.length][matrix.length()];
        matrix.apply(vectors, images, vectors.length);
        products++;
        return new RitzVectors(first, vectors, images, after);
    }

    /** Whether all residuals but that of the known vector are within the tolerance. */
    private boolean accurate(RitzVectors found) {
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

    /** Whether the space is large enough and the eigenvalues may have been found. */
    private boolean worthChecking() {
        return products >= nextCheck && basis.size() >= basis.parts() * (wanted + 2 * block);
    }

    /** Sets the next check to {@link #EARLY} of the products that are left if residuals go on to fall as fast; the second one soon. */
    private void schedule(double excess) {
        double rate = StrictMath.log(lastExcess / excess) / (products - checked);
        double left = rate > 0 ? StrictMath.log(excess) / rate : Double.POSITIVE_INFINITY;
        double after = lastExcess == 0 ? 2 : Math.max(1, Math.ceil(EARLY * left));
        nextCheck = (int) Math.min(Integer.MAX_VALUE, products + after);
        checked = products;
        lastExcess = excess;
    }

    /** The largest residual relative to its target: at most 1 at convergence. */
    private double excess(RayleighRitz ritz) {
        double excess = ritz.size() < wanted ? Double.POSITIVE_INFINITY : 0;
        for (int m = 0; m < Math.min(wanted + 1, ritz.size()); m++) {
            excess = Math.max(excess, projection.residual(ritz.vectors()[m]) / (m < wanted ? target : looseTarget));
        }
        return excess;
    }

    private double[][] vectors(RayleighRitz ritz, int count) {
        return basis.combinations(Arrays.copyOf(ritz.vectors(), count));
    }

    private void restart(RayleighRitz ritz) {
        double[][] vectors = vectors(ritz, kept());
        projection.restart(projection.on(ritz, kept()));
        basis.clear();
        for (double[] vector : vectors) {
            basis.add(vector);
        }
    }

    /** Adds the next block to the space, multiplies it, and makes the block after it. */
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
        // Apart from rounding, products have components along the last two blocks or the kept vectors only.
        double[][] coefficients = basis.removeFrom(Math.max(0, from / parts - 2 * block), images);
        known.removeFrom(images);
        double[][] rest = basis.removeFrom(images);
        for (int k = 0; k < images.length; k++) {
            double[] sum = coefficients[k];
            double[] more = rest[k];
            Arrays.setAll(sum, j -> sum[j] + more[j]);
            projection.setColumn(from + k * parts, sum);
        }
        makeNext(images);
    }

    /** The next block, orthonormal vectors of the products' parts outside the space, and the products' coefficients in it. */
    private void makeNext(double[][] images) {
        int parts = basis.parts();
        int free = dimensions - basis.size() / parts;
        Basis made = new Basis(matrix.length(), matrix.complex());
        double[][] coefficients = new double[images.length][];
        for (int k = 0; k < images.length; k++) {
            double before = length(images[k]);
            double[] within = made.removeFrom(images[k])[0];
            double length = length(images[k]);
            if (length < MIN_UNIT_LENGTH * before) {
                double[] again = made.removeFrom(images[k])[0];
                Arrays.setAll(within, j -> within[j] + again[j]);
                length = length(images[k]);
            }
            boolean orthogonal = length > MIN_LENGTH && length > MIN_PART * before;
            double[] vector = made.size() / parts == free ? null : unit(images[k], length, orthogonal, made);
            coefficients[k] = new double[made.size() + (vector == null ? 0 : parts)];
            System.arraycopy(within, 0, coefficients[k], 0, within.length);
            if (vector != null) {
                coefficients[k][within.length] = length;
                made.add(vector);
            }
        }
        next = new double[made.size() / parts][];
        Arrays.setAll(next, k -> made.vector(k));
        projection.couple(coefficients, made.size());
    }

    /**
     * A vector of length 1 along the rest of a product, orthogonal to the space and the new block; a random direction if the rest is
     * rounding.
     *
     * @param orthogonal whether the rest is long enough to be orthogonal without another pass
     */
    private double[] unit(double[] image, double length, boolean orthogonal, Basis made) {
        double[] vector = image;
        double left = length;
        boolean done = orthogonal;
        while (!done) {
            if (left < NEGLIGIBLE) {
                vector = random();
                left = length(vector);
            }
            scale(vector, 1 / left);
            known.removeFrom(vector);
            basis.removeFrom(vector);
            made.removeFrom(vector);
            left = length(vector);
            done = left > MIN_UNIT_LENGTH;
        }
        scale(vector, 1 / left);
        return vector;
    }

    /** Vector k of the first block: random, and orthogonal to the known vector and to those before it. */
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
