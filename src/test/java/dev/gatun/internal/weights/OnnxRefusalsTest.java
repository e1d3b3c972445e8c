package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.internal.weights.SmallEncoder.Flaw;
import dev.gatun.io.TensorFileException;
import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph;
import dev.gatun.onnx.OnnxGraph.Element;
import dev.gatun.onnx.OnnxNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX files that are no encoders of the BERT family, or damaged: each is refused in one sentence. */
@Tag("any-width")
class OnnxRefusalsTest {

    private static final String OTHER = "is not a BERT encoder: ";

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("m.onnx");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "CAUSAL              | the scores before the Softmax node 't[0-9]+' depend on the Trilu node '[^']+', as in decoders and "
                + "with windows",
        "COMPARED_POSITIONS  | the scores before the Softmax node .* depend on the LessOrEqual node .*, as in decoders and with windows",
        "LEARNED_BIAS        | the scores before .* depend on the stored tensor 't[0-9]+', as with relative positions or causal masks",
        "RELATIVE            | the input of the Softmax node .* has 2 products of computed tensors, as with relative positions",
        "ROTARY              | the queries before .* come from the Add node .*, not straight from a dense layer, as with rotary pos.*",
        "SPLIT_PROJECTION    | the queries before .* come from the Slice node .*, not straight from a dense layer, .*",
        "OTHER_KEYS          | queries come from 't[0-9]+', but keys or values from 'encoded', as in decoders",
        "NORM_BEFORE         | the attention on 't[0-9]+' takes no result of the 1 layers before it",
        "GATED               | layer 0: 2 dense layers, not one, take the normalised result of the attention",
        "SCALE               | layer 0: its scores are multiplied by 0.75[0-9]*, not by 1/sqrt\\(4\\)",
        "SILU                | layer 0: its activation is none of GELU, by erf or tanh, and ReLU",
        "NO_ATTENTION        | its graph has no softmax of products of queries and keys",
        "POSITIONS_OF_TOKENS | rows of 't[0-9]+' are chosen by what is computed from the values of 'input_ids', as "
                + "positions are in RoBERTa",
        "NO_POSITIONS        | it has no position embeddings",
        "TWO_WORDS           | the tensors 't[0-9]+' and 't[0-9]+' are both embeddings by token",
        "EPSILONS            | its normalisations add 1.0E-6 and 1.0E-5 to variances",
        "ACTIVATIONS         | its layers have the activations GELU and RELU",
        "SCALED_VALUES       | the values after the Softmax node 't[0-9]+' are multiplied by 2.0",
        "SOFTMAX_OVER_QUERIES | the Softmax node 't[0-9]+' runs over axis 2, not over keys",
        "MEAN_OF_TOKENS      | no attention takes a normalised sum of word and position embeddings",
        "POSITIONS_FROM_TWO  | the row of 't[0-9]+' for token 0 is 2",
        "SLICE_FROM_TWO      | positions begin at 2, by the Slice node 't[0-9]+'",
        "VECTORS_FROM_TWO    | positions begin at 2, by the Slice node 't[0-9]+'",
        "EVERY_OTHER_POSITION | positions are 2 apart, by the Slice node 't[0-9]+'",
        "LISTED_POSITIONS    | the rows of 't[0-9]+' for tokens are stored in a form that is not read",
        "SUBTRACTED_SCORES   | the Sub node 't[0-9]+' does more to the scores before the Softmax node 't[0-9]+' than scale or mask them",
        "MASK_AS_FACTOR      | the Mul node 't[0-9]+' does more to the scores before .*",
        "SCORES_AS_DIVISOR   | the Div node 't[0-9]+' does more to the scores before .*",
        "SCORES_AS_CHOICE    | the Where node 't[0-9]+' does more to the scores before .*",
        "LIMITED_SCORES      | the Min node 't[0-9]+' does more to the scores before .*",
        "SCORES_TWICE        | the scores before .* depend on the stored tensor 't[0-9]+', as with .*",
        "NEGATIVE_EPSILON    | its normalisations add -1.0 to variances, not a number of 0 to 1",
        "ROUNDED_WEIGHTS     | the queries before .* come from the Add node .*, not straight from a dense layer, .*",
        "UNUSED              | the result of the last layer found, 't[0-9]+', is not used",
    })
    void otherModels(Flaw flaw, String fault) throws IOException {
        assertRefused(SmallEncoder.plain().with(flaw).toOnnx(), OTHER + fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "QUANTISED     | is quantised, by the DequantizeLinear node 't[0-9]+': take the float32 or float16 model, often "
                + "model.onnx beside it",
        "FUSED         | was optimised for one runtime, to the FusedMatMul node 't[0-9]+': take the model as it was exported",
        "SHORT_BIAS    | layer 1: the output bias has shape \\(7,\\), not 8 entries",
        "TALL_BIAS     | layer 1: the output bias has shape \\(8, 1\\), not 8 entries",
        "NO_INTERMEDIATE | layer 0: the intermediate weights are 8 x 0",
        "WIDE_KEYS     | layer 1: the key weights are 8 x 16, not 8 x 8",
        "DECODER_INPUT | is not a BERT encoder: the input 'past_key_values.0.key' is that of a decoder",
    })
    void damagedModels(Flaw flaw, String fault) throws IOException {
        assertRefused(SmallEncoder.plain().with(flaw).toOnnx(), fault);
    }

    static Stream<Object[]> storages() {
        return Stream.of(Flaw.SHORT_WEIGHTS, Flaw.LONG_WEIGHTS).flatMap(flaw -> Stream.of(Element.FLOAT, Element.FLOAT16, Element.DOUBLE)
                .flatMap(element -> Stream.of(OnnxConstant.Form.values()).map(form -> new Object[] {flaw, element, form})));
    }

    @ParameterizedTest
    @MethodSource("storages")
    void tooFewOrTooManyEntries(Flaw flaw, Element element, OnnxConstant.Form form) throws IOException {
        int size = element == Element.FLOAT ? 4 : element == Element.DOUBLE ? 8 : 2;
        assertRefused(new SmallEncoder(1, Set.of(), element, form).with(flaw).toOnnx(), "tensor 't[0-9]+': shape \\(12, 8\\) needs "
                + 96 * size + " bytes, but " + (flaw == Flaw.SHORT_WEIGHTS ? 95 : 97) * size + " are stored");
    }

    /** No flaw goes untested. */
    @Test
    void everyFlaw() throws ReflectiveOperationException {
        String listed = Stream.of("otherModels", "damagedModels").flatMap(method -> Arrays.stream(Stream
                .of(OnnxRefusalsTest.class.getDeclaredMethods()).filter(one -> one.getName().equals(method)).findFirst().orElseThrow()
                .getAnnotation(CsvSource.class).value())).collect(Collectors.joining("\n"));
        for (Flaw flaw : Flaw.values()) {
            assertTrue(flaw == Flaw.NONE || listed.contains(flaw + " ") || flaw.name().endsWith("_WEIGHTS"), flaw::toString);
        }
    }

    @Test
    void functionsOfOtherDomains() throws IOException {
        assertRefused(new OnnxGraph("g").with(OnnxNode.contributed("Encode", "y", "x")).toModel(), OTHER
                + "its graph has no softmax of products of queries and keys in the open, but the Encode node 'y' of the domain "
                + "'com.microsoft'");
    }

    /** The configuration beside a model is compared with it. */
    @Test
    void headsOfAConfiguration() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\", \"num_attention_heads\": 4}");
        assertRefused(SmallEncoder.plain().toOnnx(), "has 2 heads a layer, but its configuration says 4");
    }

    /** Of tensors in another file, which is in the folder. */
    @Test
    void otherFiles() throws IOException {
        SmallEncoder encoder = SmallEncoder.plain(SmallEncoder.Option.ELSEWHERE);
        byte[] model = encoder.toOnnx();
        Path other = folder.resolve(SmallEncoder.OTHER_FILE);
        Files.write(path, model);
        assertEquals(other + ": no such file", assertThrows(TensorFileException.class, () -> EncoderFile.open(path)).getMessage());
        Files.write(other, Arrays.copyOf(encoder.other(), encoder.other().length - 1));
        assertRefused(model, "tensor 't[0-9]+': needs 32 bytes of 'small.onnx_data' from byte [0-9]+ on, which has [0-9]+");
        Files.write(other, new byte[1]);
        assertRefused(model, "tensor 't[0-9]+': needs 352 bytes of 'small.onnx_data' from byte 0 on, which has 1");
        String text = new String(model, StandardCharsets.ISO_8859_1);
        assertRefused(text.replace("small.onnx_data", "../l.onnx_dataa").getBytes(StandardCharsets.ISO_8859_1),
                "refers to the file '../l.onnx_dataa', which is not in its folder");
        assertRefused(text.replace("\022\001" + "0", "\022\001x").getBytes(StandardCharsets.ISO_8859_1),
                "is not an ONNX model, or is damaged: at byte [0-9]+ a tensor's place in another file is 'x', not a number");
    }

    /** Of no entries, behind the end of another file. */
    @Test
    void nothingOfAnotherFile() throws IOException {
        Files.write(folder.resolve("other"), new byte[1]);
        assertRefused(new OnnxGraph("g").with(OnnxConstant.elsewhere("axes", Element.INT64, "other", "10", "0", 0))
                .with(OnnxNode.of("ReduceMean", "m", "x", "axes")).with(OnnxNode.of("Sub", "d", "x", "m")).toModel(),
                "tensor 'axes': needs 0 bytes of 'other' from byte 10 on, which has 1");
    }

    /** Other files may be called whatever a folder can hold. */
    @ParameterizedTest
    @ValueSource(strings = {"my file.data", "-x", ".hidden", "..."})
    void namesOfOtherFiles(String name) throws IOException {
        Files.write(path, referringTo(name));
        assertEquals(folder.resolve(name) + ": no such file",
                assertThrows(TensorFileException.class, () -> EncoderFile.open(path)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "/etc/x", "a/b", "a\\b", "c:x"})
    void namesThatLeadElsewhere(String name) throws IOException {
        assertRefused(referringTo(name), "refers to the file '" + Pattern.quote(name) + "', which is not in its folder");
    }

    private static byte[] referringTo(String name) {
        return new OnnxGraph("g").with(OnnxConstant.elsewhere("axes", Element.INT64, name, "0", "8", 1))
                .with(OnnxNode.of("ReduceMean", "m", "x", "axes")).with(OnnxNode.of("Sub", "d", "x", "m")).toModel();
    }

    @Test
    void files() throws IOException {
        assertRefused(new byte[0], "is empty");
        assertRefused("version https://git-lfs.github.com/spec/v1\noid".getBytes(StandardCharsets.US_ASCII),
                "is the pointer that Git LFS leaves in place of a file: fetch the file itself, as by git lfs pull");
        assertRefused("<!DOCTYPE html>".getBytes(StandardCharsets.US_ASCII),
                "is not an ONNX model, or is damaged: at byte 0 field 7 has wire type 4, which is none of 0, 1, 2 and 5");
        assertRefused(new byte[] {8, 6}, "is not an ONNX model: it has no graph");
        assertRefused(new byte[] {58, 0}, OTHER + "its graph has no softmax of products of queries and keys");
        assertFault(folder.resolve("none.onnx"), "no such file");
        assertFault(folder.resolve("empty.d"), "no such file");
        Files.createDirectory(folder.resolve("empty.d"));
        assertFault(folder.resolve("empty.d"), "holds neither model.safetensors nor model.onnx");
        Files.createFile(folder.resolve("empty.d/pytorch_model.bin"));
        assertFault(folder.resolve("empty.d"), "holds neither model.safetensors nor model.onnx; pytorch_model.bin is not read: "
                + "save the model as safetensors");
        Files.createFile(folder.resolve("empty.d/a.onnx"));
        assertFault(folder.resolve("empty.d"), "is empty");
        Files.createFile(folder.resolve("empty.d/b.onnx"));
        assertFault(folder.resolve("empty.d"), "holds 2 files of weights, none of them model.safetensors or model.onnx: name one");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "3a            | at byte 0 1 bytes are needed, but 0 are left",
        "3a 05 0a      | at byte 0 field 7 claims 5 bytes, but 1 are left",
        "3a ff ff ff ff ff ff ff ff ff 01 | at byte 0 field 7 claims 18446744073709551615 bytes, but 0 are left",
        "3a 02 0a 01   | at byte 2 field 1 claims 1 bytes, but 0 are left",
        "3a 02 0b 00   | at byte 2 field 1 has wire type 3, which is none of 0, 1, 2 and 5",
        "3a 02 08 01   | at byte 2 field 1 is not a string or a message: it has wire type 0",
        "3a 02 5a 00 3a 04 5a 02 08 01 | at byte 8 field 1 is not a string or a message: it has wire type 0",
        "3a 04 2a 02 12 00 | at byte 4 field 2 is not an integer: it has wire type 2",
        "3a 06 0a 04 2a 02 10 01 | at byte 6 field 2 is not a float: it has wire type 0",
        "00 00         | at byte 0 no field has the number 0",
        "ff ff ff ff ff ff ff ff ff ff 01 | at byte 0 an integer has more than 10 bytes",
        "0d 00 00      | at byte 0 4 bytes are needed, but 2 are left",
        "09 00 00      | at byte 0 8 bytes are needed, but 2 are left",
        "80 80 80 80 80 01 00 | at byte 0 no field has the number 4294967296",
        "3a 05 0a 03 0a 01 ff | at byte 4 field 1 is not UTF-8",
        "3a 14 2a 12 08 01 08 01 08 01 08 01 08 01 08 01 08 01 08 01 08 01 | at byte 20 a tensor has more than 8 dimensions",
        "3a 0d 2a 0b 08 ff ff ff ff ff ff ff ff ff 01 | at byte 4 a tensor has a dimension of -1",
    })
    void wireFormat(String bytes, String fault) throws IOException {
        String[] digits = bytes.trim().split(" ");
        byte[] content = new byte[digits.length];
        for (int i = 0; i < digits.length; i++) {
            content[i] = (byte) Integer.parseInt(digits[i], 16);
        }
        assertRefused(content, "is not an ONNX model, or is damaged: " + fault);
    }

    private void assertRefused(byte[] bytes, String fault) throws IOException {
        Files.write(path, bytes);
        String message = assertThrows(TensorFileException.class, () -> EncoderFile.open(path)).getMessage();
        assertTrue(message.matches("(?s)" + Pattern.quote(path + ": ") + fault) || message.equals(path + ": " + fault), message);
    }

    private static void assertFault(Path file, String fault) {
        String message = assertThrows(TensorFileException.class, () -> EncoderFile.open(file)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertEquals(fault, message.substring(message.indexOf(": ") + 2));
    }
}
