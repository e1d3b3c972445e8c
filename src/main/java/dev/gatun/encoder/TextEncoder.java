package dev.gatun.encoder;

import dev.gatun.Matrix;
import dev.gatun.internal.view.Checks;
import dev.gatun.io.TensorFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Embeddings of texts: an {@link EncoderModel} and the {@linkplain EncoderPlan plans} that its callers need. Any number of threads may
 * call it; each call takes a plan that is free, or creates one, and gives it back. No lock is held.
 *
 * <p>A text must not have more than {@link #maxTokens} tokens, special tokens and prefix included: it is refused, or cut where
 * {@link EncoderOptions#withTruncation} asks for it.
 *
 * {@snippet :
 * try (TextEncoder encoder = TextEncoder.open(Path.of("all-minilm-l6-v2.onnx"))) {
 *     float[] lake = encoder.embed("A lake that joins two oceans.");
 *     float[][] both = encoder.embed(List.of("first", "second"));
 * }
 * }
 */
public final class TextEncoder implements AutoCloseable {

    /** The tokens of a batch of several texts, in largest texts. */
    private static final int TEXTS_OF_BATCH = 8;

    /** Plans for 1, 2, 4, ... largest texts, and how many kinds of them are kept. */
    private static final int KEPT_SIZES = 8;

    private final EncoderModel model;
    private final List<Queue<EncoderPlan>> plans = new ArrayList<>();
    private volatile boolean closed;

    private TextEncoder(EncoderModel model) {
        this.model = model;
        for (int size = 0; size < KEPT_SIZES; size++) {
            plans.add(new ConcurrentLinkedQueue<>());
        }
    }

    /**
     * Loads a model with the default options.
     *
     * @param path as in {@link EncoderModel#load(Path)}
     * @return the encoder
     * @throws TensorFileException   if a file cannot be read, or is not such a model; the message names it and the fault
     * @throws IllegalStateException if the JVM has no vectors for the kernels
     */
    public static TextEncoder open(Path path) {
        return of(EncoderModel.load(path));
    }

    /**
     * Loads a model.
     *
     * @param path    as in {@link EncoderModel#load(Path)}
     * @param options as in {@link EncoderModel#load(Path, EncoderOptions)}
     * @return the encoder
     * @throws TensorFileException      likewise
     * @throws IllegalArgumentException if the regimes name a layer or a head that the model does not have
     * @throws IllegalStateException    likewise
     */
    public static TextEncoder open(Path path, EncoderOptions options) {
        return of(EncoderModel.load(path, options));
    }

    /**
     * An encoder of a loaded model, which other encoders may share.
     *
     * @param model the model
     * @return the encoder
     */
    public static TextEncoder of(EncoderModel model) {
        Checks.given(model, "the model");
        return new TextEncoder(model);
    }

    /**
     * The embedding of a text.
     *
     * @param text the text, which may be empty
     * @return D components
     * @throws IllegalArgumentException if the text has too many tokens
     * @throws IllegalStateException    if the encoder is closed, or a head has no result: see {@link EncoderPlan#embed}
     */
    public float[] embed(String text) {
        return embed(text, InputKind.PLAIN);
    }

    /**
     * The embedding of a text with the prefix of its kind.
     *
     * @param text the text, which may be empty
     * @param kind what it is to a search
     * @return D components
     * @throws IllegalArgumentException likewise
     * @throws IllegalStateException    likewise
     */
    public float[] embed(String text, InputKind kind) {
        TokenizedText tokens = tokenize(text, kind);
        TokenBatch batch = new TokenBatch(tokens.count(), 1);
        batch.add(tokens);
        float[][] embedding = new float[1][dimension()];
        embed(batch, embedding, 0);
        return embedding[0];
    }

    /**
     * The embeddings of texts.
     *
     * @param texts the texts, any number of them
     * @return D components for each
     * @throws IllegalArgumentException if a text has too many tokens
     * @throws IllegalStateException    if the encoder is closed, or a head has no result
     */
    public float[][] embed(List<String> texts) {
        return embed(texts, InputKind.PLAIN);
    }

    /**
     * The embeddings of texts with the prefix of their kind.
     *
     * @param texts the texts, any number of them
     * @param kind  what they are to a search
     * @return D components for each
     * @throws IllegalArgumentException likewise
     * @throws IllegalStateException    likewise
     */
    public float[][] embed(List<String> texts, InputKind kind) {
        requireOpen();
        Checks.given(texts, "the texts");
        List<int[]> tokens = new ArrayList<>(texts.size());
        for (String text : texts) {
            tokens.add(tokenize(text, kind).ids());
        }
        return embedTokens(tokens);
    }

    /**
     * The embeddings of texts that are tokens already.
     *
     * @param texts the token ids of each text, with the special tokens; any number of texts
     * @return D components for each
     * @throws IllegalArgumentException if a text has no token or too many, or an id is not one of the model
     * @throws IllegalStateException    if the encoder is closed, or a head has no result
     */
    public float[][] embedTokens(List<int[]> texts) {
        requireOpen();
        Checks.given(texts, "the texts");
        long total = texts.stream().mapToLong(text -> text.length).sum();
        float[][] embeddings = new float[texts.size()][dimension()];
        TokenBatch batch = new TokenBatch((int) Math.clamp(total, 1, (long) TEXTS_OF_BATCH * maxTokens()), Math.max(texts.size(), 1));
        int first = 0;
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).length > batch.maxTokens() - batch.tokens() && batch.texts() > 0) {
                embed(batch, embeddings, first);
                batch.clear();
                first = i;
            }
            batch.add(texts.get(i));
        }
        if (batch.texts() > 0) {
            embed(batch, embeddings, first);
        }
        return embeddings;
    }

    /**
     * Computes the embeddings of a batch.
     *
     * @param batch the tokens, of any number of texts
     * @param out   as in {@link EncoderPlan#embed(TokenBatch, Matrix)}
     * @throws IllegalArgumentException likewise
     * @throws IllegalStateException    likewise; also if the encoder is closed
     */
    public void embed(TokenBatch batch, Matrix out) {
        Checks.given(batch, "the batch");
        EncoderPlan plan = take(batch);
        try {
            plan.embed(batch, out);
        } finally {
            giveBack(plan);
        }
    }

    /**
     * The embeddings of a batch.
     *
     * @param batch the tokens, of any number of texts
     * @return D components for each text
     * @throws IllegalArgumentException as in {@link EncoderPlan#embed(TokenBatch, Matrix)}
     * @throws IllegalStateException    likewise; also if the encoder is closed
     */
    public float[][] embed(TokenBatch batch) {
        Checks.given(batch, "the batch");
        float[][] embeddings = new float[batch.texts()][dimension()];
        embed(batch, embeddings, 0);
        return embeddings;
    }

    private void embed(TokenBatch batch, float[][] out, int from) {
        EncoderPlan plan = take(batch);
        try {
            plan.embed(batch, out, from);
        } finally {
            giveBack(plan);
        }
    }

    /**
     * The tokens of a text as {@link #embed(String, InputKind)} takes them.
     *
     * @param text the text
     * @param kind what it is to a search: its prefix is put before it
     * @return the tokens, with special tokens, cut where the options ask for it
     * @throws IllegalArgumentException if the text has too many tokens
     */
    public TokenizedText tokenize(String text, InputKind kind) {
        Checks.given(text, "the text");
        Checks.given(kind, "the kind of the text");
        String prefixed = model.config().prefix(kind) + text;
        if (model.options().truncation()) {
            return tokenizer().tokenize(prefixed, maxTokens());
        }
        TokenizedText tokens = tokenizer().tokenize(prefixed);
        if (tokens.count() > maxTokens()) {
            throw new IllegalArgumentException("the text has %s tokens; the model takes at most %s, special tokens included"
                    .formatted(tokens.count(), maxTokens()));
        }
        return tokens;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the encoder is closed");
        }
    }

    /** The size of the plan for a batch: twice as many tokens from one size to the next. */
    private int size(int tokens) {
        int texts = (tokens - 1) / maxTokens() + 1;
        return Integer.SIZE - Integer.numberOfLeadingZeros(texts - 1);
    }

    private EncoderPlan take(TokenBatch batch) {
        requireOpen();
        int size = size(Math.max(batch.tokens(), 1));
        EncoderPlan plan = size < KEPT_SIZES ? plans.get(size).poll() : null;
        if (plan != null) {
            return plan;
        }
        int tokens = (int) Math.min((long) maxTokens() << size, Integer.MAX_VALUE);
        return EncoderPlan.of(model, tokens, tokens);
    }

    private void giveBack(EncoderPlan plan) {
        int size = size(plan.maxTokens());
        if (size < KEPT_SIZES) {
            plans.get(size).add(plan);
        }
        if (closed) {
            close();
        }
    }

    /** {@return the components of an embedding, D} */
    public int dimension() {
        return model.config().hidden();
    }

    /** {@return the largest number of tokens of a text, special tokens included} */
    public int maxTokens() {
        return model.config().positions();
    }

    /** {@return the tokenizer of the model} */
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** {@return the name of the model} */
    public String name() {
        return model.name();
    }

    /** {@return the model} */
    public EncoderModel model() {
        return model;
    }

    /** Releases the memory of all plans. Calls that are running end as usual; later ones are refused. */
    @Override
    public void close() {
        closed = true;
        plans.forEach(Queue::clear);
    }
}
