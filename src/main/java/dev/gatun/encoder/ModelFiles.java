package dev.gatun.encoder;

import dev.gatun.ElementType;
import dev.gatun.internal.encoder.EncoderWeights;
import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.weights.EmbeddingForm;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.io.TensorFileException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Loads a model from its files. */
final class ModelFiles {

    private ModelFiles() {
    }

    /** Reads the tokenizer on a thread of its own while the calling thread reads the weights, which takes about as long. */
    static EncoderModel load(Path path, EncoderOptions options) {
        try (EncoderFile file = EncoderFile.open(path)) {
            if (file.tokenizer() == null) {
                throw new TensorFileException(file.path().toString(), "has neither tokenizer.json nor vocab.txt beside it");
            }
            FutureTask<Tokenizer> reading = new FutureTask<>(() -> Tokenizer.load(file.tokenizer()));
            Thread reader = new Thread(reading, "gatun-tokenizer");
            reader.setDaemon(true);
            reader.start();
            EncoderWeights weights = weights(file, options);
            Tokenizer tokenizer = result(reading);
            if (tokenizer.size() > file.sizes().vocabulary()) {
                throw new TensorFileException(file.tokenizer().toString(), "has the token id %s; the model has embeddings of %s tokens"
                        .formatted(tokenizer.size() - 1, file.sizes().vocabulary()));
            }
            return EncoderModel.of(file.name(), config(file), weights, tokenizer, options);
        }
    }

    /** Waits for a result, also if the thread is interrupted, which stays so. */
    private static <T> T result(FutureTask<T> task) {
        boolean interrupted = false;
        while (true) {
            try {
                T result = task.get();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return result;
            } catch (InterruptedException later) {
                interrupted = true;
            } catch (ExecutionException fault) {
                switch (fault.getCause()) {
                    case RuntimeException unchecked -> throw unchecked;
                    case Error error -> throw error;
                    case Throwable checked -> throw new IllegalStateException(checked);
                }
            }
        }
    }

    private static EncoderWeights weights(EncoderFile file, EncoderOptions options) {
        try {
            return Allocation.of(() -> EncoderWeights.of(file.sizes(), new FileTensors(file), options.weights() == ElementType.BFLOAT16),
                    "the weights of " + file.name());
        } catch (IllegalArgumentException fault) {
            throw new TensorFileException(file.path().toString(), "is no usable model: " + fault.getMessage(), fault);
        }
    }

    private static EncoderConfig config(EncoderFile file) {
        EncoderSizes sizes = file.sizes();
        EmbeddingForm form = file.form();
        boolean told = form.pooling() != null;
        Pooling pooling = told && form.pooling() == EmbeddingForm.StatePooling.CLS ? Pooling.CLS : Pooling.MEAN;
        return new EncoderConfig(sizes.layers(), sizes.heads(), sizes.hidden(), sizes.intermediate(), sizes.vocabulary(),
                sizes.positions(), sizes.types(), sizes.epsilon(), pooling, !told || form.normalised(), form.queryPrefix(),
                form.passagePrefix());
    }
}
