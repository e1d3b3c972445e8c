package dev.gatun.kernel.pack;

/**
 * Another mask without the entries of the diagonal, {@code (i, i)}. It begins and ends where that one does.
 *
 * @param whole the mask with them, of as many rows as columns
 */
public record Hollow(Mask whole) implements Mask {

    @Override
    public boolean visible(int i, int j) {
        return i != j && whole.visible(i, j);
    }

    @Override
    public boolean symmetric() {
        return whole.symmetric();
    }

    @Override
    public boolean hollow() {
        return true;
    }

    @Override
    public Hollow transposed() {
        return new Hollow(whole.transposed());
    }

    @Override
    public int firstColumn(int firstRow) {
        return whole.firstColumn(firstRow);
    }

    @Override
    public int endColumn(int lastRow, int columns) {
        return whole.endColumn(lastRow, columns);
    }

    @Override
    public long firstRow(int column) {
        return whole.firstRow(column);
    }

    @Override
    public long endRow(int column) {
        return whole.endRow(column);
    }

    @Override
    public boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return (lastRow < firstColumn || lastColumn < firstRow) && whole.covers(firstRow, lastRow, firstColumn, lastColumn);
    }
}
