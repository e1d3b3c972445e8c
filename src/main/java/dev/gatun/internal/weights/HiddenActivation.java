package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxFunction;

/** The function between the two dense layers of an encoder layer. */
public enum HiddenActivation {

    /** {@code x Phi(x)}, with the normal distribution function {@code Phi}. */
    GELU,

    /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH,

    /** {@code max(x, 0)}. */
    RELU;

    /** Its value in float64, for comparison with the functions of graphs. */
    double apply(double x) {
        return switch (this) {
            case GELU -> OnnxFunction.gelu(x);
            case GELU_TANH -> OnnxFunction.geluByTanh(x);
            case RELU -> Math.max(x, 0);
        };
    }
}
