package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.linear.Activation;
import dev.gatun.kernel.linear.LayerNormalisation;
import dev.gatun.kernel.linear.LinearLayer;
import dev.gatun.kernel.linear.LinearScratch;
import dev.gatun.kernel.linear.LinearWeights;
import dev.gatun.kernel.linear.PlainLayer;
import dev.gatun.kernel.linear.PlainPooling;
import dev.gatun.kernel.linear.RowPooling;
import java.util.Arrays;

/**
 * The layers of an encoder on a ragged batch of texts, whose tokens lie one text after the other, and the scratch memory for them. An
 * object is created with a plan and serves one call after the other.
 *
 * <p>The work of a call is a sequence of rounds, whose pieces the workers share. Where tokens are many, a piece is some tokens, which a
 * worker takes through all that follows the attention of a layer, up to the queries, keys and values of the next one: two rounds a layer.
 * Where tokens are few, each worker would read all weights: there a piece is a share of the panels of weights for all tokens, and a layer
 * has seven rounds. Attention has a piece for each head of each text. The results of a token depend on neither.
 */
public final class ForwardPass {

    /** The components of the longest row that is kept for each token, in hidden states: its queries, keys and values. */
    public static final int STATES_OF_ROW = 3;

    /** The most tokens of a row piece: of one worker, which reads the weights once for each, and of several, which finish together. */
    private static final int PIECE_TOKENS = 256;
    private static final int SHARED_PIECE_TOKENS = 128;

    /** Row pieces begin at multiples of this, so that register tiles are whole. */
    private static final int TILE_TOKENS = 8;

    /** With fewer tokens than this for each worker, pieces are panels of weights. */
    private static final int FEW_TOKENS = 72;

    /** Of more tokens, kernels that are not compiled yet take no longer than plain loops. */
    private static final int MAX_PLAIN_TOKENS = 64;

    /** The rounds of a layer whose pieces are panels. */
    private static final Step[] PANEL_STEPS = {Step.PROJECT, Step.ATTEND, Step.ATTENTION_OUTPUT, Step.ATTENTION_NORM, Step.INTERMEDIATE,
        Step.OUTPUT, Step.OUTPUT_NORM};

    private static final int PANEL_ROUNDS = PANEL_STEPS.length;

    private final EncoderWeights weights;
    private final EncoderSizes sizes;
    private final boolean ownThread;
    private final HeadOperations operations;
    private final int hidden;
    private final double weight;
    private final int threads;
    private final int maxPieceTokens;
    private final SharedWork work;
    private final HeadAttention[] attention;
    private final LinearScratch[] scratch;
    private final float[][] plainScratch;
    private final float[][] intermediate;
    private final float[] states;
    private final float[] heads;
    private final float[] context;
    private final Piece[] rowRounds;
    private final Piece[] panelRounds;
    private final int[] counts;

    private int[] ids;
    private int[] offsets;
    private int texts;
    private int tokens;
    private int pieceTokens;
    private boolean plain;
    private LayerReader reader;

    /**
     * Memory for calls of up to {@code maxTokens} tokens.
     *
     * @param operations what heads do in place of attention
     * @param crew       the threads that share the work
     * @param ownThread  whether a thread may be started that compiles the kernels
     */
    public ForwardPass(EncoderWeights weights, int maxTokens, HeadOperations operations, Crew crew, boolean ownThread) {
        this.ownThread = ownThread;
        this.weights = weights;
        this.sizes = weights.sizes();
        this.operations = operations;
        this.hidden = sizes.hidden();
        this.weight = LogTwo.fromNatural(1 / Math.sqrt((double) hidden / sizes.heads()));
        this.threads = crew.threads();
        this.work = crew.shared();
        this.attention = new HeadAttention[threads];
        this.scratch = new LinearScratch[threads];
        this.plainScratch = new float[threads][PlainLayer.scratch()];
        this.intermediate = new float[threads][];
        int most = Math.min(maxTokens, sizes.positions());
        boolean mayBePlain = !weights.compilation().done() && PlainLayer.has(weights.activation());
        this.maxPieceTokens = threads == 1 ? PIECE_TOKENS : SHARED_PIECE_TOKENS;
        int rows = Math.min(maxTokens, threads == 1 ? PIECE_TOKENS : Math.max(SHARED_PIECE_TOKENS, FEW_TOKENS * threads));
        for (int worker = 0; worker < threads; worker++) {
            attention[worker] = new HeadAttention(most, hidden / sizes.heads(), mayBePlain);
            scratch[worker] = new LinearScratch(rows, Math.max(hidden, sizes.intermediate()));
            intermediate[worker] = new float[ArrayLength.of(worker == 0 ? rows : Math.min(rows, maxPieceTokens), sizes.intermediate())];
        }
        this.states = new float[ArrayLength.of(maxTokens, hidden)];
        this.heads = new float[ArrayLength.of(maxTokens, 3L * hidden)];
        this.context = new float[ArrayLength.of(maxTokens, hidden)];
        this.rowRounds = rowRounds();
        this.panelRounds = panelRounds();
        this.counts = new int[Math.max(rowRounds.length, panelRounds.length)];
    }

