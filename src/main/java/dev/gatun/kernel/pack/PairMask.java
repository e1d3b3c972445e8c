package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;

/**
 * The entries of another mask that are also among given pairs: for pairs hidden one by one, as by a bias of minus infinity.
 *
 * @param base  the other mask
 * @param pairs the pairs that are not hidden
 */
public record PairMask(Mask base, VisiblePairs pairs) implements RestrictedMask {

    @Override
    public boolean visible(int i, int j) {
        return base.visible(i, j) && pairs.visible(i, j);
    }

    @Override
    public boolean symmetric() {
        return base.symmetric() && pairs.symmetric();
    }

    @Override
    public boolean zeroDiagonal() {
        return base.zeroDiagonal();
    }

    @Override
    public PairMask transposed() {
        return new PairMask(base.transposed(), pairs.transposed());
    }

    @Override
    public boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        if (!base.covers(firstRow, lastRow, firstColumn, lastColumn)) {
            return false;
        }
        for (int j = firstColumn; j <= lastColumn; j++) {
            for (int i = firstRow; i <= lastRow; i = (i / Lanes.BLOCK + 1) * Lanes.BLOCK) {
                int last = Math.min(lastRow, i / Lanes.BLOCK * Lanes.BLOCK + Lanes.BLOCK - 1);
                long all = -1L >>> Lanes.BLOCK - 1 - (last - i) << i;
                if ((pairs.visibleRows(i / Lanes.BLOCK, j) & all) != all) {
                    return false;
                }
            }
        }
        return true;
    }
}
