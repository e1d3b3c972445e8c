package dev.gatun.kernel.pack;

/** A mask that hides some entries of another, its base. Rows and columns begin and end where those of the base do. */
sealed interface RestrictedMask extends Mask permits ZeroDiagonal, PairMask {

    /** The mask with the hidden entries. */
    Mask base();

    @Override
    default int firstColumn(int firstRow) {
        return base().firstColumn(firstRow);
    }

    @Override
    default int endColumn(int lastRow, int columns) {
        return base().endColumn(lastRow, columns);
    }

    @Override
    default long firstRow(int column) {
        return base().firstRow(column);
    }

    @Override
    default long endRow(int column) {
        return base().endRow(column);
    }
}
