package dev.gatun.kernel.pack;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The packing of {@link Packing}, directly from float32 rows in native memory of any alignment, without a copy. For vectors of 16 lanes,
 * and without tails. The results are the same to the last bit.
 *
 * <p>Takes only segments that are {@link StoredRows#plain plain}.
 */
final class DirectPacking {

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private DirectPacking() {
    }

    /** Whether rows can be packed directly: plain float32 memory, full groups of components, full fours of rows. */
    static boolean takes(StoredRows rows, int count, int components) {
        return Packing.SQUARES && components % Packing.GROUP == 0 && count % Lanes.QUAD == 0
                && rows.type() == StoredType.FLOAT32 && rows.plain();
    }

    /** {@link Packing#byFour} for all vectors of a panel. */
    static void byFour(StoredRows rows, int count, int d, float[] panel, int inner, int at, float[] squares) {
        MemorySegment memory = rows.memory();
        long rowBytes = rows.rowBytes();
        long first = rows.at(0);
        for (int i = 0, place = at * Lanes.QUAD; i < count; i += 4, place += 4 * inner, first += 4 * rowBytes) {
            FloatVector square = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0; c < d; c += Packing.GROUP) {
                long from = first + (long) Float.BYTES * c;
                IntVector a = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector b = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector e = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + 2 * rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector f = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + 3 * rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector ab = Packing.EVEN.selectFrom(a, b);
                IntVector ba = Packing.ODD.selectFrom(a, b);
                IntVector ef = Packing.EVEN.selectFrom(e, f);
                IntVector fe = Packing.ODD.selectFrom(e, f);
                FloatVector t0 = Lanes.FLOAT_VECTOR.cast(Packing.LOWER.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t1 = Lanes.FLOAT_VECTOR.cast(Packing.LOWER.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t2 = Lanes.FLOAT_VECTOR.cast(Packing.UPPER.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t3 = Lanes.FLOAT_VECTOR.cast(Packing.UPPER.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0));
                t0.intoArray(panel, place + 4 * c);
                t1.intoArray(panel, place + 4 * c + Packing.GROUP);
                t2.intoArray(panel, place + 4 * c + 2 * Packing.GROUP);
                t3.intoArray(panel, place + 4 * c + 3 * Packing.GROUP);
                square = t3.fma(t3, t2.fma(t2, t1.fma(t1, t0.fma(t0, square))));
            }
            FloatVector halves = square.add(square.rearrange(Packing.FAR_HALF));
            FloatVector sum = halves.add(halves.rearrange(Packing.NEAR_FOUR));
            FloatVector.fromArray(Packing.FOUR, squares, i).add(Lanes.FOUR_FLOATS_VECTOR.cast(sum.reinterpretShape(Packing.FOUR, 0)))
                    .intoArray(squares, i);
        }
    }

    /**
     * {@link Packing#values} for all values of a panel.
     *
     * @return the largest magnitude of an entry; infinite or NaN if and only if not all are finite
     */
    static float values(StoredRows values, int rows, int components, float[] panel) {
        MemorySegment memory = values.memory();
        long rowBytes = values.rowBytes();
        long first = values.at(0);
        int apart = rows * Lanes.QUAD;
        IntVector greatest = IntVector.zero(Lanes.INTS);
        for (int i = 0, place = 0; i < rows; i += 4, place += Packing.GROUP, first += 4 * rowBytes) {
            for (int c = 0, at = place; c < components; c += Packing.GROUP, at += 4 * apart) {
                long from = first + (long) Float.BYTES * c;
                IntVector a = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector b = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector e = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + 2 * rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector f = Lanes.INT_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + 3 * rowBytes, ORDER)
                        .reinterpretShape(Lanes.INTS, 0));
                greatest = a.and(FiniteScan.MAGNITUDE).max(b.and(FiniteScan.MAGNITUDE))
                        .max(e.and(FiniteScan.MAGNITUDE)).max(f.and(FiniteScan.MAGNITUDE)).max(greatest);
                IntVector ab = Packing.EVEN_FOURS.selectFrom(a, b);
                IntVector ba = Packing.ODD_FOURS.selectFrom(a, b);
                IntVector ef = Packing.EVEN_FOURS.selectFrom(e, f);
                IntVector fe = Packing.ODD_FOURS.selectFrom(e, f);
                Lanes.FLOAT_VECTOR.cast(Packing.LOWER_HALVES.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0)).intoArray(panel, at);
                Lanes.FLOAT_VECTOR.cast(Packing.LOWER_HALVES.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0))
                        .intoArray(panel, at + apart);
                Lanes.FLOAT_VECTOR.cast(Packing.UPPER_HALVES.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0))
                        .intoArray(panel, at + 2 * apart);
                Lanes.FLOAT_VECTOR.cast(Packing.UPPER_HALVES.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0))
                        .intoArray(panel, at + 3 * apart);
            }
        }
        return Float.intBitsToFloat(Lanes.INT_VECTOR.cast(greatest).reduceLanes(VectorOperators.MAX));
    }
}
