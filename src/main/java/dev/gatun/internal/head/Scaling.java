package dev.gatun.internal.head;

import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.RowGroups;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.PartRows;
import dev.gatun.kernel.pass.SinkhornPass;
import java.io.Serial;
import java.util.Arrays;

/**
 * The operator of one head as a scaled exponential, {@code P_ij = 2^(z_ij + u_i + v_j)}.
 *
 * @param u      row potentials, in units of log 2
 * @param v      column potentials, in units of log 2; null for none
 * @param weight log2 of the stationary w that makes {@code w_i P_ij} symmetric, where it is known; null for a constant one
 * @param wide   whether entries may lie far outside of float32: see {@link WideEntries}
 */
public record Scaling(LogKernel kernel, double[] u, double[] v, double[] weight, boolean wide) {

    /** Rows summing to 1; {@code reversible} where z is symmetric, so that the stationary distribution is known. */
    public static Scaling ofRows(LogKernel kernel, double[] v, HeadLoop.Pieces pieces, boolean reversible) {
        double[] logSums = logSums(kernel, v, pieces);
        double[] u = negative(logSums);
        return new Scaling(kernel, u, v, reversible ? stationary(logSums, v) : null, false);
    }

    /** Columns summing to 1 with the potential v. */
    public static Scaling ofColumns(LogKernel kernel, double[] v) {
        return new Scaling(kernel, new double[kernel.rows()], v, null, false);
    }

    /** The largest row potential, offset included, that is a factor in single precision. */
    private static final double MAX_LEVEL = 100;

    /**
     * Potentials in natural units that were found to {@code tolerance}: factors where they can be, else part of the exponent.
     * As factors they are shifted against each other for that of the highest column to be 1.
     *
     * @param wide whether the masses that they were found for lie outside of the ordinary range
     */
    private static Scaling ofPotentials(HeadScores inputs, Direction divergence, double[] naturalU, double[] naturalV,
                                        double tolerance, boolean wide) {
        double[] u = Potentials.inLogTwo(naturalU);
        double[] v = Potentials.inLogTwo(naturalV);
        LogKernel kernel = wide ? inputs.of(divergence, Normalised.BOTH) : inputs.scaled(divergence, tolerance);
        if (kernel.isFloat64()) {
            return new Scaling(kernel, u, v, null, wide);
        }
        double level = Potentials.level(v, kernel);
        return factored(kernel, u, v)
                ? new Scaling(kernel, Potentials.shifted(u, level), Potentials.shifted(v, -level), null, false)
                : new Scaling(inputs.of(divergence, Normalised.BOTH), u, v, null, false);
    }

    /**
     * What {@link #ofPotentials} makes of a head.
     *
     * @param u        in natural units
     * @param v        in natural units
     * @param accuracy the tolerance that they were found to
     */
    public record Source(Direction divergence, Numbers u, Numbers v, double accuracy, boolean wide) implements HeadSource<Scaling> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public Scaling of(HeadScores inputs) {
            return ofPotentials(inputs, divergence, u.values(), v.values(), accuracy, wide);
        }

