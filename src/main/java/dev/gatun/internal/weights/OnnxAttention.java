package dev.gatun.internal.weights;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.onnx.OnnxFunction;
import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxMatrix;
import dev.gatun.internal.onnx.OnnxNode;
import dev.gatun.internal.onnx.OnnxTensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The attention of one layer of a graph, found from its softmax: back through scaling and mask to the product of queries and keys, forward
 * to the product with the values.
 *
 * @param query  the dense layer of the queries
 * @param key    of the keys
 * @param value  of the values
 * @param output the dense layer of the attended values
 * @param heads  the number of heads that shapes in the graph tell, 0 if none does
 * @param scale  the factor of the scores, NaN if it is no constant
 */
record OnnxAttention(OnnxDense query, OnnxDense key, OnnxDense value, OnnxDense output, long heads, double scale) {

    /** Nodes of one attention that are visited in one direction. */
    private static final int MAX_NODES = 64;

    private static final int MAX_DIMENSIONS = 8;

    /** A bound of scores that masks and none else reach. */
    private static final double MIN_LIMIT = 1e4;

    private static final Set<String> ENTRY_BY_ENTRY = Set.of("Add", "Sub", "Mul", "Div", "Where", "Max", "Min", "Clip");

    private static final Set<String> COMPARISONS = Set.of("Less", "LessOrEqual", "Greater", "GreaterOrEqual");

    /** Finds the attentions of one graph. */
    static final class Search {

        private final OnnxBlocks blocks;
        private final OnnxGraph graph;

        /** Tensors that masks depend on, those of all layers together. */
        private final Set<String> masks = new HashSet<>();

        Search(OnnxBlocks blocks) {
            this.blocks = blocks;
            this.graph = blocks.graph();
        }

        /** The attention that a softmax belongs to; null if it is a softmax of something else. */
        OnnxAttention of(OnnxNode softmax) {
            Product scores = scores(softmax);
            if (scores == null) {
                return null;
            }
            long axis = softmax.integer("axis", -1);
            if (axis != -1 && axis != 3) {
                throw blocks.unsupported("%s runs over axis %d, not over keys", softmax, axis);
            }
            Projection query = projection(scores.node().input(0), "queries", softmax);
            Projection key = projection(scores.node().input(1), "keys", softmax);
            OnnxNode attended = attended(softmax);
            Projection value = projection(attended.input(1), "values", softmax);
            if (value.scale != 1) {
                throw blocks.unsupported("the values after %s are multiplied by %s", softmax, value.scale);
            }
            return new OnnxAttention(query.dense, key.dense, value.dense, output(attended, softmax),
                    Math.max(query.heads, Math.max(key.heads, value.heads)), scores.factor() * query.scale * key.scale);
        }

        /** A product of two computed tensors, and the factor that it has in what it is a part of. */
        private record Product(OnnxNode node, double factor) {
        }

        /** Operand {@code index} of a node that computes {@code result}; the input of the softmax is of no node. */
        private record Operand(String name, Operand result, OnnxNode node, int index) {
        }

        /** The product of queries and keys in the softmax's input, or null. Whatever else is added must be a mask. */
        private Product scores(OnnxNode softmax) {
            List<Product> products = new ArrayList<>();
            List<String> others = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            Deque<Operand> open = new ArrayDeque<>(List.of(new Operand(softmax.input(0), null, null, 0)));
            while (!open.isEmpty()) {
                Operand operand = open.pop();
                String name = graph.entries(operand.name);
                if (!seen.add(name)) {
                    // A mask may take a tensor twice, the scores may not: their factor is that of one way.
                    others.add(name);
                    continue;
                }
                if (seen.size() > MAX_NODES) {
                    throw blocks.unsupported("%s has more than %d nodes before it that work entry by entry", softmax, MAX_NODES);
                }
                OnnxNode node = graph.producer(name);
                if (node != null && node.is("MatMul") && OnnxMatrix.of(graph, node.input(1)) == null && blocks.denseTo(name) == null) {
                    products.add(new Product(node, factor(operand, softmax)));
                } else if (node != null && node.isStandard() && ENTRY_BY_ENTRY.contains(node.operator()) && blocks.denseTo(name) == null) {
                    for (int i = 0; i < node.inputCount(); i++) {
                        if (!node.input(i).isEmpty()) {
                            open.push(new Operand(node.input(i), operand, node, i));
                        }
                    }
                } else {
                    others.add(name);
                }
            }
            if (products.isEmpty()) {
                return null;
            }
            if (products.size() > 1) {
                throw blocks.unsupported("the input of %s has %d products of computed tensors, as with relative positions", softmax,
                        products.size());
            }
            for (String other : others) {
                requireMask(other, softmax);
            }
            return products.getFirst();
        }

