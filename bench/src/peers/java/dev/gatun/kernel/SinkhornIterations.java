package dev.gatun.kernel;

import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.coupling.CouplingEntries;
import dev.gatun.kernel.pass.SinkhornPass;
import java.lang.foreign.Arena;
import java.util.Arrays;

/** A fixed number of Sinkhorn's iterations with the library's kernels: the kernel formed and kept, then read once for each. */
public final class SinkhornIterations {

    private final int tokens;
    private final int dimension;
    private final float[] q;
    private final float[] k;
    private final double scale;
    private final LogKernelBuilder builder;
    private final CouplingEntries entries;
    private final double[] ones;
    private final double[] zeros;
    private final double[] u;
    private final double[] rowSums;
    private final double[] columnSums;
    private final double[] factors;
    private SinkhornPass pass;

    /** From queries and keys, {@code tokens x dimension}. */
    public SinkhornIterations(int tokens, int dimension, float[] q, float[] k, double scale) {
        this.tokens = tokens;
        this.dimension = dimension;
        this.q = q;
        this.k = k;
        this.scale = scale;
        this.builder = new LogKernelBuilder(tokens, tokens, dimension);
        this.entries = new CouplingEntries(Arena.ofAuto(), tokens, tokens, false);
        this.ones = new double[tokens];
        this.zeros = new double[tokens];
        this.u = new double[tokens];
        this.rowSums = new double[tokens];
        this.columnSums = new double[tokens];
        this.factors = new double[tokens];
        Arrays.fill(ones, 1);
    }

    /** Fits rows and columns in turn, {@code count} times each: forming the kernel fits the rows for the first time. */
    public void run(int count) {
        LogKernel kernel = builder.clear().addScores(q, k, dimension, scale / Math.log(2)).build(Normalised.SCALED);
        if (pass == null) {
            pass = new SinkhornPass(kernel);
        } else {
            pass.bind(kernel);
        }
        pass.fitRows(ones, zeros, zeros, u, columnSums, rowSums, entries);
        for (int j = 0; j < tokens; j++) {
            factors[j] = 1 / columnSums[j];
        }
        for (int i = 1; i < count; i++) {
            entries.fit(factors, ones, rowSums, columnSums);
            for (int j = 0; j < tokens; j++) {
                factors[j] = 1 / columnSums[j];
            }
        }
    }

    /** The potentials of the columns that the last one fitted, in natural units. */
    public float[] columnPotentials() {
        float[] potentials = new float[tokens];
        for (int j = 0; j < tokens; j++) {
            potentials[j] = (float) Math.log(factors[j]);
        }
        return potentials;
    }
}
