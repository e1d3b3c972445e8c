package dev.gatun.internal.cache;

import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.stored.PageRuns;
import dev.gatun.kernel.stored.QuantisedRow;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;

/** Writes new tokens to the pages of {@link CachedTokens}, when all of them have been checked. Its memory is made by the first call. */
public final class CacheAppend {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    /** The least magnitudes that round to infinity. */
    private static final float FLOAT16_OVERFLOW = 65520f;
    private static final float BFLOAT16_OVERFLOW = 0x1.FFp127f;

    private static final int HALF_BITS = 16;

    private final CachedTokens sequences;
    private final CallGuard guard = new CallGuard();
    private int[] offsets;
    private int[] lengths;
    private int[] firsts;
    private int[] pages;
    private long[] taken;
    private float[] row;
    private short[] narrow;

    public CacheAppend(CachedTokens sequences) {
        this.sequences = sequences;
    }

    public void run(TensorView k, TensorView v, RowOffsets newOffsets) {
        guard.enter();
        try {
            allocate();
            require(k, v, newOffsets);
            CachePages cache = sequences.cache();
            write(k, cache.keyType(), cache.keyPages(), cache.keyScales());
            write(v, cache.valueType(), cache.valuePages(), cache.valueScales());
            for (int s = 0; s < sequences.sequences(); s++) {
                lengths[s] += count(s);
            }
            sequences.setLengths(lengths);
        } finally {
            guard.leave();
        }
    }

    private void allocate() {
        if (offsets == null) {
            CachePages cache = sequences.cache();
            cache.requireSeparate();
            int columns = Math.max(cache.dimension(), cache.valueDimension());
            lengths = new int[sequences.sequences()];
            firsts = new int[sequences.sequences()];
            pages = new int[ArrayLength.of(sequences.sequences(), sequences.maxPages())];
            taken = new long[ArrayLength.of(((long) cache.pages() * cache.pageTokens() - 1) / Long.SIZE + 1)];
            row = new float[columns];
            narrow = new short[columns];
            offsets = new int[sequences.sequences() + 1];
        }
    }

    private int count(int s) {
        return offsets[s + 1] - offsets[s];
    }

    // ---- checks ----

    private void require(TensorView k, TensorView v, RowOffsets newOffsets) {
        CachePages cache = sequences.cache();
        shaped(k, "k", k.rows(), cache.dimension());
        shaped(v, "v", k.rows(), cache.valueDimension());
        Checks.accessible(k.segment(), "k");
        Checks.accessible(v.segment(), "v");
        sequences.requireAccessible();
        cache.requireAccessible();
        cache.requireWritable(k, v);
        if (sequences.lengthView().segment().isReadOnly()) {
            throw new IllegalArgumentException("the lengths of sequences are read-only");
        }
        if (newOffsets.sequences() != sequences.sequences()) {
            throw new IllegalArgumentException("there are offsets of %s sequences; expected %s".formatted(newOffsets.sequences(),
                    sequences.sequences()));
        }
        newOffsets.copyTo(offsets, sequences.sequences(), Integer.MAX_VALUE, k.rows(), "k");
        sequences.copyLengths(lengths);
        takePages(cache);
        requirePlaces(cache.pageTokens());
        requireStorable(k, cache.keyType(), "k");
        requireStorable(v, cache.valueType(), "v");
    }

    private void shaped(TensorView tensor, String name, int rows, int columns) {
        if (tensor.batch() != 1 || tensor.heads() != sequences.cache().heads() || tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException("%s is %s; expected (%s, %s, %s) for %s".formatted(name, tensor, sequences.cache().heads(),
                    rows, columns, sequences.cache()));
        }
    }

    /** Copies the page numbers of all new tokens. */
    private void takePages(CachePages cache) {
        int at = 0;
        for (int s = 0; s < lengths.length; s++) {
            long end = (long) lengths[s] + count(s);
            sequences.requireRoom(s, lengths[s], "sequence");
            sequences.requireRoom(s, end, "sequence");
            firsts[s] = at;
            if (count(s) > 0) {
                int first = lengths[s] / cache.pageTokens();
                int endPage = (int) ((end - 1) / cache.pageTokens()) + 1;
                sequences.copyPages(s, first, endPage, pages, at);
                at += endPage - first;
            }
        }
    }

