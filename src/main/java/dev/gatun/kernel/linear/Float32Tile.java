package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of a dense layer with float32 weights: sums over one chunk of the inputs, {@code out[row][output] =
 * (earlier[row][output] + sum_k x[row][k] w[k][output]) + bias[output]}.
 *
 * <p><b>Layout.</b> Outputs lie on lanes, two vectors of them, which are a strip of weights; entries of x are broadcast. Rows of x are
 * {@link LinearWeights#CHUNK} entries apart, so that one address serves all broadcasts; rows of {@code earlier} are {@code step} apart, 0
 * if one serves all, and rows of {@code out} {@code stride}. Plain arrays, at any alignment; a tile has no tails, for rows and outputs are
 * padded. A strip is read in order, from memory as fast as from the caches if the strips of a layer are taken in their order.
 *
 * <p><b>Error.</b> One rounding per input of the chunk, in one chain of fused multiply-adds from zero, one for the sum with the
 * earlier chunks and one for the bias. Results do not depend on the tile or on the vector width.
 */
final class Float32Tile {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int CHUNK = LinearWeights.CHUNK;
    private static final int STRIP = LinearWeights.STRIP;

    private Float32Tile() {
    }

    /**
     * Eight rows against one strip. With input k goes a read of entry {@code ahead + (k << shift)} of the panels, which brings a part of the
     * next strip into the caches.
     *
     * @return how many of those entries are {@link LinearWeights#RARE}: of no use, but what is counted is read
     */
    static int tile8x2(float[] x, int from, int inner, float[] panel, int start, float[] earlier, int before, int step,
            float[] bias, int first, float[] out, int at, int stride, int ahead, int shift) {
        int rare = 0;
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = o00;
        FloatVector o10 = o00;
        FloatVector o11 = o00;
        FloatVector o20 = o00;
        FloatVector o21 = o00;
        FloatVector o30 = o00;
        FloatVector o31 = o00;
        FloatVector o40 = o00;
        FloatVector o41 = o00;
        FloatVector o50 = o00;
        FloatVector o51 = o00;
        FloatVector o60 = o00;
        FloatVector o61 = o00;
        FloatVector o70 = o00;
        FloatVector o71 = o00;
        for (int k = 0, i = from, j = start; k < inner; k++, i++, j += STRIP) {
            if (Float.floatToRawIntBits(panel[ahead + (k << shift)]) == LinearWeights.RARE) {
                rare++;
            }
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOATS, panel, j);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOATS, panel, j + FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = w0.fma(x0, o00);
            o01 = w1.fma(x0, o01);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + CHUNK]);
            o10 = w0.fma(x1, o10);
            o11 = w1.fma(x1, o11);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2 * CHUNK]);
            o20 = w0.fma(x2, o20);
            o21 = w1.fma(x2, o21);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3 * CHUNK]);
            o30 = w0.fma(x3, o30);
            o31 = w1.fma(x3, o31);
            FloatVector x4 = Lanes.FLOAT_ZEROS.broadcast(x[i + 4 * CHUNK]);
            o40 = w0.fma(x4, o40);
            o41 = w1.fma(x4, o41);
            FloatVector x5 = Lanes.FLOAT_ZEROS.broadcast(x[i + 5 * CHUNK]);
            o50 = w0.fma(x5, o50);
            o51 = w1.fma(x5, o51);
            FloatVector x6 = Lanes.FLOAT_ZEROS.broadcast(x[i + 6 * CHUNK]);
            o60 = w0.fma(x6, o60);
            o61 = w1.fma(x6, o61);
            FloatVector x7 = Lanes.FLOAT_ZEROS.broadcast(x[i + 7 * CHUNK]);
            o70 = w0.fma(x7, o70);
            o71 = w1.fma(x7, o71);
        }
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, bias, first);
        FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, bias, first + FLOATS);
        o00 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o00).add(b0);
        o01 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o01).add(b1);
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o10 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o10).add(b0);
        o11 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o11).add(b1);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o20 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o20).add(b0);
        o21 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o21).add(b1);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o30 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o30).add(b0);
        o31 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o31).add(b1);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o40 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o40).add(b0);
        o41 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o41).add(b1);
        Lanes.FLOAT_VECTOR.cast(o40).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o41).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o50 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o50).add(b0);
        o51 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o51).add(b1);
        Lanes.FLOAT_VECTOR.cast(o50).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o51).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o60 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o60).add(b0);
        o61 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o61).add(b1);
        Lanes.FLOAT_VECTOR.cast(o60).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o61).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o70 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o70).add(b0);
        o71 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o71).add(b1);
        Lanes.FLOAT_VECTOR.cast(o70).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o71).intoArray(out, at + FLOATS);
        return rare;
    }

    /** Four rows against one strip. */
    static void tile4x2(float[] x, int from, int inner, float[] panel, int start, float[] earlier, int before, int step,
            float[] bias, int first, float[] out, int at, int stride) {
        FloatVector o00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o01 = o00;
        FloatVector o10 = o00;
        FloatVector o11 = o00;
        FloatVector o20 = o00;
        FloatVector o21 = o00;
        FloatVector o30 = o00;
        FloatVector o31 = o00;
        for (int k = 0, i = from, j = start; k < inner; k++, i++, j += STRIP) {
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOATS, panel, j);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOATS, panel, j + FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = w0.fma(x0, o00);
            o01 = w1.fma(x0, o01);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + CHUNK]);
            o10 = w0.fma(x1, o10);
            o11 = w1.fma(x1, o11);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2 * CHUNK]);
            o20 = w0.fma(x2, o20);
            o21 = w1.fma(x2, o21);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3 * CHUNK]);
            o30 = w0.fma(x3, o30);
            o31 = w1.fma(x3, o31);
        }
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, bias, first);
        FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, bias, first + FLOATS);
        o00 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o00).add(b0);
        o01 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o01).add(b1);
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o10 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o10).add(b0);
        o11 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o11).add(b1);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o20 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o20).add(b0);
        o21 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o21).add(b1);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + FLOATS);
        before += step;
        at += stride;
        o30 = FloatVector.fromArray(Lanes.FLOATS, earlier, before).add(o30).add(b0);
        o31 = FloatVector.fromArray(Lanes.FLOATS, earlier, before + FLOATS).add(o31).add(b1);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + FLOATS);
    }
}
