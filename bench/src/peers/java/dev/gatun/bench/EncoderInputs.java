package dev.gatun.bench;

import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;

/** Texts of random tokens between {@code [CLS]} and {@code [SEP]}, and the model that embeds them. */
final class EncoderInputs {

    static final String MODEL = "all-minilm-l6-v2";
    static final String INT8_MODEL = "all-minilm-l6-v2-q";

    private static final int CLS = 101;
    private static final int SEP = 102;

    /** Ids of whole words and of pieces of words. */
    private static final int FIRST_WORD = 1000;
    private static final int END_OF_WORDS = 29_000;

    private EncoderInputs() {
    }

    /**
     * The tokens of a batch.
     *
     * @param batch the tokens of one text, such as {@code 64}, or texts and the range of their tokens, such as {@code 32x8..128}
     */
    static int[][] texts(String batch) {
        String[] parts = batch.split("x");
        if (parts.length == 1) {
            int tokens = Integer.parseInt(batch);
            return new int[][] {text(new Random(tokens), tokens)};
        }
        String[] range = parts[1].split("\\.\\.");
        int least = Integer.parseInt(range[0]);
        int most = Integer.parseInt(range[1]);
        Random random = new Random(4);
        int[][] texts = new int[Integer.parseInt(parts[0])][];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(random, random.nextInt(least, most + 1));
        }
        return texts;
    }

    private static int[] text(Random random, int tokens) {
        int[] ids = random.ints(tokens, FIRST_WORD, END_OF_WORDS).toArray();
        ids[0] = CLS;
        ids[tokens - 1] = SEP;
        return ids;
    }

    /** Loads the model. */
    static EncoderModel model(EncoderOptions options) {
        return EncoderModel.load(file(MODEL), options);
    }

    /** The file of a model on the class path, copied to the temporary folder once, with the tokenizer beside it. */
    static Path file(String name) {
        copy(name + "-tokenizer.json");
        return copy(name + ".onnx");
    }

    private static Path copy(String resource) {
        try (InputStream content = EncoderInputs.class.getResourceAsStream("/" + resource)) {
            if (content == null) {
                throw new FileNotFoundException(resource + " is not on the class path");
            }
            Path folder = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "gatun-bench"));
            Path file = folder.resolve(resource);
            if (!Files.exists(file)) {
                Path unfinished = Files.createTempFile(folder, resource, ".part");
                Files.copy(content, unfinished, StandardCopyOption.REPLACE_EXISTING);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
