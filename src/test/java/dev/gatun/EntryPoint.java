package dev.gatun;

import dev.gatun.attention.AttentionMask;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A public method that takes memory, with what it is given.
 *
 * @param opened makes what calls go to: a plan of its own for those of plans
 */
record EntryPoint(String name, List<Tensor> tensors, Supplier<Method> opened) {

    private static final byte SENTINEL = 0x5A;

    private static final double[] NO_FIGURES = {};

    /** What a tensor is to a method. */
    enum Role {
        INPUT, OUTPUT, BOTH;

        boolean written() {
            return this != INPUT;
        }
    }

    /**
     * An argument.
     *
     * @param type  null for a mask, of bytes
     * @param shape {@code (B, H, N, C)}
     * @param loose whether another shape may do as well
     */
    record Tensor(String name, Role role, ElementType type, boolean loose, int... shape) {

        static Tensor input(String name, int... shape) {
            return new Tensor(name, Role.INPUT, ElementType.FLOAT32, false, shape);
        }

        static Tensor output(String name, int... shape) {
            return new Tensor(name, Role.OUTPUT, ElementType.FLOAT32, false, shape);
        }

        Tensor as(Role newRole) {
            return new Tensor(name, newRole, type, loose, shape);
        }

        Tensor of(ElementType newType) {
            return new Tensor(name, role, newType, loose, shape);
        }

        Tensor of(int... newShape) {
            return new Tensor(name, role, type, loose, newShape);
        }

        Tensor loosely() {
            return new Tensor(name, role, type, true, shape);
        }

        boolean mask() {
            return type == null;
        }

        int rows() {
            return shape[2];
        }

        /** Bytes of an entry. */
        int entry() {
            return mask() ? 1 : type.bytes();
        }

        /** Bytes of a row's entries. */
        long width() {
            return (long) entry() * shape[3];
        }

        /** Bytes from the first entry to the last, rows lying {@code stride} bytes apart. */
        long extent(long stride) {
            return ((long) shape[0] * shape[1] * shape[2] - 1) * stride + width();
        }

        /** A view from {@code offset} on, rows {@code stride} bytes apart, heads and batch entries one after the other. */
        Object view(MemorySegment memory, long offset, long stride) {
            long row = stride / entry();
            long head = shape[2] * row;
            int[] leading = {shape[0], shape[1]};
            return mask() ? AttentionMask.strided(memory, offset, leading, shape[2], shape[3], shape[1] * head, head, row)
                    : Heads.strided(memory, offset, type, leading, shape[2], shape[3], shape[1] * head, head, row);
        }

        Object view(MemorySegment memory) {
            return view(memory, 0, width());
        }

        MemorySegment allocate(Arena arena) {
            return arena.allocate(extent(width()), 4);
        }

        /** Entries that are the same for the same name and shape; an output's are overwritten. */
        void fill(MemorySegment memory, long offset, long stride) {
            Random random = new Random(name.hashCode() + 31L * Arrays.hashCode(shape));
            int rows = shape[0] * shape[1] * shape[2];
            for (int i = 0; i < rows; i++) {
                MemorySegment row = memory.asSlice(offset + i * stride, width());
                if (role == Role.OUTPUT) {
                    row.fill(SENTINEL);
                } else if (mask()) {
                    for (int j = 0; j < shape[3]; j++) {
                        row.set(ValueLayout.JAVA_BYTE, j, (byte) (random.nextInt(4) == 0 ? 0 : 1));
                    }
                } else {
                    float[] entries = Tokens.normal(random, shape[3], 1);
                    for (int j = 0; j < shape[3]; j++) {
                        set(row, j, entries[j]);
                    }
                }
            }
        }

        /** Sets entry {@code at} of a row. */
        void set(MemorySegment row, long at, float entry) {
            switch (type) {
                case FLOAT32 -> row.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * at, entry);
                case BFLOAT16 -> row.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * at, (short) (Float.floatToRawIntBits(entry) >>> 16));
                case FLOAT16 -> row.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * at, Float.floatToFloat16(entry));
            }
        }

        @Override
        public String toString() {
            return name + Arrays.toString(shape);
        }
    }

    /** What a method is given, in the order of the tensors. */
    record Given(Object... views) {

        Heads heads(int index) {
            return (Heads) views[index];
        }

        AttentionMask mask(int index) {
            return (AttentionMask) views[index];
        }

        /** The one matrix of a tensor. */
        Matrix matrix(int index) {
            return views[index] == null ? null : heads(index).matrix(0);
        }

        Given with(int index, Object view) {
            Object[] others = views.clone();
            others[index] = view;
            return new Given(others);
        }
    }

    /** A method, or one that is made of views and then called: what was closed in between is noticed as well. */
    interface Method {
        Prepared prepare(Given given);
    }

    /** Computes; returns the figures of what writes none. */
    interface Prepared {
        double[] run();
    }

    /** A method that only writes. */
    static Method writing(Function<Given, Runnable> method) {
        return given -> {
            Runnable prepared = method.apply(given);
            return () -> {
                prepared.run();
                return NO_FIGURES;
            };
        };
    }

    /** Dense tensors of their own, filled. */
    Given place(Arena arena) {
        Object[] views = new Object[tensors.size()];
        for (int t = 0; t < views.length; t++) {
            Tensor tensor = tensors.get(t);
            MemorySegment memory = tensor.allocate(arena);
            tensor.fill(memory, 0, tensor.width());
            views[t] = tensor.view(memory);
        }
        return new Given(views);
    }

    static MemorySegment memory(Object view) {
        return view instanceof Heads heads ? heads.segment() : ((AttentionMask) view).segment();
    }

    /** The bytes of what was written, and the figures, of a call on dense tensors. */
    Result call(Method method, Given given) {
        double[] figures = method.prepare(given).run();
        return new Result(bytes(given), figures);
    }

    /** What lies in the tensors that are written. */
    byte[][] bytes(Given given) {
        return IntStream.range(0, tensors.size()).filter(t -> tensors.get(t).role.written())
                .mapToObj(t -> bytes(tensors.get(t), given.views[t])).toArray(byte[][]::new);
    }

    /** The entries of a tensor, row after row, wherever they lie. */
    static byte[] bytes(Tensor tensor, Object view) {
        Heads heads = (Heads) view;
        byte[] all = new byte[(int) (tensor.extent(tensor.width()))];
        int width = (int) tensor.width();
        for (int index = 0, to = 0; index < heads.count(); index++) {
            for (int i = 0; i < heads.rows(); i++, to += width) {
                long from = heads.view().start(index) + i * heads.view().rowStride() * tensor.entry();
                MemorySegment.copy(heads.segment(), ValueLayout.JAVA_BYTE, from, all, to, width);
            }
        }
        return all;
    }

    /** What came of a call. */
    record Result(byte[][] written, double[] figures) {

        boolean same(Result other) {
            return Arrays.deepEquals(written, other.written) && Arrays.equals(figures, other.figures);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
