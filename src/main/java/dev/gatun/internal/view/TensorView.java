package dev.gatun.internal.view;

import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/** A view of a tensor of floating-point entries, one matrix for each head of each batch entry, with copies from and to it. */
public final class TensorView extends View {

    /** The view behind a {@code dev.gatun.Heads}. */
    public static final Keyhole<TensorView> OF_HEADS = new Keyhole<>();

    /** One entry: float32, native byte order, any alignment. */
    private static final ValueLayout.OfFloat ENTRY = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private final StoredType type;
    private final int[] leading;

    /** As {@link View#View}, of entries stored as {@code type}. */
    public TensorView(MemorySegment segment, long offset, StoredType type, int[] leading, int rows, int columns,
                      long batchStride, long headStride, long rowStride) {
        super(segment, offset, type.bytes(), leading, rows, columns, batchStride, headStride, rowStride);
        this.type = type;
        this.leading = leading.clone();
    }

    /** The view behind {@code heads}, a {@code dev.gatun.Heads}; null for null. */
    public static TensorView of(Object heads) {
        return heads == null ? null : OF_HEADS.look(heads);
    }

    /** The type of the entries. */
    public StoredType type() {
        return type;
    }

    /** The leading dimensions as given. */
    public int[] leading() {
        return leading.clone();
    }

    /** The whole shape, leading dimensions first. */
    public int[] shape() {
        return shapeWith(rows(), columns());
    }

    /** The leading dimensions followed by {@code trailing}. */
    public int[] shapeWith(int... trailing) {
        int[] shape = Arrays.copyOf(leading, leading.length + trailing.length);
        System.arraycopy(trailing, 0, shape, leading.length, trailing.length);
        return shape;
    }

    /** The entry at row {@code i}, column {@code j} of matrix {@code index}, widened to float32. */
    public float get(int index, int i, int j) {
        return Stored.entry(type, segment(), start(index) + type.bytes() * (i * rowStride() + j));
    }

    /** Copies matrix {@code index} to {@code entries}, row after row, widened to float32. */
    public void copyTo(int index, float[] entries) {
        long from = start(index);
        if (rowStride() == columns()) {
            Stored.widen(type, segment(), from, rows() * columns(), entries, 0);
            return;
        }
        for (int i = 0; i < rows(); i++, from += rowBytes()) {
            Stored.widen(type, segment(), from, columns(), entries, i * columns());
        }
    }

    /** Copies row {@code i} of matrix {@code index}, widened to float32. */
    public void copyRowTo(int index, int i, float[] entries) {
        Stored.widen(type, segment(), start(index) + i * rowBytes(), columns(), entries, 0);
    }

    /** Binds {@code rows} to the rows of matrix {@code index}. */
    public void bind(int index, StoredRows rows) {
        bind(index, 0, rows);
    }

    /** Binds {@code rows} to the rows of matrix {@code index} from row {@code first} on. */
    public void bind(int index, int first, StoredRows rows) {
        rows.bind(type, segment(), start(index) + first * rowBytes(), rowBytes());
    }

    /** Sets {@code count} rows of a float32 matrix from row {@code first} on, given the entries of all of its rows. */
    public void set(int index, float[] entries, int first, int count) {
        set(index, first, entries, first * columns(), count);
    }

    /** Sets {@code count} rows of a float32 matrix from row {@code first} on to {@code entries}, from {@code from} on. */
    public void set(int index, int first, float[] entries, int from, int count) {
        long to = start(index) + first * rowBytes();
        if (rowStride() == columns()) {
            MemorySegment.copy(entries, from, segment(), ENTRY, to, count * columns());
            return;
        }
        for (int i = 0; i < count; i++, to += rowBytes()) {
            MemorySegment.copy(entries, from + i * columns(), segment(), ENTRY, to, columns());
        }
    }

    @Override
    public String toString() {
        String shape = "Heads" + Arrays.toString(shape());
        return type == StoredType.FLOAT32 ? shape : shape + " of " + type.name().toLowerCase(Locale.ROOT);
    }
}