    private Piece[] rowRounds() {
        Piece[] rounds = new Piece[1 + 2 * sizes.layers()];
        rounds[0] = new Round(Step.BEGIN, 0);
        for (int layer = 0; layer < sizes.layers(); layer++) {
            rounds[2 * layer + 1] = new Round(Step.ATTEND, layer);
            rounds[2 * layer + 2] = new Round(Step.FINISH, layer);
        }
        return rounds;
    }

    private Piece[] panelRounds() {
        Piece[] rounds = new Piece[1 + PANEL_ROUNDS * sizes.layers()];
        rounds[0] = new Round(Step.EMBED, 0);
        for (int layer = 0; layer < sizes.layers(); layer++) {
            for (int step = 0; step < PANEL_ROUNDS; step++) {
                rounds[1 + PANEL_ROUNDS * layer + step] = new Round(PANEL_STEPS[step], layer);
            }
        }
        return rounds;
    }

    /** What the pieces of a round do: of rows, of panels, or of heads. */
    private enum Step {
        BEGIN, FINISH, EMBED, PROJECT, ATTEND, ATTENTION_OUTPUT, ATTENTION_NORM, INTERMEDIATE, OUTPUT, OUTPUT_NORM
    }

    /** The pieces of a round. One class, where a lambda for each step would take a millisecond each in a new virtual machine. */
    private final class Round implements Piece {

        private final Step step;
        private final int layer;
        private final PackedLayer of;

        private Round(Step step, int layer) {
            this.step = step;
            this.layer = layer;
            this.of = weights.layer(layer);
        }

        @Override
        public void run(int index, int worker) {
            switch (step) {
                case BEGIN -> begin(index, worker);
                case FINISH -> finish(layer, index, worker);
                case EMBED -> embed(0, tokens, worker);
                case PROJECT -> project(of, 0, tokens, share(of.heads(), index), share(of.heads(), index + 1), worker);
                case ATTEND -> attend(layer, index, worker);
                case ATTENTION_OUTPUT -> add(of.attentionOutput(), context, 0, 0, tokens, share(of.attentionOutput(), index),
                        share(of.attentionOutput(), index + 1), worker);
                case ATTENTION_NORM -> normalise(of.attentionNorm(), 0, tokens, worker);
                case INTERMEDIATE -> activate(of, 0, tokens, intermediate[0], share(of.intermediate(), index),
                        share(of.intermediate(), index + 1), worker);
                case OUTPUT -> add(of.output(), intermediate[0], 0, 0, tokens, share(of.output(), index), share(of.output(), index + 1),
                        worker);
                case OUTPUT_NORM -> normalise(of.outputNorm(), 0, tokens, worker);
            }
        }
    }

    /** The first panel of a worker's share, as all of a layer's panels are dealt to the workers. */
    private int share(LinearWeights of, int index) {
        return index * of.panels() / threads;
    }

    /**
     * Computes the hidden states of a batch.
     *
     * @param newIds     the ids of all tokens, within the vocabulary
     * @param newOffsets where texts begin and end, {@code newTexts + 1} of them; a text has 1 to {@code positions} tokens
     * @throws IllegalStateException if a head has no result; the message names it
     */
    public void run(int[] newIds, int[] newOffsets, int newTexts) {
        run(newIds, newOffsets, newTexts, sizes.layers());
    }

    /** What takes the queries, keys and values of a layer from {@link #heads}, on the thread of the call. */
    @FunctionalInterface
    public interface LayerReader {

        /** Reads them. */
        void read(int layer);
    }

    /** Computes the queries, keys and values of all layers, and shows them to a reader layer by layer. */
    public void runToAllHeads(int[] newIds, int[] newOffsets, int newTexts, LayerReader newReader) {
        reader = newReader;
        try {
            run(newIds, newOffsets, newTexts, sizes.layers() - 1);
        } finally {
            reader = null;
        }
    }

    /** Computes the queries, keys and values of layer {@code layer}, for {@link #heads}. */
    public void runToHeads(int[] newIds, int[] newOffsets, int newTexts, int layer) {
        run(newIds, newOffsets, newTexts, layer);
    }

