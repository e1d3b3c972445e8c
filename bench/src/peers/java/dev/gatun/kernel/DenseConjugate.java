package dev.gatun.kernel;

import static org.bytedeco.openblas.global.openblas_full.CblasLower;
import static org.bytedeco.openblas.global.openblas_full.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_full.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_full.cblas_dgemv;
import static org.bytedeco.openblas.global.openblas_full.cblas_dsymv;
import static org.bytedeco.openblas.global.openblas_full.cblas_dsyr2k;
import static org.bytedeco.openblas.global.openblas_full.openblas_set_num_threads;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bytedeco.javacpp.DoublePointer;

/**
 * The symmetric conjugate {@code A = D^-1/2 W D^-1/2} of diffusion as a peer would have it: a dense matrix of doubles outside the
 * heap, formed and multiplied by OpenBLAS on the calling thread, with the JDK's exponential of vectors in between.
 *
 * <p>What lies on and below the diagonal is formed. It is read by {@code dsymv}, or copied to the other half for {@code dgemv} to
 * read the whole.
 */
public final class DenseConjugate implements AutoCloseable {

    private static final VectorSpecies<Double> LANES = DoubleVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final long CACHE_LINE = 64;
    private static final int SQUARE = 32;

    private final int tokens;
    private final int dimension;
    private final double scale;
    private final boolean whole;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment matrix;
    private final DoublePointer matrixPointer;
    private final DoublePointer q;
    private final DoublePointer k;
    private final DoublePointer x;
    private final DoublePointer y;
    private final double[] selfScores;
    private final double[] sums;
    private final double[] factors;

    /**
     * From queries and keys, {@code tokens x dimension}; the matrix is not formed yet.
     *
     * @param whole whether products read all of it
     */
    public DenseConjugate(float[] q, float[] k, int tokens, int dimension, double scale, boolean whole) {
        openblas_set_num_threads(1);
        this.whole = whole;
        this.tokens = tokens;
        this.dimension = dimension;
        this.scale = scale;
        this.matrix = allocate((long) tokens * tokens);
        this.matrixPointer = pointer(matrix);
        this.q = pointer(allocate(q.length).copyFrom(MemorySegment.ofArray(doubles(q))));
        this.k = pointer(allocate(k.length).copyFrom(MemorySegment.ofArray(doubles(k))));
        this.x = pointer(allocate(tokens));
        this.y = pointer(allocate(tokens));
        this.selfScores = new double[tokens];
        this.sums = new double[tokens];
        this.factors = new double[tokens];
    }

    private MemorySegment allocate(long entries) {
        return arena.allocate(entries * Double.BYTES, CACHE_LINE);
    }

    private static DoublePointer pointer(MemorySegment segment) {
        return new DoublePointer(segment.asByteBuffer().order(ORDER).asDoubleBuffer());
    }

    private static double[] doubles(float[] entries) {
        double[] doubles = new double[entries.length];
        Arrays.setAll(doubles, i -> entries[i]);
        return doubles;
    }

    /** Forms it: {@code W_ij = exp(s_ij + s_ji - s_ii - s_jj)}, and D are the sums of its rows. */
    public void form() {
        cblas_dsyr2k(CblasRowMajor, CblasLower, CblasNoTrans, tokens, dimension,
                scale, q, dimension, k, dimension, 0.0, matrixPointer, tokens);
        Arrays.setAll(selfScores, i -> get(i, i) / 2);
        Arrays.fill(sums, 0.0);
        for (int i = 0; i < tokens; i++) {
            sums[i] += exponentiate(i);
        }
        Arrays.setAll(factors, i -> 1 / Math.sqrt(sums[i]));
        for (int i = 0; i < tokens; i++) {
            scale(i);
        }
        if (whole) {
            mirror();
        }
    }

    /** Copies what lies below the diagonal above it, square by square. */
    private void mirror() {
        for (int row = 0; row < tokens; row += SQUARE) {
            for (int column = 0; column <= row; column += SQUARE) {
                for (int i = row; i < Math.min(tokens, row + SQUARE); i++) {
                    for (int j = column; j < Math.min(i, column + SQUARE); j++) {
                        set(j, i, get(i, j));
                    }
                }
            }
        }
    }

    private double get(int i, int j) {
        return matrix.getAtIndex(ValueLayout.JAVA_DOUBLE, index(i, j));
    }

    private void set(int i, int j, double entry) {
        matrix.setAtIndex(ValueLayout.JAVA_DOUBLE, index(i, j), entry);
    }

    private long index(int i, int j) {
        return (long) i * tokens + j;
    }

    /** Exponentiates row i up to the diagonal, adds it to the sums of its columns, and returns its own. */
    private double exponentiate(int i) {
        DoubleVector sum = DoubleVector.zero(LANES);
        int j = 0;
        for (; j <= i - LANES.length(); j += LANES.length()) {
            long at = index(i, j) * Double.BYTES;
            DoubleVector weights = DoubleVector.fromMemorySegment(LANES, matrix, at, ORDER)
                    .sub(DoubleVector.fromArray(LANES, selfScores, j)).sub(selfScores[i]).lanewise(VectorOperators.EXP);
            weights.intoMemorySegment(matrix, at, ORDER);
            weights.add(DoubleVector.fromArray(LANES, sums, j)).intoArray(sums, j);
            sum = sum.add(weights);
        }
        double rest = 0;
        for (; j < i; j++) {
            double weight = Math.exp(get(i, j) - selfScores[j] - selfScores[i]);
            set(i, j, weight);
            sums[j] += weight;
            rest += weight;
        }
        set(i, i, 1);
        return sum.reduceLanes(VectorOperators.ADD) + rest + 1;
    }

    /** Multiplies row i up to the diagonal by the factors of its row and columns. */
    private void scale(int i) {
        int j = 0;
        for (; j <= i + 1 - LANES.length(); j += LANES.length()) {
            long at = index(i, j) * Double.BYTES;
            DoubleVector.fromMemorySegment(LANES, matrix, at, ORDER)
                    .mul(DoubleVector.fromArray(LANES, factors, j)).mul(factors[i]).intoMemorySegment(matrix, at, ORDER);
        }
        for (; j <= i; j++) {
            set(i, j, get(i, j) * factors[j] * factors[i]);
        }
    }

    /** Multiplies the vector that begins at {@code from}, and puts the product where {@code to} says. */
    public void multiply(double[] vectors, int from, int to) {
        x.put(vectors, from, tokens);
        if (whole) {
            cblas_dgemv(CblasRowMajor, CblasNoTrans, tokens, tokens, 1.0, matrixPointer, tokens, x, 1, 0.0, y, 1);
        } else {
            cblas_dsymv(CblasRowMajor, CblasLower, tokens, 1.0, matrixPointer, tokens, x, 1, 0.0, y, 1);
        }
        y.get(vectors, to, tokens);
    }

    /** All entries, those above the diagonal as well, row after row. */
    public double[] toArray() {
        double[] entries = new double[tokens * tokens];
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j <= i; j++) {
                entries[i * tokens + j] = get(i, j);
                entries[j * tokens + i] = get(i, j);
            }
        }
        return entries;
    }

    @Override
    public void close() {
        arena.close();
    }
}
