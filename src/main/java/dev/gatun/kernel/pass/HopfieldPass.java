package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.tile.FieldSums;
import dev.gatun.kernel.tile.ThinProduct;
import java.util.Arrays;

/**
 * Hopfield figures of one head (H. Cho et al., arXiv 2605.27476): for each channel of the retrieved values its energy, and the alignment of
 * the channel with its local field. {@code M = Q K^T} is never formed.
 *
 * <p>With queries and keys centred over the tokens, and states S, the retrieved columns centred and of length 1, it computes
 * {@code [Q, K]^T S}, from which the energies follow, and the fields {@code [Q, K] [K^T S; Q^T S] / 2}. Centring is in float64. The factors
 * of products are rounded to float32, divided by powers of two so that no product leaves its range, and summed by {@link ThinProduct} over
 * at most {@value #SPAN} tokens, or over the components of both; longer sums are float64. With u a rounding of float32, the largest
 * measured errors are four u of {@code (|Q| |K^T s| + |K| |Q^T s|) / 2} for energies and four u of {@code (|q_t| |K| + |k_t| |Q|) / 2} for
 * fields; the sign of a field smaller than that is undetermined.
 *
 * <p>Copy a head to {@link #queries}, {@link #keys} and {@link #retrieved}, then call {@link #begin}, {@link #multiply} of all parts,
 * {@link #combine}, {@link #field} of all parts, and read the figures. Parts of one step may be computed by several threads; they are added
 * up in their order.
 */
public final class HopfieldPass {

    /** Tokens over which products are summed in float32. */
    private static final int SPAN = 4 * PairGram.CHUNK;

    /** Largest spread of a constant channel, in ULP of its largest entry. */
    private static final int CONSTANT_ULPS = 64;

    /** Entries of a block of as many rows as columns. */
    private static final int SQUARE = Lanes.BLOCK * Lanes.BLOCK;

    private final int tokens;
    private final int d;
    private final int channels;
    private final PairGram gram;
    private final float[] h;
    private final double[] meanH;
    private final double[] scaleQ;
    private final double[] scaleK;
    private final double[] scaleH;
    private final float[] least;
    private final float[] greatest;
    private double unit;

    /** Blocks of the components of the queries, and then as many of those of the keys: see {@link ThinProduct}. */
    private final float[] x;
    private final int blocks;
    private final int block;

    /** Blocks of the channels. */
    private final float[] states;
    private final int stateBlocks;

    private final float[][] spans;
    private final double[][] products;
    private final float[] halves;
    private final double[] energies;
    private final float[][] field;
    private final double[][] fieldSums;

    /** Allocates for heads of {@code tokens} queries and as many keys of d components, and for {@code channels} retrieved channels. */
    public HopfieldPass(int tokens, int d, int channels) {
        this.tokens = tokens;
        this.d = d;
        this.channels = channels;
        this.gram = new PairGram(tokens, d);
        this.h = new float[ArrayLength.of(tokens, channels)];
        this.meanH = new double[channels];
        this.scaleQ = new double[d];
        this.scaleK = new double[d];
        this.scaleH = new double[channels];
        this.least = new float[channels];
        this.greatest = new float[channels];
        this.block = ArrayLength.of(ThinProduct.padded(tokens, ThinProduct.ROWS), Lanes.BLOCK);
        this.blocks = Lanes.blocks(d);
        this.x = new float[ArrayLength.of(2 * blocks, block)];
        this.stateBlocks = Lanes.blocks(channels);
        this.states = new float[ArrayLength.of(stateBlocks, block)];
        this.halves = new float[ArrayLength.of(2 * blocks * stateBlocks, SQUARE)];
        this.spans = new float[gram.parts()][halves.length];
        this.products = new double[gram.parts()][halves.length];
        this.energies = new double[channels];
        this.field = new float[gram.parts()][SQUARE];
        this.fieldSums = new double[gram.parts()][2 * stateBlocks * Lanes.BLOCK];
    }

    /** The array for a head's queries, {@code tokens x d}. */
    public float[] queries() {
        return gram.queries();
    }

    /** The array for a head's keys, {@code tokens x d}. */
    public float[] keys() {
        return gram.keys();
    }

    /** The array for the retrieved values, {@code tokens x channels}. */
    public float[] retrieved() {
        return h;
    }

    /** Begins with the current head: computes means, lengths and units. */
    public void begin() {
        gram.begin();
        Moments.mean(h, tokens, channels, meanH);
        Arrays.fill(scaleH, 0);
        Moments.addSquares(h, tokens, channels, meanH, scaleH);
        Moments.range(h, tokens, channels, least, greatest);
        Arrays.setAll(scaleH, c -> rounded(least[c], greatest[c]) ? 0 : 1 / Math.sqrt(scaleH[c]));
        double unitQ = unit(gram.queries());
        double unitK = unit(gram.keys());
        Arrays.fill(scaleQ, 1 / unitQ);
        Arrays.fill(scaleK, 1 / unitK);
        unit = unitQ * unitK;
    }

    /** Whether entries from {@code least} to {@code greatest} may be equal up to rounding. */
    private static boolean rounded(float least, float greatest) {
        float largest = Math.max(Math.abs(least), Math.abs(greatest));
        return (double) greatest - least <= (double) CONSTANT_ULPS * Math.ulp(largest);
    }

