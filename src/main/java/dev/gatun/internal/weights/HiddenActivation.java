package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxFunction;
import java.util.function.DoubleUnaryOperator;

/** The function between the two dense layers of an encoder layer. */
public enum HiddenActivation {

    /** {@code x Phi(x)}, with the normal distribution function {@code Phi}. */
    GELU(OnnxFunction::gelu),

    /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH(OnnxFunction::geluByTanh),

    /** {@code max(x, 0)}. */
    RELU(x -> Math.max(x, 0));

    private final DoubleUnaryOperator function;

    HiddenActivation(DoubleUnaryOperator function) {
        this.function = function;
    }

    /** Its value in float64, for comparison with the functions of graphs. */
    double apply(double x) {
        return function.applyAsDouble(x);
    }
}
