package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.kernel.linear.LinearWeights;
import java.util.Locale;

/**
 * The packing of the weights of a model in parts, blocks of word embeddings and layers, which threads take one after the other. Tensors are
 * read through small memory, so that what is not packed is never in memory whole: most of the time goes into touching new memory.
 */
public final class WeightPacking {

    /** Entries that are read at once; the second-level cache holds them until they are packed. */
    private static final int READ_ENTRIES = 1 << 14;

    private final EncoderSizes sizes;
    private final ModelTensors tensors;
    private final boolean bfloat16;
    private final EmbeddingTable word;
    private final PackedLayer[] layers;

    /** The next part, those that threads are at, and the first fault by the order of parts. All under the lock of this object. */
    private int next;
    private int running;
    private int faultyPart = Integer.MAX_VALUE;
    private Throwable fault;

    /**
     * Begins without packing anything.
     *
     * @param bfloat16 whether weights are rounded to bfloat16
     * @throws IllegalArgumentException if the word embeddings have another size
     */
    public WeightPacking(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16) {
        this.sizes = sizes;
        this.tensors = tensors;
        this.bfloat16 = bfloat16;
        this.word = new EmbeddingTable(tensors.word(), sizes.vocabulary(), sizes.hidden(), bfloat16, "word embeddings");
        this.layers = new PackedLayer[sizes.layers()];
    }

    /** Packs parts until none is left or one was at fault, which {@link #weights} tells. */
    public void run() {
        for (int part = take(); part >= 0; part = take()) {
            Throwable thrown = null;
            try {
                pack(part);
            } catch (RuntimeException | Error failure) {
                thrown = failure;
            }
            end(part, thrown);
        }
    }

    private synchronized int take() {
        if (next == word.blocks() + layers.length || fault != null) {
            return -1;
        }
        running++;
        return next++;
    }

    private synchronized void end(int part, Throwable thrown) {
        running--;
        if (thrown != null && part < faultyPart) {
            fault = thrown;
            faultyPart = part;
        }
        notifyAll();
    }

    /**
     * Packs what is left, and waits for what other threads are at.
     *
     * @throws IllegalArgumentException if a tensor has another size, or an entry is not finite
     */
    public EncoderWeights weights() {
        run();
        await();
        if (fault instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (fault instanceof Error error) {
            throw error;
        }
        return new EncoderWeights(sizes, tensors, bfloat16, word, layers);
    }

    /** Waits also if the thread is interrupted, which stays so. */
    private synchronized void await() {
        boolean interrupted = false;
        while (running > 0) {
            try {
                wait();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void pack(int part) {
        if (part < word.blocks()) {
            word.load(part);
            return;
        }
        int layer = part - word.blocks();
        int hidden = sizes.hidden();
        int intermediate = sizes.intermediate();
        layers[layer] = new PackedLayer(heads(layer), linear(layer, Role.ATTENTION_OUTPUT, hidden, hidden),
                TensorChecks.require(tensors.attentionNorm(layer), hidden, "the attention norm of layer " + layer),
                linear(layer, Role.INTERMEDIATE, hidden, intermediate), linear(layer, Role.OUTPUT, intermediate, hidden),
                TensorChecks.require(tensors.outputNorm(layer), hidden, "the output norm of layer " + layer));
    }

    /** The products to queries, keys and values as one, with their outputs side by side. */
    private LinearWeights heads(int layer) {
        int hidden = sizes.hidden();
        LinearWeights.Packer packer = new LinearWeights.Packer(hidden, 3 * hidden, bfloat16);
        float[] bias = new float[3 * hidden];
        Role[] roles = {Role.QUERY, Role.KEY, Role.VALUE};
        for (int part = 0; part < 3; part++) {
            float[] one = pack(layer, roles[part], hidden, hidden, packer, part * hidden);
            System.arraycopy(one, 0, bias, part * hidden, hidden);
        }
        return packer.pack(bias);
    }

    private LinearWeights linear(int layer, Role role, int inputs, int outputs) {
        LinearWeights.Packer packer = new LinearWeights.Packer(inputs, outputs, bfloat16);
        return packer.pack(pack(layer, role, inputs, outputs, packer, 0));
    }

    /** Packs the weights of a product, its first output as output {@code at}, and returns its bias. */
    private float[] pack(int layer, Role role, int inputs, int outputs, LinearWeights.Packer packer, int at) {
        Linear linear = tensors.linear(layer, role);
        MatrixRows rows = linear.weights();
        String name = role.name().toLowerCase(Locale.ROOT).replace('_', ' ').concat(" of layer ").concat(Integer.toString(layer));
        String nameOfWeights = "the weights of ".concat(name);
        TensorChecks.requireShape(rows, inputs, outputs, nameOfWeights);
        int step = Math.max(1, READ_ENTRIES / outputs);
        float[] read = new float[step * outputs];
        for (int input = 0; input < inputs; input += step) {
            int count = Math.min(step, inputs - input);
            TensorChecks.read(rows, input, count, read, 0, nameOfWeights);
            packer.put(read, input, count, at, outputs);
        }
        return TensorChecks.require(linear.bias(), outputs, "the bias of ".concat(name));
    }
}
