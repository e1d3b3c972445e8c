package dev.gatun;

import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of other widths than the kernels', as other libraries in the same virtual machine use them. The methods of the Vector API then
 * have met several classes of vectors, and the compiler cannot take one for granted.
 */
final class OtherVectors {

    private static final long NANOS = 300_000_000;

    private static float[] floats = new float[64];
    private static double[] doubles = new double[64];

    private OtherVectors() {
    }

    /** Meets vectors of each width that this machine has. */
    static void meet() {
        int most = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        for (VectorShape shape : List.of(VectorShape.S_128_BIT, VectorShape.S_256_BIT, VectorShape.S_512_BIT)) {
            if (shape.vectorBitSize() <= most) {
                VectorSpecies<Float> ofFloats = VectorSpecies.of(float.class, shape);
                VectorSpecies<Integer> ofInts = VectorSpecies.of(int.class, shape);
                VectorSpecies<Double> ofDoubles = VectorSpecies.of(double.class, shape);
                for (long start = System.nanoTime(); System.nanoTime() - start < NANOS; ) {
                    floats(ofFloats);
                    ints(ofInts, ofFloats);
                    doubles(ofDoubles);
                }
            }
        }
    }

    private static void floats(VectorSpecies<Float> species) {
        FloatVector sum = FloatVector.zero(species);
        FloatVector half = FloatVector.broadcast(species, 0.5f);
        for (int at = 0; at < floats.length; at += species.length()) {
            FloatVector x = FloatVector.fromArray(species, floats, at);
            FloatVector y = x.add(half).sub(0.25f).mul(half).max(x.min(half)).div(1.5f).neg();
            y = y.blend(half, y.compare(VectorOperators.LT, half)).lanewise(VectorOperators.ABS);
            sum = y.fma(half, sum);
            y.reinterpretAsInts().lanewise(VectorOperators.XOR, 1).reinterpretAsFloats().intoArray(floats, at);
        }
        sum.add(half).intoArray(floats, 0);
        floats[1] = sum.max(half).reduceLanes(VectorOperators.MAX) + sum.mul(half).reduceLanes(VectorOperators.ADD);
    }

    private static void ints(VectorSpecies<Integer> species, VectorSpecies<Float> ofFloats) {
        IntVector greatest = IntVector.zero(species);
        for (int at = 0; at < floats.length; at += species.length()) {
            IntVector x = FloatVector.fromArray(ofFloats, floats, at).viewAsIntegralLanes();
            IntVector y = x.and(0x7FFFFFF).or(1).add(2).sub(x.lanewise(VectorOperators.LSHL, 3));
            greatest = y.lanewise(VectorOperators.LSHR, 4).lanewise(VectorOperators.ASHR, 1).lanewise(VectorOperators.AND, 7)
                    .max(greatest);
            y.blend(greatest, y.compare(VectorOperators.EQ, greatest)).viewAsFloatingLanes().intoArray(floats, at);
        }
        floats[0] = greatest.max(IntVector.broadcast(species, 1)).reduceLanes(VectorOperators.MAX);
    }

    private static void doubles(VectorSpecies<Double> species) {
        DoubleVector sum = DoubleVector.zero(species);
        for (int at = 0; at < doubles.length; at += species.length()) {
            DoubleVector x = DoubleVector.fromArray(species, doubles, at);
            DoubleVector y = x.add(0.5).sub(0.25).mul(0.5).max(x).min(x);
            sum = y.fma(x, sum);
            y.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 1).add(2).reinterpretAsDoubles().intoArray(doubles, at);
        }
        sum.max(sum).add(sum.mul(sum)).intoArray(doubles, 0);
        doubles[1] = sum.reduceLanes(VectorOperators.ADD);
    }
}
