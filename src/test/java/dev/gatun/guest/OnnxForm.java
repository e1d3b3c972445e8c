package dev.gatun.guest;

import dev.gatun.onnx.OnnxGraph;
import dev.gatun.onnx.OnnxGraph.Element;
import dev.gatun.onnx.OnnxNode;
import java.util.Arrays;

/** The ways of ONNX Runtime to compute attention: what the model is, and what its tensors are like. */
enum OnnxForm {

    /** The operator that it contributes: tensors of {@code 1 x tokens x components}, masks of the integers 0 and 1. */
    MULTI_HEAD_ATTENTION(3, Element.INT32, 3) {
        @Override
        OnnxGraph graph(float scale, boolean causal, boolean masked) {
            return new OnnxGraph("attention").with(multiHead(scale, causal, masked));
        }
    },

    /** The same, told to add to the scores of hidden keys the least float and not its -10000. */
    MULTI_HEAD_ATTENTION_OF_LEAST(3, Element.INT32, 3) {
        @Override
        OnnxGraph graph(float scale, boolean causal, boolean masked) {
            return new OnnxGraph("attention").with(multiHead(scale, causal, masked).with("mask_filter_value", -Float.MAX_VALUE));
        }
    },

    /** The operator of the standard: tensors of {@code 1 x 1 x tokens x components}, masks of truth values. */
    ATTENTION(4, Element.BOOL, 2) {
        @Override
        OnnxGraph graph(float scale, boolean causal, boolean masked) {
            OnnxNode node = masked ? OnnxNode.of("Attention", "out", "q", "k", "v", "mask")
                    : OnnxNode.of("Attention", "out", "q", "k", "v");
            return new OnnxGraph("attention").with(node.with("scale", scale).with("is_causal", causal ? 1 : 0));
        }
    },

    /** The definition, operator by operator, with minus infinity where a key is hidden. */
    OPERATOR_BY_OPERATOR(2, Element.BOOL, 2) {
        @Override
        OnnxGraph graph(float scale, boolean causal, boolean masked) {
            OnnxGraph graph = new OnnxGraph("attention")
                    .with(OnnxNode.of("Gemm", "z", "q", "k").with("transB", 1).with("alpha", scale));
            if (masked) {
                graph.constant("hidden", Float.NEGATIVE_INFINITY).with(OnnxNode.of("Where", "seen", "mask", "z", "hidden"));
            }
            return graph.with(OnnxNode.of("Softmax", "p", masked ? "seen" : "z")).with(OnnxNode.of("MatMul", "out", "p", "v"));
        }

        @Override
        boolean hasCausalMask() {
            return false;
        }
    };

    private final int rank;
    private final Element maskElement;
    private final int maskRank;

    OnnxForm(int rank, Element maskElement, int maskRank) {
        this.rank = rank;
        this.maskElement = maskElement;
        this.maskRank = maskRank;
    }

    private static OnnxNode multiHead(float scale, boolean causal, boolean masked) {
        OnnxNode node = masked ? OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v", "", "mask")
                : OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v");
        return node.with("num_heads", 1).with("scale", scale).with("unidirectional", causal ? 1 : 0);
    }

    /** The nodes from {@code q}, {@code k}, {@code v} and perhaps {@code mask} to {@code out}. */
    abstract OnnxGraph graph(float scale, boolean causal, boolean masked);

    /** Whether it has a causal mask of its own; else a mask of pairs stands for it. */
    boolean hasCausalMask() {
        return true;
    }

    /** The bytes of a model that takes tensors of any sizes. */
    byte[] model(float scale, boolean causal, boolean masked) {
        int[] any = new int[rank];
        OnnxGraph graph = graph(scale, causal, masked).in("q", Element.FLOAT, any).in("k", Element.FLOAT, any)
                .in("v", Element.FLOAT, any).out("out", any);
        return (masked ? graph.in("mask", maskElement, new int[maskRank]) : graph).toModel();
    }

    /** The shape of rows of queries, keys, values or results. */
    long[] shape(int rows, int columns) {
        return shape(rank, rows, columns);
    }

    /** The shape of a mask of pairs. */
    long[] maskShape(int queries, int keys) {
        return shape(maskRank, queries, keys);
    }

    /** Whether entries of masks are integers of four bytes; else they are truth values of one. */
    boolean hasIntegerMask() {
        return maskElement == Element.INT32;
    }

    private static long[] shape(int rank, int rows, int columns) {
        long[] shape = new long[rank];
        Arrays.fill(shape, 1);
        shape[rank - 2] = rows;
        shape[rank - 1] = columns;
        return shape;
    }
}
