package dev.gatun.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph.Element;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the entries of a tensor are. */
@Tag("any-width")
class OnnxTensorTest {

    @TempDir
    Path folder;

    /** A tensor that several layers share takes memory once. */
    @ParameterizedTest
    @EnumSource
    void entriesAreCollectedOnce(OnnxConstant.Form form) throws IOException {
        Path path = Files.write(folder.resolve("m.onnx"), new dev.gatun.onnx.OnnxGraph("g")
                .with(OnnxConstant.of("w", Element.FLOAT16, form, new float[] {1, -2, 0.5f}, 3)).toModel());
        try (ModelFile file = ModelFile.open(path)) {
            OnnxTensor tensor = OnnxModel.read(file).initialisers().get("w");
            StoredNumbers first = tensor.numbers();
            StoredNumbers second = tensor.numbers();
            assertEquals(form != OnnxConstant.Form.RAW, first.bytes().heapBase().isPresent());
            assertSame(first.bytes().heapBase().orElse(null), second.bytes().heapBase().orElse(null));
        }
    }
}
