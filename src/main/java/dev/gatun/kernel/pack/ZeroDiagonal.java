package dev.gatun.kernel.pack;

/**
 * The entries of another mask off the diagonal: {@code (i, i)} is hidden.
 *
 * @param base the other mask, of as many rows as columns
 */
public record ZeroDiagonal(Mask base) implements RestrictedMask {

    @Override
    public boolean visible(int i, int j) {
        return i != j && base.visible(i, j);
    }

    @Override
    public boolean symmetric() {
        return base.symmetric();
    }

    @Override
    public boolean zeroDiagonal() {
        return true;
    }

    @Override
    public ZeroDiagonal transposed() {
        return new ZeroDiagonal(base.transposed());
    }

    @Override
    public boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return (lastRow < firstColumn || lastColumn < firstRow) && base.covers(firstRow, lastRow, firstColumn, lastColumn);
    }
}
