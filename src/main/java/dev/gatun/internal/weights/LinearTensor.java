package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.StoredNumbers;
import java.util.Arrays;
import java.util.Objects;

/** The weights and the bias of a dense layer: {@code y[o] = bias[o] + sum over i of x[i] weights[i][o]}. */
public final class LinearTensor {

    private final StoredNumbers weights;
    private final boolean outputsFirst;
    private final StoredNumbers bias;
    private final int inputs;
    private final int outputs;

    /**
     * @param outputsFirst whether the weights of one output are consecutive in the file, not those of one input
     * @param bias         null for zeros
     */
    LinearTensor(StoredNumbers weights, boolean outputsFirst, StoredNumbers bias, int inputs, int outputs) {
        this.weights = weights;
        this.outputsFirst = outputsFirst;
        this.bias = bias;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    public int inputs() {
        return inputs;
    }

    public int outputs() {
        return outputs;
    }

    /**
     * Reads both as float32.
     *
     * @param targetWeights {@code inputs x outputs} entries at least: that of input {@code i} and output {@code o} goes to
     *                      {@code i * outputs + o}
     * @param targetBias    {@code outputs} entries at least
     */
    public void read(float[] targetWeights, float[] targetBias) {
        readWeights(targetWeights);
        readBias(targetBias);
    }

    /** Reads the weights, likewise. */
    public void readWeights(float[] target) {
        if (outputsFirst) {
            weights.readTransposed(outputs, inputs, target);
        } else {
            weights.read(0, inputs * outputs, target, 0);
        }
    }

    /** Whether the weights of one input are consecutive in the file, so that {@link #readInputs} may be called. */
    public boolean hasInputsFirst() {
        return !outputsFirst;
    }

    /** Reads the weights of {@code count} inputs from input {@code first} on to {@code target[at]} and on. */
    public void readInputs(int first, int count, float[] target, int at) {
        if (outputsFirst) {
            throw new IllegalStateException("the weights of an output are consecutive");
        }
        Objects.checkFromIndexSize(first, count, inputs);
        weights.read((long) first * outputs, count * outputs, target, at);
    }

    /** Reads the bias, likewise. */
    public void readBias(float[] targetBias) {
        if (bias == null) {
            Arrays.fill(targetBias, 0, outputs, 0);
        } else {
            bias.read(0, outputs, targetBias, 0);
        }
    }
}
