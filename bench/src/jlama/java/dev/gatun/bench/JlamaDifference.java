package dev.gatun.bench;

import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.model.functions.Generator.PoolingType;
import com.github.tjake.jlama.safetensors.DType;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.weights.EncoderFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** How far Jlama's embeddings are from those of the model, and from those of {@link ChangedEncoder}. The argument is an ONNX file. */
public final class JlamaDifference {

    private static final List<String> TEXTS = List.of("Hello", "A lake joins two oceans.",
            "Ships rise to the lake through three locks, and the water of the lake flows into the sea.");

    private JlamaDifference() {
    }

    /**
     * Prints the differences.
     *
     * @param args the model's ONNX file, with its tokenizer beside it
     * @throws IOException if the model cannot be written for Jlama
     */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("jlama");
        try (EncoderFile file = EncoderFile.open(Path.of(args[0])); TextEncoder ours = TextEncoder.open(Path.of(args[0]))) {
            JlamaModel.write(file, folder);
            AbstractModel jlama = ModelSupport.loadEmbeddingModel(folder.toFile(), DType.F32, DType.F32);
            ChangedEncoder changed = new ChangedEncoder(new FileTensors(file), file.sizes());
            System.out.println("| tokens | cosine to the model | 1 - cosine to the model with three changes |");
            System.out.println("|---|---|---|");
            for (String text : TEXTS) {
                int[] tokens = ours.tokenizer().tokenize(text).ids();
                if (!Arrays.equals(tokens, Arrays.stream(jlama.getTokenizer().encode(text)).mapToInt(Math::toIntExact).toArray())) {
                    throw new IllegalStateException("other tokens of: " + text);
                }
                float[] embedding = jlama.embed(text, PoolingType.AVG);
                System.out.printf(Locale.ROOT, "| %d | %.2f | %.1e |%n", tokens.length, cosine(doubles(ours.embed(text)), embedding),
                        1 - cosine(changed.embed(tokens), embedding));
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
            }
        }
        System.exit(0);    // Jlama leaves threads behind
    }

    private static double[] doubles(float[] entries) {
        double[] doubles = new double[entries.length];
        Arrays.setAll(doubles, i -> entries[i]);
        return doubles;
    }

    /** The cosine in float64: Jlama's vectors are of unit length to float32 only. */
    private static double cosine(double[] x, float[] y) {
        double product = 0;
        double ofX = 0;
        double ofY = 0;
        for (int c = 0; c < y.length; c++) {
            product += x[c] * y[c];
            ofX += x[c] * x[c];
            ofY += (double) y[c] * y[c];
        }
        return product / Math.sqrt(ofX * ofY);
    }
}
