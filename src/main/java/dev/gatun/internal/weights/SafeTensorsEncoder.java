package dev.gatun.internal.weights;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.SafeTensorsHeader;
import dev.gatun.internal.format.Shape;
import dev.gatun.internal.onnx.ModelFile;
import dev.gatun.internal.onnx.StoredNumbers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the tensors of a BERT encoder in {@code .safetensors} files by their names, which may have a prefix such as {@code bert.}. A dense
 * layer's weights are stored with those of one output consecutive.
 */
final class SafeTensorsEncoder {

    private static final long MAX_ENTRIES = Integer.MAX_VALUE - 8;

    /** The file that messages about all of them name. */
    private final ModelFile first;
    private final ModelConfig config;
    private final TensorNames names;
    private final Map<String, SafeTensorsHeader> headers = new HashMap<>();
    private final String prefix;

    private SafeTensorsEncoder(List<ModelFile> files, ModelConfig config) {
        this.first = files.getFirst();
        this.config = config;
        this.names = config.family();
        for (ModelFile file : files) {
            SafeTensorsHeader header = SafeTensorsHeader.read(file);
            for (String name : header.entries().keySet()) {
                if (headers.put(name, header) != null) {
                    throw file.fault("has the tensor %s, as another of the model's files has", Names.quote(name));
                }
            }
        }
        this.prefix = prefix();
    }

    /** The tensors of the encoder in {@code files}, whose sizes {@code config} states. */
    static EncoderTensors read(List<ModelFile> files, ModelConfig config) {
        return new SafeTensorsEncoder(files, config).tensors();
    }

    /** What the name of the word embeddings begins with. */
    private String prefix() {
        String ending = names.embeddings(TensorNames.WORD);
        List<String> found = headers.keySet().stream().filter(name -> name.endsWith(ending)).sorted().toList();
        if (found.size() != 1) {
            throw first.fault("has %d tensors called %s, with a prefix or none; an encoder has one", found.size(), Names.quote(ending));
        }
        return found.getFirst().substring(0, found.getFirst().length() - ending.length());
    }

    private EncoderTensors tensors() {
        EmbeddingTensor word = embedding(TensorNames.WORD, 0);
        int hidden = word.columns();
        if (config.heads() == 0 || config.layers() == 0) {
            throw first.fault("needs a config.json beside it that states num_attention_heads and num_hidden_layers");
        }
        if (config.hidden() != 0 && config.hidden() != hidden) {
            throw first.fault("has states of %d components, but its config.json says %d", hidden, config.hidden());
        }
        if (hidden % config.heads() != 0) {
            throw first.fault("divides states of %d components among %d heads", hidden, config.heads());
        }
        boolean types = headers.containsKey(prefix + names.embeddings(TensorNames.TYPE));
        if (!types && names == TensorNames.BERT) {
            throw missing(prefix + names.embeddings(TensorNames.TYPE));
        }
        return new EncoderTensors(word, embedding(TensorNames.POSITION, hidden),
                types ? embedding(TensorNames.TYPE, hidden) : EmbeddingTensor.none(hidden),
                norm(names.embeddings(TensorNames.NORM), hidden), layers(hidden), config.heads(), config.epsilon(), config.activation());
    }

    private List<EncoderLayer> layers(int hidden) {
        List<EncoderLayer> layers = new ArrayList<>();
        int intermediate = config.intermediate() == 0 ? (int) Math.min(matrix(names.intermediate(0)).shape().sizes()[0], MAX_ENTRIES)
                : config.intermediate();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new EncoderLayer(linear(names.query(i), hidden, hidden), linear(names.key(i), hidden, hidden),
                    linear(names.value(i), hidden, hidden), linear(names.attentionOutput(i), hidden, hidden),
                    norm(names.attentionNorm(i), hidden), linear(names.intermediate(i), hidden, intermediate),
                    linear(names.output(i), intermediate, hidden), norm(names.outputNorm(i), hidden)));
        }
        if (headers.containsKey(prefix + names.query(config.layers()) + ".weight")) {
            throw first.fault("has more layers than the %d that its config.json states", config.layers());
        }
        return List.copyOf(layers);
    }

    /** @param columns the columns that the rows must have, 0 for any number */
    private EmbeddingTensor embedding(String role, int columns) {
        String name = prefix + names.embeddings(role);
        Shape shape = entry(name).shape();
        long[] sizes = shape.sizes();
        if (sizes.length != 2 || sizes[0] < 1 || sizes[1] < 1 || columns != 0 && sizes[1] != columns) {
            throw first.fault("%sshape %s is not that of rows of %s", SafeTensorsHeader.prefix(name), shape,
                    columns == 0 ? "numbers" : columns + " numbers");
        }
        requireArray(name, shape);
        return new EmbeddingTensor(numbers(name), (int) sizes[0], (int) sizes[1]);
    }

    private LinearTensor linear(String name, int inputs, int outputs) {
        Shape shape = matrix(name).shape();
        if (shape.sizes()[0] != outputs || shape.sizes()[1] != inputs) {
            throw first.fault("%sshape %s is not %s", SafeTensorsHeader.prefix(prefix + name + ".weight"), shape,
                    Shape.of(outputs, inputs));
        }
        requireArray(prefix + name + ".weight", shape);
        return new LinearTensor(numbers(prefix + name + ".weight"), true, vector(prefix + name + ".bias", outputs), inputs, outputs);
    }

    private SafeTensorsHeader.Entry matrix(String name) {
        SafeTensorsHeader.Entry entry = entry(prefix + name + ".weight");
        if (entry.shape().dimensions() != 2 || entry.shape().sizes()[0] == 0) {
            throw first.fault("%sshape %s is not that of a matrix", SafeTensorsHeader.prefix(prefix + name + ".weight"), entry.shape());
        }
        return entry;
    }

    /** Gain and shift, which some files call by their Greek letters. */
    private NormTensor norm(String name, int size) {
        boolean letters = headers.containsKey(prefix + name + ".gamma");
        return new NormTensor(vector(prefix + name + (letters ? ".gamma" : ".weight"), size),
                vector(prefix + name + (letters ? ".beta" : ".bias"), size), size);
    }

    private StoredNumbers vector(String name, int size) {
        Shape shape = entry(name).shape();
        if (shape.dimensions() != 1 || shape.sizes()[0] != size) {
            throw first.fault("%sshape %s is not %s", SafeTensorsHeader.prefix(name), shape, Shape.of(size));
        }
        return numbers(name);
    }

    private void requireArray(String name, Shape shape) {
        if (shape.bytes(1) > MAX_ENTRIES) {
            throw first.fault("%sshape %s is more than one array holds", SafeTensorsHeader.prefix(name), shape);
        }
    }

    private SafeTensorsHeader.Entry entry(String name) {
        SafeTensorsHeader header = headers.get(name);
        if (header == null) {
            throw missing(name);
        }
        return header.entry(name);
    }

    private RuntimeException missing(String name) {
        return first.fault("has no tensor %s; %s", Names.quote(name), Names.available(headers.keySet().stream().sorted().toList()));
    }

    private StoredNumbers numbers(String name) {
        SafeTensorsHeader header = headers.get(name);
        SafeTensorsHeader.Entry entry = header.entry(name);
        Precision precision = header.precision(name);
        if (precision.integral()) {
            throw header.file().fault("%shas integers as entries; float32, float16, bfloat16 and float64 are read",
                    SafeTensorsHeader.prefix(name));
        }
        return new StoredNumbers(header.file(), name, precision,
                header.file().map(header.dataStart() + entry.begin(), entry.end() - entry.begin(), null));
    }
}
