package dev.gatun.laws;

import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Generators of chains. A chain depends on the random numbers of its try only, and shrinks to fewer states and integer rates. */
public final class ChainArbitrary {

    /** The kinds of chains. */
    private enum Kind {
        /** All rates of the same order. */
        DENSE,
        /** Rates over many powers of ten. */
        WIDE,
        /** Few positive rates, with a cycle through all states. */
        SPARSE,
        /** A ring with a larger rate in one direction. */
        RING,
        /** Clusters with small rates between them. */
        SLOW
    }

    private ChainArbitrary() {
    }

    /** Irreducible chains of every kind. */
    static Arbitrary<Chain> any() {
        return Arbitraries.fromGenerator(random -> new ShrinkableChain(any(random), chain -> true));
    }

    /** Chains with symmetric rates, which are in detailed balance. */
    static Arbitrary<Chain> reversible() {
        Predicate<Chain> symmetric = ChainArbitrary::isSymmetric;
        return Arbitraries.fromGenerator(random -> new ShrinkableChain(symmetrised(any(random)), symmetric));
    }

    private static Chain any(Random random) {
        Kind[] kinds = Kind.values();
        Kind kind = kinds[random.nextInt(kinds.length)];
        int n = 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 9);
        double[][] rates = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rates[i][j] = rate(kind, random, i, j, n);
            }
            rates[i][(i + 1) % n] += kind == Kind.SPARSE ? 1 : 0;
        }
        return new Chain(rates);
    }

    private static double rate(Kind kind, Random random, int i, int j, int n) {
        return switch (kind) {
            case DENSE -> 0.5 + random.nextDouble();
            case WIDE -> Math.pow(10, -12 * random.nextDouble());
            case SPARSE -> random.nextInt(4) == 0 ? random.nextDouble() : 0;
            case RING -> j == (i + 1) % n ? 2 : i == (j + 1) % n ? 1 : 0;
            case SLOW -> i % 3 == j % 3 ? 1 : 1e-7 * (1 + random.nextInt(3));
        } + (n == 1 ? 1 : 0);
    }

    private static Chain symmetrised(Chain chain) {
        double[][] rates = chain.rates();
        double[][] symmetric = new double[rates.length][rates.length];
        for (int i = 0; i < rates.length; i++) {
            for (int j = 0; j < rates.length; j++) {
                symmetric[i][j] = rates[i][j] + rates[j][i];
            }
        }
        return new Chain(symmetric);
    }

    private static boolean isSymmetric(Chain chain) {
        double[][] rates = chain.rates();
        for (int i = 0; i < rates.length; i++) {
            for (int j = 0; j < i; j++) {
                if (rates[i][j] != rates[j][i]) {
                    return false;
                }
            }
        }
        return true;
    }
}
