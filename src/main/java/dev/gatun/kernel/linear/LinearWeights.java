package dev.gatun.kernel.linear;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.VectorUnit;

/**
 * The weights and the bias of a dense layer, packed once for its register tiles. Immutable, shared by threads.
 *
 * <p><b>Layout.</b> {@value #PANEL} outputs make a panel. A panel is stored chunk by chunk, {@value #CHUNK} inputs each, a chunk strip by
 * strip and a strip input by input, two vectors of outputs at a time: {@code [panel][chunk][strip][input][output]}. A layer that takes its
 * panels in order reads the weights once, from first to last. The last chunk and the last panel are padded with zeros.
 *
 * <p>In bfloat16, half the memory, a weight is rounded to the nearest one, ties to even. Results are those of the rounded weights in
 * float32.
 */
public final class LinearWeights {

    /** Outputs of a panel, the unit in which threads share a layer. */
    public static final int PANEL = 64;

    /** Inputs of a chunk: the length of a chain of multiply-adds. */
    public static final int CHUNK = 128;

    /** Outputs of a strip: two vectors. */
    static final int STRIP = 2 * VectorUnit.floats();

    /**
     * Where the first panel begins. Large arrays begin with a region of the G1 collector, and their entries 16 bytes later: entry 12 begins
     * a cache line, so that no vector of weights crosses one.
     */
    static final int START = 12;

    /** A pattern of bits that hardly any weights have, a NaN. */
    static final int RARE = 0x7fb1_9d53;

    /** Bits of a float32 below those of a bfloat16. */
    private static final int DROPPED = 16;

    private final int inputs;
    private final int outputs;
    private final float[] panels;
    private final int[] narrowPanels;
    private final float[] bias;
    private final int step;