        /** Sums of rows and columns of the float entries, in double precision; machines share them. */
        public void sums(HeadScores inputs, HeadLoop.Pieces pieces, double[] rowSums, double[] columnSums) {
            RowGroups groups = new RowGroups(rowSums.length);
            if (pieces.machines() == null) {
                groups.allocate(columnSums.length);
                Scaling scaling = of(inputs);
                pieces.each(groups.count(), (group, scratch) -> groups.sum(group, 0, groups.treeSums(columnSums.length),
                        scaling.sums(groups, rowSums, scratch)));
            } else {
                PartRows.put(pieces.machines().run(new EntrySums(this), groups.parts()), groups, rowSums);
            }
            groups.total(columnSums);
        }
    }

    /** Sums of entries. */
    private record EntrySums(Source source) implements HeadRequest<Scaling> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public PartRows run(Scaling scaling, int first, int end) {
            RowGroups groups = new RowGroups(scaling.kernel.rows());
            double[] rowSums = new double[scaling.kernel.rows()];
            return PartRows.of(groups, first, end, scaling.kernel.columns(), scaling.sums(groups, rowSums, new HeadLoop.Scratch()),
                    null, rowSums);
        }

        @Override
        public long sumBytes() {
            return (long) Double.BYTES * source.v.values().length;
        }

        @Override
        public String toString() {
            return "sums rows and columns";
        }
    }

    /** Whether potentials can be factors of a log-kernel in single precision. */
    public static boolean factored(LogKernel kernel, double[] u, double[] v) {
        return Potentials.spread(v, kernel) <= SinkhornPass.MAX_SPREAD
                && Potentials.magnitude(u, kernel, Potentials.level(v, kernel)) <= MAX_LEVEL;
    }

    /** {@code log2 sum_j 2^(z_ij + v_j)} for each row. */
    public static double[] logSums(LogKernel kernel, double[] v, HeadLoop.Pieces pieces) {
        BlockPass pass = new BlockPass(kernel, v);
        double[] logSums = new double[kernel.rows()];
        pieces.each(pass.blocks(), (block, scratch) -> pass.logSums(block, scratch.tile, logSums));
        return logSums;
    }

    /**
     * The potential {@code -alpha log2 r_j} of alpha-normalisation. It is free up to a constant where rows are
     * normalised afterwards; the one with its middle at 0 loses least when it is rounded to float. Rows that see nothing
     * count as if r were 1.
     */
    public static double[] alphaPotential(double[] logSums, double alpha) {
        double[] logR = Arrays.stream(logSums).map(r -> r == Double.NEGATIVE_INFINITY ? 0 : r).toArray();
        double min = Arrays.stream(logR).min().orElseThrow();
        double max = Arrays.stream(logR).max().orElseThrow();
        return Arrays.stream(logR).map(r -> -alpha * (r - (min + max) / 2)).toArray();
    }

    /** The potential that normalises a sum; the entries of an empty row or column stay zero. */
    public static double[] negative(double[] logSums) {
        double[] potential = new double[logSums.length];
        for (int i = 0; i < potential.length; i++) {
            potential[i] = logSums[i] == Double.NEGATIVE_INFINITY ? Double.NEGATIVE_INFINITY : -logSums[i];
        }
        return potential;
    }

    /** log2 of the stationary distribution {@code sum_j W^(alpha)_ij}, scaled to a largest entry of 1, if there is one. */
    public static double[] stationary(double[] logSums, double[] v) {
        double[] stationary = logSums.clone();
        for (int i = 0; i < stationary.length; i++) {
            stationary[i] += v == null ? 0 : v[i];
        }
        double largest = Arrays.stream(stationary).max().orElseThrow();
        for (int i = 0; i < stationary.length && largest > Double.NEGATIVE_INFINITY; i++) {
            stationary[i] -= largest;
        }
        return stationary;
    }

    /** Writes the entries to matrix {@code index} of {@code out}. */
    public void write(HeadLoop.Pieces pieces, TensorView out, int index) {
        Strips.write(pieces, Lanes.blocks(kernel.rows()), out, index, entries());
    }

    private RowGroups.PartPass sums(RowGroups groups, double[] rowSums, HeadLoop.Scratch scratch) {
        return Strips.sums(groups, rowSums, kernel.columns(), entries(), scratch);
    }

    private Strips.Source entries() {
        if (wide) {
            return new WideEntries(kernel, u, v)::entries;
        }
        BlockPass pass = new BlockPass(kernel, v);
        return (block, scratch, strip) -> pass.entries(block, scratch.tile, u, strip);
    }

    /** Sums and asymmetry of the entries. */
    public Strips.Totals sums(HeadLoop.Pieces pieces) {
        Strips.Sums sums = new Strips.Sums(kernel.rows(), kernel.columns(), 1);
        sums.addAll(pieces, Lanes.blocks(kernel.rows()), weight, entries(),
                kernel.rows() == kernel.columns() ? mirrored() : null);
        return sums.result();
    }

    /** The entries of the transpose, times {@code w_j / w_i}. */
    private Strips.Source mirrored() {
        double[] columnPotential = weight == null ? u : sum(u, weight);
        double[] rowPotential = v == null ? new double[kernel.columns()] : v;
        return new Scaling(kernel.transposed(), rowPotential, columnPotential, null, wide).entries();
    }

    /** {@code a + b}, entry by entry. */
    public static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }
}