    /** As {@link #run}, by the vectors of the kernels, compiled or not. */
    void runByVectors(int[] newIds, int[] newOffsets, int newTexts) {
        plain = false;
        runRounds(newIds, newOffsets, newTexts, sizes.layers());
    }

    /** As {@link #run}, by plain loops where there are any. */
    void runPlainly(int[] newIds, int[] newOffsets, int newTexts) {
        plain = PlainLayer.has(weights.activation());
        runRounds(newIds, newOffsets, newTexts, sizes.layers());
    }

    private void run(int[] newIds, int[] newOffsets, int newTexts, int layers) {
        Compilation compilation = weights.compilation();
        plain = !compilation.done() && newOffsets[newTexts] <= MAX_PLAIN_TOKENS && PlainLayer.has(weights.activation());
        runRounds(newIds, newOffsets, newTexts, layers);
        if (plain) {
            compilation.count(ownThread);
        }
    }

    private void runRounds(int[] newIds, int[] newOffsets, int newTexts, int layers) {
        ids = newIds;
        offsets = newOffsets;
        texts = newTexts;
        tokens = newOffsets[newTexts];
        boolean panels = threads > 1 && tokens < FEW_TOKENS * threads;
        try {
            if (panels) {
                countPanels();
            } else {
                countRows();
            }
            int done = 0;
            for (int layer = reader == null ? layers : 0; layer <= layers; layer++) {
                int rounds = rounds(layer, panels);
                run(done, rounds, panels ? panelRounds : rowRounds);
                done = rounds;
                if (reader != null) {
                    reader.read(layer);
                }
            }
        } finally {
            ids = null;
            offsets = null;
        }
    }

    /** Rounds up to the queries, keys and values of a layer; of the layer after the last, all rounds. */
    private int rounds(int layer, boolean panels) {
        return panels ? 1 + PANEL_ROUNDS * layer + (layer < sizes.layers() ? 1 : 0) : 1 + 2 * layer;
    }

    private void run(int first, int last, Piece[] pieces) {
        if (threads > 1) {
            work.run(first, last, counts, pieces);
            return;
        }
        for (int round = first; round < last; round++) {
            for (int index = 0; index < counts[round]; index++) {
                pieces[round].run(index, 0);
            }
        }
    }

    private void countRows() {
        int share = (tokens + threads - 1) / threads;
        int pieces = (share + maxPieceTokens - 1) / maxPieceTokens;
        int each = (share + pieces - 1) / pieces;
        pieceTokens = (each + TILE_TOKENS - 1) / TILE_TOKENS * TILE_TOKENS;
        Arrays.fill(counts, 0, rowRounds.length, (tokens + pieceTokens - 1) / pieceTokens);
        for (int layer = 0; layer < sizes.layers(); layer++) {
            counts[2 * layer + 1] = texts * sizes.heads();
        }
    }

    private void countPanels() {
        Arrays.fill(counts, 0, panelRounds.length, threads);
        counts[0] = 1;
        for (int layer = 0; layer < sizes.layers(); layer++) {
            int at = 1 + PANEL_ROUNDS * layer;
            counts[at + 1] = texts * sizes.heads();
            counts[at + 3] = 1;
            counts[at + 6] = 1;
        }
    }

    /** From ids to the queries, keys and values of layer 0. */
    private void begin(int index, int worker) {
        int first = index * pieceTokens;
        int end = Math.min(first + pieceTokens, tokens);
        embed(first, end, worker);
        project(weights.layer(0), first, end, worker);
    }

    /** From the attention of a layer to the queries, keys and values of the next. */
    private void finish(int layer, int index, int worker) {
        PackedLayer of = weights.layer(layer);
        int first = index * pieceTokens;
        int end = Math.min(first + pieceTokens, tokens);
        float[] active = intermediate[worker];
        add(of.attentionOutput(), context, first * hidden, first, end, 0, of.attentionOutput().panels(), worker);
        normalise(of.attentionNorm(), first, end, worker);
        activate(of, first, end, active, 0, of.intermediate().panels(), worker);
        add(of.output(), active, 0, first, end, 0, of.output().panels(), worker);
        normalise(of.outputNorm(), first, end, worker);
        if (layer + 1 < sizes.layers()) {
            project(weights.layer(layer + 1), first, end, worker);
        }
    }

    private void embed(int first, int end, int worker) {
        int text = Arrays.binarySearch(offsets, 0, texts + 1, first);
        text = text < 0 ? -text - 2 : text;
        for (int t = first; t < end; t++) {
            while (t >= offsets[text + 1]) {
                text++;
            }
            weights.embed(ids[t], t - offsets[text], states, t * hidden);
        }
        normalise(weights.embeddingNorm(), first, end, worker);
    }

