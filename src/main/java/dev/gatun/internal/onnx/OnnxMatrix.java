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
        boolean transposed = false;
        for (int i = 0; i < MAX_TRANSPOSITIONS; i++) {
            OnnxTensor tensor = graph.constant(matrix);
            if (tensor != null) {
                return tensor.isFloatingPoint() && tensor.trailingSizes(2).length == 2 ? new OnnxMatrix(tensor, transposed) : null;
            }
            OnnxNode node = graph.producer(matrix);
            if (node == null || !node.is("Transpose") || !exchanges(node.attribute("perm"))) {
                return null;
            }
            matrix = node.input(0);
            transposed = !transposed;
        }
        return null;
    }

    /** Without a permutation all axes are reversed. */
    private static boolean exchanges(OnnxAttribute permutation) {
        if (permutation == null) {
            return true;
        }
        long[] axes = permutation.integers();
        return axes.length == 2 && axes[0] == 1 && axes[1] == 0;
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
