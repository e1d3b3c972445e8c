package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import java.util.Arrays;

/**
 * Which keys of a piece the queries of a group see: a pattern for each query and block of {@link KeyProducts#KEYS} keys, bit r for the
 * block's key r. Blocks begin at multiples of 8 keys from the beginning of the piece.
 */
final class VisibleKeys {

    /** Blocks of a piece. */
    static final int BLOCKS = DecodePass.PIECE / KeyProducts.KEYS;

    private static final int ALL = (1 << KeyProducts.KEYS) - 1;

    private final PairRows pairs;
    private final int[] patterns;
    private final int[] union = new int[BLOCKS];
    private int first;
    private int firstBlock;
    private int endBlock;

    /** Patterns of {@code queries} queries. */
    VisibleKeys(PairRows pairs, int queries) {
        this.pairs = pairs;
        this.patterns = new int[ArrayLength.of(queries, BLOCKS)];
    }

    /**
     * Reads which keys of {@code newFirst .. end - 1} are visible.
     *
     * @param biases receives the biases of each query, before their weight: a piece for each, 0 where a key is hidden
     */
    void read(QueryGroup group, int newFirst, int end, float[][] biases) {
        first = newFirst;
        Arrays.fill(union, 0);
        for (int i = 0; i < group.count(); i++) {
            readQuery(group, i, end, biases);
            for (int b = 0; b < BLOCKS; b++) {
                union[b] |= patterns[i * BLOCKS + b];
            }
        }
        firstBlock = 0;
        while (firstBlock < BLOCKS && union[firstBlock] == 0) {
            firstBlock++;
        }
        endBlock = BLOCKS;
        while (endBlock > firstBlock && union[endBlock - 1] == 0) {
            endBlock--;
        }
    }

    private void readQuery(QueryGroup group, int i, int end, float[][] biases) {
        if (i > 0 && group.seesAsBefore(i)) {
            System.arraycopy(patterns, (i - 1) * BLOCKS, patterns, i * BLOCKS, BLOCKS);
            if (pairs.biased()) {
                System.arraycopy(biases[i - 1], 0, biases[i], 0, DecodePass.PIECE);
            }
            return;
        }
        int from = Math.max(first, group.first(i)) - first;
        int to = Math.min(end, group.end(i)) - first;
        for (int b = 0; b < BLOCKS; b++) {
            patterns[i * BLOCKS + b] = between(from - b * KeyProducts.KEYS, to - b * KeyProducts.KEYS);
        }
        if (pairs.masked()) {
            applyMask(group.maskStart(i), i, from, to);
        }
        if (pairs.biased()) {
            readBias(group.biasStart(i), i, from, to, biases[i]);
        }
    }

    /** Bits {@code from .. to - 1} of a pattern. */
    private static int between(int from, int to) {
        int low = Math.max(from, 0);
        int high = Math.min(to, KeyProducts.KEYS);
        return low < high ? (1 << high) - (1 << low) : 0;
    }

    private void applyMask(long start, int i, int from, int to) {
        for (int key = Math.max(from, 0) & -KeyProducts.KEYS; key < to; key += KeyProducts.KEYS) {
            int low = Math.max(from, key);
            int shown = pairs.shown(start, first + low, Math.min(key + KeyProducts.KEYS, to) - low);
            patterns[i * BLOCKS + key / KeyProducts.KEYS] &= shown << low - key;
        }
    }

    private void readBias(long start, int i, int from, int to, float[] biases) {
        Arrays.fill(biases, 0, Math.clamp(from, 0, DecodePass.PIECE), 0f);
        Arrays.fill(biases, Math.clamp(to, 0, DecodePass.PIECE), DecodePass.PIECE, 0f);
        if (from < to) {
            pairs.readBias(start, first + from, to - from, biases, from);
        }
        boolean allShow = pairs.allShow(biases);
        for (int b = 0; b < BLOCKS; b++) {
            int pattern = patterns[i * BLOCKS + b];
            if (pattern != ALL || !allShow) {
                patterns[i * BLOCKS + b] = hideBiases(pattern, biases, b * KeyProducts.KEYS);
            }
        }
    }

    /** Sets the biases of hidden keys to 0; a pattern without the keys that the bias hides. */
    private int hideBiases(int pattern, float[] biases, int at) {
        int seen = pattern;
        for (int r = 0; r < KeyProducts.KEYS; r++) {
            if ((seen >>> r & 1) == 0) {
                biases[at + r] = 0;
            } else if (pairs.hides(biases[at + r])) {
                biases[at + r] = 0;
                seen &= ~(1 << r);
            }
        }
        return seen;
    }

    /** The first block that a query sees a key of; {@link #endBlock} if there is none. */
    int firstBlock() {
        return firstBlock;
    }

    /** One past the last block that a query sees a key of. */
    int endBlock() {
        return endBlock;
    }

    /** The keys of a block that any query sees. */
    int seen(int block) {
        return union[block];
    }

    /** The keys of a block that query {@code i} sees. */
    int seen(int i, int block) {
        return patterns[i * BLOCKS + block];
    }

    /** Whether query {@code i} sees any key. */
    boolean sees(int i) {
        for (int b = firstBlock; b < endBlock; b++) {
            if (patterns[i * BLOCKS + b] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Sets the log-kernels of hidden keys to minus infinity, in the first {@code count} keys of the piece, whole blocks. */
    void hide(int i, double[] logKernels, int count) {
        for (int b = 0; b < count / KeyProducts.KEYS; b++) {
            int pattern = patterns[i * BLOCKS + b];
            if (pattern == ALL) {
                continue;
            }
            int at = b * KeyProducts.KEYS;
            for (int r = 0; r < KeyProducts.KEYS; r++) {
                logKernels[at + r] = (pattern >>> r & 1) == 0 ? Double.NEGATIVE_INFINITY : logKernels[at + r];
            }
        }
    }
}
