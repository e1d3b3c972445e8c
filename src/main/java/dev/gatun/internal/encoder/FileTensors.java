package dev.gatun.internal.encoder;

import dev.gatun.internal.weights.EmbeddingTensor;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.internal.weights.EncoderLayer;
import dev.gatun.internal.weights.LinearTensor;
import dev.gatun.internal.weights.NormTensor;
import dev.gatun.kernel.ArrayLength;

/** The tensors of a model in its files, which stay open. */
public record FileTensors(EncoderFile file) implements ModelTensors {

    @Override
    public float[] word() {
        return read(file.word());
    }

    @Override
    public float[] position() {
        return read(file.position());
    }

    @Override
    public float[] type() {
        return read(file.type());
    }

    private static float[] read(EmbeddingTensor tensor) {
        float[] rows = new float[ArrayLength.of(tensor.rows(), tensor.columns())];
        tensor.read(rows);
        return rows;
    }

    @Override
    public Norm embeddingNorm() {
        return read(file.embeddingNorm());
    }

    @Override
    public Linear linear(int layer, Role role) {
        EncoderLayer tensors = file.layer(layer);
        LinearTensor tensor = switch (role) {
            case QUERY -> tensors.query();
            case KEY -> tensors.key();
            case VALUE -> tensors.value();
            case ATTENTION_OUTPUT -> tensors.attentionOutput();
            case INTERMEDIATE -> tensors.intermediate();
            case OUTPUT -> tensors.output();
        };
        Linear linear = new Linear(new float[ArrayLength.of(tensor.inputs(), tensor.outputs())], new float[tensor.outputs()]);
        tensor.read(linear.weights(), linear.bias());
        return linear;
    }

    @Override
    public Norm attentionNorm(int layer) {
        return read(file.layer(layer).attentionNorm());
    }

    @Override
    public Norm outputNorm(int layer) {
        return read(file.layer(layer).outputNorm());
    }

    private static Norm read(NormTensor tensor) {
        Norm norm = new Norm(new float[tensor.size()], new float[tensor.size()]);
        tensor.read(norm.gain(), norm.shift());
        return norm;
    }
}
