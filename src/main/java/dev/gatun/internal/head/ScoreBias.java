package dev.gatun.internal.head;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.FiniteScan;

/**
 * The terms added to single scores, in units of scores, or the scores themselves where there are no queries and keys: finite, or minus
 * infinity for a pair that is forbidden.
 *
 * @param entries   {@code (..., H, N, M)}, or one for all heads or batch entries
 * @param name      what messages call it
 * @param largest   the largest magnitude of a finite entry
 * @param forbids   whether an entry is minus infinity
 * @param forbiddenSelf head and token of a self-score that is forbidden; null for none
 */
public record ScoreBias(TensorView entries, String name, float largest, boolean forbids, int[] forbiddenSelf) {

    /** The bits of minus infinity. */
    private static final int FORBIDDEN = Float.floatToRawIntBits(Float.NEGATIVE_INFINITY);

    /**
     * Takes entries after a look at all of them.
     *
     * @throws IllegalArgumentException if an entry is NaN or plus infinity
     */
    public static ScoreBias of(TensorView entries, String name) {
        Checks.accessible(entries.segment(), name);
        Checks.packable(entries.rows(), entries.columns(), "a head of " + name);
        boolean forbids = false;
        float largest = 0;
        int[] forbiddenSelf = null;
        float[] row = new float[entries.columns()];
        for (int index = 0; index < entries.count(); index++) {
            Scan scan = scan(entries, index, row, name);
            largest = Math.max(largest, scan.largest);
            forbids |= scan.forbids;
            forbiddenSelf = forbiddenSelf == null && scan.forbids ? forbiddenSelf(entries, index) : forbiddenSelf;
        }
        return new ScoreBias(entries, name, largest, forbids, forbiddenSelf);
    }

    /**
     * What the entries of one head are like, as they are now.
     *
     * @param largest the largest magnitude of a finite one
     * @param forbids whether one is minus infinity
     */
    record Scan(float largest, boolean forbids) {
    }

    /**
     * Looks at all entries of matrix {@code index}.
     *
     * @param row scratch for a row
     */
    private static Scan scan(TensorView entries, int index, float[] row, String name) {
        float largest = 0;
        boolean forbids = false;
        for (int i = 0; i < entries.rows(); i++) {
            entries.copyRowTo(index, i, row);
            float ofRow = FiniteScan.largest(row, row.length);
            if (!Float.isFinite(ofRow)) {
                ofRow = largestBesideForbidden(row);
                forbids = true;
            }
            if (!Float.isFinite(ofRow)) {
                throw refused(row, index, i, name);
            }
            largest = Math.max(largest, ofRow);
        }
        return new Scan(largest, forbids);
    }

    /** The largest magnitude but for minus infinity; infinite or NaN if and only if another entry is. */
    private static float largestBesideForbidden(float[] row) {
        int largest = 0;
        for (float entry : row) {
            int bits = Float.floatToRawIntBits(entry);
            largest = Math.max(largest, bits == FORBIDDEN ? 0 : bits & Integer.MAX_VALUE);
        }
        return Float.intBitsToFloat(largest);
    }

    /** The same of a bias that was looked at before. */
    Scan scan(int index) {
        return scan(entries, index, new float[entries.columns()], name);
    }

    /**
     * The same after another look at all entries, as they are now.
     *
     * @throws IllegalArgumentException if one is NaN or plus infinity
     */
    public ScoreBias now() {
        return of(entries, name);
    }

    /** Head and token of the first self-score that is forbidden; null for none. */
    private static int[] forbiddenSelf(TensorView entries, int index) {
        for (int i = 0; i < Math.min(entries.rows(), entries.columns()); i++) {
            if (entries.get(index, i, i) == Float.NEGATIVE_INFINITY) {
                return new int[] {index, i};
            }
        }
        return null;
    }

    private static IllegalArgumentException refused(float[] row, int index, int i, String name) {
        int j = 0;
        while (row[j] < Float.POSITIVE_INFINITY) {
            j++;
        }
        return new IllegalArgumentException("%s holds %s at row %s, column %s of head %s; every entry must be finite or minus infinity"
                .formatted(name, row[j], i, j, index));
    }

    /**
     * What goes with query head {@code index}.
     *
     * @param heads   heads of a batch entry of queries
     * @param inPlace whether entries are read where they lie
     */
    public HeadBias head(int index, int heads, boolean inPlace) {
        return HeadBias.of(this, entries.broadcast(index, heads), inPlace);
    }

    /** Names the self-score that is forbidden, in one sentence. */
    public String whyNoSelfScore(String what) {
        return ("%s needs the self-scores s_ii, but a bias of minus infinity forbids that of token %s of head %s; "
                + "withZeroDiagonal hides a pair and keeps its score").formatted(what, forbiddenSelf[1], forbiddenSelf[0]);
    }
}
