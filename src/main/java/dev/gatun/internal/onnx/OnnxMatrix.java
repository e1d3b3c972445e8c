package dev.gatun.internal.onnx;

/**
 * A stored matrix that a graph multiplies by, perhaps transposed on the way.
 *
 * @param tensor     the matrix as it is stored
 * @param transposed whether the graph uses its transpose
 */
public record OnnxMatrix(OnnxTensor tensor, boolean transposed) {

    private static final int MAX_TRANSPOSITIONS = 4;

    /** The stored matrix that {@code name} is, or null. */
    public static OnnxMatrix of(OnnxGraph graph, String name) {
        String matrix = name;
        for (int transposes = 0; transposes < MAX_TRANSPOSITIONS; transposes++) {
            OnnxTensor tensor = graph.constant(matrix);
            if (tensor != null) {
                boolean isMatrix = transposes == 0 ? tensor.trailingSizes(2).length == 2 : tensor.sizes().length == 2;
                return tensor.isFloatingPoint() && isMatrix ? new OnnxMatrix(tensor, transposes % 2 == 1) : null;
            }
            OnnxNode node = graph.producer(matrix);
            if (node == null || !node.is("Transpose") || !exchanges(node.attribute("perm"))) {
                return null;
            }
            matrix = node.input(0);
        }
        return null;
    }

    /** Without a permutation all axes are reversed. */
    private static boolean exchanges(OnnxAttribute permutation) {
        if (permutation == null) {
            return true;
        }
        long[] axes = permutation.integers();
        return axes != null && axes.length == 2 && axes[0] == 1 && axes[1] == 0;
    }

    public OnnxMatrix transpose() {
        return new OnnxMatrix(tensor, !transposed);
    }

    public long inputs() {
        return tensor.trailingSizes(2)[transposed ? 1 : 0];
    }

    public long outputs() {
        return tensor.trailingSizes(2)[transposed ? 0 : 1];
    }
}
