package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.gatun.kernel.LinearLayers;
import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph;
import dev.gatun.onnx.OnnxGraph.Element;
import dev.gatun.onnx.OnnxNode;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.TreeMap;

/** The layers of one shape of {@link LinearLayers} in ONNX Runtime, in one session: MatMul and Add with constant weights. */
final class OnnxLinear implements Provider {

    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs = new TreeMap<>();
    private final FloatBuffer[] out = new FloatBuffer[LinearLayers.DEPTH];

    OnnxLinear(String shape, int rows, float[] x) {
        int columns = LinearLayers.inputs(shape);
        int width = LinearLayers.outputs(shape);
        OnnxGraph graph = new OnnxGraph("linear").in("x", Element.FLOAT, rows, columns);
        for (int layer = 0; layer < out.length; layer++) {
            graph.with(OnnxConstant.of("w" + layer, Element.FLOAT, OnnxConstant.Form.RAW, LinearLayers.weights(columns, width, layer),
                    columns, width));
            graph.with(OnnxConstant.of("b" + layer, Element.FLOAT, OnnxConstant.Form.RAW, LinearLayers.bias(width, layer), width));
            graph.with(OnnxNode.of("MatMul", "product" + layer, "x", "w" + layer));
            graph.with(OnnxNode.of("Add", "out" + layer, "product" + layer, "b" + layer));
            graph.out("out" + layer, rows, width);
        }
        try {
            session = OrtEnvironment.getEnvironment().createSession(graph.toModel(), OnnxProvider.options(1));
            inputs = Map.of("x", OnnxProvider.input(x, new long[] {rows, columns}));
            for (int layer = 0; layer < out.length; layer++) {
                out[layer] = OnnxProvider.direct(new float[rows * width]);
                outputs.put("out" + layer, OnnxProvider.tensor(out[layer], new long[] {rows, width}));
            }
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public void run() {
        try {
            session.run(inputs, outputs).close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** The outputs of the last layer. */
    @Override
    public float[] result() {
        FloatBuffer last = out[out.length - 1];
        float[] entries = new float[last.capacity()];
        last.get(0, entries);
        return entries;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
    }
}
