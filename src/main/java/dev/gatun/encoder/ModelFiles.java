package dev.gatun.encoder;

import dev.gatun.ElementType;
import dev.gatun.internal.encoder.EncoderWeights;
import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.encoder.ModelTensors;
import dev.gatun.internal.encoder.WeightPacking;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.weights.EmbeddingForm;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.io.TensorFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Loads a model from its files. */
final class ModelFiles {

    private ModelFiles() {
    }

    /**
     * Reads the tokenizer and packs a part of the weights on a thread of its own, while the calling thread opens the file of weights and
     * packs the rest. The thread ends with the call, or soon after if that fails.
     */
    static EncoderModel load(Path path, EncoderOptions options) {
        Helper helper = new Helper();
        FutureTask<Tokenizer> reading = helper.read(EncoderFile.tokenizer(path), options.ownThreads());
        try (EncoderFile file = EncoderFile.open(path)) {
            if (reading == null) {
                throw new TensorFileException(file.path().toString(), "has neither tokenizer.json nor vocab.txt beside it");
            }
            EncoderWeights weights = weights(file, options, helper);
            Tokenizer tokenizer = result(reading);
            if (tokenizer.size() > file.sizes().vocabulary()) {
                throw new TensorFileException(file.tokenizer().toString(), "has the token id %s; the model has embeddings of %s tokens"
                        .formatted(tokenizer.size() - 1, file.sizes().vocabulary()));
            }
            return EncoderModel.of(file.name(), config(file), weights, tokenizer, options);
        }
    }

    /** What a second thread does: it reads the tokenizer, and then helps with the weights if these are still packed. */
    private static final class Helper implements Callable<Tokenizer>, Runnable {

        private Path path;
        private FutureTask<Tokenizer> reading;
        private volatile WeightPacking packing;

        /** The reading of the tokenizer in a file, on the calling thread or begun on another; null if there is none. */
        private FutureTask<Tokenizer> read(Path tokenizer, boolean ownThread) {
            if (tokenizer == null) {
                return null;
            }
            path = tokenizer;
            reading = new FutureTask<>(this);
            if (!ownThread) {
                reading.run();
                return reading;
            }
            Thread thread = new Thread(this, "gatun-loader");
            thread.setDaemon(true);
            thread.start();
            return reading;
        }

        @Override
        public Tokenizer call() {
            return Tokenizer.load(path);
        }

        @Override
        public void run() {
            reading.run();
            if (packing != null) {
                packing.run();
            }
        }

        private EncoderWeights pack(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16) {
            packing = new WeightPacking(sizes, tensors, bfloat16);
            return packing.weights();
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

    private static EncoderWeights weights(EncoderFile file, EncoderOptions options, Helper helper) {
        try {
            return Allocation.of(() -> helper.pack(file.sizes(), new FileTensors(file), options.weights() == ElementType.BFLOAT16),
                    "the weights of ".concat(file.name()));
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
