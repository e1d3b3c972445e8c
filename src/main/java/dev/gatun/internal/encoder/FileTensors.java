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
    public MatrixRows word() {
        return new StoredEmbeddings(file.word());
    }

    /** Rows of embeddings in the file. */
    private record StoredEmbeddings(EmbeddingTensor tensor) implements MatrixRows {

        @Override
        public int rows() {
            return tensor.rows();
        }

        @Override
        public int columns() {
            return tensor.columns();
        }

        @Override
        public void read(int first, int count, float[] target, int at) {
            tensor.read(first, count, target, at);
        }
    }

    /** Weights in the file, a row for each input. */
    private record StoredWeights(LinearTensor tensor) implements MatrixRows {

        @Override
        public int rows() {
            return tensor.inputs();
        }

        @Override
        public int columns() {
            return tensor.outputs();
        }

        @Override
        public void read(int first, int count, float[] target, int at) {
            tensor.readInputs(first, count, target, at);
        }
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
        float[] bias = new float[tensor.outputs()];
        tensor.readBias(bias);
        if (!tensor.hasInputsFirst()) {
            float[] transposed = new float[ArrayLength.of(tensor.inputs(), tensor.outputs())];
            tensor.readWeights(transposed);
            return new Linear(MatrixRows.of(transposed, tensor.outputs()), bias);
        }
        return new Linear(new StoredWeights(tensor), bias);
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