    /** The power of two at or below the largest magnitude. */
    private static double unit(float[] entries) {
        return Math.scalb(1.0, Math.getExponent(FiniteScan.largest(entries, entries.length)));
    }

    /** The number of parts. */
    public int parts() {
        return gram.parts();
    }

    /** Centres the tokens of a part, and multiplies them. */
    public void multiply(int part) {
        gram.multiply(part);
        Arrays.fill(products[part], 0);
        int from = part * PairGram.partLength(tokens);
        int end = Math.min(tokens, from + PairGram.partLength(tokens));
        for (int first = from; first < end; first += PairGram.CHUNK) {
            int count = Math.min(PairGram.CHUNK, end - first);
            centre(gram.queries(), d, gram.meanQueries(), scaleQ, first, count, x, 0);
            centre(gram.keys(), d, gram.meanKeys(), scaleK, first, count, x, blocks * block);
            centre(h, channels, meanH, scaleH, first, count, states, 0);
            multiply(first, count, spans[part]);
            if ((first + count - from) % SPAN == 0 || first + count == end) {
                ThinProduct.flush(spans[part], products[part]);
            }
        }
    }

    /** Writes centred tokens, each component times its scale, to their rows of blocks. */
    private void centre(float[] vectors, int columns, double[] mean, double[] scale, int first, int count, float[] to, int at) {
        for (int b = 0; b < Lanes.blocks(columns); b++) {
            Moments.centre(vectors, first, count, columns, b * Lanes.BLOCK, PairGram.width(b, columns), mean, scale, to,
                    at + b * block + first * Lanes.BLOCK, Lanes.BLOCK);
        }
    }

    /** {@code [Q, K]^T S} of some tokens. */
    private void multiply(int first, int count, float[] span) {
        for (int b = 0; b < 2 * blocks; b++) {
            for (int c = 0; c < stateBlocks; c++) {
                ThinProduct.transposed(x, b * block + first * Lanes.BLOCK, PairGram.width(b % blocks, d), states,
                        c * block + first * Lanes.BLOCK, PairGram.width(c, channels), count, span, (b * stateBlocks + c) * SQUARE);
            }
        }
    }

    /** Adds up the products of the parts: computes the energies, and the factors of the fields. */
    public void combine() {
        double[] sum = products[0];
        for (int part = 1; part < products.length; part++) {
            for (int e = 0; e < sum.length; e++) {
                sum[e] += products[part][e];
            }
        }
        Arrays.fill(energies, 0);
        int keys = blocks * stateBlocks * SQUARE;
        for (int a = 0; a < d; a++) {
            for (int c = 0; c < channels; c++) {
                int at = (a / Lanes.BLOCK * stateBlocks + c / Lanes.BLOCK) * SQUARE + a % Lanes.BLOCK * Lanes.BLOCK
                        + c % Lanes.BLOCK;
                double ofQueries = sum[at];
                double ofKeys = sum[keys + at];
                energies[c] -= ofQueries * ofKeys / 2;
                halves[at] = (float) (ofKeys / 2);
                halves[keys + at] = (float) (ofQueries / 2);
            }
        }
    }

    /** Computes the fields of the tokens of a part, and their sums. */
    public void field(int part) {
        Arrays.fill(fieldSums[part], 0);
        int from = part * PairGram.partLength(tokens);
        int end = Math.min(tokens, from + PairGram.partLength(tokens));
        for (int first = from; first < end; first += PairGram.CHUNK) {
            int count = Math.min(PairGram.CHUNK, end - first);
            for (int c = 0; c < stateBlocks; c++) {
                Arrays.fill(field[part], 0f);
                for (int b = 0; b < 2 * blocks; b++) {
                    ThinProduct.plain(x, b * block + first * Lanes.BLOCK, PairGram.width(b % blocks, d), halves,
                            (b * stateBlocks + c) * SQUARE, PairGram.width(c, channels), count, field[part], 0);
                }
                FieldSums.add(states, c * block + first * Lanes.BLOCK, field[part], count, PairGram.width(c, channels),
                        fieldSums[part], 2 * c * Lanes.BLOCK);
            }
        }
    }

    /** See {@link PairGram#eta()}. */
    public double eta() {
        return gram.eta();
    }

    /** See {@link PairGram#etaCentred()}. */
    public double etaCentred() {
        return gram.etaCentred();
    }

    /** Whether a channel is the same at all tokens, to {@value #CONSTANT_ULPS} ULP of its largest entry, so that it has no direction. */
    public boolean constant(int channel) {
        return scaleH[channel] == 0;
    }

    /** {@code E = -1/2 <Q^T s, K^T s>}; 0 for a constant channel. */
    public double energy(int channel) {
        return energies[channel] * unit;
    }

    /** The fraction of tokens with {@code s_t h_t < 0}. */
    public double instability(int channel) {
        return sum(1, channel) / tokens;
    }

    /** {@code cos(s, h) = -2 E / |h|}; 0 if the field is 0. */
    public double alignment(int channel) {
        double square = sum(0, channel);
        return square == 0 ? 0 : Math.clamp(-2 * energies[channel] / Math.sqrt(square), -1, 1);
    }

    private double sum(int which, int channel) {
        double sum = 0;
        for (double[] part : fieldSums) {
            sum += part[(2 * (channel / Lanes.BLOCK) + which) * Lanes.BLOCK + channel % Lanes.BLOCK];
        }
        return sum;
    }
}
