package dev.gatun.hopfield;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.reference.ReferenceHopfield;
import dev.gatun.reference.ReferenceMatrix;
import java.util.Arrays;

/**
 * The deviations of one head's figures from their definitions in float64, each in units of its rounding error.
 *
 * <p>With u a rounding of float32, sums over tokens {@code Q^T s} are off by some u of {@code |Q|}, those over components by some
 * u of what they sum: a field at token t by some u of {@code f_t = (|q_t| |K| + |k_t| |Q|) / 2}, an energy by some u of
 * {@code (|Q| |K^T s| + |K| |Q^T s|) / 2}, an alignment by some u of {@code |f| / |h|}. Where {@code |h_t|} is smaller than its
 * error, the sign of {@code s_t h_t} is open, and with it a part of the instability.
 *
 * @param eta        relative, of M as given
 * @param etaCentred relative, of centred queries and keys
 * @param energy     largest of all channels, in its unit
 * @param instability largest of all channels, beyond what is open
 * @param alignment  largest of all channels, in its unit
 * @param plainEnergy largest of all channels, in parts of the largest energy
 * @param plainAlignment largest of all channels, as it is
 */
record Deviations(double eta, double etaCentred, double energy, double instability, double alignment, double plainEnergy,
                  double plainAlignment) {

    /** The error of a field in its unit: four roundings. */
    private static final double OPEN = 2.4e-7;

    /** Bounds in these units: eta is computed in float64 throughout. */
    static final double ETA = 1e-8;
    static final double UNITS = 2.4e-7;

    static Deviations of(HopfieldFigures figures, double[][] q, double[][] k, double[][] h, double scale) {
        double[][] centredQ = ReferenceHopfield.centred(q);
        double[][] centredK = ReferenceHopfield.centred(k);
        double lengthQ = length(centredQ);
        double lengthK = length(centredK);
        double[] unit = new double[q.length];
        Arrays.setAll(unit, t -> scale * (length(centredQ[t]) * lengthK + length(centredK[t]) * lengthQ) / 2);
        double energy = 0;
        double plainEnergy = 0;
        double largestEnergy = 0;
        double instability = 0;
        double alignment = 0;
        double plainAlignment = 0;
        for (int c = 0; c < h[0].length; c++) {
            ReferenceHopfield.Channel truth = ReferenceHopfield.channel(q, k, h, c, scale);
            ChannelFigures found = figures.channels().get(c);
            if (length(truth.s()) == 0 || found.constant()) {
                assertTrue(length(truth.s()) == 0 && found.constant(), "channel " + c + " is constant to one of the two");
                continue;
            }
            double ofQueries = length(ReferenceMatrix.multiply(truth.s(), centredQ));
            double ofKeys = length(ReferenceMatrix.multiply(truth.s(), centredK));
            double energyError = Math.abs(found.energy() - truth.energy());
            energy = Math.max(energy, ratio(energyError, scale * (lengthQ * ofKeys + lengthK * ofQueries) / 2));
            plainEnergy = Math.max(plainEnergy, energyError);
            largestEnergy = Math.max(largestEnergy, Math.abs(truth.energy()));
            instability = Math.max(instability, Math.abs(found.instability() - truth.instability()) - open(truth, unit, h, c));
            double alignmentError = Math.abs(found.alignment() - truth.alignment());
            alignment = Math.max(alignment, ratio(alignmentError, 1 + length(unit) / length(truth.field())));
            plainAlignment = Math.max(plainAlignment, alignmentError);
        }
        return new Deviations(relative(figures.eta(), ReferenceHopfield.eta(ReferenceHopfield.m(q, k, 1))),
                relative(figures.etaCentred(), ReferenceHopfield.eta(ReferenceHopfield.m(centredQ, centredK, 1))),
                energy, instability, alignment, ratio(plainEnergy, largestEnergy), plainAlignment);
    }

    void check(String what) {
        assertTrue(eta <= ETA, () -> what + ": eta is off by " + eta);
        assertTrue(etaCentred <= ETA, () -> what + ": etaCentred is off by " + etaCentred);
        assertTrue(energy <= UNITS, () -> what + ": an energy is off by " + energy);
        assertTrue(instability <= 1e-12, () -> what + ": an instability is off by " + instability);
        assertTrue(alignment <= UNITS, () -> what + ": an alignment is off by " + alignment);
    }

    /** The share of tokens at which the sign of {@code s_t h_t} is open. */
    private static double open(ReferenceHopfield.Channel truth, double[] unit, double[][] h, int c) {
        double greatest = Arrays.stream(h).mapToDouble(row -> Math.abs(row[c])).max().orElseThrow();
        double step = length(ReferenceMatrix.transpose(ReferenceHopfield.centred(h))[c]);
        double count = 0;
        for (int t = 0; t < unit.length; t++) {
            boolean openState = Math.abs(truth.s()[t]) <= 1e-14 * greatest / step;
            count += openState || Math.abs(truth.field()[t]) <= OPEN * unit[t] ? 1 : 0;
        }
        return count / unit.length;
    }

    private static double relative(double found, double truth) {
        return ratio(Math.abs(found - truth), Math.abs(truth));
    }

    private static double ratio(double error, double unit) {
        return error == 0 ? 0 : error / unit;
    }

    private static double length(double[]... rows) {
        double square = 0;
        for (double[] row : rows) {
            for (double entry : row) {
                square += entry * entry;
            }
        }
        return Math.sqrt(square);
    }
}
