package dev.gatun.internal.weights;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gatun.internal.weights.SmallEncoder.Option;
import dev.gatun.io.MemoryFolder;
import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph.Element;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as an {@code .onnx} file, or as the {@code config.json} beside a model: {@code -Dtest=EncoderFuzzTest#onnx}. */
@Timeout(10)
class EncoderFuzzTest {

    private static MemoryFolder models;
    private static MemoryFolder others;
    private static WatchedEncoder onnx;
    private static WatchedEncoder config;
    private static long weights;

    @BeforeAll
    static void open() throws IOException {
        models = new MemoryFolder();
        others = new MemoryFolder();
        Path path = models.file("m.onnx");
        onnx = new WatchedEncoder(path, path);
        byte[] bytes = SafeTensorsFiles.written(SmallEncoder.plain(), "F16").toBytes();
        weights = bytes.length;
        Path model = Files.write(others.file("model.safetensors"), bytes);
        config = new WatchedEncoder(others.file("config.json"), model);
    }

    @AfterAll
    static void close() {
        System.out.println("models: " + onnx.watch());
        System.out.println("configurations: " + config.watch());
        onnx.close();
        config.close();
        models.close();
        others.close();
    }

    static Stream<byte[]> encoders() {
        return Stream.of(
                SmallEncoder.plain().toOnnx(),
                SmallEncoder.plain(Option.GEMM, Option.NORM_NODE, Option.GELU_NODE, Option.BIAS_FIRST).toOnnx(),
                SmallEncoder.plain(Option.TRANSPOSE_NODE, Option.SCALE_BEFORE, Option.GELU_TANH, Option.CONSTANT_NODES).toOnnx(),
                SmallEncoder.plain(Option.JOINED_SHAPE, Option.SCALE_FROM_SHAPE, Option.SLICED_POSITIONS, Option.ONE_TYPE).toOnnx(),
                new SmallEncoder(5, Set.of(Option.GEMM_TRANSPOSED, Option.MASK_BY_CHOICE), Element.FLOAT16, OnnxConstant.Form.SINGLE)
                        .toOnnx(),
                new SmallEncoder(6, Set.of(Option.RELU, Option.COPIES), Element.DOUBLE, OnnxConstant.Form.PACKED).toOnnx());
    }

    static Stream<byte[]> configurations() {
        return Stream.of(SafeTensorsFiles.CONFIG.getBytes(StandardCharsets.UTF_8));
    }

    @DictionaryEntries({"Softmax", "MatMul", "Gemm", "Add", "Mul", "Div", "Sub", "Pow", "Sqrt", "ReduceMean", "Gather", "Reshape",
        "Transpose", "Cast", "Identity", "Constant", "LayerNormalization", "Gelu", "Where", "input_ids", "transB", "perm", "value"})
    @MethodSource("encoders")
    @FuzzTest
    void onnx(byte[] bytes) {
        onnx.open(bytes, 0);
    }

    @DictionaryEntries({"\"model_type\":", "\"bert\"", "\"distilbert\"", "\"num_attention_heads\":", "\"layer_norm_eps\":",
        "\"hidden_act\":", "\"relu\"", "\"gelu_new\"", "null", "1e-12", "\"is_decoder\":", "true", "false"})
    @MethodSource("configurations")
    @FuzzTest
    void configuration(byte[] bytes) {
        config.open(bytes, weights);
    }
}
