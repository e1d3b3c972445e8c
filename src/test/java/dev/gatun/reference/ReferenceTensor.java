package dev.gatun.reference;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A dense tensor in the bytes of a file, decoded entry by entry as the definitions of its formats say.
 *
 * @param file        all bytes of the file
 * @param start       the byte where its entries begin
 * @param type        {@code f2}, {@code f4} or {@code f8} for IEEE 754 binary16, 32 or 64; {@code b2} for the upper half
 *                    of a binary32; {@code b1} for a byte of 0 or 1; {@code i1} to {@code i8} for two's complement,
 *                    {@code u1} to {@code u8} for numbers without a sign
 * @param bigEndian   whether an entry's first byte is its highest
 * @param columnMajor whether the first dimension varies fastest, not the last
 * @param shape       its shape
 */
public record ReferenceTensor(byte[] file, int start, String type, boolean bigEndian, boolean columnMajor,
        long... shape) {

    /** The bytes of one entry. */
    public int entryBytes() {
        return type.charAt(1) - '0';
    }

    /** The bytes of all entries, however many that are. */
    public BigInteger bytes() {
        return Arrays.stream(shape).mapToObj(BigInteger::valueOf).reduce(BigInteger.valueOf(entryBytes()),
                BigInteger::multiply);
    }

    /** Whether it has {@code least} to {@code most} dimensions, none of which is zero. */
    public boolean hasDimensions(int least, int most) {
        return shape.length >= least && shape.length <= most && Arrays.stream(shape).allMatch(size -> size > 0);
    }

    /** All entries, last dimension fastest, integers rounded. */
    public double[] values() {
        double[] values = new double[bytes().intValueExact() / entryBytes()];
        for (int i = 0; i < values.length; i++) {
            values[i] = entry(columnMajor ? stored(i) : i);
        }
        return values;
    }

    /** Whether single precision has room for all finite entries, and holds integers exactly. */
    public boolean fitsFloats() {
        return Arrays.stream(values()).noneMatch(value -> Double.isFinite(value) && Float.isInfinite((float) value))
                && integers().allMatch(value -> exact(value, value.floatValue()));
    }

    /** Whether double precision holds integers exactly. */
    public boolean fitsDoubles() {
        return integers().allMatch(value -> exact(value, value.doubleValue()));
    }

    private static boolean exact(BigInteger value, double rounded) {
        return new BigDecimal(value).compareTo(new BigDecimal(rounded)) == 0;
    }

    /** The integers there are; where a truth value is neither 0 nor 1, one that is exact nowhere. */
    private Stream<BigInteger> integers() {
        BigInteger inexact = BigInteger.ONE.shiftLeft(100).add(BigInteger.ONE);
        int count = type.matches("[iu].|b1") ? bytes().intValueExact() / entryBytes() : 0;
        return IntStream.range(0, count).mapToObj(this::integer)
                .map(value -> type.equals("b1") && value.bitLength() > 1 ? inexact : value);
    }

    private BigInteger integer(int index) {
        byte[] highestFirst = new byte[entryBytes()];
        for (int k = 0; k < highestFirst.length; k++) {
            highestFirst[bigEndian ? k : highestFirst.length - 1 - k] = file[start + index * entryBytes() + k];
        }
        return type.charAt(0) == 'i' ? new BigInteger(highestFirst) : new BigInteger(1, highestFirst);
    }

    /** Where in a file whose first dimension is fastest the entry is that is {@code index}-th with the last one fastest. */
    private int stored(int index) {
        long position = 0;
        long stride = bytes().longValueExact() / entryBytes();
        for (int k = shape.length - 1; k >= 0; k--) {
            stride /= shape[k];
            position += index % shape[k] * stride;
            index /= (int) shape[k];
        }
        return (int) position;
    }

    private double entry(int index) {
        if (type.matches("[iu].|b1")) {
            return integer(index).doubleValue();
        }
        long bits = 0;
        for (int k = 0; k < entryBytes(); k++) {
            int at = bigEndian ? k : entryBytes() - 1 - k;
            bits = bits << 8 | file[start + index * entryBytes() + at] & 0xff;
        }
        return switch (type) {
            case "f2" -> half((int) bits);
            case "b2" -> Float.intBitsToFloat((int) bits << 16);
            case "f4" -> Float.intBitsToFloat((int) bits);
            case "f8" -> Double.longBitsToDouble(bits);
            default -> throw new IllegalArgumentException(type);
        };
    }

    /** One bit of sign, five of exponent, ten of fraction. */
    private static double half(int bits) {
        double sign = bits >> 15 == 0 ? 1 : -1;
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        return switch (exponent) {
            case 0 -> sign * Math.scalb(fraction, -24);
            case 31 -> fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
            default -> sign * Math.scalb(1024 + fraction, exponent - 25);
        };
    }
}
