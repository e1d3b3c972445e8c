package dev.gatun.kernel.probe;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Fused multiply-adds in registers: the peak rate of one core, with vectors and without.
 *
 * <p>{@value #CHAINS} independent chains are at least the product of latency and number of multiply-add units of current cores. With 16
 * vector registers the two factors are read from memory. A chain is the addend, which a multiply-add of C2 overwrites; as a factor it would
 * be copied in every step, or spilled. The chains are local variables, because an array of vectors would be boxed.
 */
public final class MultiplyAdds {

    private static final int CHAINS = 16;

    private MultiplyAdds() {
    }

    /**
     * Runs chains of vectors of {@link Lanes#FLOATS}.
     *
     * @param factor     times {@code other} is added to every chain in every step, so that a chain never meets a denormal or overflows
     * @param operations the number of floating-point operations, two for each multiply-add
     * @return a value that keeps the compiler from removing the work
     */
    public static float vectors(float factor, float other, int operations) {
        FloatVector a = Lanes.FLOAT_ZEROS.broadcast(factor);
        FloatVector b = Lanes.FLOAT_ZEROS.broadcast(other);
        FloatVector s0 = a.add(0f);
        FloatVector s1 = a.add(1f);
        FloatVector s2 = a.add(2f);
        FloatVector s3 = a.add(3f);
        FloatVector s4 = a.add(4f);
        FloatVector s5 = a.add(5f);
        FloatVector s6 = a.add(6f);
        FloatVector s7 = a.add(7f);
        FloatVector s8 = a.add(8f);
        FloatVector s9 = a.add(9f);
        FloatVector s10 = a.add(10f);
        FloatVector s11 = a.add(11f);
        FloatVector s12 = a.add(12f);
        FloatVector s13 = a.add(13f);
        FloatVector s14 = a.add(14f);
        FloatVector s15 = a.add(15f);
        int steps = operations / (2 * CHAINS * Lanes.FLOATS.length());
        for (int step = 0; step < steps; step++) {
            s0 = a.fma(b, s0);
            s1 = a.fma(b, s1);
            s2 = a.fma(b, s2);
            s3 = a.fma(b, s3);
            s4 = a.fma(b, s4);
            s5 = a.fma(b, s5);
            s6 = a.fma(b, s6);
            s7 = a.fma(b, s7);
            s8 = a.fma(b, s8);
            s9 = a.fma(b, s9);
            s10 = a.fma(b, s10);
            s11 = a.fma(b, s11);
            s12 = a.fma(b, s12);
            s13 = a.fma(b, s13);
            s14 = a.fma(b, s14);
            s15 = a.fma(b, s15);
        }
        FloatVector sum = s0.add(s1).add(s2).add(s3).add(s4).add(s5).add(s6).add(s7).add(s8)
                .add(s9).add(s10).add(s11).add(s12).add(s13).add(s14).add(s15);
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** Runs as many chains of scalars, which tend to 1 with 0.5 and 0.5: the limit of code without vectors. */
    static float scalars(float factor, float term, int operations) {
        float s0 = factor + 0f;
        float s1 = factor + 1f;
        float s2 = factor + 2f;
        float s3 = factor + 3f;
        float s4 = factor + 4f;
        float s5 = factor + 5f;
        float s6 = factor + 6f;
        float s7 = factor + 7f;
        float s8 = factor + 8f;
        float s9 = factor + 9f;
        float s10 = factor + 10f;
        float s11 = factor + 11f;
        float s12 = factor + 12f;
        float s13 = factor + 13f;
        float s14 = factor + 14f;
        float s15 = factor + 15f;
        int steps = operations / (2 * CHAINS);
        for (int step = 0; step < steps; step++) {
            s0 = Math.fma(s0, factor, term);
            s1 = Math.fma(s1, factor, term);
            s2 = Math.fma(s2, factor, term);
            s3 = Math.fma(s3, factor, term);
            s4 = Math.fma(s4, factor, term);
            s5 = Math.fma(s5, factor, term);
            s6 = Math.fma(s6, factor, term);
            s7 = Math.fma(s7, factor, term);
            s8 = Math.fma(s8, factor, term);
            s9 = Math.fma(s9, factor, term);
            s10 = Math.fma(s10, factor, term);
            s11 = Math.fma(s11, factor, term);
            s12 = Math.fma(s12, factor, term);
            s13 = Math.fma(s13, factor, term);
            s14 = Math.fma(s14, factor, term);
            s15 = Math.fma(s15, factor, term);
        }
        return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11 + s12 + s13 + s14 + s15;
    }
}