    private void project(PackedLayer of, int first, int end, int worker) {
        project(of, first, end, 0, of.heads().panels(), worker);
    }

    private void project(PackedLayer of, int first, int end, int firstPanel, int endPanel, int worker) {
        apply(of.heads(), first, end, heads, 3 * first * hidden, firstPanel, endPanel, Activation.NONE, worker);
    }

    /** The feed-forward product before the activation and the activation, to rows of {@code to} from 0 on. */
    private void activate(PackedLayer of, int first, int end, float[] to, int firstPanel, int endPanel, int worker) {
        apply(of.intermediate(), first, end, to, 0, firstPanel, endPanel, weights.activation(), worker);
    }

    /** The products of the hidden states of tokens, to rows of {@code y} from {@code at} on. */
    private void apply(LinearWeights of, int first, int end, float[] y, int at, int firstPanel, int endPanel, Activation activation,
                       int worker) {
        if (plain) {
            PlainLayer.apply(of, states, first * hidden, hidden, end - first, y, at, of.outputs(), firstPanel, endPanel, activation, false,
                    plainScratch[worker]);
        } else {
            LinearLayer.apply(of, states, first * hidden, hidden, end - first, y, at, of.outputs(), firstPanel, endPanel, activation,
                    scratch[worker]);
        }
    }

    /** Adds the products of the rows of {@code x} from {@code at} on to the hidden states. */
    private void add(LinearWeights of, float[] x, int at, int first, int end, int firstPanel, int endPanel, int worker) {
        if (plain) {
            PlainLayer.apply(of, x, at, of.inputs(), end - first, states, first * hidden, hidden, firstPanel, endPanel, Activation.NONE,
                    true, plainScratch[worker]);
        } else {
            LinearLayer.add(of, x, at, of.inputs(), end - first, states, first * hidden, hidden, firstPanel, endPanel, scratch[worker]);
        }
    }

    private void normalise(Norm norm, int first, int end, int worker) {
        if (plain) {
            PlainLayer.normalise(states, first * hidden, hidden, end - first, hidden, norm.gain(), norm.shift(), sizes.epsilon(),
                    plainScratch[worker]);
        } else {
            LayerNormalisation.apply(states, first * hidden, hidden, end - first, hidden, norm.gain(), norm.shift(), sizes.epsilon(),
                    scratch[worker]);
        }
    }

    /** One head of one text. */
    private void attend(int layer, int index, int worker) {
        int text = index / sizes.heads();
        int head = index % sizes.heads();
        int first = offsets[text];
        int count = offsets[text + 1] - first;
        int d = hidden / sizes.heads();
        int at = 3 * first * hidden + head * d;
        int to = first * hidden + head * d;
        HeadOperation operation = operations.operation(layer, head);
        try {
            if (operation == null) {
                attention[worker].apply(heads, at, 3 * hidden, hidden, count, weight * operations.beta(layer, head), plain, context, to,
                        hidden);
            } else {
                HeadMatrices.apply(operation, heads, at, 3 * hidden, hidden, count, d, context, to, hidden);
            }
        } catch (IllegalArgumentException | IllegalStateException fault) {
            throw new IllegalStateException("layer %s, head %s of text %s has no result: %s"
                    .formatted(layer, head, text, fault.getMessage()), fault);
        }
    }

    /**
     * The embedding of the text with the tokens {@code from .. to - 1}, after {@link #run}.
     *
     * @param means      whether it is the mean of all states, rather than the first one
     * @param normalises whether it is divided by its length
     * @param out        receives the embedding
     */
    public void embedding(int from, int to, boolean means, boolean normalises, float[] out) {
        if (!means) {
            System.arraycopy(states, from * hidden, out, 0, hidden);
        } else if (plain) {
            PlainPooling.mean(states, from * hidden, hidden, to - from, hidden, out, 0);
        } else {
            RowPooling.mean(states, from * hidden, hidden, to - from, hidden, out, 0);
        }
        if (normalises && plain) {
            PlainPooling.normalise(out, 0, hidden, plainScratch[0]);
        } else if (normalises) {
            RowPooling.normalise(out, 0, hidden, scratch[0]);
        }
    }

    /** The hidden states, {@code tokens x hidden}, after {@link #run}. */
    public float[] states() {
        return states;
    }

    /** The queries, keys and values of all heads of a layer, side by side, {@code tokens x 3 hidden}, after {@link #runToHeads}. */
    public float[] heads() {
        return heads;
    }
}