        /** What the scores are multiplied by on their way into the softmax. */
        private double factor(Operand scores, OnnxNode softmax) {
            double factor = 1;
            for (Operand operand = scores; operand.node != null; operand = operand.result) {
                if (!keepsScores(operand.node, operand.index)) {
                    throw blocks.unsupported("%s does more to the scores before %s than scale or mask them", operand.node, softmax);
                }
                factor *= factor(operand.node);
            }
            return factor;
        }

        /** Whether a node only scales or masks its operand {@code index}, if that holds the scores. */
        private boolean keepsScores(OnnxNode node, int index) {
            return switch (node.operator()) {
                case "Add" -> true;
                case "Sub" -> index == 0;
                case "Where" -> index > 0;
                case "Mul" -> isSingle(node.input(1 - Math.min(index, 1)));
                case "Div" -> index == 0 && isSingle(node.input(1));
                default -> isLimit(node, index);
            };
        }

        /** Whether {@code Max}, {@code Min} or {@code Clip} bounds scores by numbers that none reaches. */
        private boolean isLimit(OnnxNode node, int index) {
            for (int i = 0; i < node.inputCount(); i++) {
                if (i == index || node.input(i).isEmpty()) {
                    continue;
                }
                Double bound = graph.scalar(node.input(i));
                boolean isLower = node.is("Max") || node.is("Clip") && i == 1;
                if (bound == null || !(isLower ? bound <= -MIN_LIMIT : bound >= MIN_LIMIT)) {
                    return false;
                }
            }
            return node.attribute("min") == null && node.attribute("max") == null;
        }

        /** What a node multiplies by if one of its operands is a constant: NaN if it is computed from shapes. */
        private double factor(OnnxNode node) {
            if (node.is("Div")) {
                return 1 / OnnxFunction.constant(graph, node.input(1));
            }
            if (!node.is("Mul")) {
                return 1;
            }
            double first = OnnxFunction.constant(graph, node.input(0));
            return Double.isNaN(first) ? OnnxFunction.constant(graph, node.input(1)) : first;
        }

        /** A mask depends on inputs, shapes and single numbers. Stored tables and comparisons of positions are no part of BERT. */
        private void requireMask(String mask, OnnxNode softmax) {
            Deque<String> open = new ArrayDeque<>(List.of(mask));
            while (!open.isEmpty()) {
                String name = graph.value(open.pop());
                if (!masks.add(name)) {
                    continue;
                }
                OnnxTensor stored = graph.constant(name);
                if (stored != null && stored.count() > 1 && stored.type() != OnnxTensor.INT64 && stored.type() != OnnxTensor.INT32) {
                    throw blocks.unsupported("the scores before %s depend on the stored tensor %s, as with relative positions or causal "
                            + "masks", softmax, Names.quote(stored.name()));
                }
                OnnxNode node = graph.producer(name);
                if (node == null || OnnxGraph.SHAPES.contains(node.operator())) {
                    continue;
                }
                if (node.is("Trilu") || COMPARISONS.contains(node.operator()) && graph.scalar(node.input(0)) == null
                        && graph.scalar(node.input(1)) == null) {
                    throw blocks.unsupported("the scores before %s depend on %s, as in decoders and with windows", softmax, node);
                }
                node.pushInputs(open);
            }
        }

        /** The dense layer behind one operand of a product, the scale between, and the heads that a change of shape tells, or 0. */
        private record Projection(OnnxDense dense, double scale, long heads) {
        }

