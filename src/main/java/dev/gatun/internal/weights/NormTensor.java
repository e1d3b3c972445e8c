package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.StoredNumbers;

/** The gain and the shift of a layer normalisation: {@code y[i] = gain[i] (x[i] - mean) / deviation + shift[i]}. */
public final class NormTensor {

    private final StoredNumbers gain;
    private final StoredNumbers shift;
    private final int size;

    NormTensor(StoredNumbers gain, StoredNumbers shift, int size) {
        this.gain = gain;
        this.shift = shift;
        this.size = size;
    }

    public int size() {
        return size;
    }

    /** Reads both as float32, into arrays of {@link #size} entries at least. */
    public void read(float[] targetGain, float[] targetShift) {
        gain.read(0, size, targetGain, 0);
        shift.read(0, size, targetShift, 0);
    }
}
