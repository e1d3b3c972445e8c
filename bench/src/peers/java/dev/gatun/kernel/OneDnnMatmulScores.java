package dev.gatun.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/** oneDNN's matrix product as a primitive, made once for its shape, on the calling thread. */
final class OneDnnMatmulScores extends NativeScores {

    private final engine processor = new engine(engine.kind.cpu, 0);
    private final stream calls = new stream(processor);
    private final IntMemoryMap arguments = new IntMemoryMap();
    private final matmul primitive;

    OneDnnMatmulScores(float[] q, float[] k, int tokens, int dimension) {
        super(q, k, tokens, dimension);
        OneDnn.useCallerAlone();
        memory.desc queries = desc(tokens, dimension, memory.format_tag.ab);
        memory.desc keys = desc(dimension, tokens, memory.format_tag.ba);
        memory.desc scores = desc(tokens, tokens, memory.format_tag.ab);
        primitive = new matmul(new matmul.primitive_desc(processor, queries, keys, scores));
        put(DNNL_ARG_SRC, queries, this.q);
        put(DNNL_ARG_WEIGHTS, keys, this.k);
        put(DNNL_ARG_DST, scores, product);
    }

    private static memory.desc desc(long rows, long columns, memory.format_tag order) {
        return new memory.desc(new long[] {rows, columns}, memory.data_type.f32, order);
    }

    private void put(int argument, memory.desc desc, Pointer entries) {
        arguments.put(argument, new memory(desc, processor, entries));
    }

    @Override
    public void run() {
        primitive.execute(calls, arguments);
        calls._wait();
    }
}