    private LinearWeights(int inputs, int outputs, float[] panels, int[] narrowPanels, float[] bias) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.panels = panels;
        this.narrowPanels = narrowPanels;
        this.bias = bias;
        this.step = panels == null ? STRIP / 2 : STRIP;
    }

    /**
     * Float32 weights.
     *
     * @param weights the weight of an input and an output at {@code input * outputs + output}
     * @param bias    of each output
     * @throws IllegalArgumentException if there are no inputs or outputs, or if the arrays do not fit them
     */
    public static LinearWeights float32(float[] weights, int inputs, int outputs, float[] bias) {
        return pack(weights, inputs, outputs, bias, false);
    }

    /** Bfloat16 weights, rounded from such float32 weights. */
    public static LinearWeights bfloat16(float[] weights, int inputs, int outputs, float[] bias) {
        return pack(weights, inputs, outputs, bias, true);
    }

    private static LinearWeights pack(float[] weights, int inputs, int outputs, float[] bias, boolean bfloat16) {
        check(weights, inputs, outputs, bias);
        Packer packer = new Packer(inputs, outputs, bfloat16);
        packer.put(weights, 0, inputs, 0, outputs);
        return packer.pack(bias);
    }

    /** Packs the weights of a layer part by part. */
    public static final class Packer {

        private final int inputs;
        private final int outputs;
        private float[] panels;
        private int[] narrowPanels;

        /** Weights of zeros. */
        public Packer(int inputs, int outputs, boolean bfloat16) {
            VectorUnit.require();
            this.inputs = inputs;
            this.outputs = outputs;
            this.panels = bfloat16 ? null : new float[ArrayLength.of(START + packed(inputs, outputs))];
            this.narrowPanels = bfloat16 ? new int[ArrayLength.of(START + packed(inputs, outputs) / 2)] : null;
        }

        /**
         * Packs the weights of some inputs and outputs, once each.
         *
         * @param weights the weight of input {@code firstInput + i} and output {@code firstOutput + o} at {@code i * columns + o}
         * @param columns how many outputs
         */
        public void put(float[] weights, int firstInput, int count, int firstOutput, int columns) {
            for (int o = 0; o < columns; ) {
                int output = firstOutput + o;
                int width = Math.min(STRIP - output % STRIP, columns - o);
                int strip = output / PANEL * chunks(inputs) * (CHUNK * PANEL) + output % PANEL / STRIP * (CHUNK * STRIP);
                for (int i = 0, from = o; i < count; i++, from += columns) {
                    int input = firstInput + i;
                    int place = strip + input / CHUNK * (CHUNK * PANEL) + input % CHUNK * STRIP;
                    if (panels != null) {
                        System.arraycopy(weights, from, panels, START + place + output % STRIP, width);
                    } else {
                        narrow(weights, from, output % STRIP, width, narrowPanels, START + place / 2);
                    }
                }
                o += width;
            }
        }

        /** Rounds the weights of one input and up to two vectors of outputs: the first vector goes to the lower halves of ints. */
        private static void narrow(float[] weights, int from, int lane, int count, int[] panels, int at) {
            int lanes = STRIP / 2;
            int lower = Math.max(0, Math.min(lanes - lane, count));
            for (int l = 0; l < lower; l++) {
                panels[at + lane + l] |= rounded(weights[from + l]) >>> DROPPED;
            }
            for (int l = lower; l < count; l++) {
                panels[at + lane + l - lanes] |= rounded(weights[from + l]);
            }
        }

        /** The layer of the packed weights, after which nothing more may be packed. */
        public LinearWeights pack(float[] bias) {
            LinearWeights packed = new LinearWeights(inputs, outputs, panels, narrowPanels, padded(bias));
            panels = null;
            narrowPanels = null;
            return packed;
        }
    }

    private static void check(float[] weights, int inputs, int outputs, float[] bias) {
        VectorUnit.require();
        if (inputs <= 0 || outputs <= 0 || weights.length != (long) inputs * outputs || bias.length != outputs) {
            throw new IllegalArgumentException("a dense layer of " + inputs + " inputs and " + outputs + " outputs has "
                    + (long) inputs * outputs + " weights and as many biases as outputs, not " + weights.length + " and "
                    + bias.length);
        }
    }

    private static long packed(int inputs, int outputs) {
        return (long) chunks(inputs) * CHUNK * panels(outputs) * PANEL;
    }

    private static float[] padded(float[] bias) {
        float[] padded = new float[panels(bias.length) * PANEL];
        System.arraycopy(bias, 0, padded, 0, bias.length);
        return padded;
    }

    /** The bits of the nearest bfloat16 as a float32; NaN stays NaN. */
    static int rounded(float weight) {
        int bits = Float.floatToIntBits(weight);
        if (weight != weight) {
            return bits;
        }
        int half = (1 << DROPPED - 1) - 1;
        return (bits + half + (bits >>> DROPPED & 1)) & -1 << DROPPED;
    }

    private static int panels(int outputs) {
        return (outputs - 1) / PANEL + 1;
    }

    static int chunks(int inputs) {
        return (inputs - 1) / CHUNK + 1;
    }

    /** Inputs of the layer. */
    public int inputs() {
        return inputs;
    }

    /** Outputs of the layer. */
    public int outputs() {
        return outputs;
    }

    /** Panels of outputs. */
    public int panels() {
        return panels(outputs);
    }

    /** Whether weights are bfloat16. */
    public boolean isBfloat16() {
        return panels == null;
    }

    /** Bytes of the packed weights. */
    public long bytes() {
        return isBfloat16() ? (long) Integer.BYTES * (narrowPanels.length - START) : (long) Float.BYTES * (panels.length - START);
    }

    /** Entries of a panel from one input to the next: the length of a strip, or half of it, in a field that is no constant. */
    int step() {
        return step;
    }

    float[] float32Panels() {
        return panels;
    }

    int[] bfloat16Panels() {
        return narrowPanels;
    }

    /** Bias of the outputs, padded to whole panels. */
    float[] bias() {
        return bias;
    }
}
