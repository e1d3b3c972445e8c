package dev.gatun.laws;

import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Where chains come from: each of random numbers of a try alone, and shrunk to fewer states and whole weights. */
public final class ChainArbitrary {

    /** What a chain is like. */
    private enum Kind {
        /** All steps about as likely. */
        DENSE,
        /** Steps of weights over many powers of ten. */
        WIDE,
        /** Few steps, and a way round that visits all. */
        SPARSE,
        /** A ring that runs one way rather than the other. */
        RING,
        /** Clusters that are hardly ever left. */
        SLOW
    }

    private ChainArbitrary() {
    }

    /** Irreducible chains: dense, of a wide range, sparse, rings, slow clusters. */
    static Arbitrary<Chain> any() {
        return Arbitraries.fromGenerator(random -> new ShrinkableChain(any(random), chain -> true));
    }

    /** Chains of symmetric weights, which are in detailed balance. */
    static Arbitrary<Chain> reversible() {
        Predicate<Chain> symmetric = ChainArbitrary::isSymmetric;
        return Arbitraries.fromGenerator(random -> new ShrinkableChain(symmetrised(any(random)), symmetric));
    }

    private static Chain any(Random random) {
        Kind[] kinds = Kind.values();
        Kind kind = kinds[random.nextInt(kinds.length)];
        int n = 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 9);
        double[][] weights = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                weights[i][j] = weight(kind, random, i, j, n);
            }
            weights[i][(i + 1) % n] += kind == Kind.SPARSE ? 1 : 0;
        }
        return new Chain(weights);
    }

    private static double weight(Kind kind, Random random, int i, int j, int n) {
        return switch (kind) {
            case DENSE -> 0.5 + random.nextDouble();
            case WIDE -> Math.pow(10, -12 * random.nextDouble());
            case SPARSE -> random.nextInt(4) == 0 ? random.nextDouble() : 0;
            case RING -> j == (i + 1) % n ? 2 : i == (j + 1) % n ? 1 : 0;
            case SLOW -> i % 3 == j % 3 ? 1 : 1e-7 * (1 + random.nextInt(3));
        } + (n == 1 ? 1 : 0);
    }

    private static Chain symmetrised(Chain chain) {
        double[][] weights = chain.weights();
        double[][] symmetric = new double[weights.length][weights.length];
        for (int i = 0; i < weights.length; i++) {
            for (int j = 0; j < weights.length; j++) {
                symmetric[i][j] = weights[i][j] + weights[j][i];
            }
        }
        return new Chain(symmetric);
    }

    private static boolean isSymmetric(Chain chain) {
        double[][] weights = chain.weights();
        for (int i = 0; i < weights.length; i++) {
            for (int j = 0; j < i; j++) {
                if (weights[i][j] != weights[j][i]) {
                    return false;
                }
            }
        }
        return true;
    }
}
