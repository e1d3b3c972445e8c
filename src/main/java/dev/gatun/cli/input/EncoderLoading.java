package dev.gatun.cli.input;

import dev.gatun.ElementType;
import dev.gatun.Workers;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.Pooling;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TextEncoder;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that load a text encoder. */
public final class EncoderLoading {

    private static final int MAX_THREADS = 1024;

    @Mixin
    private ModelArgument model;

    @Option(names = "--weights", paramLabel = "TYPE", converter = StoredWeights.Converter.class,
            description = "How weights are stored: float32 (the default), or bfloat16 in half of the memory.")
    private StoredWeights weights = StoredWeights.FLOAT32;

    @Option(names = "--pooling", paramLabel = "P", converter = PoolingConverter.class,
            description = "What makes an embedding of hidden states: mean or cls (as the model's files say).")
    private Pooling pooling;

    @Option(names = "--regime", paramLabel = "R",
            description = "Operators in place of attention, by layer and head, such as 'layer 0: bistochastic; head 5: circulation 0.8'.")
    private String regime;

    @Option(names = "--threads", paramLabel = "T",
            description = "Threads that share the work (all processors); results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    /** The types of stored weights. */
    enum StoredWeights {

        FLOAT32(ElementType.FLOAT32),
        BFLOAT16(ElementType.BFLOAT16);

        private final ElementType type;

        StoredWeights(ElementType type) {
            this.type = type;
        }

        /** Reads a type by its label. */
        static final class Converter extends EnumConverter<StoredWeights> {

            Converter() {
                super(StoredWeights.class);
            }
        }
    }

    /** Reads a pooling by its label. */
    static final class PoolingConverter extends EnumConverter<Pooling> {

        PoolingConverter() {
            super(Pooling.class);
        }
    }

    /** @throws Fault if there is no model, or a number is out of its range */
    public void check() {
        if (model.get() == null) {
            throw Fault.usage("which model? %s names it", ModelArgument.NAME);
        }
        if (threads < 1 || threads > MAX_THREADS) {
            throw Fault.usage("--threads must be 1 to %d, not %d", MAX_THREADS, threads);
        }
        regimes();
    }

    /** The number of threads that share the work. */
    public int threads() {
        return threads;
    }

    /** The model as it was given. */
    public String model() {
        return model.get();
    }

    /**
     * Loads the encoder.
     *
     * @throws Fault if there is no such model and none can be fetched, or the regimes name a layer or a head that it does not have
     */
    public TextEncoder open(Console console, Workers workers) {
        Path files = ModelSource.of(console).find(model.get());
        EncoderOptions options = EncoderOptions.defaults().withWeights(weights.type).withRegimes(regimes()).withWorkers(workers);
        options = pooling == null ? options : options.withPooling(pooling);
        try {
            return TextEncoder.open(files, options);
        } catch (IllegalArgumentException fault) {
            throw Fault.usage("--regime: %s", fault.getMessage());
        }
    }

    private Regimes regimes() {
        try {
            return regime == null ? Regimes.none() : Regimes.parse(regime);
        } catch (IllegalArgumentException fault) {
            throw Fault.usage("--regime: %s", fault.getMessage());
        }
    }
}
