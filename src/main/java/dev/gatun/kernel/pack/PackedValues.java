package dev.gatun.kernel.pack;

import dev.gatun.kernel.stored.StoredRows;

/**
 * The values of one head in the layout of a product with softmax numerators, and the sums of that product, whose layout belongs to it.
 *
 * <p>Values lie row after row ({@link ValueRows}) where rows fill vectors: neither packing nor the product then transposes them. Others
 * lie by fours of components ({@link ValuePanel}). Both layouts sum in the same order: the columns of a tile in one chain of fused
 * multiply-adds, which is added to the sum of earlier tiles. Their results are the same to the last bit.
 */
public sealed interface PackedValues permits ValuePanel, ValueRows {

    /** Scratch for up to {@code rows} rows of {@code components} values. */
    static PackedValues ofShape(int rows, int components) {
        return ValueRows.fits(components) ? new ValueRows(rows, components) : new ValuePanel(rows, components);
    }

    /** Values packed from {@code values}, {@code rows x components}, row after row. */
    static PackedValues of(float[] values, int rows, int components) {
        PackedValues packed = ofShape(rows, components);
        packed.pack(StoredRows.of(values, components), rows, StoredRows.chunk(components));
        return packed;
    }

    /** Components of a row. */
    int components();

    /**
     * Packs other values, and finds the largest.
     *
     * @param values {@code rows x components}
     * @param rows   at most those that there is memory for
     * @param chunk  scratch from {@link StoredRows#chunk}
     * @return the largest magnitude of an entry; infinite or NaN if and only if not all are finite
     */
    float pack(StoredRows values, int rows, float[] chunk);

    /**
     * Sets the values of hidden columns to 0. Their softmax numerators are 0, but 0 times an infinite value or NaN is NaN.
     *
     * @return the largest magnitude of a value of the others; infinite or NaN if and only if not all are finite
     */
    float replaceHidden(VisibleVectors visible);

    /** The largest magnitude in the row of some visible column, one that is found quickly; 0 if none is found. */
    float largestVisible(VisibleVectors visible);

    /** Divides all entries. */
    void divide(float divisor);

    /** A copy with each row multiplied by its factor. */
    PackedValues times(float[] factor);

    /** Copies {@code count} rows of other values in the same layout, from {@code first} on, each multiplied by its factor. */
    void packRows(PackedValues other, int first, int count, float[] factor);

    /** Entries that the sums of the first {@code count} rows of a block take. */
    int sums(int count);

    /**
     * Adds numerators times values to the sums of the first {@code count} rows of a block. Sums of other rows may be written as well.
     *
     * @param numerators {@code columns x BLOCK}, from {@code from} on
     * @param first      the row of the values that belongs to the tile's first column
     * @param sums       {@link #sums} of them, from {@code to} on
     */
    void accumulate(float[] numerators, int from, int columns, int first, float[] sums, int to, int count);

    /**
     * Adds the numerators of the last tile times their values to the sums of the first {@code count} rows, and writes these row after row,
     * each multiplied by its factor, as {@link #accumulate} and {@link #write} do, but in one pass. What is left in the sums is not
     * specified.
     *
     * @param numerators {@code columns x BLOCK}
     * @param first      the row of the values that belongs to the tile's first column
     * @param sums       {@link #sums} of them
     * @param only       whether there is no other tile: the sums count as zeros, whatever they are
     * @param out        receives component c of row r at {@code at + r * components + c}
     */
    void finish(float[] numerators, int columns, int first, float[] sums, boolean only, float[] factor, int count, float[] out, int at);

    /** Multiplies the sums of each of the first {@code count} rows by its factor. */
    void shrink(float[] sums, float[] factor, int count);

    /**
     * Writes the sums of the first {@code count} rows row after row, each multiplied by its factor.
     *
     * @param from the first of the sums
     * @param out  receives component c of row r at {@code at + r * components + c}
     */
    void write(float[] sums, int from, float[] factor, int count, float[] out, int at);

    /** As above, with the components of a row {@code step} entries apart: c of row r at {@code at + (r * components + c) * step}. */
    void writeApart(float[] sums, float[] factor, int count, float[] out, int at, int step);
}