    /** The page of a new token of sequence s, whose place among all of its tokens is {@code token}. */
    private int page(int s, int token, int pageTokens) {
        return pages[firsts[s] + token / pageTokens - lengths[s] / pageTokens];
    }

    /** Checks that no two new tokens have the same place. */
    private void requirePlaces(int pageTokens) {
        int fault = -1;
        for (int s = 0; s < lengths.length; s++) {
            for (int token = lengths[s]; token < lengths[s] + count(s); token++) {
                long place = (long) page(s, token, pageTokens) * pageTokens + token % pageTokens;
                long bit = 1L << place;
                int word = (int) (place / Long.SIZE);
                if ((taken[word] & bit) != 0 && fault < 0) {
                    fault = s;
                }
                taken[word] |= bit;
            }
        }
        for (int s = 0; s < lengths.length; s++) {
            for (int token = lengths[s]; token < lengths[s] + count(s); token++) {
                taken[(int) (((long) page(s, token, pageTokens) * pageTokens + token % pageTokens) / Long.SIZE)] = 0;
            }
        }
        if (fault >= 0) {
            throw new IllegalArgumentException("a new token of sequence %s has the place of another new token".formatted(fault));
        }
    }

    private void requireStorable(TensorView tensor, StoredType type, String name) {
        float overflow = switch (type) {
            case FLOAT16 -> FLOAT16_OVERFLOW;
            case BFLOAT16 -> BFLOAT16_OVERFLOW;
            default -> Float.POSITIVE_INFINITY;
        };
        for (int head = 0; head < tensor.heads(); head++) {
            for (int i = offsets[0]; i < offsets[lengths.length]; i++) {
                tensor.copyRowTo(head, i, row);
                if (!(FiniteScan.largest(row, tensor.columns()) < overflow)) {
                    throw refused(tensor, head, i, overflow, name);
                }
            }
        }
    }

    private IllegalArgumentException refused(TensorView tensor, int head, int i, float overflow, String name) {
        int c = 0;
        while (c < tensor.columns() - 1 && Math.abs(row[c]) < overflow) {
            c++;
        }
        String expected = Float.isFinite(row[c]) ? "the cache is of " + (name.equals("k") ? sequences.cache().keyType()
                : sequences.cache().valueType()).toString().toLowerCase(Locale.ROOT) : "every entry must be finite";
        return new IllegalArgumentException("%s holds %s at row %s, column %s of head %s; %s".formatted(name, row[c], i, c, head,
                expected));
    }

    // ---- writing ----

    private void write(TensorView tensor, StoredType type, PageRuns runs, PageRuns scales) {
        int pageTokens = runs.pageRows();
        for (int s = 0; s < lengths.length; s++) {
            for (int i = 0; i < count(s); i++) {
                int page = page(s, lengths[s] + i, pageTokens);
                int inPage = (lengths[s] + i) % pageTokens;
                for (int head = 0; head < tensor.heads(); head++) {
                    tensor.copyRowTo(head, offsets[s] + i, row);
                    long at = runs.start(page, head) + runs.rowBytes() * inPage;
                    if (type == StoredType.INT8) {
                        float scale = QuantisedRow.quantise(row, 0, tensor.columns(), runs.memory(page), at);
                        scales.memory(page).set(FLOAT, scales.start(page, head) + scales.rowBytes() * inPage, scale);
                    } else {
                        write(type, runs.memory(page), at, tensor.columns());
                    }
                }
            }
        }
    }

    private void write(StoredType type, MemorySegment memory, long at, int columns) {
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(row, 0, memory, FLOAT, at, columns);
            case FLOAT16 -> {
                for (int c = 0; c < columns; c++) {
                    narrow[c] = Float.floatToFloat16(row[c]);
                }
                MemorySegment.copy(narrow, 0, memory, SHORT, at, columns);
            }
            case BFLOAT16 -> {
                for (int c = 0; c < columns; c++) {
                    int bits = Float.floatToRawIntBits(row[c]);
                    narrow[c] = (short) (bits + (1 << HALF_BITS - 1) - 1 + (bits >>> HALF_BITS & 1) >>> HALF_BITS);
                }
                MemorySegment.copy(narrow, 0, memory, SHORT, at, columns);
            }
            case INT8 -> throw new IllegalArgumentException("int8 has scales");
        }
    }
}
