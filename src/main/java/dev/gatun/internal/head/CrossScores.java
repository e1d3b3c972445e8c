package dev.gatun.internal.head;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Queries and keys of new tokens beside those of one head, and the log-kernels from a new token x to a token j of the head, in
 * units of log 2. Where scores have a bias of single entries, the new tokens must be those of the head itself.
 *
 * @param newQ queries of the new tokens, {@code rows x d}
 * @param newK their keys
 * @param mask the tokens of the head that each new token sees
 */
public record CrossScores(int rows, float[] newQ, float[] newK, HeadScores head, Mask mask) {

    /** {@code -beta d(x, j)}. */
    public LogKernel symmetric(double growth) {
        return addBackward(addForward(empty(2 * head.d()))).build(Normalised.ROWS, growth);
    }

    /** As above, in double precision: for potentials that are no factors. */
    public LogKernel symmetric() {
        return addBackward(addForward(empty(2 * head.d()))).build(Normalised.BOTH);
    }

    /** {@code -beta d>(x, j) = beta (s_xj - s_xx)}. */
    public LogKernel forward(Normalised normalised) {
        return addForward(empty(head.d())).build(normalised);
    }

    /** {@code -beta d<(x, j) = beta (s_jx - s_jj)}. */
    public LogKernel backward(Normalised normalised) {
        return addBackward(empty(head.d())).build(normalised);
    }

    /** How far apart the two and their offsets can be. */
    public double magneticRange() {
        return addForward(empty(head.d())).range(Normalised.BOTH) + addBackward(empty(head.d())).range(Normalised.BOTH);
    }

    /**
     * Refuses tokens of which none of the packed sequences is known.
     *
     * @throws IllegalArgumentException if one is not a token of the head
     */
    public void requireOwn() {
        int[] own = own();
        for (int x = 0; x < rows; x++) {
            if (own[x] < 0) {
                throw new IllegalArgumentException("new token %s belongs to none of the packed sequences".formatted(x));
            }
        }
    }

    /** For each new token the token of the head with the same query and key, at the same place if it can be; -1 for none. */
    public int[] own() {
        Map<Vectors, Integer> places = new HashMap<>();
        for (int i = head.rows() - 1; i >= 0; i--) {
            places.put(Vectors.of(head.q(), head.k(), i, head.d()), i);
        }
        int[] own = new int[rows];
        for (int x = 0; x < rows; x++) {
            Vectors vectors = Vectors.of(newQ, newK, x, head.d());
            boolean same = x < head.rows() && vectors.equals(Vectors.of(head.q(), head.k(), x, head.d()));
            own[x] = same ? x : places.getOrDefault(vectors, -1);
        }
        return own;
    }

    /** A token's query and key. */
    private record Vectors(float[] entries) {

        /** Zeros of either sign are the same. */
        static Vectors of(float[] q, float[] k, int token, int d) {
            float[] entries = new float[2 * d];
            for (int c = 0; c < d; c++) {
                entries[c] = q[token * d + c] + 0f;
                entries[d + c] = k[token * d + c] + 0f;
            }
            return new Vectors(entries);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Vectors vectors && Arrays.equals(entries, vectors.entries);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(entries);
        }
    }

    private LogKernelBuilder empty(int inner) {
        return new LogKernelBuilder(rows, head.columns(), inner).mask(mask);
    }

    private LogKernelBuilder addForward(LogKernelBuilder to) {
        if (head.d() > 0) {
            to.addScores(newQ, head.k(), head.d(), head.weight());
        }
        to.addRowSelfScores(newQ, newK, head.d(), -head.weight());
        if (head.bias() != null) {
            head.bias().addTo(to, head.biasWeight(), 0);
            to.addRowTerms(head.bias().diagonal(), -head.biasWeight());
        }
        return to;
    }

    private LogKernelBuilder addBackward(LogKernelBuilder to) {
        if (head.d() > 0) {
            to.addScores(newK, head.q(), head.d(), head.weight());
        }
        to.addColumnSelfScores(head.q(), head.k(), head.d(), -head.weight());
        if (head.bias() != null) {
            head.bias().addTo(to, 0, head.biasWeight());
            to.addColumnTerms(head.bias().diagonal(), -head.biasWeight());
        }
        return to;
    }
}
