package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoders in safetensors files, and what is said of those that lack something. */
@Tag("any-width")
class SafeTensorsEncoderTest {

    private static final String CONFIG = SafeTensorsFiles.CONFIG;

    private final SmallEncoder encoder = SmallEncoder.plain();

    @TempDir
    Path folder;

    private Path weights;

    @BeforeEach
    void config() throws IOException {
        weights = folder.resolve("model.safetensors");
        Files.writeString(folder.resolve("config.json"), CONFIG);
    }

    @ParameterizedTest
    @CsvSource({"F32, ''", "F16, bert.", "BF16, ''", "F64, bert."})
    void bert(String type, String prefix) throws IOException {
        Files.write(weights, SafeTensorsFiles.written(encoder, type, prefix).toBytes());
        assertTensors(encoder, folder);
        assertTensors(encoder, weights);
    }

    /** As a folder of ONNX says the same with the same sizes. */
    @Test
    void sizesOfBothFormats() throws IOException {
        Files.write(weights, SafeTensorsFiles.written(encoder, "F32").toBytes());
        Path onnx = Files.write(folder.resolve("model.onnx"), encoder.toOnnx());
        try (EncoderFile one = EncoderFile.open(weights); EncoderFile other = EncoderFile.open(onnx)) {
            assertEquals(one.sizes(), other.sizes());
        }
    }

    @Test
    void distilBert() throws IOException {
        SmallEncoder model = SmallEncoder.plain(SmallEncoder.Option.NO_TYPES);
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "distilbert", "dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 12, "activation": "relu"}""");
        Files.write(weights, SafeTensorsFiles.distilBert(model).toBytes());
        assertTensors(model, folder);
        try (EncoderFile file = EncoderFile.open(folder)) {
            assertEquals(HiddenActivation.RELU, file.sizes().activation());
            assertEquals(0, file.sizes().types());
        }
    }

    @Test
    void shards() throws IOException {
        SafeTensorsFile first = SafeTensorsFiles.written(encoder, "F32");
        SafeTensorsFile second = new SafeTensorsFile("F32");
        first.remove("encoder.layer.1.output.dense.bias");
        second.add("encoder.layer.1.output.dense.bias", encoder.tensors.get("1.output.bias"), 8);
        Files.write(folder.resolve("model-00001-of-00002.safetensors"), first.toBytes());
        Files.write(folder.resolve("model-00002-of-00002.safetensors"), second.toBytes());
        Files.writeString(folder.resolve("model.safetensors.index.json"), """
                {"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}""");
        assertTensors(encoder, folder);
        Files.move(folder.resolve("model-00002-of-00002.safetensors"), folder.resolve("second part.safetensors"));
        Files.writeString(folder.resolve("model.safetensors.index.json"), """
                {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "second part.safetensors"}}""");
        assertTensors(encoder, folder);
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"../x.safetensors\"}}");
        assertFault("model.safetensors.index.json",
                "'weight_map.a' is '../x.safetensors', not a .safetensors file in the folder");
    }

    private static void assertTensors(SmallEncoder model, Path path) {
        try (EncoderFile file = EncoderFile.open(path)) {
            Map<String, float[]> tensors = TensorsByRole.of(file);
            assertEquals(model.tensors.keySet(), tensors.keySet());
            tensors.forEach((role, values) -> assertArrayEquals(model.tensors.get(role), values, role));
        }
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        SafeTensorsFile file = SafeTensorsFiles.written(encoder, "F32", "bert.");
        file.remove("bert.encoder.layer.1.attention.self.key.bias");
        Files.write(weights, file.toBytes());
        assertFault("model.safetensors", "has no tensor 'bert.encoder.layer.1.attention.self.key.bias'; "
                + "it has 'bert.embeddings.LayerNorm.bias', ");
        file = SafeTensorsFiles.written(encoder, "F32");
        file.remove("embeddings.word_embeddings.weight");
        Files.write(weights, file.toBytes());
        assertFault("model.safetensors", "has 0 tensors called 'embeddings.word_embeddings.weight', with a prefix or none");
    }

    @Test
    void wrongShapesAreNamed() throws IOException {
        SafeTensorsFile file = SafeTensorsFiles.written(encoder, "F32");
        file.add("encoder.layer.0.attention.self.key.weight", new float[96], 12, 8);
        Files.write(weights, file.toBytes());
        assertFault("model.safetensors", "tensor 'encoder.layer.0.attention.self.key.weight': shape (12, 8) is not (8, 8)");
        Files.writeString(folder.resolve("config.json"), CONFIG.replace("\"intermediate_size\": 12", "\"intermediate_size\": null"));
        file = SafeTensorsFiles.written(encoder, "F32");
        file.add("encoder.layer.0.intermediate.dense.weight", new float[0], 0, 8);
        Files.write(weights, file.toBytes());
        assertFault("model.safetensors", "tensor 'encoder.layer.0.intermediate.dense.weight': shape (0, 8) is not that of a matrix");
        file = SafeTensorsFiles.written(encoder, "F32");
        file.add("encoder.layer.0.output.dense.bias", new float[9], 9);
        Files.write(weights, file.toBytes());
        assertFault("model.safetensors", "tensor 'encoder.layer.0.output.dense.bias': shape (9,) is not (8,)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "\"bert\"     | \"roberta\"      | 'model_type' is 'roberta'; encoders of the types 'bert' and 'distilbert' are read",
        "\"absolute\" | \"relative_key\" | 'position_embedding_type' is 'relative_key'; models with 'absolute' positions are read",
        "\"gelu\"     | \"silu\"         | 'hidden_act' is 'silu'; 'gelu', 'gelu_new' and 'relu' are read",
        "1e-06        | -1               | 'layer_norm_eps' is -1.0, not a number of 0 to 1",
        "\"vocab_size\": 11 | \"is_decoder\": true | 'is_decoder' is true; encoders are read",
        "\"vocab_size\": 11 | \"quantization_config\": {} | 'quantization_config' tells of quantised weights",
        "_heads\": 2  | _heads\": 0      | 'num_attention_heads' is 0, not an integer of 1 to 16777216",
    })
    void configurations(String from, String to, String fault) throws IOException {
        Files.write(weights, SafeTensorsFiles.written(encoder, "F32").toBytes());
        Files.writeString(folder.resolve("config.json"), CONFIG.replace(from, to));
        assertFault("config.json", fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "_heads\": 2  | _heads\": 3      | divides states of 8 components among 3 heads",
        "_layers\": 2 | _layers\": 1     | has more layers than the 1 that its config.json states",
        "_layers\": 2 | _layers\": 3     | has no tensor 'encoder.layer.2.attention.self.query.weight'; it has ",
        "\"hidden_size\": 8 | \"hidden_size\": 16 | has states of 8 components, but its config.json says 16",
    })
    void sizesThatDisagree(String from, String to, String fault) throws IOException {
        Files.write(weights, SafeTensorsFiles.written(encoder, "F32").toBytes());
        Files.writeString(folder.resolve("config.json"), CONFIG.replace(from, to));
        assertFault("model.safetensors", fault);
        Files.delete(folder.resolve("config.json"));
        assertFault("model.safetensors", "needs its config.json beside it");
    }

    private void assertFault(String file, String fault) {
        String message = assertThrows(TensorFileException.class, () -> EncoderFile.open(folder)).getMessage();
        String expected = folder.resolve(file) + ": " + fault;
        assertEquals(expected, message.substring(0, Math.min(expected.length(), message.length())));
    }
}
