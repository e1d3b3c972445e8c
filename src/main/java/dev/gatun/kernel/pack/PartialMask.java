package dev.gatun.kernel.pack;

/** Another mask without some of its entries. It begins and ends where that one does. */
sealed interface PartialMask extends Mask permits ZeroDiagonal, Pattern {

    /** The mask with all of its entries. */
    Mask whole();

    @Override
    default int firstColumn(int firstRow) {
        return whole().firstColumn(firstRow);
    }

    @Override
    default int endColumn(int lastRow, int columns) {
        return whole().endColumn(lastRow, columns);
    }

    @Override
    default long firstRow(int column) {
        return whole().firstRow(column);
    }

    @Override
    default long endRow(int column) {
        return whole().endRow(column);
    }
}
