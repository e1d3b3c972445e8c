package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;

/**
 * Another mask without the pairs that are hidden one by one, as by a bias of minus infinity.
 *
 * @param whole the mask with them
 * @param pairs those that are left
 */
public record Pattern(Mask whole, VisiblePairs pairs) implements PartialMask {

    @Override
    public boolean visible(int i, int j) {
        return whole.visible(i, j) && pairs.visible(i, j);
    }

    @Override
    public boolean symmetric() {
        return whole.symmetric() && pairs.symmetric();
    }

    @Override
    public boolean zeroDiagonal() {
        return whole.zeroDiagonal();
    }

    @Override
    public Pattern transposed() {
        return new Pattern(whole.transposed(), pairs.transposed());
    }

    @Override
    public boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        if (!whole.covers(firstRow, lastRow, firstColumn, lastColumn)) {
            return false;
        }
        for (int j = firstColumn; j <= lastColumn; j++) {
            for (int i = firstRow; i <= lastRow; i = (i / Lanes.BLOCK + 1) * Lanes.BLOCK) {
                int last = Math.min(lastRow, i / Lanes.BLOCK * Lanes.BLOCK + Lanes.BLOCK - 1);
                long all = -1L >>> Lanes.BLOCK - 1 - (last - i) << i;
                if ((pairs.ofBlock(i / Lanes.BLOCK, j) & all) != all) {
                    return false;
                }
            }
        }
        return true;
    }
}
