package dev.gatun.kernel.pack;

/**
 * Another mask without the entries of the diagonal, {@code (i, i)}.
 *
 * @param whole the mask with them, of as many rows as columns
 */
public record ZeroDiagonal(Mask whole) implements PartialMask {

    @Override
    public boolean visible(int i, int j) {
        return i != j && whole.visible(i, j);
    }

    @Override
    public boolean symmetric() {
        return whole.symmetric();
    }

    @Override
    public boolean zeroDiagonal() {
        return true;
    }

    @Override
    public ZeroDiagonal transposed() {
        return new ZeroDiagonal(whole.transposed());
    }

    @Override
    public boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return (lastRow < firstColumn || lastColumn < firstRow) && whole.covers(firstRow, lastRow, firstColumn, lastColumn);
    }
}
