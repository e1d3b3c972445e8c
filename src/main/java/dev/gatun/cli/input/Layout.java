package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import picocli.CommandLine.Option;

/** The order of a tensor's dimensions: batch entry (b), head (h), token (n) and component (d). */
public enum Layout {

    /** {@code (B, H, N, d)}, {@code (H, N, d)} or {@code (N, d)}: the tokens of a head are contiguous. */
    BHND,

    /** {@code (B, N, H, d)}, {@code (N, H, d)} or {@code (N, d)}: the heads of a token are contiguous. */
    BNHD;

    /** The option of every command that takes queries and keys. */
    public static final class Choice {

        @Option(names = "--layout", paramLabel = "LAYOUT", converter = Converter.class,
                description = "bhnd, or bnhd for tensors (B, N, H, d) or (N, H, d) with the heads of a token side by side (bhnd)."
                    + " Products of apply and coordinates of spectrum have the same layout; all other output has heads first.")
        private Layout layout = BHND;

        public Layout get() {
            return layout;
        }
    }

    /** Reads the name of a layout. */
    static final class Converter extends EnumConverter<Layout> {
        Converter() {
            super(Layout.class);
        }
    }

    /** A view of the heads of a dense tensor that a file stores in this layout. */
    public Heads view(Heads stored) {
        int[] leading = stored.leading();
        if (this == BHND || leading.length == 0) {
            return stored;
        }
        int tokens = leading[leading.length - 1];
        int heads = stored.rows();
        int components = stored.columns();
        leading[leading.length - 1] = heads;
        Matrix first = stored.matrix(0);
        return Heads.strided(first.segment(), first.offset(), leading, tokens, components,
                (long) tokens * heads * components, components, (long) heads * components);
    }

    /** The shape in this layout of a tensor of {@code rows} x {@code columns} matrices, one for each head of {@code like}. */
    public int[] shape(Heads like, int rows, int columns) {
        int[] shape = like.shapeWith(rows, columns);
        if (this == BNHD && shape.length > 2) {
            shape[shape.length - 3] = rows;
            shape[shape.length - 2] = like.heads();
        }
        return shape;
    }

    /** The position among all rows of a tensor in this layout of row {@code row} of head {@code index}. */
    public long row(int index, int row, int rows, int heads) {
        return this == BHND ? (long) index * rows + row : ((long) (index / heads) * rows + row) * heads + index % heads;
    }
}
