package dev.gatun.guest;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Attention by ONNX Runtime on its CPU provider, one head a call, in memory that is not Java's. */
final class OnnxAttention implements OperatorUnderTest {

    private static final int ALIGNMENT = 64;

    private final OnnxForm form;
    private final Set<Capability> capabilities;

    OnnxAttention(OnnxForm form, Set<Capability> capabilities) {
        this.form = form;
        this.capabilities = capabilities;
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public float[] apply(Head head) {
        return apply(head, 1);
    }

    @Override
    public float[] apply(Head head, int threads) {
        boolean causal = head.causal() && form.hasCausalMask();
        boolean masked = head.hasPairMask() || head.causal() && !causal;
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            tensors.put("q", floats(arena, head.queries(), form.shape(head.rows(), head.d())));
            tensors.put("k", floats(arena, head.keys(), form.shape(head.columns(), head.d())));
            tensors.put("v", floats(arena, head.values(), form.shape(head.columns(), head.valueColumns())));
            if (masked) {
                tensors.put("mask", mask(arena, head));
            }
            float[] out = new float[head.rows() * head.valueColumns()];
            MemorySegment results = arena.allocate(4L * out.length, ALIGNMENT);
            try (OnnxTensor pinned = floats(results, form.shape(head.rows(), head.valueColumns()))) {
                OnnxSessions.of(new OnnxSessions.Settings(form, (float) head.scale(), causal, masked, threads))
                        .run(tensors, Map.of("out", pinned)).close();
            }
            MemorySegment.copy(results, ValueLayout.JAVA_FLOAT, 0, out, 0, out.length);
            return out;
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor floats(Arena arena, float[] entries, long[] shape) throws OrtException {
        MemorySegment memory = arena.allocate(4L * entries.length, ALIGNMENT);
        MemorySegment.copy(entries, 0, memory, ValueLayout.JAVA_FLOAT, 0, entries.length);
        return floats(memory, shape);
    }

    private static OnnxTensor floats(MemorySegment memory, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(),
                memory.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer(), shape);
    }

    /** 1 where a key is seen, by every mask. */
    private OnnxTensor mask(Arena arena, Head head) throws OrtException {
        int width = form.hasIntegerMask() ? Integer.BYTES : 1;
        MemorySegment memory = arena.allocate((long) head.rows() * head.columns() * width, ALIGNMENT);
        for (int i = 0; i < head.rows(); i++) {
            for (int j = 0; j < head.columns(); j++) {
                byte seen = (byte) (head.visible(i, j) ? 1 : 0);
                // Of an integer this is the lowest byte, which comes first.
                memory.set(ValueLayout.JAVA_BYTE, (long) (i * head.columns() + j) * width, seen);
            }
        }
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), memory.asByteBuffer().order(ByteOrder.nativeOrder()),
                form.maskShape(head.rows(), head.columns()), form.hasIntegerMask() ? OnnxJavaType.INT32 : OnnxJavaType.BOOL);
    }
}
