package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.internal.weights.EmbeddingForm.StatePooling;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the files beside a model, or its name, say of embeddings. */
@Tag("any-width")
class EncoderFormTest {

    private static final String MODULES = """
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
             {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}%s]""";

    private static final String NORMALISE =
            ",{\"idx\": 2, \"path\": \"2_Normalize\", \"type\": \"sentence_transformers.models.Normalize\"}";

    @TempDir
    Path folder;

    @BeforeEach
    void model() throws IOException {
        Files.write(folder.resolve("model.onnx"), SmallEncoder.plain().toOnnx());
        Files.createDirectory(folder.resolve("1_Pooling"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private EmbeddingForm form() {
        try (EncoderFile file = EncoderFile.open(folder)) {
            return file.form();
        }
    }

    @Test
    void nothingSaid() {
        assertEquals(new EmbeddingForm(null, false, "", ""), form());
    }

    @Test
    void modules() throws IOException {
        write("modules.json", MODULES.formatted(""));
        write("1_Pooling/config.json", "{\"word_embedding_dimension\": 8, \"pooling_mode_cls_token\": true}");
        assertEquals(new EmbeddingForm(StatePooling.CLS, false, "", ""), form());
        write("modules.json", MODULES.formatted(NORMALISE));
        write("1_Pooling/config.json", "{\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true}");
        assertEquals(new EmbeddingForm(StatePooling.MEAN, true, "", ""), form());
        write("config_sentence_transformers.json", "{\"prompts\": {\"query\": \"q: \", \"document\": \"d: \"}}");
        assertEquals(new EmbeddingForm(StatePooling.MEAN, true, "q: ", "d: "), form());
    }

    @Test
    void poolingAlone() throws IOException {
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
        assertEquals(new EmbeddingForm(StatePooling.MEAN, false, "", ""), form());
    }

    /** A repository has the ONNX file in a folder of its own. */
    @Test
    void innerFolder() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("onnx"));
        Files.move(folder.resolve("model.onnx"), inner.resolve("model.onnx"));
        write("modules.json", MODULES.formatted(NORMALISE));
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
        write("vocab.txt", "");
        for (Path path : new Path[] {folder, inner.resolve("model.onnx")}) {
            try (EncoderFile file = EncoderFile.open(path)) {
                assertEquals(new EmbeddingForm(StatePooling.MEAN, true, "", ""), file.form());
                assertEquals(folder.getFileName().toString(), file.name());
                assertEquals(folder.resolve("vocab.txt"), file.tokenizer());
            }
        }
    }

    /** The folder around a model is not a part of it. */
    @Test
    void poolingOfAnotherFolder() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.move(folder.resolve("model.onnx"), inner.resolve("model.onnx"));
        write("config.json", "{\"pooling_mode_mean_tokens\": true}");
        write("inner/modules.json", "[{\"type\": \"a.Pooling\", \"path\": \"..\"}]");
        assertEquals(inner.resolve("modules.json") + ": '[0].path' is '..', which holds no config.json",
                assertThrows(TensorFileException.class, () -> EncoderFile.open(inner)).getMessage());
    }

    @Test
    void tokenizerOfTheSameName() throws IOException {
        Files.move(folder.resolve("model.onnx"), folder.resolve("e5-small-v2.onnx"));
        write("tokenizer.json", "");
        try (EncoderFile file = EncoderFile.open(folder)) {
            assertEquals(folder.resolve("tokenizer.json"), file.tokenizer());
        }
        write("e5-small-v2-tokenizer.json", "");
        try (EncoderFile file = EncoderFile.open(folder)) {
            assertEquals(folder.resolve("e5-small-v2-tokenizer.json"), file.tokenizer());
            assertEquals("e5-small-v2", file.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"all-MiniLM-L6-v2, MEAN, '', ''", "all-minilm-l12-v2, MEAN, '', ''", "e5-base-v2, MEAN, 'query: ', 'passage: '",
        "bge-small-en-v1.5, CLS, 'Represent this sentence for searching relevant passages: ', ''",
        "BGE-large-en, CLS, 'Represent this sentence for searching relevant passages: ', ''", "bge-small-en-v15, CLS, 'Represent this sentence for searching relevant passages: ', ''"})
    void knownNames(String name, StatePooling pooling, String query, String passage) throws IOException {
        Files.move(folder.resolve("model.onnx"), folder.resolve(name + ".onnx"));
        assertEquals(new EmbeddingForm(pooling, true, query, passage), form());
    }

    @Test
    void nameInTheConfiguration() throws IOException {
        write("config.json", "{\"model_type\": \"bert\", \"_name_or_path\": \"intfloat/e5-small-v2\"}");
        assertEquals(new EmbeddingForm(StatePooling.MEAN, true, "query: ", "passage: "), form());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "modules.json          | [{\"type\": \"models.Dense\"}] | '[0].type' is 'models.Dense'; an encoder with pooling and "
                + "normalisation is read",
        "modules.json          | [{\"type\": \"a.Pooling\", \"path\": \"../x\"}] | '[0].path' is '../x', which holds no config.json",
        "modules.json          | {}                                              | its value is an object, not an array",
        "1_Pooling/config.json | {\"pooling_mode_max_tokens\": true} | 'pooling_mode_max_tokens' is true; pooling by the mean or by "
                + "the first token is read",
        "1_Pooling/config.json | {} | asks for pooling by neither the mean nor the first token; the mean or the first token "
                + "is read",
        "1_Pooling/config.json | {\"pooling_mode_cls_token\": 1} | 'pooling_mode_cls_token' is a number, not true or false",
        "config_sentence_transformers.json | {\"prompts\": 1}                     | 'prompts' is a number, not an object",
    })
    void faults(String file, String text, String fault) throws IOException {
        write(file, text);
        assertEquals(folder.resolve(file) + ": " + fault, assertThrows(TensorFileException.class, this::form).getMessage());
    }
}