        private Projection projection(String operand, String role, OnnxNode softmax) {
            String name = operand;
            double scale = 1;
            long[] shape = {};
            for (int i = 0; i < MAX_NODES; i++) {
                name = graph.value(name);
                OnnxDense dense = blocks.denseTo(name);
                OnnxNode node = graph.producer(name);
                if (dense != null && dense.output().equals(name)) {
                    return new Projection(dense, scale, heads(shape, dense.matrix().outputs()));
                }
                if (node == null) {
                    throw blocks.unsupported("the %s before %s are the tensor %s, not the result of a dense layer", role, softmax,
                            Names.quote(name));
                }
                if (node.is("Mul") || node.is("Div")) {
                    int other = node.is("Mul") && isSingle(node.input(0)) ? 0 : 1;
                    if (!isSingle(node.input(other))) {
                        throw rotated(role, softmax, node);
                    }
                    scale *= factor(node);
                    name = node.input(1 - other);
                } else if (node.is("Transpose") || node.is("Reshape") || node.is("Squeeze") || node.is("Unsqueeze")) {
                    shape = node.is("Reshape") && shape.length == 0 ? shape(node.input(1)) : shape;
                    name = node.input(0);
                } else {
                    throw rotated(role, softmax, node);
                }
            }
            throw blocks.unsupported("the %s before %s are more than %d nodes behind a dense layer", role, softmax, MAX_NODES);
        }

        private RuntimeException rotated(String role, OnnxNode softmax, OnnxNode node) {
            return blocks.unsupported("the %s before %s come from %s, not straight from a dense layer, as with rotary positions or one "
                    + "layer for queries, keys and values", role, softmax, node);
        }

        /** Whether a tensor is one number: a constant, or computed from shapes. */
        private boolean isSingle(String name) {
            if (!Double.isNaN(OnnxFunction.constant(graph, name))) {
                return true;
            }
            Set<String> seen = new HashSet<>();
            Deque<String> open = new ArrayDeque<>(List.of(name));
            boolean shapes = false;
            while (!open.isEmpty() && seen.size() < MAX_NODES) {
                String tensor = graph.entries(open.pop());
                OnnxNode node = graph.producer(tensor);
                if (node != null && OnnxGraph.SHAPES.contains(node.operator())) {
                    shapes = true;
                } else if (node == null && graph.constant(tensor) == null) {
                    return false;
                } else if (node != null && seen.add(tensor)) {
                    node.pushInputs(open);
                }
            }
            return shapes && open.isEmpty();
        }

        /** The sizes that a change of shape asks for; -1 where they are no constants. */
        private long[] shape(String name) {
            long[] sizes = graph.integers(name, MAX_DIMENSIONS);
            if (sizes != null) {
                return sizes;
            }
            OnnxNode joined = graph.producer(name);
            List<Long> parts = new ArrayList<>();
            for (String part : joined != null && joined.is("Concat") ? joined.inputs() : List.<String>of()) {
                long[] integers = graph.integers(part, MAX_DIMENSIONS);
                for (long size : integers == null ? new long[] {-1} : integers) {
                    parts.add(size);
                }
                if (parts.size() > MAX_DIMENSIONS) {
                    return new long[0];
                }
            }
            long[] shape = new long[parts.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = parts.get(i);
            }
            return shape;
        }

        /** The heads in a shape that ends in heads and components, 0 if it tells none. */
        private static long heads(long[] shape, long outputs) {
            if (shape.length < 4) {
                return 0;
            }
            long heads = shape[shape.length - 2];
            long components = shape[shape.length - 1];
            if (heads > 0 && components > 0) {
                return heads <= outputs && components <= outputs && heads * components == outputs ? heads : 0;
            }
            return heads > 0 ? heads : components > 0 && outputs % components == 0 ? outputs / components : 0;
        }

        /** The product of the softmax with the values. */
        private OnnxNode attended(OnnxNode softmax) {
            String name = graph.entries(softmax.output());
            for (int i = 0; i < MAX_NODES; i++) {
                OnnxNode next = null;
                for (OnnxNode user : graph.users(name)) {
                    if (user.is("MatMul") && graph.entries(user.input(0)).equals(name)) {
                        return user;
                    }
                    next = user.is("Where") ? user : next;
                }
                if (next == null) {
                    break;
                }
                name = graph.entries(next.output());
            }
            throw blocks.unsupported("%s is not followed by a product with values", softmax);
        }

        /** The dense layer of the attended values. */
        private OnnxDense output(OnnxNode attended, OnnxNode softmax) {
            String name = graph.entries(attended.output());
            for (int i = 0; i < MAX_NODES; i++) {
                List<OnnxDense> layers = blocks.denseFrom(name);
                if (layers.size() == 1) {
                    return layers.getFirst();
                }
                List<OnnxNode> users = graph.users(name);
                if (users.size() != 1 || !users.getFirst().is("Transpose")) {
                    break;
                }
                name = graph.entries(users.getFirst().output());
            }
            throw blocks.unsupported("the values attended to after %s go to no dense layer", softmax);
        }
    }
}
