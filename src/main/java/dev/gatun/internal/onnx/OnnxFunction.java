package dev.gatun.internal.onnx;

import java.util.HashMap;
import java.util.Map;

/**
 * The function of one number that nodes of a graph compute entry by entry: evaluated node by node, it tells what they are whatever their
 * order and constants.
 */
public final class OnnxFunction {

    /** Nodes that one evaluation visits, and their depth. */
    private static final int MAX_NODES = 64;
    private static final int MAX_DEPTH = 32;

    /** Beyond it the error function is 1 to 3e-5, and below the terms of its series are right. */
    private static final double MAX_SERIES = 3;
    private static final int TERMS = 80;

    private final OnnxGraph graph;
    private final Map<String, Double> values = new HashMap<>();

    private OnnxFunction(OnnxGraph graph) {
        this.graph = graph;
    }

    /** The value of {@code result} if each entry of {@code variable} is {@code x}; NaN if nodes that are not known take part. */
    public static double evaluate(OnnxGraph graph, String result, String variable, double x) {
        OnnxFunction function = new OnnxFunction(graph);
        function.values.put(graph.entries(variable), x);
        return function.value(result, 0);
    }

    /** The value of an expression of constants; NaN if it is none. */
    public static double constant(OnnxGraph graph, String name) {
        return new OnnxFunction(graph).value(name, 0);
    }

    private double value(String name, int depth) {
        String entries = graph.entries(name);
        Double known = values.get(entries);
        if (known != null) {
            return known;
        }
        if (depth == MAX_DEPTH || values.size() == MAX_NODES || entries.isEmpty()) {
            return Double.NaN;
        }
        // Until it is known: a cycle gives no value.
        values.put(entries, Double.NaN);
        Double constant = graph.scalar(entries);
        OnnxNode node = graph.producer(entries);
        double value = constant != null ? constant : node == null ? Double.NaN : value(node, depth);
        values.put(entries, value);
        return value;
    }

    private double value(OnnxNode node, int depth) {
        if (!node.isStandard() && !node.domain().equals("com.microsoft")) {
            return Double.NaN;
        }
        double x = value(node.input(0), depth + 1);
        return switch (node.operator()) {
            case "Add" -> x + value(node.input(1), depth + 1);
            case "Sub" -> x - value(node.input(1), depth + 1);
            case "Mul" -> x * value(node.input(1), depth + 1);
            case "Div" -> x / value(node.input(1), depth + 1);
            case "Pow" -> StrictMath.pow(x, value(node.input(1), depth + 1));
            case "Neg" -> -x;
            case "Sqrt" -> Math.sqrt(x);
            case "Reciprocal" -> 1 / x;
            case "Exp" -> StrictMath.exp(x);
            case "Tanh" -> StrictMath.tanh(x);
            case "Sigmoid" -> 1 / (1 + StrictMath.exp(-x));
            case "Erf" -> erf(x);
            case "Relu" -> Math.max(x, 0);
            case "FastGelu" -> node.inputCount() > 1 ? Double.NaN : geluByTanh(x);
            case "Gelu" -> isByTanh(node) ? geluByTanh(x) : gelu(x);
            default -> Double.NaN;
        };
    }

    private static boolean isByTanh(OnnxNode node) {
        OnnxAttribute form = node.attribute("approximate");
        return form != null && form.text().equals("tanh");
    }

    /** {@code x Phi(x)}, with the normal distribution function {@code Phi}: right to 1e-12 for {@code |x| <= 4}. */
    public static double gelu(double x) {
        return x * (1 + erf(x / Math.sqrt(2))) / 2;
    }

    /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}, which is near {@link #gelu}. */
    public static double geluByTanh(double x) {
        return x * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2;
    }

    /** The error function by its power series. */
    private static double erf(double x) {
        if (Math.abs(x) > MAX_SERIES) {
            return Math.signum(x);
        }
        double sum = x;
        double term = x;
        for (int n = 1; n < TERMS; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
