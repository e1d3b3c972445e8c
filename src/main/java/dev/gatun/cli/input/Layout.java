package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import picocli.CommandLine.Option;

/** The order of a tensor's dimensions: batch entry (b), head (h), token (n) and component (d). */
public enum Layout {

    /** {@code (B, H, N, d)}, {@code (H, N, d)} or {@code (N, d)}: the tokens of a head lie together. */
    BHND,

    /** {@code (B, N, H, d)}, {@code (N, H, d)} or {@code (N, d)}: the heads of a token lie together. */
    BNHD;

    /** The option of every command that takes queries and keys. */
    public static final class Choice {

        @Option(names = "--layout", paramLabel = "LAYOUT", converter = Converter.class,
                description = {"bhnd, or bnhd for tensors (B, N, H, d) or (N, H, d), whose heads lie side by side (bhnd).",
                    "What apply writes and the coordinates of spectrum have the same; all else has heads first."})
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

    /** The heads of a dense tensor as it lies in a file of this layout: a view, nothing is copied. */
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

    /** The shape in this layout of a tensor with the heads of {@code like}. */
    public int[] shape(Heads like, int rows, int columns) {
        int[] shape = like.shapeWith(rows, columns);
        if (this == BNHD && shape.length > 2) {
            shape[shape.length - 3] = rows;
            shape[shape.length - 2] = like.heads();
        }
        return shape;
    }

    /** The place of a row among all rows of a tensor of this layout. */
    public long row(int index, int row, int rows, int heads) {
        return this == BHND ? (long) index * rows + row : ((long) (index / heads) * rows + row) * heads + index % heads;
    }
}
