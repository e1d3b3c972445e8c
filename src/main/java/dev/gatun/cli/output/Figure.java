package dev.gatun.cli.output;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** The form of numbers in tables. */
public final class Figure {

    private Figure() {
    }

    /** Three digits, or two and an exponent if the magnitude is below 1e-3 or at least 1e5. */
    public static String of(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return "0";
        }
        double magnitude = Math.abs(value);
        return String.format(Locale.ROOT, magnitude < 1e-3 || magnitude >= 1e5 ? "%.1e" : "%.3g", value);
    }

    /** A parameter: its first six digits, without trailing zeros. */
    public static String ofSetting(double value) {
        return BigDecimal.valueOf(value).round(new MathContext(6)).stripTrailingZeros().toString();
    }

    /** A time with its unit. */
    public static String ofSeconds(double seconds) {
        return seconds < 1e-3 ? of(1e6 * seconds) + " us"
                : seconds < 1 ? of(1e3 * seconds) + " ms" : of(seconds) + " s";
    }

    /** A share as a percentage. */
    public static String ofShare(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }
}
