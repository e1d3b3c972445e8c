package dev.gatun.encoder;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.internal.encoder.ForwardPass;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.Crew;
import dev.gatun.kernel.ArrayLength;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An {@link EncoderModel} for servers: created once for the largest batch, and run on another {@link TokenBatch} at each call.
 *
 * <p>The texts of a batch are computed together without padding. The result of a text is the same to the last bit alone or in any batch,
 * for any number of workers, and whatever size the plan has room for.
 *
 * <p>The plan owns its scratch memory, about {@code 5 D + 1} floats for each token and that of one head for each worker. A call that uses
 * only the calling thread allocates nothing on the heap once its code is compiled, unless a {@linkplain Regimes regime} other than
 * attention is chosen: such heads allocate, and take several times as long. A call takes no lock. A plan runs one call at a time and
 * refuses a second one meanwhile, so each thread needs its own plan. Threads may be interrupted during a call, which goes on.
 *
 * <p>In a new virtual machine the first calls on short texts do without the kernels, which are slow until the compiler has come to them; a
 * thread of low priority runs these meanwhile, unless {@link EncoderOptions#withoutOwnThreads} forbids it. Results are the same.
 *
 * <p>Every call checks the batch and the memory of its results first; a call that is refused has written nothing.
 */
public final class EncoderPlan {

    private static final ValueLayout.OfFloat ENTRY = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private final EncoderModel model;
    private final EncoderConfig config;
    private final int[] ids;
    private final int[] offsets;
    private final ForwardPass pass;
    private final float[] embedding;

    /** The queries, keys and values that a call is to write. */
    private final TensorView[] outputs = new TensorView[ForwardPass.STATES_OF_ROW];
    private final HeadStore store = new HeadStore();
    private final CallGuard guard = new CallGuard();
    private int texts;

    private EncoderPlan(EncoderModel model, int maxTokens, int maxTexts) {
        this.model = model;
        this.config = model.config();
        this.ids = new int[maxTokens];
        this.offsets = new int[maxTexts + 1];
        this.pass = new ForwardPass(model.weights(), maxTokens, model.operations(), Crew.OF_WORKERS.look(model.workers()),
                model.options().ownThreads());
        this.embedding = new float[config.hidden()];
    }

    /**
     * Creates a plan.
     *
     * @param model     the model
     * @param maxTokens the largest number of tokens of a batch
     * @param maxTexts  the largest number of texts of a batch
     * @return the plan
     * @throws IllegalArgumentException if a number is not positive, or so large that no array holds the states of a batch
     * @throws OutOfMemoryError         if there is not enough memory for the plan; the message names the plan
     */
    public static EncoderPlan of(EncoderModel model, int maxTokens, int maxTexts) {
        VectorApi.require();
        Checks.given(model, "the model");
        Checks.positive(maxTokens, "tokens of a plan");
        Checks.positive(maxTexts, "texts of a plan");
        ArrayLength.of(maxTokens, ForwardPass.STATES_OF_ROW * (long) model.config().hidden());
        ArrayLength.of(maxTexts + 1L);
        return Allocation.of(() -> new EncoderPlan(model, maxTokens, maxTexts),
                "a plan of ".concat(model.name()).concat(" for ").concat(Integer.toString(maxTokens)).concat(" tokens of ")
                        .concat(Integer.toString(maxTexts)).concat(" texts"));
    }

    /** {@return the model} */
    public EncoderModel model() {
        return model;
    }

    /** {@return the largest number of tokens of a batch} */
    public int maxTokens() {
        return ids.length;
    }

    /** {@return the largest number of texts of a batch} */
    public int maxTexts() {
        return offsets.length - 1;
    }

    /**
     * Computes the embedding of each text.
     *
     * @param batch the tokens
     * @param out   at least as many rows as there are texts, and D columns; row i receives the embedding of text i, rows beyond the texts
     *              are left as they are
     * @throws IllegalArgumentException if the batch has no text or more tokens or texts than the plan holds, a text has more tokens than
     *                                  the model has positions, an id is not in the vocabulary, or out has another shape or is read-only
     * @throws IllegalStateException    if another call of this plan is running, memory is closed, or a head has no result: its scores are
     *                                  too large, or its coupling does not converge
     */
    public void embed(TokenBatch batch, Matrix out) {
        guard.enter();
        try {
            take(batch);
            requireOutput(out, texts, "texts");
            pass.run(ids, offsets, texts);
            for (int text = 0; text < texts; text++) {
                pool(text, embedding);
                store(embedding, out, text, 1);
            }
        } finally {
            guard.leave();
        }
    }

    /** As {@link #embed(TokenBatch, Matrix)}, to arrays of D entries from {@code from} on. */
    void embed(TokenBatch batch, float[][] out, int from) {
        guard.enter();
        try {
            take(batch);
            pass.run(ids, offsets, texts);
            for (int text = 0; text < texts; text++) {
                pool(text, out[from + text]);
            }
        } finally {
            guard.leave();
        }
    }

    /**
     * Computes the hidden states of the last layer.
     *
     * @param batch the tokens
     * @param out   at least as many rows as there are tokens, and D columns; row t receives the state of token t, rows beyond the tokens
     *              are left as they are
     * @throws IllegalArgumentException as in {@link #embed(TokenBatch, Matrix)}
     * @throws IllegalStateException    likewise
     */
    public void hiddenStates(TokenBatch batch, Matrix out) {
        guard.enter();
        try {
            take(batch);
            requireOutput(out, offsets[texts], "tokens");
            pass.run(ids, offsets, texts);
            store(pass.states(), out, 0, offsets[texts]);
        } finally {
            guard.leave();
        }
    }

    /**
     * Computes the queries, keys and values of a layer, with the regimes of the layers below. Scores are {@code <q_i, k_j> / sqrt(d)}
     * within each text.
     *
     * @param batch the tokens
     * @param layer the layer, from 0 on
     * @param q     {@code (H, tokens, d)}, float32; every entry is written
     * @param k     likewise
     * @param v     likewise
     * @throws IllegalArgumentException  as in {@link #embed(TokenBatch, Matrix)}; also if two outputs share memory
     * @throws IllegalStateException     likewise
     * @throws IndexOutOfBoundsException if the model has no such layer
     */
    public void heads(TokenBatch batch, int layer, Heads q, Heads k, Heads v) {
        guard.enter();
        try {
            Checks.index(layer, config.layers(), "layer");
            take(batch);
            requireHeads(1, q, k, v);
            pass.runToHeads(ids, offsets, texts, layer);
            store.read(0);
        } finally {
            Arrays.fill(outputs, null);
            guard.leave();
        }
    }

    /**
     * Computes the queries, keys and values of all layers in one pass, as {@link #heads(TokenBatch, int, Heads, Heads, Heads)} does those
     * of one.
     *
     * @param batch the tokens
     * @param q     {@code (L, H, tokens, d)}, float32, for a model of L layers; every entry is written
     * @param k     likewise
     * @param v     likewise
     * @throws IllegalArgumentException as in {@link #embed(TokenBatch, Matrix)}; also if two outputs share memory
     * @throws IllegalStateException    likewise
     */
    public void heads(TokenBatch batch, Heads q, Heads k, Heads v) {
        guard.enter();
        try {
            take(batch);
            requireHeads(config.layers(), q, k, v);
            pass.runToAllHeads(ids, offsets, texts, store);
        } finally {
            Arrays.fill(outputs, null);
            guard.leave();
        }
    }

    /** Copies the batch, which another thread may change, and checks the copy. */
    private void take(TokenBatch batch) {
        Checks.given(batch, "the batch");
        texts = batch.texts();
        if (texts == 0) {
            throw new IllegalArgumentException("the batch has no text");
        }
        if (texts > maxTexts()) {
            throw new IllegalArgumentException("the batch has %s texts; the plan was made for at most %s".formatted(texts, maxTexts()));
        }
        System.arraycopy(batch.offsets(), 0, offsets, 0, texts + 1);
        int tokens = offsets[texts];
        if (tokens > ids.length) {
            throw new IllegalArgumentException("the batch has %s tokens; the plan was made for at most %s".formatted(tokens, ids.length));
        }
        System.arraycopy(batch.ids(), 0, ids, 0, tokens);
        for (int text = 0; text < texts; text++) {
            requireText(text, offsets[text], offsets[text + 1]);
        }
    }

    private void requireText(int text, int from, int to) {
        if (to - from < 1 || to - from > config.positions()) {
            throw new IllegalArgumentException("text %s has %s tokens; the model takes 1 to %s"
                    .formatted(text, to - from, config.positions()));
        }
        for (int t = from; t < to; t++) {
            if (ids[t] < 0 || ids[t] >= config.vocabulary()) {
                throw new IllegalArgumentException("token %s of text %s has the id %s; the vocabulary has the ids 0 to %s"
                        .formatted(t - from, text, ids[t], config.vocabulary() - 1));
            }
        }
    }

    private void requireOutput(Matrix out, int rows, String what) {
        Checks.given(out, "out");
        if (out.rows() < rows || out.columns() != config.hidden()) {
            throw new IllegalArgumentException("out is %s x %s; expected %s columns, and rows for %s %s"
                    .formatted(out.rows(), out.columns(), config.hidden(), rows, what));
        }
        Checks.accessible(out.segment(), "out");
        if (out.segment().isReadOnly()) {
            throw new IllegalArgumentException("out is read-only");
        }
    }

    /** Checks the outputs for the queries, keys and values of some layers, and remembers their views for this call. */
    private void requireHeads(int layers, Heads q, Heads k, Heads v) {
        TensorView queries = requireHeads(layers, q, "q");
        TensorView keys = requireHeads(layers, k, "k");
        TensorView values = requireHeads(layers, v, "v");
        Checks.distinct(keys, "k", queries, "q");
        Checks.distinct(values, "v", queries, "q");
        Checks.distinct(values, "v", keys, "k");
        outputs[0] = queries;
        outputs[1] = keys;
        outputs[2] = values;
    }

    private TensorView requireHeads(int layers, Heads heads, String name) {
        Checks.given(heads, name);
        TensorView view = TensorView.of(heads);
        int tokens = offsets[texts];
        if (view.batch() != layers || view.heads() != config.heads() || view.rows() != tokens
                || view.columns() != config.headDimension()) {
            throw new IllegalArgumentException("%s is %s; expected (%s%s, %s, %s)"
                    .formatted(name, heads, layers == 1 ? "" : layers + ", ", config.heads(), tokens, config.headDimension()));
        }
        Checks.writable(view, name);
        Checks.separate(view, name);
        return view;
    }

    private void pool(int text, float[] out) {
        pass.embedding(offsets[text], offsets[text + 1], config.pooling() == Pooling.MEAN, config.normalised(), out);
    }

    /** Writes rows of D entries to rows of {@code out} from {@code row} on. */
    private void store(float[] states, Matrix out, int row, int rows) {
        MemorySegment segment = out.segment();
        int columns = config.hidden();
        for (int r = 0; r < rows; r++) {
            long to = out.offset() + Float.BYTES * ((row + r) * out.rowStride());
            MemorySegment.copy(states, r * columns, segment, ENTRY, to, columns);
        }
    }

    /** Writes the queries, keys and values of a layer to the outputs. */
    private final class HeadStore implements ForwardPass.LayerReader {

        @Override
        public void read(int layer) {
            for (int head = 0; head < config.heads(); head++) {
                for (int part = 0; part < outputs.length; part++) {
                    store(part * config.hidden() + head * config.headDimension(), outputs[part], layer * config.heads() + head);
                }
            }
        }

        private void store(int from, TensorView out, int head) {
            int d = config.headDimension();
            long to = out.start(head);
            for (int t = 0; t < out.rows(); t++, to += out.rowBytes()) {
                MemorySegment.copy(pass.heads(), outputs.length * config.hidden() * t + from, out.segment(), ENTRY, to, d);
            }
        }
    }

    @Override
    public String toString() {
        return "EncoderPlan[%s, %s tokens of %s texts]".formatted(model.name(), maxTokens(), maxTexts());
    }
}
