package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * Sums along a row of any length: component c belongs to chain {@code c % CHAINS}, and the chains are added by halves. The order does not
 * depend on the vector width.
 */
final class RowSums {

    /** Chains of a sum, two vectors of 512 bits. */
    static final int CHAINS = 32;

    private static final int FLOATS = Lanes.FLOATS.length();

    private RowSums() {
    }

    /** The sum of a row; {@code columns / 32 + 5} roundings. */
    static float sum(float[] x, int at, int columns, float[] chains) {
        int full = columns - columns % CHAINS;
        for (int chain = 0; chain < CHAINS; chain += 2 * FLOATS) {
            FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
            for (int c = at + chain; c < at + full; c += CHAINS) {
                s0 = FloatVector.fromArray(Lanes.FLOATS, x, c).add(s0);
                s1 = FloatVector.fromArray(Lanes.FLOATS, x, c + FLOATS).add(s1);
            }
            Lanes.FLOAT_VECTOR.cast(s0).intoArray(chains, chain);
            Lanes.FLOAT_VECTOR.cast(s1).intoArray(chains, chain + FLOATS);
        }
        for (int c = full; c < columns; c++) {
            chains[c - full] += x[at + c];
        }
        return folded(chains);
    }

    /** The sum of the squares of the differences from a number; as many roundings, and two. */
    static float squares(float[] x, int at, int columns, float centre, float[] chains) {
        int full = columns - columns % CHAINS;
        FloatVector centres = Lanes.FLOAT_ZEROS.broadcast(centre);
        for (int chain = 0; chain < CHAINS; chain += 2 * FLOATS) {
            FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
            for (int c = at + chain; c < at + full; c += CHAINS) {
                FloatVector d0 = FloatVector.fromArray(Lanes.FLOATS, x, c).sub(centres);
                FloatVector d1 = FloatVector.fromArray(Lanes.FLOATS, x, c + FLOATS).sub(centres);
                s0 = d0.fma(d0, s0);
                s1 = d1.fma(d1, s1);
            }
            Lanes.FLOAT_VECTOR.cast(s0).intoArray(chains, chain);
            Lanes.FLOAT_VECTOR.cast(s1).intoArray(chains, chain + FLOATS);
        }
        for (int c = full; c < columns; c++) {
            float difference = x[at + c] - centre;
            chains[c - full] = Math.fma(difference, difference, chains[c - full]);
        }
        return folded(chains);
    }

    /** The sum of the chains, by halves: those 16 apart, then those 8 apart, and so on. */
    private static float folded(float[] chains) {
        float first = eight(chains, 0) + eight(chains, 2);
        return first + (eight(chains, 1) + eight(chains, 3));
    }

    /** Every fourth chain. */
    private static float eight(float[] chains, int c) {
        return four(chains, c) + four(chains, c + 4);
    }

    /** Every eighth chain. */
    private static float four(float[] chains, int c) {
        return (chains[c] + chains[c + 16]) + (chains[c + 8] + chains[c + 24]);
    }
}
